"""What members read in their mail: in both languages, the same in text and HTML, and nothing that is a secret."""

import re
from html.parser import HTMLParser

import pytest

from chalicelib.audit import Action, AuditEvent
from chalicelib.letters import TEMPLATES, language_of
from chalicelib.mail.kinds import NOTICES
from chalicelib.mail.outgoing import Outgoing
from chalicelib.web.rendering import TEMPLATES as FOLDER
from tests.helpers.sample_mails import ADMIN, KEY, LINK, MEMBER, NAME, NOW, PORTAL_URL, SampleMail, samples
from tests.helpers.settings_makers import example_settings

SAMPLES = {sample.name: sample for sample in samples()}
every_sample = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
every_language = pytest.mark.parametrize("language", ["en", "ja"])


class Shown(HTMLParser):
    """The text of a mail as a program shows it, its tags, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", set[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.text += "\n" if tag == "br" else ""
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_kind_that_is_told_has_a_template_and_a_sample_and_no_other() -> None:
    assert set(TEMPLATES) == NOTICES | {Action.INVITATION_CREATED}
    assert {sample.mail.event.action for sample in SAMPLES.values()} == set(TEMPLATES)
    assert {path.stem for path in (FOLDER / "mail").glob("*.txt")} == {*TEMPLATES.values(), "notice"}


@every_language
@every_sample
def test_the_html_says_the_same_as_the_text(sample: SampleMail, language: str) -> None:
    letter = sample.letter(language)
    shown = Shown(letter.html)
    assert shown.text.split() == [*letter.subject.split(), *letter.text.split()]
    assert f'<html lang="{language}">' in letter.html


@every_language
@every_sample
def test_nothing_loads_and_the_only_links_are_the_portals_shown_as_themselves(
    sample: SampleMail, language: str
) -> None:
    letter = sample.letter(language)
    shown = Shown(letter.html)
    assert shown.tags <= {"html", "head", "meta", "title", "body", "p", "br", "a"}
    assert all(link.startswith(f"{PORTAL_URL}/") for link in shown.links)
    assert shown.links == re.findall(r"^https?://\S+$", letter.text, re.MULTILINE)
    assert len(re.findall("https?:", letter.text)) == len(shown.links)


@every_language
@every_sample
def test_only_an_invitation_has_a_link_that_opens_something(sample: SampleMail, language: str) -> None:
    letter = sample.letter(language)
    assert ("#" in letter.text) == (sample.link is not None)
    assert letter.text.count(LINK) == (sample.link is not None)


@every_language
@every_sample
def test_a_letter_is_complete(sample: SampleMail, language: str) -> None:
    letter = sample.letter(language)
    assert not re.search(r"%\(|\{\{|\{%|None|Undefined|  ", letter.text + letter.subject)
    assert not re.search(r":\s*$", letter.text)
    assert "\n" not in letter.subject
    assert len(letter.subject) < 80
    is_japanese = re.search("[ぁ-んァ-ン一-龠]", letter.text) is not None
    assert is_japanese == (language == "ja")


@every_language
@every_sample
def test_a_subject_is_none_that_filters_take_for_spam(sample: SampleMail, language: str) -> None:
    """The organisation does not come first; Japanese subjects have no acronym alone, which counts as capitals."""
    subject = sample.letter(language).subject
    assert not subject.startswith(example_settings().organisation)
    assert language == "en" or "AWS" not in subject


@pytest.mark.parametrize("action", sorted(NOTICES - {Action.INVITATION_REMINDED}))
def test_a_notice_tells_when_by_whom_from_where_and_whom_to_tell(action: Action) -> None:
    event = AuditEvent(NAME, action, NAME, NOW, {"source_ip": "203.0.113.7"})
    text = SampleMail("any", Outgoing("1", event)).letter("en").text
    assert "When: 2026-11-30 17:30 UTC+09:00" in text
    assert f"By whom: the IAM user {NAME}" in text
    assert "From the address: 203.0.113.7" in text
    assert "Was it not you? Then tell aws-admins@example.com at once." in text


def test_a_notice_of_what_an_administrator_did_names_them() -> None:
    text = SAMPLES["groups"].letter("en").text
    assert "By whom: an administrator, admin (firstday-admin)" in text
    assert "From the address" not in text
    assert "If you did not expect this, ask aws-admins@example.com." in text


def test_a_key_that_was_ended_says_why_and_how_to_go_on() -> None:
    assert "You have replaced it by a new one." in SAMPLES["key retired"].letter("en").text
    ended = SAMPLES["key ended"].letter("en").text
    assert "greatest age" in ended
    assert "ask aws-admins@example.com for a new link" in ended, "their own page does not open without a key"
    assert "/me" not in ended
    assert "By whom: the portal, by itself" in ended


@pytest.mark.parametrize(
    ("action", "command"), [("access.ending", "edit dev-simple-user --until DAY"), ("access.suspended", "resume")]
)
def test_administrators_are_told_whose_access_it_is_and_what_they_can_do(action: str, command: str) -> None:
    letter = SAMPLES[f"{action} for administrators"].letter("en")
    assert letter.subject.startswith(f"The access of {NAME} to AWS at Example Corp ")
    assert f"firstday {command}" in letter.text
    assert "ask aws-admins" not in letter.text, "that is who reads it"


@pytest.mark.parametrize("action", ["mfa.reset", "password.reset", "access.suspended", "offboarding"])
def test_what_is_recorded_before_it_is_done_is_told_as_being_done(action: str) -> None:
    assert " being " in SAMPLES[action].letter("en").text


def test_an_invitation_is_the_message_that_administrators_paste() -> None:
    text = SAMPLES["invitation with passcode"].letter("en").text
    assert text.startswith("This link sets up your access to AWS at Example Corp in about five minutes:\n\nhttps")
    assert "2026-12-07 17:30 UTC+09:00" in text
    assert "The page asks for a passcode" in text


def test_a_detail_that_is_nothing_of_its_kind_is_left_out() -> None:
    odd = "developers\n\nhttps://example.net/ <script>"
    mail = Outgoing("1", AuditEvent(ADMIN, Action.GROUPS_CHANGED, NAME, NOW, {"groups": odd, **KEY}))
    letter = SampleMail("odd", mail).letter("en")
    assert Shown(letter.html).links == []
    assert "<script>" not in letter.html
    assert "example.net" not in letter.text


@pytest.mark.parametrize(("read", "written"), [("ja", "ja"), ("fr", "en"), (None, "en")])
def test_a_letter_is_in_the_language_that_the_member_reads_if_the_organisation_has_it(
    read: str | None, written: str
) -> None:
    from dataclasses import replace

    settings = replace(example_settings(), languages=("en", "ja"))
    assert language_of(settings, replace(MEMBER, language=read)) == written
    assert language_of(settings, None) == "en"
