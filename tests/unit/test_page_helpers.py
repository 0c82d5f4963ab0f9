"""What each page tells those who help its reader: password managers and page translators."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.helpers import every_sample, sample_pages
from tests.helpers.sample_pages import Sample, shown

EVERY_PAGE = pytest.mark.parametrize(
    "sample",
    [pytest.param(sample, id=sample.name) for sample in every_sample.samples()],
)
VOID = {"br", "input", "link", "meta", "path"}
# What a password manager may put into each field, by the field's id. Nothing else asks for text.
OFFERED = {
    "code1": "one-time-code",
    "code2": "off",
    "csv": "off",
    "email": "off",
    "filter": "off",
    "passcode": "off",
    "password": "new-password",
    "repeated": "new-password",
    "since": "off",
    "token": "off",
    "until": "off",
    "user-name": "username",
    "user_name": "off",
}
# What members type or copy, as the samples have it: names, commands, keys.
KEPT = re.compile(
    r"dev-simple-user|SwitchRole-|AKIA|JBSW|\baws [a-z]|firstday [a-z]|--profile|(?<!\w)\.aws|arn:aws"
)


class Texts(HTMLParser):
    """Each text with the tags that it is in; ``fields`` are what can be typed into, in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, list[tuple[str, dict[str, str | None]]]]] = []
        self.forms: list[list[dict[str, str | None]]] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append([])
        if tag == "textarea" or (tag == "input" and attributes.get("type") not in ("hidden", "checkbox", "file")):
            self.forms[-1].append(attributes)
        if tag not in VOID:
            self._open.append((tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((data, [*self._open]))

    def translated(self) -> Iterator[tuple[str, set[str]]]:
        """The texts that a page translator may replace, with the names of the tags that each is in."""
        for text, inside in self.texts:
            tags = {tag for tag, _ in inside}
            is_kept = any(attributes.get("translate") == "no" for _, attributes in inside)
            if not is_kept and not tags & {"script", "style", "textarea"}:
                yield text, tags


@EVERY_PAGE
def test_a_password_manager_is_offered_the_right_fields_only(sample: Sample) -> None:
    for fields in Texts(shown(sample, "en")).forms:
        offered = [field.get("autocomplete") for field in fields]
        assert offered == [OFFERED[str(field["id"])] for field in fields]
        assert offered.count("one-time-code") <= 1
        if "new-password" in offered:  # it is kept under its user name
            assert offered == ["username", "new-password", "new-password"]
            assert (fields[0]["value"], "readonly" in fields[0]) == ("dev-simple-user", True)


@EVERY_PAGE
@pytest.mark.parametrize("language", sample_pages.LANGUAGES)
def test_a_translator_leaves_alone_whatever_is_typed_or_copied(sample: Sample, language: str) -> None:
    is_members = not sample.page.startswith("console/")
    for text, tags in Texts(shown(sample, language)).translated():
        assert not tags & {"code", "pre", "kbd", "samp"}, text
        # The heading and the title only greet.
        assert not is_members or tags & {"h1", "title"} or not KEPT.search(text), text


def test_what_is_typed_or_copied_reads_from_left_to_right_in_a_page_that_was_turned_round() -> None:
    for sample in sample_pages.samples():
        for text, inside in Texts(shown(sample, "en")).texts:
            for tag, attributes in inside:
                assert tag not in ("code", "pre") or attributes["dir"] == "ltr", text
