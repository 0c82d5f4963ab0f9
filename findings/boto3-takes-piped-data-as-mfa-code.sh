#!/usr/bin/env bash
# boto3 version 1.44.8: where a profile's role needs an MFA code and there is no terminal, it reads the code from standard
# input. In a pipe, that is the first line of the data: it is sent to STS as the code, and the program goes on without it.
#
# Seen on Linux x86-64, Python 3.11, 2026-11-29. setsid takes the terminal away, as cron and editors do.
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
venv/bin/pip install -q --disable-pip-version-check boto3==1.44.8

cat > count.py <<'COUNT'
import sys, boto3
boto3.client("s3").list_objects_v2(Bucket="bucket")
print(len(sys.stdin.readlines()))
COUNT
printf 'first line\nsecond line\nthird line\n' | as_dev setsid -w venv/bin/python count.py > output.txt 2> errors.txt
check "Lines that are left of three" "$(cat output.txt)" "2"
check "boto3 sent" "$(cat requests.txt)" "AssumeRole signed by AKIAME, SerialNumber arn:aws:iam::111122223333:mfa/me, TokenCode first line
S3 signed by ASIAROLE"
