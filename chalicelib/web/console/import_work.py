"""One request's share of an import: it works on some lines, and passes their results on to the next request."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from io import StringIO

from chalicelib.admin import import_plan, inviting
from chalicelib.admin.import_plan import PlannedLine
from chalicelib.errors import FirstdayError, InvalidInput, InvitedAlready, Temporary
from chalicelib.logs import log, log_failure, log_unforeseen
from chalicelib.members.csv_records import inert
from chalicelib.members.import_list import Row
from chalicelib.members.link_tokens import token_text
from chalicelib.members.versions import NOBODY, bare_basis, version_in
from chalicelib.web.console.error_words import sentence_of
from chalicelib.web.console.frame import ConsoleVisit, invitation_url
from chalicelib.web.html import download_link
from chalicelib.web.rendering import in_language

# A quick answer shows progress, and Lambda gives up after 25 s.
WORKS_FOR = timedelta(seconds=5)
INVITED, SKIPPED, FAILED = STATUSES = ("invited", "skipped", "failed")
COLUMNS = ("user_name", "status", "link", "passcode", "expires_at", "message", "mailed_to")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a ``line``. ``expires_at`` (ISO 8601, UTC) and ``passcode`` are those of a new invitation.

    ``mailed_to`` is the address that its link is sent to, if it goes by mail.
    """

    line: int
    status: str
    message: str = ""
    expires_at: str = ""
    passcode: str = ""
    mailed_to: str = ""


@dataclass(frozen=True, slots=True)
class ShownResult:
    """A line of the results as people read it: ``link`` is empty where nobody was invited, or it goes by mail."""

    line: int
    user_name: str
    status: str
    link: str
    passcode: str
    expires_at: str
    message: str
    mailed_to: str = ""


def written(results: Iterable[Result]) -> str:
    """As one field of a form."""
    return json.dumps([astuple(result) for result in results], ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> list[Result]:
    """The results that ``written`` wrote; InvalidInput if the text is anything else."""
    try:
        return [_result(*values) for values in json.loads(text)]
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput("results", "The results so far cannot be read.") from None


def written_bases(lines: Iterable[PlannedLine]) -> str:
    """The bases of the plans for members who exist already, by line, as one field of a form."""
    versions = {line.row.line: version_in(line.basis) for line in lines}
    known = {line: version for line, version in versions.items() if version != NOBODY}
    return json.dumps(known, separators=(",", ":"))


def read_bases(text: str) -> dict[int, str]:
    """The bases that ``written_bases`` wrote; InvalidInput if the text is anything else."""
    try:
        return {int(line): bare_basis(version) for line, version in json.loads(text).items()}
    except (AttributeError, TypeError, ValueError, RecursionError):
        raise InvalidInput("bases", "The results so far cannot be read.") from None


def counted(results: Iterable[Result]) -> dict[str, int]:
    """How many of each status."""
    counts = Counter(result.status for result in results)
    return {status: counts[status] for status in STATUSES}


def shown(
    visit: ConsoleVisit, rows: Iterable[Row], import_key: str, results: Iterable[Result]
) -> list[ShownResult]:
    """The results in the order of the list. The links follow from the key, so they need not travel."""
    of_line = {result.line: result for result in results}
    return [_shown(visit, row, import_key, of_line[row.line]) for row in rows if row.line in of_line]


def as_file(results: Iterable[ShownResult]) -> str:
    """A link that holds the results as a CSV file, with the columns of ``firstday import``.

    The byte order mark tells Excel that it is UTF-8.
    """
    text = StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    table.writerows([inert(getattr(result, name)) for name in COLUMNS] for result in results)
    return download_link(f"\ufeff{text.getvalue()}")


def work(
    visit: ConsoleVisit, rows: Sequence[Row], import_key: str, results: Sequence[Result], bases: Mapping[int, str]
) -> tuple[list[Result], bool]:
    """Invite the rest until the time is up: all results so far, and whether AWS was too busy to go on."""
    done = {result.line for result in results}
    found = list(results)
    try:
        for row in _while_there_is_time(visit, [row for row in rows if row.line not in done]):
            found.append(_outcome(visit, row, import_key, bases.get(row.line, bare_basis())))
    except Temporary as error:
        log(level="warning", request_id=visit.request_id, error=type(error).__name__)
        return found, True
    return found, False


def _while_there_is_time(visit: ConsoleVisit, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        if visit.portal.now() - visit.now >= WORKS_FOR:
            return


def _outcome(visit: ConsoleVisit, row: Row, import_key: str, basis: str) -> Result:
    """An error in one line does not stop the others, unless AWS is busy."""
    try:
        return _invited(visit, row, import_key, basis)
    except Temporary:
        raise
    except InvitedAlready as error:
        return Result(row.line, SKIPPED, in_language(error.words, visit.language))
    except FirstdayError as error:
        log_failure(visit.request_id, error)
        return Result(row.line, FAILED, in_language(sentence_of(error), visit.language))
    except Exception as error:
        log_unforeseen(error, visit.request_id)
        return Result(row.line, FAILED, in_language(sentence_of(FirstdayError()), visit.language))


def _invited(visit: ConsoleVisit, row: Row, import_key: str, basis: str) -> Result:
    new = inviting.invite(
        replace(visit.admin_request, now=visit.portal.now()),
        user_name=row.user_name,
        groups=row.groups,
        with_passcode=row.with_passcode,
        token=import_plan.token_for(import_key, row.user_name),
        chosen_passcode=import_plan.passcode_for(import_key, row.user_name),
        unless_invited=True,
        basis=basis,
        details=row.details,
        by_mail=None if visit.form.get("mail") == "yes" else False,
    )
    expires_at = new.member.expires_at
    return Result(
        row.line,
        INVITED,
        expires_at=expires_at.isoformat(timespec="seconds") if expires_at else "",
        passcode=new.passcode or "",
        mailed_to=new.mailed_to or "",
    )


def _result(line: object, status: object, *texts: object) -> Result:
    if not isinstance(line, int) or status not in STATUSES or not all(isinstance(text, str) for text in texts):
        raise ValueError
    return Result(line, str(status), *map(str, texts))


def _shown(visit: ConsoleVisit, row: Row, import_key: str, result: Result) -> ShownResult:
    link = ""
    if result.status == INVITED and not result.mailed_to:
        secret = import_plan.token_for(import_key, row.user_name)
        link = invitation_url(visit, token_text(row.user_name, secret))
    return ShownResult(
        row.line,
        row.user_name,
        result.status,
        link,
        result.passcode,
        result.expires_at,
        result.message,
        result.mailed_to,
    )
