sh <<'END_OF_COMMAND'
# Opens your own page of the portal. It fetches a link with your credentials and an MFA code, checks it, and hands it
# to your browser in a file that only you can read. It leaves nothing behind.
portal=@@PORTAL@@
region=@@REGION@@
profile=@@PROFILE@@
serial_number=@@SERIAL_NUMBER@@
umask 077
set -f
# A variable of the same name may be exported already.
unset answer folder keys link
export AWS_CLI_AUTO_PROMPT=off
stop() { printf 'Your page was not opened: %s\n' "$*" >&2; exit 1; }
ask() {
  printf '%s' "$1" >/dev/tty
  read -r answer rest </dev/tty || stop "there is no terminal to ask at."
  answer=$answer$rest
}
for program in aws awk curl cut grep mktemp nohup rm sleep tr uname wc; do
  command -v $program >/dev/null || stop "there is no program $program."
done
curl --version | awk 'NR == 1 { split($2, part, ".") } END { exit part[1] * 1000 + part[2] < 7086 }' ||
  stop "curl is older than 7.86. Install a newer one, or ask for a new link."
case $portal in *[\"\&\<\>]*) stop "the portal's address is wrong." ;; esac
@@KEYS@@
[ $# -eq 3 ] || stop "AWS gave no session with MFA."
# curl reads no settings file, and the keys from its standard input: others can see its command line.
link=$(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' "$@" |
  curl --disable --config - --globoff --silent --show-error --fail-with-body --max-time 60 \
    --header 'Content-Type: application/json' --data '{}' \
    --aws-sigv4 "aws:amz:$region:execute-api" "$portal/member/link") ||
  stop "the portal gave no link. $(printf '%s' "$link" | LC_ALL=C tr '\000-\037\177' ' ' | cut -b 1-300)"
case $link in "$portal"/me#0?*) ;; *) stop "what came is no link of the portal." ;; esac
[ $(printf '%s' "${link#"$portal/me#"}" | LC_ALL=C tr -d 0-9a-z | wc -c) -eq 0 ] ||
  stop "what came is no link of the portal, or more than that."
show() { printf 'Open this link within a minute. It opens once:\n%s\n' "$link"; exit 0; }
# On Linux, browsers of snap and flatpak see no hidden folder and no /tmp.
opener= above=~
[ -d ~/Downloads ] && [ -w ~/Downloads ] && above=~/Downloads
[ -n "$DISPLAY$WAYLAND_DISPLAY" ] && opener=xdg-open
[ "$(uname)" = Darwin ] && above=${TMPDIR:-/tmp} && [ -z "$SSH_CONNECTION" ] && opener=open
command -v "${opener:-none}" >/dev/null || show
trap '[ -z "$folder" ] || rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
folder=$(mktemp -d "${above%/}/firstday-XXXXXXXX") || show
page=$folder/own-page.html
printf '<meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=%s">\n' "$link" >"$page" || show
{ nohup $opener "$page" || : >"$folder/failed"; } >/dev/null 2>&1 </dev/null &
echo "Your page opens in your browser. If it does not, run this again."
for second in 1 2 3 4 5 6 7 8 9 10; do
  [ -e "$folder/failed" ] && show
  sleep 1
done
END_OF_COMMAND
