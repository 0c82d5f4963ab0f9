"""Recognises answers from others than the portal and AWS: a proxy, a firewall, or a network's sign-in page.

API Gateway gives every answer an id, also its own answers and those of its firewall:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

IDS = ("x-amzn-requestid", "x-amz-apigw-id", "x-amz-request-id")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_LONGEST_TITLE = 80


def is_of_aws(headers: Mapping[str, object]) -> bool:
    """Whether an answer with these headers, their names in small letters, has come from AWS."""
    return any(name in headers for name in IDS)


def stranger_words(url: str, status: int, headers: Mapping[str, str], text: str, *, instead_of: str) -> str:
    """A sentence about what answered at ``url``; ``instead_of`` is who should have, such as "the portal"."""
    host = urlsplit(url).netloc
    return (
        f"What answered at {host} is not {instead_of}: {_shown(status, headers, text)}. It may be a proxy, a "
        "firewall or a sign-in page of this network, or the address is another's."
    )


def _shown(status: int, headers: Mapping[str, str], text: str) -> str:
    if leads_to := _host(headers.get("location", "")):
        return f"status {status}, which leads to {_plain(leads_to)}"
    found = _TITLE.search(text)
    title = _plain(unescape(found[1])) if found else ""
    return f'status {status}, a page called "{title}"' if title else f"status {status}"


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """On one line, short, and without what could steer a terminal."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[:_LONGEST_TITLE]}..."
