"""Every page in every variant and language passes the same checks."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from enum import StrEnum
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.audit import Action, AuditEvent
from chalicelib.errors import InvalidInput
from chalicelib.members.belongings import Kind
from chalicelib.members.import_list import LineProblem
from chalicelib.members.list_filters import ListFilter
from chalicelib.members.record import MemberState
from chalicelib.web import rendering
from chalicelib.web.console.import_work import ShownResult
from chalicelib.web.console.member_pages import MemberRow
from chalicelib.web.rendering import TEMPLATES, content_security_policy
from chalicelib.words import Words
from tests.helpers import console_pages, every_sample, sample_pages
from tests.helpers.sample_pages import LANGUAGES, Sample, shown

SAMPLES = {sample.name: sample for sample in every_sample.samples()}
VOID = {"br", "input", "link", "meta"}
TOLD = ("a", "button", "caption", "dt", "h2", "label", "legend", "option")
EVERY_PAGE = pytest.mark.parametrize(
    ("sample", "language"),
    [
        pytest.param(sample, language, id=f"{name}-{language}")
        for name, sample in SAMPLES.items()
        for language in LANGUAGES
    ],
)


class Page(HTMLParser):
    """A parsed page; fails on an end tag that closes something else."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.texts[tag][-1] += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute))]


@EVERY_PAGE
def test_a_page_has_one_heading_with_which_its_title_begins(sample: Sample, language: str) -> None:
    page = Page(shown(sample, language))
    [heading], [title] = page.texts["h1"], page.texts["title"]
    assert heading.strip()
    assert title == f"{heading} – Example Corp"


@EVERY_PAGE
def test_a_page_names_its_language_and_repeats_no_id(sample: Sample, language: str) -> None:
    page = Page(shown(sample, language))
    assert page.all("html") == [{"lang": language}]
    assert [key for key, count in Counter(page.values("id")).items() if count > 1] == []


@EVERY_PAGE
def test_every_field_has_a_label_and_every_reference_a_target(sample: Sample, language: str) -> None:
    page = Page(shown(sample, language))
    fields = page.all("input", "select", "textarea")
    visible = [field["id"] for field in fields if field.get("type") != "hidden"]
    assert sorted(filter(None, visible)) == sorted(page.values("for"))
    described = [key for value in page.values("aria-describedby") for key in value.split()]
    jumps = [href.removeprefix("#") for href in page.values("href") if href.startswith("#")]
    references = {*described, *jumps, *page.values("data-copy"), *page.values("form")}
    assert references <= set(page.values("id"))


@EVERY_PAGE
def test_a_page_needs_nothing_that_its_security_policy_forbids(sample: Sample, language: str) -> None:
    page = Page(shown(sample, language))
    assert {
        name for _, attributes in page.tags for name in attributes if name == "style" or name[:2] == "on"
    } == set()
    assert page.values("src") == []
    assert page.all("link", "img", "iframe", "base", "object", "embed") == []
    policy = content_security_policy(sample.page)
    for name in ("style", "script"):
        [text] = page.texts[name]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert all(action.startswith("/") for action in [*page.values("action"), *page.values("formaction")])


@EVERY_PAGE
def test_every_button_and_link_says_what_it_does(sample: Sample, language: str) -> None:
    page = Page(shown(sample, language))
    assert all(text.strip() for tag in TOLD for text in page.texts.get(tag, []))


@EVERY_PAGE
def test_the_steps_tell_where_the_member_is(sample: Sample, language: str) -> None:
    page = Page(shown(sample, language))
    assert page.values("aria-current").count("step") == (1 if sample.step else 0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["qr-code ", "existing-device ", "password refused ", "error ", "console error "])
def test_every_refusal_and_every_error_has_words_of_its_own(kind: str, language: str) -> None:
    tag = "h1" if kind.endswith("error ") else "h2"
    variants = [sample for name, sample in SAMPLES.items() if name.startswith(kind) and " by hand" not in name]
    texts = [Page(shown(sample, language)).texts[tag][0] for sample in variants if "automatic" not in sample.name]
    assert len(set(texts)) == len(texts) > 1


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "clock is 1 minute slow"),
        (5, "clock is 5 minutes slow"),
        (89, "clock is 89 minutes slow"),
        (90, "clock is about 2 hours slow"),
        (540, "clock is about 9 hours slow"),
    ],
)
def test_the_clock_is_off_by_minutes_or_by_hours(minutes: int, words: str) -> None:
    refusal = SimpleNamespace(reason="clock_slow", minutes=minutes)
    assert words in Page(shown(SAMPLES["qr-code clock_slow"], "en", refusal=refusal)).texts["h2"][0]


def test_a_new_qr_code_is_offered_where_the_old_one_is_of_no_use() -> None:
    html = shown(SAMPLES["qr-code device_replaced"], "en")
    assert 'action="/register-device"' in html
    assert "<svg" not in html
    assert "code1" not in Page(html).values("id")


def test_a_secret_is_on_the_page_only_where_it_has_just_been_issued() -> None:
    assert "aws_secret_access_key" in shown(SAMPLES["config with key"], "en")
    assert "aws_secret_access_key" not in shown(SAMPLES["config without key"], "en")


def test_the_links_into_the_console_are_shown_once_there_is_a_password() -> None:
    for name, is_there in (("password", False), ("password set", True), ("password set before", True)):
        links = Page(shown(SAMPLES[name], "en")).values("href")
        assert ("https://123456789012.signin.aws.amazon.com/console" in links) is is_there
        assert links.count(sample_pages.SWITCH_ROLE) == (len(sample_pages.PROFILES) if is_there else 0)


def test_a_password_field_is_never_filled_in_and_known_to_password_managers() -> None:
    for name in (name for name in SAMPLES if name.startswith("password") and "set" not in name):
        fields = [field for field in Page(shown(SAMPLES[name], "en")).all("input") if field["type"] == "password"]
        assert [(field["autocomplete"], "value" in field) for field in fields] == [("new-password", False)] * 2


def test_an_earlier_entry_is_mentioned_only_when_there_may_be_one() -> None:
    words = "from an earlier try"
    assert words in shown(SAMPLES["qr-code"], "en")
    assert words not in shown(SAMPLES["qr-code"], "en", earlier_entry=None)


@given(text=st.text(alphabet="<>&\"'/=`{}% aé名", min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_what_others_wrote_is_shown_as_text(text: str) -> None:
    changes = {
        "user_name": text,
        "organisation": text,
        "config_text": text,
        "credentials_text": text,
        "source_profile": text,
        "serial_number": text,
        "secret_key": text,
        "token_value": text,
        "profile": text,
    }
    for name in (
        *("start passcode", "qr-code", "existing-device", "password", "password set", "password set before"),
        *("config with key", "config without key", "done dev access-key session"),
    ):
        plain, changed = (Page(shown(SAMPLES[name], "ja", **values)) for values in ({}, changes))
        assert _outline(plain) == _outline(changed)
    page = Page(shown(SAMPLES["config with key"], "ja", **changes))
    assert page.texts["pre"].count(text) == 2
    assert text in page.texts["title"][0]


@given(contact=st.text(alphabet="<>&\"'@:/. abc", min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_contact_is_text_with_links_at_most(contact: str) -> None:
    plain, changed = (Page(shown(SAMPLES["register-device"], "en", contact=text)) for text in ("", contact))
    more = Counter(tag for tag, _ in changed.tags) - Counter(tag for tag, _ in plain.tags)
    assert set(more) <= {"a"}
    assert contact.strip() in changed.texts["footer"][0]
    assert all(href.startswith(("#", "/", "mailto:", "http://", "https://")) for href in changed.values("href"))


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("style.css", 8_192),
        ("script.js", 4_096),
        ("console/console.css", 8_192),
        ("console/console.js", 1_536),
    ],
)
def test_style_and_script_stay_small_and_cannot_end_early(name: str, limit: int) -> None:
    text = (TEMPLATES / name).read_text("utf-8")
    assert len(text.encode()) <= limit
    assert not re.search(r"</(style|script)|\r", text, re.IGNORECASE)


def test_a_members_visit_compiles_no_template_of_the_console() -> None:
    rendering._environment.cache_clear()
    rendering.warm(LANGUAGES)
    environment = rendering._environment()
    assert environment.cache is not None
    loaded = {str(name) for _, name in environment.cache}
    assert "start.html" in loaded
    assert [name for name in loaded if name.startswith("console/")] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("macro", "keys"),
    [("action_label", Action), ("kind_label", Kind), ("state_label", MemberState), ("state_label", ListFilter)],
)
def test_whatever_the_console_may_show_has_words_of_its_own(macro: str, keys: type[StrEnum], language: str) -> None:
    shown(SAMPLES["console signed-out"], language)  # which sets the language
    macros = rendering._environment().get_template("console/parts/macros.html").module
    labels = [str(getattr(macros, macro)(key)) for key in keys]
    assert len(set(labels)) == len(keys)
    assert not set(labels) & set(keys)


@given(text=st.text(alphabet="<>&\"'/=`{}%# aé名", min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_what_others_wrote_is_shown_as_text_in_the_console_too(text: str) -> None:
    named = replace(console_pages.MEMBER, user_name=text, groups=(text,), invited_by=text)
    event = AuditEvent(text, Action.GROUPS_CHANGED, f"{text}.", console_pages.NOW, {"groups": text})
    problem = InvalidInput("csv", "%(text)s", text=text)
    line = LineProblem(1, Words("%(text)s", text=text))
    result = ShownResult(1, text, "failed", text, text, text, text)
    pages: dict[str, dict[str, object]] = {
        "console member active": {"member": named, "events": (event,)},
        "console members second page": {
            "rows": (MemberRow(named, MemberState.ACTIVE, "proved", 1, 1),),
            "filter": text,
        },
        "console invitation again": {"user_name": text, "link": text, "passcode": text},
        "console import unreadable": {"problem": problem, "csv": text},
        "console import problem": {"problems": (line,), "csv": text},
        "console import-results": {"results": [result] * 4, "shown": [result] * 4},
        "console audit filtered": {"events": (event, event), "user_name": text},
    }
    for name, changes in pages.items():
        plain, changed = Page(shown(SAMPLES[name], "ja")), Page(shown(SAMPLES[name], "ja", **changes))
        # A name in a sentence is marked for page translators.
        assert _vocabulary(changed) <= _vocabulary(plain) | {("span", "translate")}, name
        assert any(text in part for parts in changed.texts.values() for part in parts), name


def _vocabulary(page: Page) -> set[tuple[str, ...]]:
    return {(tag, *attributes) for tag, attributes in page.tags}


def _outline(page: Page) -> list[tuple[str, list[str]]]:
    return [(tag, list(attributes)) for tag, attributes in page.tags]


def test_a_page_that_a_template_compares_with_is_one() -> None:
    sources = {path.relative_to(TEMPLATES).with_suffix("").as_posix(): path for path in TEMPLATES.rglob("*.html")}
    written = "".join(path.read_text("utf-8") for path in sources.values())
    assert set(re.findall(r'page [!=]= "([\w/-]+\w)"', written)) == {"qr-code"} & sources.keys()


def test_codes_of_another_entry_are_told_as_such_where_the_qr_code_is() -> None:
    assert "These codes belong to another entry" in shown(SAMPLES["qr-code other_device"], "en")
    assert "AWS did not accept these codes" in shown(SAMPLES["existing-device other_device"], "en")
