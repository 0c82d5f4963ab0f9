"""Reads the portal's answers, and those of whatever answers in its place."""

import json
from datetime import UTC, datetime
from typing import Any

from firstday.clock_skew import clock_words
from firstday.foreign_answers import is_of_aws, stranger_words
from firstday.portal.errors import PortalBusy, PortalError, PortalRefused
from firstday.portal.http import HTTPAnswer, SignedHTTP
from firstday.portal.refusal_reasons import administrators_words

# The portal or AWS throttles; or API Gateway gave up waiting, and the call may still go on.
BUSY = {429, 503, 504}
# API Gateway's answer for a function that timed out or was throttled; the portal's own answer has words.
BUSY_WITHOUT_WORDS = {500, 502}
LONGEST_RETRY_AFTER = 60.0
# Valid credentials, but no administrator's. A caller who may invoke everything gets the portal's own answer.
NO_ADMINISTRATOR, NOT_ALLOWED = "refused", "not authorized to perform"

JSON = dict[str, Any]


def understood(answer: HTTPAnswer, http: SignedHTTP, has: tuple[str, ...]) -> JSON:
    """The answer's JSON object, which has the fields ``has``; one such as ``a|b`` is either of the two.

    Raises PortalError, in the portal's own words if it has some.
    """
    found, url = _object_in(answer.text), http.url
    if answer.status == 200 and found and all(found.keys() & set(each.split("|")) for each in has):
        return found
    error = found.get("error") if found else None
    message = str(error.get("message")) if isinstance(error, dict) else None
    if answer.status in BUSY or (answer.status in BUSY_WITHOUT_WORDS and message is None):
        words = _stranger(answer, url) or f"The portal is busy ({answer.status}). Try again later."
        raise PortalBusy(message or words, _seconds(answer))
    if isinstance(error, dict):
        code = str(error.get("code"))
        raise PortalRefused(
            f"{message} {administrators_words()}{http.precedence}" if code == NO_ADMINISTRATOR else str(message),
            code,
        )
    if stranger := _stranger(answer, url):
        raise PortalError(stranger)
    if answer.status in {401, 403}:
        raise PortalError(_refused(answer, found or {}, http.precedence))
    raise PortalError(f"{url} answered {answer.status}, but not as a Firstday portal does.")


def _stranger(answer: HTTPAnswer, url: str) -> str | None:
    """What answered in place of the portal."""
    if is_of_aws(answer.headers):
        return None
    return stranger_words(url, answer.status, answer.headers, answer.text, instead_of="the portal")


def _refused(answer: HTTPAnswer, found: JSON, precedence: str) -> str:
    """API Gateway's own answers, in words: a signature or permission that is missing, or a clock that is wrong."""
    guess = "they are not those that you mean." if precedence else "they may have expired."
    reason = found.get("message") or found.get("Message") or guess
    if off := clock_words(str(reason), answer.headers, datetime.now(UTC)):
        return off
    words = f"The portal refused your credentials ({answer.status}): {reason}"
    if NOT_ALLOWED not in words:
        return f"{words}{precedence}"
    return f"{words}. {administrators_words(words)}{precedence}"


def _object_in(text: str) -> JSON | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _seconds(answer: HTTPAnswer) -> float:
    """The seconds in Retry-After; a date in it is ignored."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), LONGEST_RETRY_AFTER) if text.isascii() and text.isdecimal() else 0.0
