"""Runs an import: one invitation after the other, each written down before the next is made."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from chalicelib.admin.import_plan import passcode_for, token_for
from chalicelib.members.details import Details
from chalicelib.members.record import comparable
from firstday.importing.pacing import Pace
from firstday.importing.results import Result, Results, Status
from firstday.portal.api import PortalAPI
from firstday.portal.errors import PortalBusy, PortalError, PortalRefused, PortalUnreachable

if TYPE_CHECKING:
    from chalicelib.web.api.contract.outcome_records import PlannedLine
    from firstday.portal.link_records import LinkedInvitation

# With the pauses of the pace, this many tries take four minutes.
TRIES = 14
# Waits for a network that is lost for a moment, but reports a lost portal within half a minute.
TRIES_WHEN_UNREACHABLE = 5
INVITED_ALREADY = "invited_already"
NO_ADMINISTRATOR = "refused"


def left(lines: "Sequence[PlannedLine]", results: Results) -> "list[PlannedLine]":
    """The lines that are not done yet."""
    done = results.done
    return [line for line in lines if comparable(line["user_name"]) not in done]


def run(
    api: PortalAPI,
    lines: "Sequence[PlannedLine]",
    results: Results,
    *,
    mail: bool | None = None,
    pause: Callable[[float], None] = time.sleep,
    on_busy: Callable[[bool], None] = lambda _is_reached: None,
) -> Iterator[Result]:
    """Invite the members of ``lines``, as the portal's check lists them; each result is written at once.

    Where the portal sends mail, links go to the addresses of the list, unless ``mail`` is False.

    A line that the portal refuses is a result, too. An error about all lines ends the run: PortalError if the
    portal cannot be reached or does not take the credentials, or stays busy; ResultsError where the disk is full.
    """
    key, pace = results.import_key(), Pace(pause=pause)
    for line in lines:
        result = _done(api, line, key, pace, mail, on_busy)
        results.add(result)
        yield result


def _done(
    api: PortalAPI,
    line: "PlannedLine",
    key: str,
    pace: Pace,
    mail: bool | None,
    on_busy: Callable[[bool], None],
) -> Result:
    name = line["user_name"]
    token, passcode = token_for(key, name), passcode_for(key, name) if line["passcode"] else None
    details = Details(line.get("email"), line.get("until"))  # a portal that is yet to be upgraded has none
    for attempt in count(1):
        pace.wait()
        try:
            answer = api.create_invitation_once(
                name,
                line["groups"],
                passcode=passcode,
                token=token,
                basis=line["basis"],
                details=details,
                mail=mail,
            )
        except PortalError as error:
            if attempt < _tries(error):
                pace.slower(error.retry_after if isinstance(error, PortalBusy) else 0.0)
                on_busy(not isinstance(error, PortalUnreachable))
                continue
            result = _refused(name, error)
        else:
            result = _invited(answer)
        pace.faster()
        return result
    raise AssertionError(name)


def _tries(error: PortalError) -> int:
    """How often a line is tried that ends like this."""
    match error:
        case PortalBusy():
            return TRIES
        case PortalUnreachable():
            return TRIES_WHEN_UNREACHABLE
        case PortalRefused(refusal="in_progress"):
            return TRIES
    return 1


def _refused(user_name: str, error: PortalError) -> Result:
    """The result of a line; an error that is not about this line alone is raised again."""
    if not isinstance(error, PortalRefused) or error.refusal == NO_ADMINISTRATOR:
        raise error
    status = Status.SKIPPED if error.refusal == INVITED_ALREADY else Status.FAILED
    return Result(user_name, status, message=str(error))


def _invited(answer: "LinkedInvitation") -> Result:
    return Result(
        answer["user_name"],
        Status.INVITED,
        link=answer["invitation_url"] or "",
        passcode=answer["passcode"] or "",
        expires_at=answer["expires_at"],
        mailed_to=answer.get("mailed_to") or "",
    )
