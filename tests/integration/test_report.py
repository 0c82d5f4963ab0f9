"""``firstday report``: a row for each member, in which nothing is empty and nothing is computed."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.members.csv_records import decoded
from firstday.cli.views.report_view import NEVER, NONE, NOT_SEEN, Row, Seen, csv_bytes, report_rows
from firstday.portal.http import HTTPAnswer
from tests.helpers.admin_calls import first_day
from tests.helpers.fake_portal import BUSY, refused
from tests.helpers.terminal_in_process import Terminal, in_app
from tests.helpers.worlds import ADMIN, MEMBER, invited

SERIAL = f"arn:aws:iam::123456789012:mfa/{MEMBER}"


def rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(decoded(data), newline="")))


def report(terminal: Terminal, *arguments: str) -> list[dict[str, str]]:
    return rows(terminal.run("report", "--csv", *arguments).stdout_bytes)


def test_each_member_is_a_row_with_all_that_an_auditor_asks_for(terminal: Terminal) -> None:
    first_day(terminal.world)
    invited(terminal.world.portal, "another", groups=("developers", "operators"))
    another, simple = report(terminal)
    assert simple["user_name"] == MEMBER
    assert (simple["state"], simple["groups"]) == ("active", "developers")
    assert simple["roles"].split()[0] == "dev"
    assert simple["mfa_devices"] == SERIAL
    assert (simple["access_key_1_state"], simple["access_key_1_age"]) == ("active", "0")
    assert simple["access_key_1"].startswith("AKIA")
    assert (simple["access_key_1_last_used"], simple["access_key_2"]) == (NEVER, NONE)
    assert simple["invited_by"] == "firstday-admin/admin"
    assert simple["active_since"].endswith("Z")
    assert simple["not_seen"] == NONE
    assert another["groups"] == "developers operators"
    assert (another["mfa_devices"], another["access_key_1"], another["active_since"]) == (NONE, NONE, NEVER)
    assert all(value != "" for row in (another, simple) for value in row.values())


def test_an_age_is_counted_in_days(terminal: Terminal) -> None:
    first_day(terminal.world)
    terminal.world.clock.lead += timedelta(days=81, hours=1)
    (row,) = report(terminal)
    assert row["access_key_1_age"] == "81"


def test_the_csv_is_written_to_a_file(terminal: Terminal) -> None:
    path = terminal.folder / "members.csv"
    path.write_text("an older report, which is longer than the new one" * 100)
    shown = terminal.run("report", "--csv", "--output", str(path))
    assert shown.stdout == f"1 member: {path}\n"
    assert [row["user_name"] for row in rows(path.read_bytes())] == [MEMBER]


def test_a_file_that_cannot_be_written_is_told_before_iam_is_asked(terminal: Terminal) -> None:
    asked: list[str] = []

    def note(request: Any) -> HTTPAnswer:
        asked.append(request.url)
        return in_app(request)

    terminal.transport = note
    path = terminal.folder / "missing" / "members.csv"
    assert "No such file" in terminal.run("report", "--csv", "--output", str(path), status=1).stderr
    assert asked == []


def test_whoever_could_not_be_asked_about_is_not_left_blank(terminal: Terminal) -> None:
    first_day(terminal.world)
    invited(terminal.world.portal, "another")

    def busy_with_one(request: Any) -> HTTPAnswer:
        return BUSY if request.url.endswith("/another") else in_app(request)

    terminal.transport = busy_with_one
    shown = terminal.run("report", "--csv")
    another, simple = rows(shown.stdout_bytes)
    assert "Not seen in IAM: another" in shown.stderr
    assert another["not_seen"] == "AWS is busy."
    assert (another["mfa_devices"], another["access_key_1"], another["roles"]) == (NOT_SEEN,) * 3
    assert another["state"] == "invited"
    assert simple["mfa_devices"] == SERIAL


def test_a_user_who_is_gone_from_iam_is_called_so(terminal: Terminal) -> None:
    terminal.world.clock.lead += timedelta(hours=1)
    terminal.world.iam.remove_user_from_group(UserName=MEMBER, GroupName="firstday-members")
    terminal.world.iam.delete_user(UserName=MEMBER)
    (row,) = report(terminal)
    assert row["not_seen"] == "IAM has no such user any more."


def test_a_session_that_ends_meanwhile_ends_the_report(terminal: Terminal) -> None:
    first_day(terminal.world)
    terminal.transport = lambda request: (
        refused(403, "refused") if request.url.endswith(MEMBER) else in_app(request)
    )
    shown = terminal.run("report", "--csv", status=1)
    assert shown.stdout == ""


def test_json_and_a_table_say_the_same(terminal: Terminal) -> None:
    first_day(terminal.world)
    (member,) = terminal.json("report")["members"]
    assert set(member) == set(Row.__dataclass_fields__)
    assert (member["user_name"], member["access_key_1_age"]) == (MEMBER, 0)
    shown = terminal.run("report").stdout
    assert "active, 0 d, never" in shown
    assert "firstday report --csv" in shown


@pytest.mark.parametrize("arguments", [("--csv", "--json"), ("--output", "x.csv"), ("--json", "--output", "x.csv")])
def test_what_does_not_go_together_is_a_usage_error(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    assert "--csv" in terminal.run("report", *arguments, status=2).stderr


def member(**more: Any) -> Any:
    times = ("invited_at", "proved_at", "last_seen_at")
    known = {"user_name": "dev-simple-user", "state": "active", "groups": ["developers"], "invited_by": ADMIN}
    return {**dict.fromkeys(times), **known, **more}


def test_no_spreadsheet_computes_a_cell(terminal: Terminal) -> None:
    now = terminal.world.portal.now()
    odd = member(user_name="=cmd|' /C calc'!A0", groups=["+1"], invited_by="@x", until="2026-12-31")
    (row,) = rows(csv_bytes(report_rows([Seen(odd, reason="=1+1\r\n-2")], now)))
    assert row["user_name"] == "'=cmd|' /C calc'!A0"
    assert (row["groups"], row["invited_by"], row["until"]) == ("'+1", "'@x", "2026-12-31")
    assert row["not_seen"] == "'=1+1  -2"


def test_a_day_and_a_suspension_are_told_and_an_older_portal_does_not_know_them() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    told = member(until="2026-12-31", suspended_at="2026-11-29T09:00:00+00:00")
    rest = member(until=None, suspended_at=None)
    found = report_rows([Seen(told), Seen(rest), Seen(member())], now)
    assert [(row.until, row.suspended_since) for row in found] == [
        ("2026-12-31", "2026-11-29T09:00:00Z"),
        (NONE, NEVER),
        (NOT_SEEN, NOT_SEEN),
    ]
