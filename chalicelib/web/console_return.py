"""Where one comes back to after signing in to the console again: one of few pages, of one member.

It waits in a cookie of the browser. Whatever the cookie holds, it leads to a page of this list and nowhere else.
"""

from urllib.parse import quote, unquote

from chalicelib.members.record import is_user_name

PLACES = ("member", "offboard", "reset-mfa")
# Long enough to type a command and an MFA code.
MINUTES = 10


def place_text(page: str, user_name: str) -> str:
    """The cookie's value; "" if there can be no such member. A cookie cannot hold a comma, but a user name can."""
    return f"{page}.{quote(user_name, safe='')}" if is_user_name(user_name) else ""


def place_from(cookie: str) -> tuple[str, str] | None:
    """The page and the member's name in a cookie; None if it holds something else."""
    page, _, quoted = cookie.partition(".")
    user_name = unquote(quoted)
    return (page, user_name) if page in PLACES and is_user_name(user_name) else None
