"""The command with which members fetch their profiles again, signed with their own credentials.

curl signs the header with the session's token from version 7.86 on:
https://curl.se/docs/manpage.html#--aws-sigv4
"""

import re
import shlex

from chalicelib.profiles.aws_config import LoginProfile, Source

_COMMAND = r"""sh <<'END_OF_FETCH'
# Fetches your AWS profiles from the portal. It saves two files in ~/.aws and changes no other:
# config.new, the profiles; and merge-config.sh, a script that puts them into your config.
set -eu
umask 077
cd ~/.aws
portal=@@PORTAL@@
@@KEYS@@
# curl reads the keys from its standard input: its command line can be seen by others.
fetch() {
  answer=$(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' $keys |
    curl --config - --silent --show-error --fail-with-body --aws-sigv4 @@SIGNED_FOR@@ \
      "$portal/member/$1?credentials=@@KIND@@") || { printf '%s\n' "$answer" >&2; exit 1; }
  printf '%s\n' "$answer" >"$2"
}
fetch config config.new
fetch merge-config.sh merge-config.sh
ls -l "$PWD/config.new" "$PWD/merge-config.sh"
END_OF_FETCH
"""
_WITH_ACCESS_KEY = r"""printf 'MFA code: ' >/dev/tty
read -r code rest </dev/tty
keys=$(aws sts get-session-token --duration-seconds=900 --profile=@@PROFILE@@ \
  --serial-number=@@SERIAL_NUMBER@@ --token-code="$code$rest" \
  --query='Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output=text)"""
# Each line is like AWS_SESSION_TOKEN=value, and the fourth tells how long they last.
_WITH_AWS_LOGIN = r"""keys=$(aws configure export-credentials --profile=@@PROFILE@@ --format=env-no-export)
keys=$(printf '%s\n' "$keys" | head -n 3 | cut -d = -f 2-)"""
_PLACE = re.compile(r"@@([A-Z_]+)@@")


def address(host: str, root: str, *, is_loopback: bool) -> str:
    """The portal's address, from the Host header of a member's browser and the path that the portal begins at.

    An invitation link never comes from that header, since it is for somebody else. This address goes back to the
    browser that sent the header. It is where that browser has just been, API Gateway serves no other host, and a
    signature is good for the host that it was made for.
    """
    return f"{'http' if is_loopback else 'https'}://{host}{root}"


def fetch_command(portal_url: str, region: str, source: Source, serial_number: str) -> str:
    """What a member pastes into sh, bash, dash or zsh; ``region`` is the portal's.

    As a here-document it is read as a whole before it asks for the code, at the terminal.
    """
    is_login = isinstance(source, LoginProfile)
    values = {
        "PORTAL": portal_url,
        "SIGNED_FOR": f"aws:amz:{region}:execute-api",
        "KIND": "aws-login" if is_login else "access-key",
        "PROFILE": source.name,
        "SERIAL_NUMBER": serial_number,
    }
    text = _COMMAND.replace("@@KEYS@@", _WITH_AWS_LOGIN if is_login else _WITH_ACCESS_KEY)
    return _PLACE.sub(lambda place: shlex.quote(values[place[1]]), text)
