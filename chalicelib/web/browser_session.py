"""What the address of a page tells of the browser's session, seen before anything is done or read.

It may be kept by no cookie, or have become another member's since the page was shown.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlencode

from chalicelib.errors import CookiesBlocked, NotSignedIn, OtherSession
from chalicelib.members.sessions import MemberSession, session_from

# In the address after one that begins a session: when that was, in seconds.
BEGAN_AT = "began"
_JUST_NOW = 60
# In the address that a form is sent to: the member whose page it is on.
OWNER = "member"


def check_cookies(query: Mapping[str, str], now: datetime) -> None:
    """CookiesBlocked if a visit without a cookie comes from an answer that set one just now."""
    began_at = query.get(BEGAN_AT, "")
    if re.fullmatch(r"\d{10}", began_at, re.ASCII) and now.timestamp() - int(began_at) < _JUST_NOW:
        raise CookiesBlocked


def check_owner(query: Mapping[str, str], session: MemberSession) -> None:
    """OtherSession if the form is on the page of another member, whose invitation the same browser has opened."""
    if query.get(OWNER, session.user_name) != session.user_name:
        raise OtherSession


def with_owner(url: str, cookie: str) -> str:
    """The address ``url`` of a form, with the member of the session ``cookie``."""
    with suppress(NotSignedIn):
        query = urlencode({OWNER: session_from(cookie).user_name})
        return f"{url}{'&' if '?' in url else '?'}{query}"
    return url
