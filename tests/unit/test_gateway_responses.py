"""The pages that API Gateway shows by itself."""

import base64
import gettext
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import Settings
from chalicelib.web.headers import SECURITY_HEADERS
from chalicelib.web.trying_again import LONGEST_WAIT, MAXIMUM_AUTOMATIC_TRIES, SHORTEST_WAIT
from firstday.stack import gateway_responses as gateway
from tests.helpers.settings_makers import example_settings, example_values

GUARDED = replace(example_settings(), firewall=True)
RESPONSES: Any = gateway.gateway_responses(GUARDED)
BUSY_PAGES = ["DEFAULT_5XX", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "THROTTLED"]
NOT_FOUND_PAGE = "MISSING_AUTHENTICATION_TOKEN"
PAGES = sorted(name for name, response in RESPONSES.items() if "text/html" in response["responseTemplates"])


def page(name: str, settings: Settings | None = None) -> str:
    responses: Any = gateway.gateway_responses(replace(settings or GUARDED, firewall=True))
    return str(responses[name]["responseTemplates"]["text/html"])


def header(name: str, of: str) -> str:
    return str(RESPONSES[name]["responseParameters"][f"gatewayresponse.header.{of}"])


class Outline(HTMLParser):
    """The tags of a page, and the text in each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "style" not in dict(attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1], []).append(data)


def test_an_address_that_is_not_there_is_a_404_a_flood_a_429_and_the_others_keep_their_status() -> None:
    statuses = {name: one["statusCode"] for name, one in RESPONSES.items() if "statusCode" in one}
    assert statuses == {"MISSING_AUTHENTICATION_TOKEN": "404", "WAF_FILTERED": "429"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed_with_one_h1_that_its_title_begins_with(name: str) -> None:
    outline = Outline(page(name))
    assert outline.open == []
    (heading,) = outline.texts["h1"]
    assert outline.texts["title"][0].startswith(heading)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_the_organisations_languages_the_default_one_first(name: str) -> None:
    assert re.findall('<section lang="(..)">', page(name)) == ["ja", "en"]
    only_english = read_settings(example_values() | {"languages": ["en"]})
    assert re.findall('lang="(..)"', page(name, only_english)) == ["en", "en"]


def test_who_is_refused_by_the_firewall_is_told_why_and_how_long_to_wait() -> None:
    assert "Too many requests came from your network’s address in the last five minutes." in unescape(
        page("WAF_FILTERED")
    )
    assert "Wait five minutes and try again." in page("WAF_FILTERED")
    assert "WAF_FILTERED" not in gateway.gateway_responses(example_settings())


TEXTS = [
    *gateway.NOT_FOUND,
    *gateway.BUSY,
    gateway.GOES_ON,
    *gateway.UNREADABLE,
    *gateway.FLOODED,
    gateway.QUESTIONS,
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_texts_are_those_of_the_portals_own_error_pages(text: str) -> None:
    japanese = gettext.translation("messages", gateway.LOCALE, ["ja"])
    assert japanese.gettext(text) != text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_same_whatever_the_browser_accepts(name: str) -> None:
    templates = RESPONSES[name]["responseTemplates"]
    assert templates["text/html"] == templates["application/json"]
    content_type = RESPONSES[name]["responseParameters"]["gatewayresponse.header.Content-Type"]
    assert content_type == "'text/html; charset=utf-8'"


def test_refusals_of_the_admin_api_stay_json() -> None:
    assert sorted(set(RESPONSES) - set(PAGES)) == ["ACCESS_DENIED", "EXPIRED_TOKEN", "INVALID_SIGNATURE"]


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_every_answer_has_the_headers_of_the_portals_pages(name: str) -> None:
    headers = RESPONSES[name]["responseParameters"]
    # The path of such a page may hold a token, which even the portal is not told.
    for header, value in (SECURITY_HEADERS | {"Referrer-Policy": "no-referrer"}).items():
        assert headers[f"gatewayresponse.header.{header}"] == f"'{value}'"
    for value in headers.values():
        assert re.fullmatch("'[^']+'", value), "API Gateway takes no quote within a fixed value"


def digest(html: str, element: str) -> str:
    text = html.split(f"<{element}>")[1].split(f"</{element}>")[0]
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("name", sorted(set(PAGES) - {*BUSY_PAGES, NOT_FOUND_PAGE}))
def test_the_policy_of_a_page_allows_its_own_style_and_nothing_else(name: str) -> None:
    html = page(name)
    assert f"default-src 'none'; style-src 'sha256-{digest(html, 'style')}'\"" in html
    assert "<script" not in html
    assert re.search("form-action; script-src'$", header(name, "Content-Security-Policy"))


def test_the_policies_of_the_page_for_no_page_allow_the_script_that_mends_the_address() -> None:
    html = page(NOT_FOUND_PAGE)
    assert (
        f"default-src 'none'; script-src 'sha256-{digest(html, 'script')}';"
        f" style-src 'sha256-{digest(html, 'style')}'\""
    ) in html
    assert header(NOT_FOUND_PAGE, "Content-Security-Policy") == header("THROTTLED", "Content-Security-Policy")
    assert "$" not in html


@pytest.mark.parametrize("name", BUSY_PAGES)
def test_the_policies_of_the_busy_page_allow_its_one_script_and_forms_to_the_portal(name: str) -> None:
    html = page(name)
    assert (
        f"default-src 'none'; form-action 'self'; script-src 'sha256-{digest(html, 'script')}';"
        f" style-src 'sha256-{digest(html, 'style')}'\""
    ) in html
    assert header(name, "Content-Security-Policy") == (
        "'base-uri; connect-src; frame-ancestors; img-src; object-src'"
    )


@pytest.mark.parametrize("name", BUSY_PAGES)
def test_the_busy_page_says_what_to_do_until_its_script_says_that_it_goes_on(name: str) -> None:
    english = unescape(page(name)).split('<section lang="en">')[1]
    by_hand, by_itself = re.findall("<p (data-advice.*?)>(.*?)</p>", english)
    assert by_hand == (
        "data-advice",
        "Wait a moment, then reload this page. If your browser asks whether to send the form again, let it:"
        " nothing is done twice.",
    )
    assert by_itself[0] == "data-advice hidden"
    assert "it tries again by itself" in by_itself[1]


def test_the_busy_page_waits_as_long_and_as_often_as_the_portals_own_pages() -> None:
    numbers = f"[{SHORTEST_WAIT}, {LONGEST_WAIT}, {MAXIMUM_AUTOMATIC_TRIES}]"
    assert f"const [shortest, longest, most] = {numbers};" in page("THROTTLED")


def test_api_gateway_fills_in_the_method_and_finds_no_other_variable() -> None:
    found = {text for name in PAGES for text in re.findall(r"\$[\w.{]*", page(name))}
    assert found == {"$context.httpMethod"}


def test_what_the_settings_say_is_escaped_for_html_and_for_api_gateway() -> None:
    contact = "<b>$context.identity.sourceIp & co"
    html = page("DEFAULT_4XX", read_settings(example_values() | {"contact": contact, "organisation": "A<B"}))
    assert "&lt;b&gt;&#36;context.identity.sourceIp &amp; co" in html
    assert "A&lt;B" in html
    assert "$" not in html
