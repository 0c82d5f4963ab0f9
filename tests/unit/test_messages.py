"""The catalogue says everything that the pages say, and its compiled form is current."""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg  # type: ignore[attr-defined]  # newer than the stubs
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from chalicelib.web.rendering import LOCALE, ROOT

FOLDER = LOCALE / "ja" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)s")
TAG = re.compile(r"</?\w[^>]*>")
# The number of the argument with the sentence. The Makefile tells Babel the same.
SENTENCES = {"Words": 1, "InvalidInput": 2}


def catalogue() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as source:
        return read_po(source, locale="ja")


def messages() -> Iterator[Message]:
    return (message for message in catalogue() if message.id)


def extracted() -> Iterator[Any]:
    """The pages' texts, found by babel.cfg, without a warning about an unreadable template."""
    keywords = DEFAULT_KEYWORDS | {name: (number,) for name, number in SENTENCES.items()}
    with (ROOT / "babel.cfg").open() as source:
        methods, options = parse_mapping_cfg(source)
    found = extract_from_dir(ROOT, methods, options, keywords, directory_filter=lambda path: "/." not in str(path))
    return (message for _, _, message, _, _ in found)


@pytest.fixture(scope="module")
def said() -> set[Any]:
    return set(extracted())


def test_every_message_of_the_pages_is_in_the_catalogue_and_no_other(said: set[Any]) -> None:
    assert {message.id for message in messages()} == said


def test_every_message_is_translated() -> None:
    assert [message.id for message in messages() if not all(_texts(message.string))] == []


def test_nothing_is_fuzzy_or_obsolete() -> None:
    assert [message.id for message in messages() if message.fuzzy] == []
    assert catalogue().obsolete == {}


def test_a_translation_keeps_placeholders_and_tags() -> None:
    for message in messages():
        source = _texts(message.id)[-1]
        for text in _texts(message.string):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source))
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(source))


def test_a_message_may_stand_in_an_attribute() -> None:
    """Messages are trusted as HTML, so a straight double quote would end an attribute's value."""
    texts = [text for message in messages() for text in (*_texts(message.id), *_texts(message.string))]
    assert [text for text in texts if '"' in text] == []
    assert [text for text in texts if "%" in PLACEHOLDER.sub("", text)] == []


def test_the_words_are_those_of_the_glossary() -> None:
    forbidden = re.compile(
        r"\b(log ?in|enrol|(an?|the|this|your|new) invite|one-time password|OTP|PIN|username|2FA)\b", re.IGNORECASE
    )
    # A command keeps its makers' name in every language.
    texts = [re.sub("<code>.*?</code>", "", text) for message in messages() for text in _texts(message.id)]
    assert [text for text in texts if forbidden.search(text)] == []


def test_every_sentence_in_python_stands_where_babel_finds_it() -> None:
    paths = [*(ROOT / "chalicelib").glob("*.py"), *(ROOT / "chalicelib" / "web").glob("console*.py")]
    assert [f"{path.name}: {ast.unparse(call)}" for path in paths for call in _out_of_sight(path)] == []


def _out_of_sight(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SENTENCES:
            sentence = node.args[SENTENCES[node.func.id] - 1]
            if not isinstance(sentence, ast.Constant) and path.name != "errors.py":  # InvalidInput makes Words
                yield node


def test_the_compiled_catalogue_is_current() -> None:
    fresh = BytesIO()
    write_mo(fresh, catalogue())
    fresh.seek(0)
    with (FOLDER / "messages.mo").open("rb") as compiled:
        assert _pairs(read_mo(compiled)) == _pairs(read_mo(fresh))


def _pairs(catalog: Catalog) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    return {(_texts(message.id), _texts(message.string)) for message in catalog if message.id}


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
