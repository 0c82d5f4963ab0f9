"""The console's pages, at 5,000 members: calls to AWS, and how long one page takes, cold and warm."""

import statistics
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.members import MEMBERS, many
from chalicelib.admin import signing_in
from chalicelib.admin.census import census_of
from chalicelib.aws.census_table import CensusTable
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.items import member_item
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from firstday.verification.browser import Browser
from tests.helpers.aws_faults import Wire, watched
from tests.helpers.running_sandbox import RunningSandbox
from tests.helpers.worlds import ADMIN, deployed, in_process_browser

RUNS = 9
PAGES = {
    "at a glance": "console",
    "the first page": "console/members",
    "filtered by name, found": "console/members?filter=member-4",
    "filtered by name, nothing": "console/members?filter=nobody",
    "filtered by state, few": "console/members?state=invited",
}


def measure() -> Iterator[str]:
    yield f"The console at {MEMBERS} members, 50 on a page of the list"
    yield "  calls to AWS, one of them for the session"
    for name, calls in _calls():
        yield f"    {name:26} {calls}"
    yield f"  time in the sandbox: cold, with the start of the function; then {RUNS} warm (min, median, max)"
    yield from _times()


def _fill(dynamodb: Any, table: str) -> None:
    puts = [{"PutRequest": {"Item": member_item(member)}} for member in many()]
    for start in range(0, MEMBERS, 25):
        dynamodb.batch_write_item(RequestItems={table: puts[start : start + 25]})


def _count(dynamodb: Any, table: str) -> None:
    """What the census does once an hour."""
    settings = load(SETTINGS_FILE)
    database = Database(dynamodb, "", "", table)
    CensusTable(database).store(census_of(many(), datetime.now(UTC), settings))


def _calls() -> Iterator[tuple[str, str]]:
    with redirect_stdout(StringIO()), deployed() as here:  # the portal's log
        _fill(here.members.database.client, here.members.database.members_table)
        _count(here.members.database.client, here.members.database.console_table)
        link = signing_in.issue_link(
            here.console, actor=ADMIN, portal_url="https://portal.example.com", now=here.now()
        )
        browser = in_process_browser()
        browser.post("console/sign-in", {"token": link.token})
        found = []
        for name, page in PAGES.items():
            with watched(here, Wire()) as wire:
                browser.get(page)
            found.append((name, ", ".join(call.operation for call in wire.calls)))
    yield from found


def _times() -> Iterator[str]:
    with running(port=0, portal_port=0, member="dev-simple-user") as sandbox, TemporaryDirectory() as home:
        portal = RunningSandbox(as_record(sandbox), Path(home), sandbox.aws)
        dynamodb, functions = portal.root("dynamodb"), portal.root("lambda")
        tables = dynamodb.list_tables()["TableNames"]
        _fill(dynamodb, next(name for name in tables if "Members" in name))
        _count(dynamodb, next(name for name in tables if "Console" in name))
        browser = portal.browser()
        link = portal.firstday("console", "--print").stdout
        browser.post("console/sign-in", {"token": link.rpartition("#")[2].strip()})
        function = next(
            one for one in functions.list_functions()["Functions"] if "APIHandler" in one["FunctionName"]
        )
        for number, (name, page) in enumerate(PAGES.items(), start=1):
            # A function that was changed starts anew.
            functions.update_function_configuration(
                FunctionName=function["FunctionName"], MemorySize=function["MemorySize"] + number
            )
            cold, *warm = (_seconds(browser, page) for _ in range(RUNS + 1))
            row = f"{min(warm):5.2f} {statistics.median(warm):5.2f} {max(warm):5.2f} s"
            yield f"    {name:26} cold {cold:5.2f} s, warm {row}"


def _seconds(browser: Browser, page: str) -> float:
    began = time.perf_counter()
    answer = browser.get(page)
    taken = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(answer.heading)
    return taken


if __name__ == "__main__":
    for line in measure():
        print(line, flush=True)
