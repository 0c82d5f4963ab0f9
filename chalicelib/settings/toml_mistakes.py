"""What is wrong with a file that is not TOML, and what to do about it: tomllib says at most where it stopped."""

import re
import tomllib
import unicodedata

from chalicelib.settings.lines import line_of, statements
from chalicelib.settings.table import FILE, Problem

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SETTING = re.compile(r"\s*(?P<name>[^=:#\s]+)\s*=\s*(?P<value>.*?)\s*(?:\s#.*)?")
_UNTIL_THE_END = ("Unclosed", "Unterminated", "Expected")
_CURLY = "“”„‟‘’‚«»「」＂＇`´"
_PLAIN_WORDS = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"}
_NOTHING = {"none", "null", "nil", "undefined", "~"}
# What is no text has to be written otherwise.
NUMBERS = {"invitation_days", "maximum_concurrency", "maximum_session_seconds"}
LISTS = {"languages", "default_groups", "credentials", "daily", "allowed_without_mfa", "managed_policies"}
_LONGEST = 60
# Lines that are no setting, each with what is wrong and what to do.
_LINES = {
    r"<{7}.*|={7}|>{7}.*|\|{7}.*": (
        "A merge has left two versions here.",
        "Keep one of them, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>.",
    ),
    r"(;|//|--|/\*|<!--).*": ("A comment begins with #.", "Write # before it, or remove the line."),
    r"[\w-]+\s*:.*": (
        "A name and its value are not separated.",
        'Write = between the two, not a colon: name = "value".',
    ),
    r"[\w-]+|[\w-]+\s[^=]*": (
        "A name and its value are not separated.",
        'Write = between the two: name = "value".',
    ),
    r"=.*": ("A value has no name.", "Write the name before the equals sign, or remove the line."),
    r"[\w-]+(\s+[\w-]+)+\s*=.*": ("The name is more than one word.", "Write one word, such as invitation_days."),
    r"\[[^\]]*\]?": ("The name of a table has no end.", "Write as many ] behind it as [ before it."),
    r"""["'][\w-]+\s*=.*""": ("A quotation mark stands before the name.", "Remove it."),
}


def mistake_in(text: str, error: ValueError) -> Problem:
    """The mistake that tomllib has found in ``text``; ``error`` is what it has raised."""
    text = text.replace("\r\n", "\n")
    place = _PLACE.search(str(error))
    what = str(error)[: place.start()] if place else str(error)
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    if what == "Invalid value" and _is_toml(text.split("\n")[line - 1]):
        what = "Unclosed array"  # of a line above: this one is only met in the place of an item
    if what.startswith("Unclosed") or not (place and place[1]):
        line = next((start for start, statement in statements(text) if start + statement.count("\n") > line), line)
    shown = text.split("\n")[line - 1]
    column = int(place[2]) if place and place[2] else 1
    message, remedy = _words(what, shown, shown[column - 1 : column], text, line)
    return Problem(FILE, message, remedy, line)


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line)
    except ValueError:
        return False
    return True


def _words(what: str, line: str, letter: str, text: str, number: int) -> tuple[str, str]:
    """The message and the remedy for the mistake ``what``, at ``letter`` in ``line``."""
    if what.startswith("Cannot"):
        return _twice(line, text, number)
    if letter and _is_out_of_place(letter, what):
        name = unicodedata.name(letter, "a control character")
        return f"U+{ord(letter):04X} ({name}) cannot stand there.", "Remove it, or type the line anew."
    if what != "Invalid value":
        for pattern, words in _LINES.items():
            if re.fullmatch(pattern, line.strip()):
                return words
    setting = _SETTING.fullmatch(line)
    if setting and (remedy := _value_remedy(setting["value"], setting["name"])):
        return f"This is not TOML: {what}.", remedy
    if what == "Invalid value" and not setting:
        return "There is text without quotes in the list.", f"Put quotes around it: {_quoted(line.strip(' ,'))}."
    if what.startswith("Unescaped"):
        return (
            "A backslash begins an escape.",
            r"Write \\ for each backslash, or put single quotes around the text.",
        )
    if what.startswith("Unclosed array"):
        return "The list has no end.", "Close it with ], and write commas between its items."
    return f"This is not TOML: {what}.", "Correct it there."


def _is_out_of_place(letter: str, what: str) -> bool:
    """Whether it is the letter itself: one that nobody sees, or one where a name or a sign has to be."""
    is_unseen = letter not in " \t" and unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Zs")
    return is_unseen or (not letter.isascii() and what.startswith(("Invalid statement", "Expected '='")))


def _value_remedy(value: str, name: str) -> str | None:
    """What to do about a value that is no value of TOML; None if the value itself looks right."""
    plain_value = unicodedata.normalize("NFKC", value)
    words = re.findall(r"[\w:*/.+=@-]+", plain_value)
    if name in LISTS and words and value[-1] not in "[,":
        return f"Write it so: {name} = [{', '.join(map(_quoted, words))}]."
    if name in NUMBERS and (number := re.search("[0-9]+", plain_value)):
        return f"Write the number alone: {name} = {number[0].lstrip('0') or 0}."
    if value.lower() in _NOTHING:
        return "Write a value in quotes, or remove the line."
    bare = value.strip(_CURLY).rstrip(";,").strip(_CURLY)
    if not value:
        return f'Write the value behind the equals sign, or remove the line: {name} = "...".'
    if value[0] in _CURLY:
        return f"Write straight quotes: {_quoted(bare)}."
    if plain := _PLAIN_WORDS.get(bare.lower()):
        return (
            f"Write it in small letters, without quotes: {plain}." if bare not in ("true", "false") else _ending()
        )
    if value.startswith(('"""', "'''")):
        return f"End the text with {value[:3]}."
    if value[0] in "\"'":
        closed = re.match(r"(\"(\\.|[^\"\\])*\"|'[^']*')(.*)", value)
        if closed is None:
            return f"Close the quotation mark: {_quoted(value[1:])}." if "\\" not in value else None
        return _ending() if closed[3] else None
    if value[0] in "[{":
        return None
    return _ending() if re.fullmatch(r"[1-9][0-9]*[;,]", value) else f"Put quotes around it: {_quoted(bare)}."


def _ending() -> str:
    return "Remove what follows the value on its line."


def _twice(line: str, text: str, number: int) -> tuple[str, str]:
    setting = _SETTING.fullmatch(line)
    name = setting["name"] if setting else line.strip().strip("[]").strip()
    before = "".join(statement for start, statement in statements(text) if start < number)
    header = next((part for part in reversed(before.split("\n")) if re.match(r"\s*\[", part)), "")
    table = header.strip().strip("[]").strip()
    key = f"{table}.{name}" if setting and table else name
    first = line_of(before, key)
    where = f", in line {first}" if first else ""
    return f"{_shown(name)} is there already{where}.", "Keep one of the two."


def _quoted(value: str) -> str:
    shown = _shown(value.strip())
    return f"'{shown}'" if '"' in shown or "\\" in shown else f'"{shown}"'


def _shown(value: str) -> str:
    short = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 3]}..."
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short)
