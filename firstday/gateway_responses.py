"""What API Gateway answers by itself, where the portal's code is never reached.

Unknown addresses, too many requests, and a portal that does not answer get a small page
in every language of the organisation. Refusals of signed requests, which only the
admin API has, stay JSON.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import base64
import hashlib
from html import escape

from chalicelib.settings import Settings

# The headers of every page of the portal.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# API Gateway puts fixed header values in single quotes, so 'none' cannot be written in one. A
# directive without sources means the same; the hash of the style is in the page's own policy.
HEADER_POLICY = "base-uri; connect-src; form-action; frame-ancestors; img-src; object-src; script-src"
# No "$": API Gateway takes it for a variable.
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.7 system-ui,sans-serif;margin:12vh auto;max-width:36rem;padding:0 1rem}"
    "h1{font-size:1.75rem;line-height:1.3}h2{font-size:1.25rem;margin-top:3rem}"
)

Text = tuple[str, str]

NOT_FOUND: dict[str, Text] = {
    "en": (
        "Page not found",
        "Check that the address is complete. You can always open the link in your invitation again.",
    ),
    "ja": (
        "ページが見つかりません",
        "アドレスが途中で切れていないか確認してください。招待のリンクは、何度でも開き直せます。",
    ),
}
TOO_MANY: dict[str, Text] = {
    "en": ("Too many requests", "Wait a moment, then load the page again. Nothing is lost."),
    "ja": (
        "混み合っています",
        "少し待ってから、ページを再読み込みしてください。ここまでの内容は失われていません。",
    ),
}
BUSY: dict[str, Text] = {
    "en": ("AWS is busy", "Wait a moment, then load the page again. Nothing is lost."),
    "ja": (
        "AWS が混み合っています",
        "少し待ってから、ページを再読み込みしてください。ここまでの内容は失われていません。",
    ),
}
UNUSABLE: dict[str, Text] = {
    "en": ("This request cannot be used", "Open the link in your invitation again and go on from there."),
    "ja": ("リクエストを処理できません", "招待のリンクを開き直して、続きから進めてください。"),
}
QUESTIONS = {"en": "Questions? Ask {}.", "ja": "ご不明な点は {} までお問い合わせください。"}

Response = dict[str, object]


def gateway_responses(settings: Settings) -> dict[str, Response]:
    """The value of ``x-amazon-apigateway-gateway-responses`` for the portal's API."""
    # An unsigned request to the admin API gets the first one, too: nobody is told that it is there.
    return {
        "MISSING_AUTHENTICATION_TOKEN": {"statusCode": "404", **_page(settings, NOT_FOUND)},
        "THROTTLED": _page(settings, TOO_MANY),
        "INTEGRATION_FAILURE": _page(settings, BUSY),
        "INTEGRATION_TIMEOUT": _page(settings, BUSY),
        "DEFAULT_4XX": _page(settings, UNUSABLE),
        "DEFAULT_5XX": _page(settings, BUSY),
        "ACCESS_DENIED": _json(),
        "EXPIRED_TOKEN": _json(),
        "INVALID_SIGNATURE": _json(),
    }


def _page(settings: Settings, texts: dict[str, Text]) -> Response:
    html = _html(settings, texts)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": HEADER_POLICY}
    # Which template API Gateway takes depends on the Accept header only in its documentation.
    return _response(headers, {"application/json": html, "text/html": html})


def _json() -> Response:
    body = '{"message":$context.error.messageString}'
    return _response({"Content-Type": "application/json"}, {"application/json": body})


def _response(headers: dict[str, str], templates: dict[str, str]) -> Response:
    fixed = {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in (SECURITY_HEADERS | headers).items()}
    return {"responseParameters": fixed, "responseTemplates": templates}


def _html(settings: Settings, texts: dict[str, Text]) -> str:
    title = texts[settings.languages[0]][0]
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    sections = "".join(
        _section(settings, language, texts[language], "h2" if index else "h1")
        for index, language in enumerate(settings.languages)
    )
    html = (
        f'<!doctype html><html lang="{settings.languages[0]}"><head><meta charset="utf-8">'
        f"<title>{title} - {_text(settings.organisation)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">"
        f"<style>{STYLE}</style></head><body><main>{sections}</main></body></html>"
    )
    # CloudFormation does not carry everything beyond ASCII safely.
    return html.encode("ascii", "xmlcharrefreplace").decode()


def _section(settings: Settings, language: str, text: Text, heading: str) -> str:
    title, advice = text
    questions = QUESTIONS[language].format(_text(settings.contact))
    return f'<section lang="{language}"><{heading}>{title}</{heading}><p>{advice}</p><p>{questions}</p></section>'


def _text(value: str) -> str:
    """Text of the settings within a page, in which API Gateway must find no variable of its own."""
    return escape(value).replace("$", "&#36;")
