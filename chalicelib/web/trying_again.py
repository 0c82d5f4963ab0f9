"""Trying again where AWS is busy: by the page itself, by the browser where the page could not, or by hand."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.aws_errors import AWSBusy, AWSDenied
from chalicelib.errors import FirstdayError, Temporary
from chalicelib.web.visits import Visit

# After this many times a page stops trying by itself; a person may still go on.
MAXIMUM_AUTOMATIC_TRIES = 40
# A page waits so many seconds, at random and longer each time, so that a full room does not come back at once.
SHORTEST_WAIT, LONGEST_WAIT = 2, 16
# After this many times, a browser stops repeating a form that AWS is too busy for, and the member takes over.
MAXIMUM_RESENT = 2
# The same for a page without its script, which cannot wait; browsers follow 20 redirects.
MAXIMUM_REDIRECTED = 15


@dataclass(frozen=True, slots=True)
class Form:
    """A form that sends ``fields`` again: for the language switch, or to try again.

    ``seconds``: when it sends itself; None is never. ``of`` is the id of a form on the page whose fields are sent
    along; then ``fields`` are not needed.
    """

    action: str
    fields: Mapping[str, str]
    seconds: int | None = None
    method: str = "post"
    of: str | None = None


def tries(visit: Visit) -> int:
    """How many times this page has sent itself again, or the browser has in its place."""
    return max(_number(sent.get("tries", ""), 3) or 0 for sent in (visit.sent, visit.query))


def first_sent_at(visit: Visit) -> datetime:
    """When this was sent for the first time: now, or as the page before says."""
    told = _number(visit.sent.get("since", "") or visit.query.get("since", ""), 11)
    return min(datetime.fromtimestamp(told, UTC), visit.now) if told else visit.now


def retry_form(visit: Visit, error: FirstdayError) -> Form | None:
    """A form that sends the same again if that helps: steps may be repeated. After a denial, by hand only."""
    if visit.is_unread or not isinstance(error, Temporary | AWSDenied):
        return None
    fields = {name: value for name, value in visit.sent.items() if name not in ("lang", "script")}
    is_automatic = isinstance(error, Temporary) and tries(visit) < MAXIMUM_AUTOMATIC_TRIES
    here = visit.path.removeprefix("/")
    return Form(
        action=visit.form_action(here) if visit.method == "POST" else visit.url(here),
        fields={**fields, **_once_more(visit)},
        seconds=_wait(visit, error) if is_automatic else None,
        method=visit.method.lower(),
    )


def sent_again_unread(visit: Visit, error: FirstdayError) -> Response | None:
    """Have the browser send its form again if AWS was too busy to say who sent it: the portal has not read it yet.

    https://www.rfc-editor.org/rfc/rfc9110#section-15.4.8
    """
    if not visit.is_unread or not isinstance(error, AWSBusy) or tries(visit) >= MAXIMUM_RESENT:
        return None
    return _same_form_again(visit)


def sent_again_without_script(visit: Visit, error: FirstdayError) -> Response | None:
    """Have the browser send its form again, after a while, where the page could not: its script does not run."""
    is_form = visit.method == "POST" and not visit.is_unread
    if not is_form or "script" in visit.sent or not isinstance(error, Temporary):
        return None
    if tries(visit) >= MAXIMUM_REDIRECTED:
        return None
    visit.portal.patience.pause(min(_wait(visit, error), 2 * SHORTEST_WAIT))
    return _same_form_again(visit)


def _same_form_again(visit: Visit) -> Response:
    query = urlencode({**visit.query, **_once_more(visit)})
    return Response("", {"Location": f"{visit.url(visit.path.removeprefix('/'))}?{query}"}, 307)


def _once_more(visit: Visit) -> dict[str, str]:
    """What the next try tells about the ones before it."""
    return {"tries": str(tries(visit) + 1), "since": str(int(first_sent_at(visit).timestamp()))}


def _wait(visit: Visit, error: FirstdayError) -> int:
    """How many seconds until the next try: longer each time, and at least as long as AWS asks for."""
    told = error.seconds if isinstance(error, AWSBusy) else None
    longest = min(LONGEST_WAIT, 2 * SHORTEST_WAIT * 2 ** min(tries(visit), 9))
    return max(told or 0, random.randint(SHORTEST_WAIT, longest))  # noqa: S311 -- no secret


def _number(text: str, digits: int) -> int | None:
    """The number, if there is one of no more digits than that."""
    return int(text) if re.fullmatch(rf"\d{{1,{digits}}}", text, re.ASCII) else None
