"""Scripts and commands that bring a member's profiles into a ``~/.aws/config`` which is there already.

What they write is ASCII: AWS tools read the file in the encoding of the computer's language, and on a Japanese
Windows a Japanese comment would make the whole file unreadable to them:
https://docs.python.org/3/library/configparser.html#configparser.ConfigParser.read
"""

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from chalicelib.profiles import aws_config
from chalicelib.profiles.aws_config import RoleProfile, Source

_PLACE = re.compile(r"@@([A-Z_]+)@@")


@dataclass(frozen=True, slots=True)
class MergeScripts:
    """The same for each kind of shell: a script as a file, the script to paste, and plain commands."""

    file: str
    pasted: str
    commands: str


def block(organisation: str, source: Source, roles: Iterable[RoleProfile]) -> str:
    """The profiles between two comments; the scripts find them again by how these comments begin.

    These beginnings name the identity account only, so a renamed organisation finds its own.
    """
    account, name = source.aws_account_id, _in_ascii(organisation)
    return (
        f"# firstday:begin {account} {name}: all down to the end mark is replaced by the next merge\n"
        f"{aws_config.rendered(source, roles)}"
        f"# firstday:end {account} {name}\n"
    )


def for_posix(
    script: str, organisation: str, user_name: str, source: Source, roles: tuple[RoleProfile, ...]
) -> MergeScripts:
    """What sh, bash, dash and zsh run; ``script`` is ``templates/scripts/merge-config.sh``.

    To paste, the script is a here-document: typed in, its comments would mean something to zsh.
    """
    values = _values(organisation, user_name, source, roles)
    delimiter = _not_in(values["BLOCK"], "END_OF_PROFILES")
    file = _filled(script, {**values, "DELIMITER": delimiter})
    mark = _not_in(file, "END_OF_SCRIPT")
    return MergeScripts(file, f"sh <<'{mark}'\n{file}{mark}\n", _commands(source, roles, shlex.quote))


def for_powershell(
    script: str, organisation: str, user_name: str, source: Source, roles: tuple[RoleProfile, ...]
) -> MergeScripts:
    """What Windows PowerShell 5.1 and PowerShell 7 run; ``script`` is ``templates/scripts/merge-config.ps1``.

    It is ASCII as a whole, since 5.1 reads a file without byte order mark in the computer's own encoding.
    Pasted, it must not end the window that it is pasted into.
    """
    values = _values(organisation, user_name, source, roles)
    file = _filled(script, {**values, "BEGINNING": "param([switch]$Yes)", "ENDING": "exit (Merge-Config)"})
    pasted = _filled(script, {**values, "BEGINNING": "& {\n$Yes = $false", "ENDING": "[void](Merge-Config)\n}"})
    # CRLF: an old Notepad shows a file without as one line.
    return MergeScripts(file.replace("\n", "\r\n"), pasted, _commands(source, roles, _powershell_quoted))


def _values(organisation: str, user_name: str, source: Source, roles: tuple[RoleProfile, ...]) -> dict[str, str]:
    text = block(organisation, source, roles).removesuffix("\n")
    return {"BLOCK": text, "ACCOUNT": source.aws_account_id, "USER_NAME": _in_ascii(user_name)}


def _filled(script: str, values: Mapping[str, str]) -> str:
    """``script`` with ``values`` in place of ``@@NAME@@``; what looks like a place in a value stays."""
    return _PLACE.sub(lambda place: values[place[1]], script)


def _commands(source: Source, roles: Iterable[RoleProfile], quote: Callable[[str], str]) -> str:
    """One ``aws configure set`` a key: it may be repeated, and leaves all else in the file as it is."""
    everything: list[Source | RoleProfile] = [source, *roles]
    return "".join(
        _command(profile.name, key, value, quote)
        for profile in everything
        for key, value in aws_config.keys_of(profile).items()
    )


def _command(profile: str, key: str, value: str, quote: Callable[[str], str]) -> str:
    # A user name may begin with a hyphen; after "--" the CLI takes it for no option.
    end_of_options = "-- " if value.startswith("-") else ""
    return f"aws configure set --profile {quote(profile)} {key} {end_of_options}{quote(value)}\n"


def _powershell_quoted(text: str) -> str:
    """Always quoted: bare, ``3600`` is a number to PowerShell, a comma makes a list, and @ means something, too."""
    return "'" + text.replace("'", "''") + "'"


def _not_in(text: str, mark: str) -> str:
    """``mark``, longer if ``text`` has such a line: there, a here-document would end early."""
    while mark in text:
        mark += "_"
    return mark


def _in_ascii(text: str) -> str:
    """``text`` without accents; if that is not enough, no name."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain if plain.isascii() and plain.isprintable() and plain.strip() else "(AWS)"
