"""The answers of the deployed function to any request through API Gateway."""

from urllib.parse import urlsplit

import pytest

from chalicelib.web.headers import EVERY_ANSWER
from firstday.verification.browser import Page, PageAnswer
from tests.helpers.console_administrator import multipart
from tests.helpers.running_sandbox import RunningSandbox


def posted(sandbox: RunningSandbox, path: str, content_type: str, body: str) -> PageAnswer:
    headers = {
        "Accept-Language": "en",
        "Content-Type": content_type,
        "Host": urlsplit(sandbox.portal_url).netloc,
        "Sec-Fetch-Site": "same-origin",
    }
    return sandbox.send("POST", path, headers, body)


def test_two_slashes_lead_to_the_page_whose_form_has_one(sandbox: RunningSandbox) -> None:
    for path in ("/start", "//start", "/start/", "//start//"):
        page = Page(sandbox.send("GET", path, {"Host": urlsplit(sandbox.portal_url).netloc}, ""))
        assert page.status == 200
        assert {form.action for form in page.forms} == {"/start"}


@pytest.mark.parametrize(
    ("path", "content_type", "body", "status"),
    [
        ("/start", "text/plain", "token=x", 415),
        ("/start", "multipart/form-data; boundary=x", "--x--", 415),
        ("/start", "application/octet-stream", "token=x", 415),
        ("/start", "application/x-www-form-urlencoded", "token=" + "x" * 16384, 400),
        ("/codes", "application/x-www-form-urlencoded", "seed=x", 403),
        ("/console/import", *multipart({"csv": "user_name\n"}, b"user_name\n"), 403),
        ("/console/import-check", *multipart({"csv": "user_name\n"}, b"user_name\n"), 403),
    ],
)
def test_what_a_stranger_posts_is_refused_by_a_page_of_the_portals(
    sandbox: RunningSandbox, path: str, content_type: str, body: str, status: int
) -> None:
    answer = posted(sandbox, path, content_type, body)
    assert answer.status == status
    assert answer.headers["content-type"] == ["text/html; charset=utf-8"]
    assert Page(answer).heading
    for name in EVERY_ANSWER:
        assert len(answer.headers[name.lower()]) == 1, name
