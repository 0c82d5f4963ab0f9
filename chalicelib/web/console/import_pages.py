"""The console's import of a list: a dry run, then a few lines a request, so that every answer comes soon.

The page carries everything that an import needs to go on, and nothing secret is stored. The import's key follows
from the console's session and the list, and the secret of each line's link from the key: so any request may be sent
again, and an import that was cut off gives the same links when the same list is imported again.

Modules that only an import needs are imported where they are used: an administrator's first page does without.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.errors import ConsoleSignedOut, InvalidInput
from chalicelib.web.console.access import console_page
from chalicelib.web.console.frame import ConsoleVisit, console_html
from chalicelib.web.serving import FORM, MULTIPART
from chalicelib.web.trying_again import Form
from chalicelib.web.trying_again import tries as tries_of

if TYPE_CHECKING:
    from chalicelib.members.import_list import LineProblem, MemberList

pages = Blueprint(__name__)

MAXIMUM_LIST = 2_000_000
# The list and as much again for the bases and the results so far; Lambda takes 6 MB, in base64.
MAXIMUM_IMPORT = 2 * MAXIMUM_LIST
FORMS = (FORM, MULTIPART)
# A longer text has to be corrected in its file: a page with it and its problems could be too long for Lambda.
LONGEST_SHOWN = 500_000
# After this many times, a person has to continue the import.
MAXIMUM_TRIES = 10
# Seconds until the page goes on by itself: at once, or after AWS was busy, ever longer.
AT_ONCE, AFTER_BUSY, LONGEST_WAIT = 1, 3, 30
# Lines of results on a page; the file has them all.
SHOWN_ON_THE_WAY, SHOWN_AT_THE_END = 100, 1000


@console_page(pages, "/console/import", "GET")
def show_import(visit: ConsoleVisit) -> Response:
    return _import_page(visit)


@console_page(pages, "/console/import-check", "POST", maximum_body=MAXIMUM_LIST, content_types=FORMS)
def check_import(visit: ConsoleVisit) -> Response:
    from chalicelib.admin import import_plan
    from chalicelib.web.console.import_work import written_bases

    try:
        text = _list_of(visit)
    except InvalidInput as problem:
        return _import_page(visit, problem=problem)
    checked = import_plan.check(visit.admin_request, text, _key(visit, text))
    has_addresses = any(line.row.email for line in checked.lines)
    if checked.problems:
        return _import_page(visit, text, problems=checked.problems, unknown_columns=checked.unknown_columns)
    plans = Counter(line.plan.value for line in checked.lines)
    return console_html(
        visit,
        "import-check",
        lines=checked.lines,
        counts={plan.value: plans[plan.value] for plan in import_plan.ImportAction},
        unknown_columns=checked.unknown_columns,
        csv=text,
        bases=written_bases(checked.lines),
        has_addresses=has_addresses,
        switch_form=Form(visit.url("console/import-check"), {}, of="go-on"),
    )


@console_page(pages, "/console/import", "POST", maximum_body=MAXIMUM_IMPORT, content_types=FORMS)
def go_on_importing(visit: ConsoleVisit) -> Response:
    from chalicelib.web.console import import_work as work

    text = visit.form.get("csv", "")
    import_key = _key(visit, text)
    earlier = work.read(visit.form.get("results") or "[]")
    listed = _listed(visit, text)
    if listed.problems and not earlier:
        return _import_page(visit, text, problems=listed.problems)
    bases = work.read_bases(visit.form.get("bases") or "{}")
    results, is_busy = work.work(visit, listed.rows, import_key, earlier, bases)
    shown = work.shown(visit, listed.rows, import_key, results)
    if len(results) >= len(listed.rows):
        return console_html(
            visit,
            "import-results",
            results=shown,
            shown=shown[:SHOWN_AT_THE_END],
            counts=work.counted(results),
            mailed=sum(bool(result.mailed_to) for result in results),
            csv_href=work.as_file(shown),
        )
    tries = tries_of(visit) + 1 if is_busy and len(results) == len(earlier) else 0
    return console_html(
        visit,
        "import-progress",
        results=shown,
        shown=shown[: -SHOWN_ON_THE_WAY - 1 : -1],
        total=len(listed.rows),
        is_busy=is_busy,
        wait=_wait(tries) if is_busy else AT_ONCE,
        tries=tries,
        csv=text,
        bases=visit.form.get("bases", ""),
        state=work.written(results),
        mail=visit.form.get("mail", ""),
        switch_form=Form(visit.url("console/import"), {}, of="go-on"),
    )


def _key(visit: ConsoleVisit, text: str) -> str:
    from chalicelib.admin import import_plan

    if visit.console_cookie is None:
        raise ConsoleSignedOut
    return import_plan.key_of(visit.console_cookie, text)


def _list_of(visit: ConsoleVisit) -> str:
    """The chosen file, or the pasted text."""
    try:
        text = visit.form.get("file") or visit.form.get("csv", "")
    except InvalidInput as problem:
        if problem.field == "body":
            raise InvalidInput("csv", "The list cannot be read, or is longer than 2 MB.") from None
        raise
    if not text.strip():
        raise InvalidInput("csv", "Paste the list, or choose a file.")
    return text


def _listed(visit: ConsoleVisit, text: str) -> "MemberList":
    from chalicelib.members import import_list

    settings = visit.settings
    return import_list.read(
        text,
        known_groups=[group.name for group in settings.groups],
        default_groups=settings.default_groups,
        now=visit.now,
        time_zone=settings.time_zone,
    )


def _import_page(
    visit: ConsoleVisit,
    text: str = "",
    *,
    problem: InvalidInput | None = None,
    problems: "Sequence[LineProblem]" = (),
    unknown_columns: "Sequence[str]" = (),
) -> Response:
    groups = " ".join(group.name for group in visit.settings.groups[:2])
    example = f"user_name,groups,passcode\ndev-simple-user,,\nanother-user,{groups},yes\n"
    if visit.settings.mail:
        example = (
            "user_name,groups,email,until\ndev-simple-user,,dev-simple-user@example.com,\n"
            f"another-user,{groups},another-user@example.com,{visit.now.year + 1}-03-31\n"
        )
    posted = Form(visit.url("console/import-check"), {}, of="list") if visit.method == "POST" else None
    return console_html(
        visit,
        "import",
        status=400 if problem or problems else 200,
        csv=text if len(text) <= LONGEST_SHOWN else "",
        example=example,
        problem=problem,
        problems=problems,
        unknown_columns=unknown_columns,
        switch_form=posted,
    )


def _wait(tries: int) -> int | None:
    """Seconds; None if a person has to continue the import."""
    return min(AFTER_BUSY * 2**tries, LONGEST_WAIT) if tries < MAXIMUM_TRIES else None
