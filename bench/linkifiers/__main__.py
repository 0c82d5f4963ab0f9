"""``make links``: how many links of members come out of linkifiers and converters of PyPI and npm, and open.

Each is counted for the tokens of today, and for those of the earlier form with the earlier reader.
"""

import base64
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.linkifiers.surroundings import SURROUNDINGS
from chalicelib.members.link_tokens import Token, invitation_tokens, secret_text, token_text

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".cache" / "linkifiers"
ADDRESS = "https://portal.example.com/start#"
NAMES = ("hanako", "hanako.yamada", "hanako@example.com", "h_yamada", "h+aws=ops,1-a", "Yamada-Hanako_2")
MEMBERS = tuple(f"{NAMES[number % len(NAMES)]}{number}" for number in range(200))
Made = dict[str, dict[str, list[Any]]]


@dataclass(frozen=True)
class Form:
    """A form of tokens with its reader; ``read`` is given what the browser has behind the ``#``."""

    title: str
    write: Callable[[str], str]
    read: Callable[[str, str], bool]


def bits(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def earlier_token(name: str) -> str:
    return f"{name}.{base64.urlsafe_b64encode(bits(name)).decode().rstrip('=')}"


def opens_earlier(name: str, fragment: str) -> bool:
    """As the portal read it: the whole fragment, without blanks, is the token."""
    return "".join(fragment.rpartition("#")[2].split()) == earlier_token(name)


def opens_earlier_today(name: str, fragment: str) -> bool:
    """Whether the record would know one: what follows 43 characters of secret is not looked at."""
    found = [(token.user_name, token.secret[:43]) for token in invitation_tokens(fragment)]
    user_name, _, secret = earlier_token(name).rpartition(".")
    return found == [(user_name, secret)]


def todays_token(name: str) -> str:
    return token_text(name, secret_text(bits(name)))


def opens_today(name: str, fragment: str) -> bool:
    return invitation_tokens(fragment) == [Token(name, secret_text(bits(name)))]


FORMS = (
    Form("earlier tokens, earlier reader", earlier_token, opens_earlier),
    Form("earlier tokens, today's reader", earlier_token, opens_earlier_today),
    Form("today's tokens and reader", todays_token, opens_today),
)


def in_browser(link: str) -> str:
    """What Chromium has behind the ``#`` of a link: it encodes what is beyond ASCII, and some more."""
    return quote(link.partition("#")[2], safe="!#$%&'()*+,/:;=?@[]\\^{|}~")


def made(texts: Sequence[str], pages: Sequence[str]) -> Made:
    """What all libraries make of them, by kind and name."""
    programs = (
        [str(INSTALLED / "python" / "bin" / "python"), str(HERE / "in_python.py")],
        [str(Path(sys.executable).with_name("node")), str(INSTALLED / "in_node.cjs")],
    )
    found: Made = {"links": {}, "pages": {}, "texts": {}}
    for command in programs:
        told = subprocess.run(
            command, input=json.dumps({"texts": texts, "pages": pages}), capture_output=True, text=True
        )
        if told.returncode:
            sys.exit(f"{told.stderr}\n{command[-1]} failed")
        for kind, of_kind in json.loads(told.stdout).items():
            found[kind] |= of_kind
    return found


def table(form: Form) -> dict[str, Counter[str]]:
    """For each linkifier, each of the surroundings, and all: how many links have the token in them, and open."""
    cases = [(where, name) for where in SURROUNDINGS for name in NAMES]
    texts = [SURROUNDINGS[where].format(ADDRESS + form.write(name)) for where, name in cases]
    counts: dict[str, Counter[str]] = {}
    for program, results in made(texts, [])["links"].items():
        for (where, name), links in zip(cases, results, strict=True):
            has_token = any(form.write(name) in link for link in links)
            does_open = any(form.read(name, in_browser(link)) for link in links)
            for row in (program, where, "all"):
                counts.setdefault(row, Counter()).update(tried=1, has_token=has_token, opens=does_open)
    return counts


def converted(form: Form) -> Iterable[tuple[str, int]]:
    """In how many members' messages, in HTML, the token is whole after programs have made another text of it."""
    tokens = [form.write(name) for name in MEMBERS]
    results = made([], [f"<p>Hello,</p><p>{ADDRESS}{token}</p><p>Regards</p>" for token in tokens])
    for kind, what in (("pages", "to Markdown and back"), ("texts", "to text")):
        for program, texts in results[kind].items():
            whole = sum(token in unescape(text) for token, text in zip(tokens, texts, strict=True))
            yield f"{program}, {what}", whole


def main() -> None:
    tables = [table(form) for form in FORMS]
    print("Of links, how many have the whole token in them, and open:\n")
    print("| | links | " + " | ".join(form.title for form in FORMS) + " |")
    print("| --- | --- |" + " --- |" * len(FORMS))
    for row in sorted(tables[0], key=lambda row: (row == "all", row in SURROUNDINGS)):
        counts = [f"{one[row]['has_token']:,}, {one[row]['opens']:,}" for one in tables]
        print(f"| {row} | {tables[0][row]['tried']:,} | " + " | ".join(counts) + " |")
    print(f"\nOf {len(MEMBERS)} members, the token is whole:\n\n| | earlier | today |\n| --- | --- | --- |")
    for (what, before), (_, now) in zip(converted(FORMS[0]), converted(FORMS[-1]), strict=True):
        print(f"| {what} | {before} | {now} |")
    if lost := tables[-1]["all"]["has_token"] - tables[-1]["all"]["opens"]:
        sys.exit(f"{lost} links that hold a whole token do not open.")


if __name__ == "__main__":
    main()
