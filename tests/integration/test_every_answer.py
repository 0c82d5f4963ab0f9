"""Every answer of the function is the portal's own, for any event: with its headers, and a line in the log."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import app
from chalicelib.web.headers import EVERY_ANSWER
from chalicelib.wiring import use
from firstday.verification.browser import Page, PageAnswer
from tests.helpers.console_administrator import FORM
from tests.helpers.worlds import ADMIN, MEMBER, answer_to, event_of

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
ROUTES = sorted(app.routes)
TOKEN = f"{MEMBER}.{'A' * 43}"
CHALICES = ("Code", "Message")


def asked(
    capsys: pytest.CaptureFixture[str], event: object, *, failures: int = 0
) -> tuple[PageAnswer, list[dict[str, Any]]]:
    """The answer, after the checks that all answers have to pass, and its lines in the log."""
    capsys.readouterr()
    answer = answer_to(event)
    output = capsys.readouterr()
    lines = [json.loads(line) for line in output.out.splitlines()]
    for name in EVERY_ANSWER:
        assert len(answer.headers[name.lower()]) == 1, (answer.status, name)
    assert output.err == ""
    assert len([line for line in lines if line["level"] == "info" and line["status"] == answer.status]) == 1
    assert len(lines) == 1 + failures
    assert "Traceback" not in answer.body
    if answer.headers.get("content-type") == ["application/json"]:
        assert not set(CHALICES) & json.loads(answer.body).keys()
    return answer, lines


def as_admin(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    return event_of(method, f"/api{path}", headers, "", userArn=ADMIN)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("world")
def test_a_route_has_the_methods_that_it_has(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    for path in ROUTES:
        if method not in app.routes[path]:
            answer, (line,) = asked(capsys, as_admin(method, path, FORM))
            assert (answer.status, line["action"], line["outcome"]) == (405, "no route", "method_not_allowed")
            assert answer.headers["allow"] == [", ".join(app.routes[path])]
            assert kind(answer) == kind_at(path)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", "application/xml", "x" * 5000, None])
@pytest.mark.usefixtures("world")
def test_a_body_of_another_type_is_refused_in_words(
    content_type: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {name: value for name, value in FORM.items() if name != "Content-Type"}
    headers |= {"Content-Type": content_type} if content_type else {}
    for path in ROUTES:
        for method in {"POST", "PUT"} & app.routes[path].keys():
            answer, _ = asked(capsys, as_admin(method, path, headers))
            assert kind(answer) == kind_at(path)
            is_upload = content_type == "multipart/form-data" and path.startswith("/console/import")
            if is_upload or path == "/member/link":  # whose body nobody reads
                assert answer.status == 403
            elif content_type or not path.startswith("/admin/"):
                assert answer.status == 415


@pytest.mark.parametrize(
    "path", ["/", "/nothing", f"/start%23{TOKEN}", "/admin/nothing", "/member/x", "/console/x"]
)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.usefixtures("world")
def test_what_has_no_route_is_not_found_and_not_logged(
    path: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for method in METHODS:
        answer, (line,) = asked(capsys, event_of(method, f"/api{path}", {"Accept-Language": language}, ""))
        assert (answer.status, line["action"], line["outcome"]) == (404, "no route", "page_not_found")
        assert path.strip("/") == "" or path.strip("/") not in json.dumps(line)
        assert kind(answer) == kind_at(path)
        if kind(answer) == "text/html":
            assert answer.headers["content-language"] == [language]
            assert Page(answer).heading in ("This page does not exist", "ページが見つかりません")


@pytest.mark.parametrize(
    "path", ["//start", "/start/", "//start//", "/api//start", "/api///start/", "///api/start"]
)
@pytest.mark.usefixtures("world")
def test_slashes_too_many_render_the_page_and_lead_to_no_other_host(path: str) -> None:
    event = event_of("GET", "/api/start", {"Host": FORM["Host"]}, "")
    for resource in ("/start", f"/{path.rpartition('api')[2]}"):
        event["requestContext"] |= {"path": path, "resourcePath": resource}
        page = Page(answer_to(event))
        assert page.status == 200
        root = "/api" if "api" in path else ""
        assert {form.action for form in page.forms} == {f"{root}/start"}
        assert not [href for href in page.links if href.startswith(("//", "/\\"))]


@given(st.text("/\\.aé%20:@;", max_size=12), st.sampled_from(["/start", "/codes", "/console/members", "/x//y"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@pytest.mark.usefixtures("world")
def test_no_address_of_a_page_can_lead_to_another_host(before: str, resource: str) -> None:
    event = event_of("GET", "/api/codes", {"Host": FORM["Host"]}, "")
    event["requestContext"] |= {"path": f"{before}{resource}", "resourcePath": resource}
    page = Page(answer_to(event))
    addresses = [*page.links, *(form.action for form in page.forms)]
    assert len(addresses) > 1
    assert [one for one in addresses if not re.match(r"/(?![/\\])|#|mailto:|$", one)] == []


MALFORMED: tuple[object, ...] = (
    None,
    [],
    "x",
    {},
    {"requestContext": None},
    {"requestContext": {"resourcePath": None, "httpMethod": "GET"}},
    {"requestContext": {"resourcePath": "/start"}},
    {"requestContext": {"resourcePath": "/start", "httpMethod": "GET"}},
    {"requestContext": {"resourcePath": "/admin/members/{user_name}", "httpMethod": "GET"}},
    {"requestContext": {"resourcePath": "/start", "httpMethod": "GET"}, "headers": None},
    {"Records": [{"eventSource": "aws:s3"}]},
)


@pytest.mark.parametrize("event", MALFORMED, ids=str)
@pytest.mark.usefixtures("world")
def test_an_event_that_is_no_whole_request_is_answered_all_the_same(
    event: object, capsys: pytest.CaptureFixture[str]
) -> None:
    is_start = isinstance(event, dict) and "'/start', 'httpMethod'" in str(event)
    is_short = isinstance(event, dict) and "{user_name}" in str(event)
    answer, _ = asked(capsys, event, failures=int(is_short))
    assert answer.status == (200 if is_start else 500 if is_short else 405 if "/start" in str(event) else 404)


@pytest.mark.parametrize(
    "changes",
    [
        {"multiValueQueryStringParameters": "x"},
        {"headers": {"Accept-Language": 7}},
        {"headers": {"Cookie": ["a"]}},
        {"headers": 7},
    ],
    ids=str,
)
@pytest.mark.usefixtures("world")
def test_what_no_view_can_answer_is_one_line_of_text(
    changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    event = event_of("GET", "/api/start", {}, "") | changes
    capsys.readouterr()
    answer = answer_to(event)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answer.status == 500
    assert kind(answer) == "text/plain"
    assert EVERY_ANSWER.keys() <= {name.title() for name in answer.headers} | {"X-Frame-Options"}
    assert [line["level"] for line in lines][-1] == "info"
    assert [line["status"] for line in lines if line["level"] == "info"] == [500]


def test_a_portal_that_cannot_be_put_together_answers_as_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(None)
    monkeypatch.delenv("MEMBERS_TABLE", raising=False)
    for path in ("/start", "/nothing", "/admin/members"):
        answer, lines = asked(capsys, as_admin("GET", path, {}), failures=1)
        assert answer.status == 500
        assert lines[-1]["outcome"] == "KeyError"


@pytest.mark.usefixtures("world")
def test_redirections_json_and_text_have_the_headers_too(capsys: pytest.CaptureFixture[str]) -> None:
    for event in (
        event_of("GET", "/api/check", {}, ""),
        event_of("GET", "/api/console", {}, ""),
        as_admin("GET", "/admin/members", {}),
        event_of("GET", "/api/admin/members", {}, ""),
        event_of("GET", "/api/member/config", {}, ""),
    ):
        asked(capsys, event)


def kind(answer: PageAnswer) -> str:
    return answer.headers["content-type"][0].partition(";")[0]


def kind_at(path: str) -> str:
    if path.startswith("/admin/"):
        return "application/json"
    return "text/plain" if path.startswith("/member/") else "text/html"
