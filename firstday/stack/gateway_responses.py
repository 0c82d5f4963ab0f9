"""The answers that API Gateway gives by itself, without reaching the portal's code.

Unknown addresses, too many requests, and a portal that does not answer get a small page
in every language of the organisation. Refusals of signed requests, which only the
admin API has, stay JSON.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import base64
import gettext
import hashlib
from collections.abc import Callable
from html import escape
from pathlib import Path

from chalicelib.settings.records import Settings
from chalicelib.web.headers import SECURITY_HEADERS
from chalicelib.words import Words
from firstday.stack.busy_page_script import CONTEXT, SCRIPT

# API Gateway puts fixed header values in single quotes, so 'none' cannot be written in one. A
# directive without sources means the same; the hash of the style is in the page's own policy.
NOTHING_LOADS = "base-uri; connect-src; frame-ancestors; img-src; object-src"
HEADER_POLICY = f"{NOTHING_LOADS}; form-action; script-src"
# The policy of a page with a script allows that one, and what it needs: both policies apply.
SCRIPT_HEADER_POLICY = NOTHING_LOADS
# These pages have no forms, and the path of one may hold a token.
HEADERS = SECURITY_HEADERS | {"Referrer-Policy": "no-referrer"}
# No "$": API Gateway takes it for a variable.
STYLE = (
    ":root{color-scheme:light dark}"
    "body{background:#f4f6f6;color:#17211f;font:1.0625rem/1.75 system-ui,sans-serif;"
    "margin:12vh auto;max-width:42rem;overflow-wrap:break-word;padding:0 1rem}"
    "h1{font-size:1.75rem;line-height:1.35}h2{font-size:1.25rem;margin-top:3rem}"
    "@media(prefers-color-scheme:dark){body{background:#0f1514;color:#e8eeec}}"
)
# Mail protection may encode the number sign, and people may retype what stands before it: the token arrives where
# there is no page. It is found by its shape (chalicelib/members/link_tokens.py), an earlier one by the number sign.
# The page that it is of follows the stage, unless the portal has a domain of its own.
MENDING_SCRIPT = """
const {hostname, href, pathname} = location;
const stage = hostname.includes(".execute-api.") ? "/" + pathname.match(/[^/]+/)[0] : "";
const [token, name] = href.match(/0([a-z2-7]{0,103})(?:1[a-z2-7]{52}|8[a-z2-7]{69,138}9)/i) ?? [];
const mended = pathname.replace(/[/]*%(25)*23/, "#");
if (token) location.replace(stage + (name ? "/start#" : "/console/sign-in#") + token);
else if (mended !== pathname) location.replace(mended.replace(/^[/]+/, "/"));
"""
LOCALE = Path(__file__).resolve().parents[2] / "chalicelib" / "locale"

# The words of the portal's own error pages, so that its catalogues translate them.
NOT_FOUND = (
    "This page does not exist",
    "The address may be mistyped or cut off.",
    "Open the link in your invitation message.",
)
BUSY = (
    "AWS is busy",
    "AWS did not answer in time. Nothing is lost: everything you have done so far is kept.",
    Words(
        "Wait a moment, then reload this page. If your browser asks whether to send the form again, "
        "let it: nothing is done twice."
    ).template,
)
# Instead of the last sentence, once the page's script runs.
GOES_ON = Words("You can leave this page open: it tries again by itself in a few seconds.").template
UNREADABLE = (
    "We could not read what was sent",
    "Something was missing from the form, or too long.",
    "Go back and fill in the form again. If that does not help, open your invitation link again.",
)
# Requests that the firewall refuses never reach the portal, so this page is only here.
FLOODED = (
    Words("Too many requests").template,
    Words("Too many requests came from your network’s address in the last five minutes. Nothing is lost.").template,
    Words("Wait five minutes and try again.").template,
)
QUESTIONS = "Something unclear? Ask %(contact)s."

Texts = tuple[str, str, str]
Response = dict[str, object]


def gateway_responses(settings: Settings) -> dict[str, Response]:
    """The value of ``x-amazon-apigateway-gateway-responses`` for the portal's API."""
    # An unsigned request to the admin API gets the first one, too, so it does not learn that the API exists.
    return {
        "MISSING_AUTHENTICATION_TOKEN": {"statusCode": "404", **_not_found_page(settings)},
        "THROTTLED": _busy_page(settings),
        "INTEGRATION_FAILURE": _busy_page(settings),
        "INTEGRATION_TIMEOUT": _busy_page(settings),
        "DEFAULT_4XX": _page(settings, UNREADABLE),
        "DEFAULT_5XX": _busy_page(settings),
        "ACCESS_DENIED": _json(),
        "EXPIRED_TOKEN": _json(),
        "INVALID_SIGNATURE": _json(),
        # The commands wait and try again, as after any 429. Another firewall refuses for other reasons.
        **({"WAF_FILTERED": {"statusCode": "429", **_page(settings, FLOODED)}} if settings.firewall else {}),
    }


def _page(settings: Settings, texts: Texts) -> Response:
    sections = "".join(_section(settings, language, texts) for language in settings.languages)
    html = _html(settings, texts[0], sections, policy="default-src 'none'")
    return _html_response(html, HEADER_POLICY)


def _not_found_page(settings: Settings) -> Response:
    """It mends the address of a link that was changed on its way."""
    sections = "".join(_section(settings, language, NOT_FOUND) for language in settings.languages)
    policy = f"default-src 'none'; script-src '{_hash(MENDING_SCRIPT)}'"
    html = _html(settings, NOT_FOUND[0], sections, policy=policy, script=f"<script>{MENDING_SCRIPT}</script>")
    return _html_response(html, SCRIPT_HEADER_POLICY)


def _busy_page(settings: Settings) -> Response:
    """It goes on by itself; without its script, it says how."""
    sections = "".join(_section(settings, language, BUSY, goes_on=True) for language in settings.languages)
    policy = f"default-src 'none'; form-action 'self'; script-src '{_hash(SCRIPT)}'"
    html = _html(
        settings, BUSY[0], sections, policy=policy, attributes=f" {CONTEXT}", script=f"<script>{SCRIPT}</script>"
    )
    return _html_response(html, SCRIPT_HEADER_POLICY)


def _html_response(html: str, policy: str) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    # By its documentation, API Gateway chooses the template by the Accept header; in fact, it does not.
    return _response(headers, {"application/json": html, "text/html": html})


def _json() -> Response:
    body = '{"message":$context.error.messageString}'
    headers = {"Content-Type": "application/json", "Content-Security-Policy": HEADER_POLICY}
    return _response(headers, {"application/json": body})


def _response(headers: dict[str, str], templates: dict[str, str]) -> Response:
    fixed = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in (HEADERS | headers).items()}
    return {"responseParameters": fixed, "responseTemplates": templates}


def _html(
    settings: Settings, heading: str, sections: str, *, policy: str, attributes: str = "", script: str = ""
) -> str:
    default = settings.languages[0]
    html = (
        f'<!doctype html><html lang="{default}"{attributes}><head><meta charset="utf-8">'
        f"<title>{_words(default)(heading)} - {_text(settings.organisation)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; style-src \'{_hash(STYLE)}\'">'
        f"<style>{STYLE}</style></head><body><main>{sections}</main>{script}</body></html>"
    )
    # CloudFormation damages some characters beyond ASCII.
    return html.encode("ascii", "xmlcharrefreplace").decode()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _section(settings: Settings, language: str, texts: Texts, *, goes_on: bool = False) -> str:
    words = _words(language)
    heading, happened, advice = (_text(words(text)) for text in texts)
    questions = _text(words(QUESTIONS) % {"contact": settings.contact})
    rank = "h1" if language == settings.languages[0] else "h2"
    # The script shows the second one instead of the first.
    advices = f"<p data-advice>{advice}</p><p data-advice hidden>{_text(words(GOES_ON))}</p>"
    return (
        f'<section lang="{language}"><{rank}>{heading}</{rank}>'
        f"<p>{happened}</p>{advices if goes_on else f'<p>{advice}</p>'}<p>{questions}</p></section>"
    )


def _words(language: str) -> Callable[[str], str]:
    """The translation into ``language``; the texts themselves are English."""
    return gettext.translation("messages", LOCALE, [language], fallback=language == "en").gettext


def _text(value: str) -> str:
    """Text within a page, without anything that API Gateway would take for a variable."""
    return escape(value).replace("$", "&#36;")
