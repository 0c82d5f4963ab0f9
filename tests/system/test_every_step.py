"""The whole journey with every optional step on, in Chromium, in both languages; then its secrets, by value."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from chalicelib.web.rendering import translations
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.chromium import DESKTOP, PHONE, Visitor, launched
from tests.helpers.kept_texts import kept
from tests.helpers.member_walk import secret_in
from tests.helpers.running_sandbox import ROOT, Member, RunningSandbox

EVERY_STEP = {
    '# profile_prefix = "example-"': 'profile_prefix = "example-"',
    '# credentials = ["access-key"]': 'credentials = ["aws-login", "access-key", "none"]',
    "# console_password = true": "console_password = true",
}
PASSWORD = "Correct-horse battery 7"


@pytest.fixture(scope="module")
def every_step(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The whole product of an organisation that has every optional step on."""
    text = (ROOT / "firstday.toml").read_text("utf-8")
    for commented, written in EVERY_STEP.items():
        assert commented in text
        text = text.replace(commented, written)
    settings_file = tmp_path_factory.mktemp("settings") / "firstday.toml"
    settings_file.write_text(text, "utf-8")
    with running(port=0, portal_port=0, member="dev-simple-user", settings_file=settings_file) as running_one:
        yield RunningSandbox(as_record(running_one), tmp_path_factory.mktemp("admin"), running_one.aws)


# Of each answer: its address, its Cache-Control, its body.
Answers = list[tuple[str, str, str]]


def noted(page: Page) -> Answers:
    """Every answer that ``page`` gets from now on."""
    answers: Answers = []

    def note(response: Response) -> None:
        if not response.url.startswith("data:"):
            body = "" if response.status == 303 else response.text()
            answers.append((response.url, response.headers.get("cache-control", ""), body))

    page.on("response", note)
    return answers


@pytest.mark.parametrize(
    ("language", "viewport"), [("ja", PHONE), ("en", DESKTOP)], ids=["in Japanese on a phone", "in English"]
)
def test_every_step_of_the_journey(
    every_step: RunningSandbox, tmp_path: Path, language: str, viewport: ViewportSize
) -> None:
    with launched() as chromium:
        walk(every_step, chromium, tmp_path, language, viewport)


def walk(here: RunningSandbox, chromium: Browser, home: Path, language: str, viewport: ViewportSize) -> None:
    said, name = translations(language).gettext, f"complete-{language}"
    visitor = Visitor.at(chromium, here.portal_url, viewport, language)
    page = visitor.page
    answers = noted(page)
    invitation = here.invite(name, "--passcode")

    def go(message: str) -> None:
        visitor.click(said(message))
        visitor.check()

    def text_of(identifier: str) -> str:
        return page.locator(f"#{identifier}").text_content() or ""

    page.goto(invitation["invitation_url"])
    go("Begin")
    page.fill("#passcode", invitation["passcode"])
    go("Begin")
    go("Show my QR code")
    scanned = visitor.scan()
    code1, code2 = scanned.device.two_codes()
    page.fill("#code1", code1)
    page.fill("#code2", code2)
    go("Register this device")

    assert visitor.heading == said("Choose your console password")
    page.fill("#password", "short")
    page.fill("#repeated", "short")
    go("Set my password")
    expect(page.get_by_role("alert")).to_contain_text(said("This password does not keep to these rules"))
    page.fill("#password", PASSWORD)
    page.fill("#repeated", PASSWORD)
    go("Set my password")
    assert visitor.heading == said("Your console password is set")
    links = [link.get_attribute("href") for link in page.locator("main a").all()]
    assert "https://123456789012.signin.aws.amazon.com/console" in links
    switch = "https://signin.aws.amazon.com/switchrole?account=210987654321&roleName=stg-SwitchRole-S3ReadOnly"
    assert f"{switch}&displayName=example-stg" in links
    assert here.root("iam").get_login_profile(UserName=name)["LoginProfile"]["UserName"] == name

    go("Go on")
    assert visitor.heading == said("Choose how your computer signs in")
    go("Use my console password")
    assert "login_session" in text_of("config-text")
    page.go_back()
    go("Issue my access key")
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(text_of("credentials-text"))
    go("Saved. Try it now")
    page.goto(f"{here.portal_url}/config")
    page.get_by_text(said("How often you type an MFA code")).click()
    go("Ask me at each role")
    (home / ".aws" / "config").write_text(text_of("config-text"))
    go("Saved. Try it now")
    visitor.click(said("Check now"))
    visitor.check()
    found = page.locator("main").inner_text()
    assert "example-dev" in found
    assert "✗" not in found

    member = Member(here, name, home, here.browser(), scanned.device)
    status, shown = member.aws("s3", "ls", "--profile", "example-dev", code=scanned.device.code())
    assert status == 0, shown

    secret_key = secret_in((home / ".aws" / "credentials").read_text())
    session = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}["firstday-session"]
    secrets = {
        "the password": PASSWORD,
        "the seed": scanned.device.seed,
        "the secret access key": secret_key,
        "the invitation token": invitation["invitation_url"][-52:],
        "the passcode": invitation["passcode"],
        "the session token": session.partition(".")[2],
    }
    look_for(secrets, [*kept(here), *addresses(answers), *cacheable(answers)])
    assert any(secret_key in body for _, _, body in answers), "the answers are not among what was searched"
    assert not any(PASSWORD in body for _, _, body in answers)
    page.context.close()


def addresses(answers: Answers) -> list[tuple[str, str]]:
    return [("an address", unquote(url)) for url, _, _ in answers]


def cacheable(answers: Answers) -> list[tuple[str, str]]:
    return [(f"the cacheable answer of {url}", body) for url, cache, body in answers if "no-store" not in cache]


def look_for(secrets: dict[str, str], places: list[tuple[str, str]]) -> None:
    for name, secret in secrets.items():
        assert len(secret) >= 8
        forms = {
            secret,
            secret.replace("-", ""),
            base64.b64encode(secret.encode()).decode(),
            json.dumps(secret)[1:-1],
        }
        for where, text in places:
            assert not [form for form in forms if form in text], f"{name} is in {where}"
