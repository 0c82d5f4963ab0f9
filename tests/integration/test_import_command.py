"""``firstday import`` against the portal in process."""

import csv
import json
import os
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstday.importing.results import opened
from firstday.portal.http import HTTPAnswer
from tests.helpers.admin_calls import first_day
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.terminal_in_process import Terminal, in_app, opens
from tests.helpers.worlds import MEMBER, invited

THREE = "user_name,groups,passcode\nanna,,\nben,operators,yes\ncarol,developers operators,no\n"


def members(terminal: Terminal) -> list[str]:
    return [member["user_name"] for member in terminal.json("members")["members"]]


def rows(terminal: Terminal) -> list[dict[str, str]]:
    return list(csv.DictReader(terminal.results))


def test_a_list_is_shown_asked_about_and_invited(terminal: Terminal) -> None:
    file = terminal.file(THREE)
    shown = terminal.run("import", file, typed="y\n")
    assert shown.stdout.splitlines() == [
        "LINE  USER   GROUPS                 PASSCODE  WHAT WILL HAPPEN",
        "2     anna   developers             -         Will be created and invited.",
        "3     ben    operators              yes       Will be created and invited.",
        "4     carol  developers, operators  -         Will be created and invited.",
        "",
        f"{file}: 3 to be invited.",
        f"{file}: 3 invited, 0 skipped, 0 failed.",
        f"The links are in {terminal.folder}/members.results.csv. It is for your eyes only: delete it when they"
        " are sent.",
    ]
    assert shown.stderr.startswith("Go on with 3 lines? [y/N] ")
    anna, ben, carol = rows(terminal)
    assert opens(anna["link"])
    assert opens(carol["link"])
    assert not opens(ben["link"])
    assert len(ben["passcode"]) == 9
    assert terminal.files == ["members.csv", "members.results.csv"]


def test_every_problem_is_told_with_its_place_and_nothing_is_done(terminal: Terminal) -> None:
    file = terminal.file("user_name;groups\r\na b;\r\n\r\nanna;nobody\r\nANNA;\r\n".encode("utf-16"))
    shown = terminal.run("import", file, "--yes", status=1)
    assert [line.split(": ")[0] for line in shown.stdout.splitlines()] == [f"{file}:{n}" for n in (2, 4, 5)]
    assert shown.stderr == f"firstday: Nothing was done. Problems in {file}: 3.\n"
    assert members(terminal) == [MEMBER]
    assert terminal.files == ["members.csv"]
    answer = json.loads(terminal.run("import", file, "--yes", "--json", status=1).stdout)
    assert [problem["line"] for problem in answer["problems"]] == [2, 4, 5]


def test_a_dry_run_shows_every_line_and_stops(terminal: Terminal) -> None:
    first_day(terminal.world)
    text = "user_name\n" + "".join(f"member-{n}\n" for n in range(40)) + f"{MEMBER}\n"
    file = terminal.file(text)
    shown = terminal.run("import", file, "--dry-run").stdout
    assert len(shown.splitlines()) == 44
    assert f"42    {MEMBER}  developers  -         Is active already." in shown
    assert shown.endswith(f"{file}: 40 to be invited, 1 to be skipped.\n")
    assert len(terminal.json("import", file, "--dry-run")["lines"]) == 41
    assert members(terminal) == [MEMBER]
    assert terminal.files == ["members.csv"]
    asked = terminal.run("import", file, typed="n\n", status=1)
    assert "... and 31 more; --dry-run shows all." in asked.stdout
    assert asked.stderr.endswith("Nothing was changed.\n")
    assert terminal.files == ["members.csv"]


def test_running_it_again_does_what_is_left(terminal: Terminal) -> None:
    file = terminal.file(THREE)
    terminal.run("import", file, "--yes")
    before = terminal.results
    shown = terminal.run("import", file)
    assert shown.stdout.startswith("Nothing was left to do: an earlier import has done every line.\n")
    assert f"{file}: 3 invited, 0 skipped, 0 failed.\n" in shown.stdout
    assert "To import the whole list again, remove" in shown.stdout
    assert terminal.results == before
    terminal.file(THREE + "dave,,\n")
    shown = terminal.run("import", file, typed="y\n")
    assert f"{file}: 1 to be invited. 3 more are done already.\n" in shown.stdout
    assert terminal.results[:4] == before
    assert len(terminal.results) == 5
    assert all(opens(row["link"]) for row in rows(terminal) if not row["passcode"])


def test_who_has_a_link_or_needs_none_is_skipped(terminal: Terminal) -> None:
    first_day(terminal.world)
    theirs = invited(terminal.world.portal, "anna").token
    answer = terminal.json("import", terminal.file(f"{THREE}{MEMBER},,\n"), "--yes")
    assert {key: answer[key] for key in ("invited", "skipped", "failed", "failures")} == {
        "invited": 2,
        "skipped": 2,
        "failed": 0,
        "failures": [],
    }
    assert opens(f"#{theirs}")
    assert {row["user_name"]: row["message"] for row in rows(terminal) if row["status"] == "skipped"} == {
        "anna": "anna was invited already, by firstday-admin/admin.",
        MEMBER: f"{MEMBER} is active already.",
    }


def test_a_name_that_iam_has_elsewhere_is_told_before_anything_is_done(terminal: Terminal) -> None:
    terminal.world.iam.create_user(UserName="Ben", Path="/admins/")
    shown = terminal.run("import", terminal.file(THREE), "--yes", status=1)
    assert "members.csv:3: IAM has a user of this name who is not a member" in shown.stdout
    assert terminal.files == ["members.csv"]


def test_a_line_that_fails_is_told_and_tried_again_the_next_time(terminal: Terminal) -> None:
    terminal.world.iam.create_user(UserName="ben", Path="/members/")
    file = terminal.file(THREE)
    shown = terminal.run("import", file, "--yes", status=1)
    told = f"{file}: 2 invited, 0 skipped, 1 failed.\n  ben: ben lacks the permissions boundary"
    assert told in shown.stdout
    assert "Running the same command again tries the failed lines again.\n" in shown.stdout
    assert [row["status"] for row in rows(terminal)] == ["invited", "failed", "invited"]
    assert "members.results.csv.key" in terminal.files
    terminal.world.iam.delete_user(UserName="ben")
    terminal.run("import", file, "--yes")
    assert sorted(row["user_name"] for row in rows(terminal)) == ["anna", "ben", "carol"]
    assert {row["status"] for row in rows(terminal)} == {"invited"}
    assert terminal.files == ["members.csv", "members.results.csv"]


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.CUT_AFTER], ids=str)
@pytest.mark.parametrize(
    "call", [Call("CreateUser", 2), Call("AddUserToGroup", 2), Call("TransactWriteItems", 2)], ids=str
)
def test_a_fault_of_aws_fails_no_line(terminal: Terminal, call: Call, fault: Fault) -> None:
    with watched(terminal.world.portal, Wire(call, fault)):
        terminal.run("import", terminal.file(THREE.replace("yes", "")), "--yes")
    assert len(terminal.pauses) >= 1
    assert [row["status"] for row in rows(terminal)] == ["invited"] * 3
    assert all(opens(row["link"]) for row in rows(terminal))


def test_ctrl_c_says_how_to_go_on_and_nothing_is_lost(terminal: Terminal) -> None:
    file, asked = terminal.file(THREE), []

    def interrupted(request: AWSPreparedRequest) -> HTTPAnswer:
        answer = in_app(request)
        asked.append(request.url)
        if len(asked) == 3:  # the check, the first line; the second takes effect, but its reply is lost
            raise KeyboardInterrupt
        return answer

    terminal.transport = interrupted
    shown = terminal.run("import", file, "--yes", status=130)
    assert "firstday: Interrupted.\nDone so far: 1 of 3 lines, in " in shown.stderr
    assert shown.stderr.endswith("To go on, run the same command again.\n")
    terminal.transport = in_app
    terminal.run("import", file, "--yes")
    assert [row["status"] for row in rows(terminal)] == ["invited"] * 3
    assert terminal.json("audit", "--member", "ben")["events"][0]["action"] == "invitation.created"


def test_another_import_into_the_same_results_is_refused(terminal: Terminal) -> None:
    file = terminal.file(THREE)
    with opened(terminal.folder / "members.results.csv"):
        shown = terminal.run("import", file, "--yes", status=1)
    assert "firstday: Another import is writing to " in shown.stderr
    assert members(terminal) == [MEMBER]
    terminal.run("import", file, "--yes", "--results", str(terminal.folder / "other.csv"))
    assert terminal.files == ["members.csv", "other.csv"]


def test_a_list_is_not_taken_for_results(terminal: Terminal) -> None:
    file = terminal.file(THREE)
    shown = terminal.run("import", file, "--yes", "--results", file, status=1)
    assert "holds something other than an import's results" in shown.stderr
    assert Path(file).read_text() == THREE
    assert members(terminal) == [MEMBER]


def test_a_file_that_cannot_be_read_is_told(terminal: Terminal) -> None:
    for file, words in {
        str(terminal.folder / "none.csv"): "none.csv cannot be read: No such file or directory.",
        str(terminal.folder): "cannot be read: Is a directory.",
        terminal.file(b"PK\x03\x04", "list.xlsx"): "list.xlsx: This is a workbook and not a text file.",
        terminal.file("user_name\n" + "x" * 2_000_000, "long.csv"): "long.csv is larger than 2 MB. Divide it.",
        terminal.file("", "empty.csv"): "Problems in",
    }.items():
        shown = terminal.run("import", file, "--yes", status=1)
        assert words in shown.stderr
    if os.geteuid() == 0:
        return
    secret = Path(terminal.file(THREE, "secret.csv"))
    secret.chmod(0)
    assert "Permission denied" in terminal.run("import", str(secret), status=1).stderr


def test_ten_thousand_lines_are_checked_at_once(terminal: Terminal) -> None:
    text = "user_name,groups,passcode\n" + "".join(
        f"a-long-name-of-a-member-{n},developers,yes\n" for n in range(10_000)
    )
    shown = terminal.run("import", terminal.file(text), "--dry-run").stdout
    assert shown.endswith(": 10000 to be invited.\n")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"user_name,groups\n{text}".encode()))
def test_no_file_ends_in_a_traceback(terminal: Terminal, data: bytes) -> None:
    file = terminal.file(data)
    shown = terminal.run("import", file, "--dry-run", status=None)
    assert (shown.exit_code, bool(shown.stderr)) in {(0, False), (1, True)}
