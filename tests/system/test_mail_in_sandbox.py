"""``firstday sandbox --mail``: the portal is deployed with mail, and what is sent is seen in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from firstday.sandbox.caught_mail import caught
from firstday.sandbox.instructions import instructions
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import Sandbox, as_record
from tests.helpers.embedded_aws import root_client
from tests.helpers.embedded_ses import content, mail


@pytest.fixture(scope="module")
def with_mail() -> Iterator[Sandbox]:
    with running(port=0, portal_port=0, member="dev-simple-user", with_mail=True, runs_schedules=False) as started:
        yield started


def test_mail_is_shown_in_a_browser_and_its_link_opens_the_portal(with_mail: Sandbox, chromium: Browser) -> None:
    record, ses = as_record(with_mail), root_client(with_mail.aws, "sesv2")
    text, html = f"Open this:\n\n{record['invitation_url']}\n", "<p>Open <b>this</b>.</p>"
    ses.send_email(**mail(sender="aws-portal@example.com", Content=content("Your access", text, html)))
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(record["mail_url"])
    assert page.get_by_role("heading", name="Your access").is_visible()
    page.get_by_text("HTML", exact=True).click()
    frame = page.frame_locator("iframe")
    assert frame.get_by_text("Open this.").is_visible()
    assert set(asked) == {record["mail_url"], "about:srcdoc"} - ({"about:srcdoc"} - set(asked))
    with page.expect_popup() as opened:
        page.get_by_role("link").click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{record['portal_url']}/start")
    page.close()


def test_it_says_where_the_mail_is(with_mail: Sandbox) -> None:
    record = as_record(with_mail)
    assert record["mail_url"] in instructions(with_mail)
    assert record["mail_directory"] in instructions(with_mail)
    assert [each.subject for each in caught(Path(record["mail_directory"]))] == ["Your access"]
