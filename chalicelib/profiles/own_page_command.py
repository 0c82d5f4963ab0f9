"""The command with which members open their own page of the portal, with their own credentials and an MFA code.

It fetches a link that opens once, and hands it to the browser in a file: others can read command lines. curl signs
the header with the session's token from version 7.86 on:
https://curl.se/docs/manpage.html#--aws-sigv4
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.profiles.aws_config import LoginProfile, Source

_PLACE = re.compile(r"@@([A-Z_]+)@@")
# What PowerShell takes for a single quote:
# https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_quoting_rules
_POWERSHELL_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
# The device of the config may be lost: its owner then chooses another one. Passkeys show no codes.
_SH_WITH_ACCESS_KEY = r"""set -- $(aws iam list-mfa-devices --profile="$profile" --output=text \
  --query='MFADevices[].SerialNumber' 2>/dev/null | tr '\t\r' '\n\n' | grep -v -e ':u2f/' -e '^None$')
default=1 number=0
for device; do
  number=$((number + 1))
  [ "$device" = "$serial_number" ] && default=$number
  [ $# -gt 1 ] && printf '%s  %s\n' $number "${device##*mfa/}" >/dev/tty
done
answer=
[ $# -gt 1 ] && ask "Which device? [$default] "
pick() {
  { [ "$1" -ge 1 ] && [ "$1" -lt $# ]; } 2>/dev/null || stop "there is no device $1."
  shift "$1"
  serial_number=$1
}
[ $# -gt 0 ] && pick "${answer:-$default}" "$@"
# Enter after a pasted line end answers nothing.
answer=
until [ -n "$answer" ]; do ask "MFA code: "; done
keys=$(aws sts get-session-token --duration-seconds=900 --profile="$profile" --serial-number="$serial_number" \
  --token-code="$answer" --query='Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output=text) ||
  stop "AWS gave no session. A code works once: wait for the next one."
set -- $(printf '%s' "$keys" | tr -d '\r')"""
# Each line is like AWS_SESSION_TOKEN=value, and the fourth tells how long they last.
_SH_WITH_AWS_LOGIN = r"""keys=$(aws configure export-credentials --profile="$profile" --format=env-no-export) ||
  stop "AWS gave no session. Sign in first: aws login --profile $profile"
set -- $(printf '%s\n' "$keys" | tr -d '\r' | awk 'NR < 4 { sub(/^[^=]*=/, ""); print }')"""
_POWERSHELL_WITH_ACCESS_KEY = r"""$asked = "--profile=$name", '--output=text', '--query=MFADevices[].SerialNumber'
    $listed = & $aws iam list-mfa-devices $asked 2>$null
    $devices = @("$listed" -split '\s+' | Where-Object { $_ -and $_ -ne 'None' -and $_ -notmatch ':u2f/' })
    $chosen = [Math]::Max([Array]::IndexOf($devices, $serialNumber), 0) + 1
    if ($devices.Count -gt 1) {
        $number = 0
        foreach ($device in $devices) { $number++; Write-Host "$number  $($device -replace '.*mfa/')" }
        $answer = "$(Read-Host "Which device? [$chosen]")".Trim()
        if ($answer) { $chosen = $answer }
        if ("$chosen" -notmatch '^[1-9]\z' -or [int]$chosen -gt $devices.Count) {
            throw "there is no device $chosen."
        }
    }
    if ($devices) { $serialNumber = $devices[[int]$chosen - 1] }
    $code = "$(Read-Host 'MFA code')" -replace '\s'
    $asked = '--duration-seconds=900', "--profile=$name", "--serial-number=$serialNumber", "--token-code=$code"
    $said = & $aws sts get-session-token $asked '--output=json'
    if ($LASTEXITCODE) { throw 'AWS gave no session. A code works once: wait for the next one.' }
    $keys = ("$said" | ConvertFrom-Json).Credentials"""
_POWERSHELL_WITH_AWS_LOGIN = r"""$said = & $aws configure export-credentials "--profile=$name" '--format=process'
    if ($LASTEXITCODE) { throw "AWS gave no session. Sign in first: aws login --profile $name" }
    $keys = "$said" | ConvertFrom-Json"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the command is for: the portal's address and region, the source profile, and its first MFA device."""

    portal_url: str
    region: str
    source: Source
    serial_number: str

    @property
    def is_login(self) -> bool:
        return isinstance(self.source, LoginProfile)


def for_posix(script: str, place: Place) -> str:
    """What a member pastes into sh, bash, dash or zsh; ``script`` is ``templates/scripts/own-page.sh``.

    As a here-document it is read as a whole before it asks for the code, at the terminal.
    """
    return _filled(script, place, _SH_WITH_AWS_LOGIN if place.is_login else _SH_WITH_ACCESS_KEY, shlex.quote)


def for_powershell(script: str, place: Place) -> str:
    """What Windows PowerShell 5.1 and PowerShell 7 run; ``script`` is ``templates/scripts/own-page.ps1``."""
    keys = _POWERSHELL_WITH_AWS_LOGIN if place.is_login else _POWERSHELL_WITH_ACCESS_KEY
    return _filled(script, place, keys, _quoted)


def _quoted(text: str) -> str:
    return "'" + _POWERSHELL_QUOTES.sub(r"\1\1", text) + "'"


def _filled(script: str, place: Place, keys: str, quoted: Callable[[str], str]) -> str:
    values = {
        "PORTAL": place.portal_url,
        "REGION": place.region,
        "PROFILE": place.source.name,
        "SERIAL_NUMBER": place.serial_number,
    }
    filled = {name: quoted(value) for name, value in values.items()} | {"KEYS": keys}
    return _PLACE.sub(lambda found: filled[found[1]], script)
