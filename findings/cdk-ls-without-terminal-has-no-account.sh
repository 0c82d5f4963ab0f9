#!/usr/bin/env bash
# AWS CDK version 2.1148.1: without a terminal, and with a profile whose role needs an MFA code, "cdk ls" prints the
# stacks and exits 0, without a word. CDK_DEFAULT_ACCOUNT is undefined then, so an app that decides by the account makes
# another template: here, a stack less.
#
# With keys in the environment, the same command lists two stacks. Seen on Linux x86-64, Node.js 20, 2026-11-29.
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

npm init -y > /dev/null
npm install --silent --no-audit --no-fund aws-cdk@2.1148.1 aws-cdk-lib@2.276.0 constructs@10.8.1
cat > app.js <<'APP'
const cdk = require('aws-cdk-lib');
const app = new cdk.App();
new cdk.Stack(app, 'everywhere');
if (process.env.CDK_DEFAULT_ACCOUNT === '111122223333') new cdk.Stack(app, 'development-only');
app.synth();
APP
# CDK_HOME: it remembers accounts by their keys, in the home folder of /etc/passwd, whatever HOME says.
ls_stacks() { as_dev env "$@" CDK_HOME="$work/.cdk" node_modules/.bin/cdk ls --no-notices --app "node app.js" 2> errors.txt < /dev/null | tr '\n' ' '; }

stacks=$(ls_stacks) && status=0 || status=$?
check "With the profile, exit status and stacks" "$status $stacks" "0 everywhere "
check "With the profile, it says of credentials, accounts or MFA" "$(grep -iE 'credential|account|mfa|profile' errors.txt || true)" ""
check "With the profile, it asked AWS" "$(cat requests.txt)" ""

stacks=$(ls_stacks -u AWS_PROFILE AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=AKIAME AWS_SECRET_ACCESS_KEY=secret) && status=0 || status=$?
check "With keys, exit status and stacks" "$status $stacks" "0 everywhere development-only "
check "With keys, it asked AWS" "$(cat requests.txt)" "GetCallerIdentity signed by AKIAME"
