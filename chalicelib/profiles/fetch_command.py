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
umask 077
stop() { printf 'Nothing was saved: %s\n' "$*" >&2; exit 1; }
for program in aws cat curl head mv rm sed tail tr; do
  command -v $program >/dev/null || stop "there is no program $program."
done
cd ~/.aws || stop "there is no folder ~/.aws."
trap 'rm -f config.$$ merge-config.sh.$$' EXIT
portal=@@PORTAL@@
export AWS_CLI_AUTO_PROMPT=off
@@KEYS@@
set -- $keys && [ $# -eq 3 ] || stop "AWS gave no session."
# curl reads no settings file, and the keys from its standard input: others can see its command line.
fetch() {
  printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' $keys |
    curl --disable --config - --silent --show-error --fail-with-body \
      --aws-sigv4 @@SIGNED_FOR@@ "$portal/member/$1?credentials=@@KIND@@" >"$1.$$" ||
    { cat "$1.$$" >&2; stop "the portal did not send $1."; }
  case "$(head -n 1 "$1.$$")...$(tail -n 1 "$1.$$")" in
    $2) ;;
    *) stop "what came is not $1, or not all of it." ;;
  esac
}
fetch config '[[]profile *]...firstday = *'
fetch merge-config.sh '*bin/sh...main "$@"'
mv -f config.$$ config.new && mv -f merge-config.sh.$$ merge-config.sh || stop "~/.aws cannot be changed."
printf 'Saved: %s\n' "$PWD/config.new" "$PWD/merge-config.sh"
END_OF_FETCH
"""
_WITH_ACCESS_KEY = r"""printf 'MFA code: ' >/dev/tty
read -r code rest </dev/tty || stop "there is no terminal to ask for the code at."
keys=$(aws sts get-session-token --duration-seconds=900 --profile=@@PROFILE@@ \
  --serial-number=@@SERIAL_NUMBER@@ --token-code="$code$rest" \
  --query='Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output=text) ||
  stop "AWS gave no session."
keys=$(printf '%s' "$keys" | tr -d '\r')"""
# Each line is like AWS_SESSION_TOKEN=value, and the fourth tells how long they last.
_WITH_AWS_LOGIN = r"""keys=$(aws configure export-credentials --profile=@@PROFILE@@ --format=env-no-export) ||
  stop "AWS gave no session."
keys=$(printf '%s\n' "$keys" | tr -d '\r' | sed -n '1,3s/^[^=]*=//p')"""
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
