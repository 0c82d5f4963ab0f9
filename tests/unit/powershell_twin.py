"""The decisions of ``merge-config.ps1``, line by line in Python, as the tests have no PowerShell.

``test_merge_config_ps1.py`` checks that both have the same regular expressions and sentences.
"""

import re

from tests.unit.merging import ACCOUNT

BEGIN, END = f"# firstday:begin {ACCOUNT} ", f"# firstday:end {ACCOUNT} "


class Refused(Exception):
    """The script stops: by ``throw``, or because of a trouble."""


def merged(profiles: str, old: str) -> str:
    """``Get-Merged``; ``old`` has one character for each byte."""
    eol = "\n"
    if re.search(r"\A[^\n]*\r\n", old):
        eol = "\r\n"
    block = re.sub(r"\r?\n", lambda _: eol, profiles) + eol
    begins = list(re.finditer(r"(?m)^" + BEGIN + r".*\n?", old))
    ends = list(re.finditer(r"(?m)^" + END + r".*\n?", old))
    if len(begins) == 1 and len(ends) == 1 and begins[0].start() < ends[0].start():
        return old[: begins[0].start()] + block + old[ends[0].end() :]
    if begins or ends:
        raise Refused(
            f'a line "{BEGIN}..." or "{END}..." is missing or is there twice. Remove those that are left.'
        )
    if re.search(r"\r\Z", old):
        old = old + "\n"
    if re.search(r"[^\n]\Z", old):
        old = old + eol
    if re.search(r"[^\r\n]\r?\n\Z", old):
        old = old + eol
    return old + block


def last_section(text: str) -> str:
    """``Get-LastSection``."""
    found = re.search(r"(?ms)^" + BEGIN + r".*?^" + END, text)
    between = found[0] if found else ""
    last = ""
    for section in re.finditer(r"(?m)^\[[^\r\n]*", between):
        last = section[0]
    return last


def trouble(new: str, moved: bool) -> str | None:
    """``Get-Trouble``."""
    owner: dict[str, bool] = {}
    sections: set[str] = set()
    keys: set[str] = set()
    ours, loose, nested, section, key, level = False, False, False, "", "", 0
    for full in re.split(r"\r?\n", new):
        if re.search(r"\r(?!\Z)", full):
            return "a line has a carriage return in it."
        if re.search(r"\A" + BEGIN, full):
            ours = True
        if re.search(r"\A" + END, full):
            ours, loose = False, True
        line = re.sub(r"[ \t\r]+\Z", "", full)
        text = re.sub(r"\A[ \t]+", "", line)
        indent = len(line) - len(text)
        if re.search(r"\A([#;]|\Z)", text):
            continue
        if key != "" and indent > level:
            if loose:
                return f"after the profiles of this portal, this line is indented: {text}"
            if nested and not re.search(r"=", text):
                return f'within {key}, this line has no "=": {text}'
            continue
        level = indent
        if re.search(r"\A\[.+\]", text):
            section = re.sub(r"\A\[|\][^\]]*\Z", "", text)
            plain = re.sub(r"""["'\\]""", "", section)
            found = re.search(r"\A[ \t]*profile[^ \t]*[ \t]+([^ \t]+)[ \t]*\Z", plain)
            name = found[1] if found else ""
            if name != "" and name in owner and owner[name] != ours:
                return f'there is a profile "{name}" of your own. Rename one of the two, or remove yours.'
            if section in sections:
                return f"the section [{section}] is there twice."
            sections.add(section)
            if name != "":
                owner[name] = ours
            key, loose = "", False
            continue
        if section == "":
            return f"this line is before the first section: {text}"
        if loose and moved:
            return f"after the profiles of this portal, this line would come to another one: {text}"
        if not re.search(r"\A[^=:]+[=:]", text):
            return f"this line is neither a section nor a key: {text}"
        match = re.search(r"\A[^=:]*[^=: \t]", text)
        key = match[0].lower() if match else ""
        nested = bool(re.search(r"\A[^=:]+[=:]\Z", text))
        if f"[{section}] {key}" in keys:
            return f"the key {key} is in [{section}] twice."
        keys.add(f"[{section}] {key}")
    return None


def decided(profiles: str, content: bytes) -> bytes:
    """The text that the script would write into a file with ``content``; raises Refused."""
    old = content.decode("latin-1")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", old):
        raise Refused("it has NUL or other control characters")
    if re.search(r"\A\xef\xbb\xbf", old):
        raise Refused("it begins with a byte order mark")
    new = merged(profiles, old)
    if why := trouble(new, last_section(old) != last_section(new)):
        raise Refused(why)
    return new.encode("latin-1")
