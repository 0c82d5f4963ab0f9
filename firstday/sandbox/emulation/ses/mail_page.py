"""The page that shows the mail that the sandbox caught: for people at this machine, with nothing from elsewhere."""

import re
from html import escape
from pathlib import Path

from firstday.sandbox.caught_mail import CaughtMail, caught
from firstday.sandbox.emulation.http_message import Message
from firstday.sandbox.emulation.xml_answers import Response
from firstday.sandbox.process.child import MAIL

PATH = "/_firstday/mail"
_MOST = 200
_LINK = re.compile(r"https?://[^\s<>\"']+")
_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid #999; padding: 1rem 0; }
h2 { font-size: 1.1rem; margin: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; color: #111; padding: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .5rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 30rem; border: 1px solid #999; background: #fff; }
"""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FORBIDDEN: Response = (403, {"Content-Type": "text/plain"}, b"Forbidden.")


def respond(message: Message, directory: Path) -> Response:
    """The page, if somebody here asks for it, and no other page does."""
    is_foreign = "origin" in message.headers or message.headers.get("sec-fetch-site", "none") not in (
        "none",
        "same-origin",
    )
    if message.method != "GET" or is_foreign:
        return _FORBIDDEN
    return 200, _HEADERS, _page(caught(directory / MAIL)[::-1]).encode()


def _page(newest_first: list[CaughtMail]) -> str:
    count = len(newest_first)
    words = f"{count} {'mail' if count == 1 else 'mails'}" + (f", the newest {_MOST} here" if count > _MOST else "")
    articles = "".join(map(_article, newest_first[:_MOST]))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Mail of the sandbox</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<main><h1>Mail of the sandbox</h1><p>{words}. None of it has left this machine. "
        f"Load the page again to see more.</p>{articles}</main></body></html>\n"
    )


def _article(mail: CaughtMail) -> str:
    shown = {
        "From": mail.sender,
        "To": ", ".join(mail.to),
        "Cc": ", ".join(mail.cc),
        "Bcc": ", ".join(mail.bcc),
        "Reply-To": ", ".join(mail.reply_to),
        "Date": f"{mail.sent_at:%Y-%m-%d %H:%M:%S} UTC",
        "Message": mail.message_id,
        "Set": mail.configuration_set,
        "Tags": ", ".join("=".join(tag) for tag in mail.tags),
        **dict(mail.headers),
    }
    fields = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in shown.items() if value)
    text = f"<pre>{_with_links(mail.text)}</pre>" if mail.text else ""
    return f"<article><h2>{escape(mail.subject)}</h2><dl>{fields}</dl>{text}{_html(mail)}</article>"


def _with_links(text: str) -> str:
    """The text, with what mail programs make of addresses in it."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        parts += [
            escape(text[end : found.start()]),
            f'<a href="{address}" target="_blank" rel="noopener">{address}</a>',
        ]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _html(mail: CaughtMail) -> str:
    """The HTML as it looks, without scripts, in a frame of no origin."""
    if not mail.html:
        return ""
    return (
        "<details><summary>HTML</summary>"
        f'<iframe title="HTML of the mail" sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'srcdoc="{escape(mail.html)}"></iframe></details>'
    )
