"""Scripts that put a member's profiles into the ``config`` that is there, and a new key into ``credentials``.

What they write is ASCII: AWS tools read the file in the encoding of the computer's language, and on a Japanese
Windows a Japanese comment would make the whole file unreadable to them:
https://docs.python.org/3/library/configparser.html#configparser.ConfigParser.read
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields
from typing import NamedTuple

from chalicelib.profiles import aws_config
from chalicelib.profiles.aws_config import LoginProfile, RoleProfile, Source, SourceProfile

_PLACE = re.compile(r"@@([A-Z_]+)@@")
# The keys that the portal writes, or once wrote, into its sections: a merge replaces them, and keeps all others.
# The session token belongs to a key that is replaced.
_KEYS = {field.name for kind in (SourceProfile, LoginProfile, RoleProfile) for field in fields(kind)}
_KEYS = _KEYS - {"name"} | {"firstday", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"}


class MergeScripts(NamedTuple):
    """One script for one kind of shell: to save as a file, and to paste.

    Only the file may hold an access key. What is pasted stays in the histories of shells.
    """

    file: str
    pasted: str


def for_posix(
    script: str,
    organisation: str,
    user_name: str,
    source: Source,
    roles: tuple[RoleProfile, ...],
    credentials: str | None = None,
) -> MergeScripts:
    """What every POSIX shell runs; ``script`` is ``templates/scripts/merge-config.sh``.

    ``credentials`` is the section with the access key, as ``rendered_credentials`` makes it.
    To paste, the script is a here-document: typed in, its comments would mean something to zsh.
    """
    values = _values(organisation, user_name, source, roles)
    values["DELIMITER"] = _not_in(values["PROFILES"], "END_OF_TEXT")
    file = _filled(script, {**values, "CREDENTIALS": _text(credentials)})
    pasted = _filled(script, {**values, "CREDENTIALS": ""})
    mark = _not_in(pasted, "END_OF_SCRIPT")
    return MergeScripts(file, f"sh <<'{mark}'\n{pasted}{mark}\n")


def for_powershell(
    script: str,
    organisation: str,
    user_name: str,
    source: Source,
    roles: tuple[RoleProfile, ...],
    credentials: str | None = None,
) -> MergeScripts:
    """What Windows PowerShell 5.1 and PowerShell 7 run; ``script`` is ``templates/scripts/merge-config.ps1``.

    It is ASCII as a whole, since 5.1 reads a file without byte order mark in the computer's own encoding.
    Pasted, it must not end the window that it is pasted into.
    """
    values = _values(organisation, user_name, source, roles)
    a_file = {"BEGINNING": "param([switch]$Yes)", "ENDING": "exit (Merge-Config)"}
    a_block = {"BEGINNING": "& {\n$Yes = $false", "ENDING": "[void](Merge-Config)\n}"}
    file = _filled(script, {**values, **a_file, "CREDENTIALS": _text(credentials)})
    # CRLF: an old Notepad shows a file without as one line.
    return MergeScripts(file.replace("\n", "\r\n"), _filled(script, {**values, **a_block, "CREDENTIALS": ""}))


def _values(organisation: str, user_name: str, source: Source, roles: tuple[RoleProfile, ...]) -> dict[str, str]:
    return {
        "PROFILES": _text(aws_config.rendered(source, roles)),
        "KEYS": " ".join(sorted(_KEYS)),
        "ACCOUNT": source.aws_account_id,
        "ORGANISATION": _in_ascii(organisation),
        "USER_NAME": _in_ascii(user_name),
    }


def _text(text: str | None) -> str:
    """What a here-document or here-string is filled with: its last line end is that of the place."""
    return (text or "").removesuffix("\n")


def _filled(script: str, values: Mapping[str, str]) -> str:
    """``script`` with ``values`` in place of ``@@NAME@@``; what looks like a place in a value stays."""
    return _PLACE.sub(lambda place: values[place[1]], script)


def _not_in(text: str, mark: str) -> str:
    """``mark``, longer if ``text`` has such a line: there, a here-document would end early."""
    while mark in text:
        mark += "_"
    return mark


def _in_ascii(text: str) -> str:
    """``text`` without accents; if that is not enough, no name."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain if plain.isascii() and plain.isprintable() and plain.strip() else "(AWS)"
