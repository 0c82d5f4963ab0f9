"""The run of an import: after any interruption the next one goes on, and each member has one invitation."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from chalicelib.web.api.contract.outcome_records import PlannedLine
from firstday.importing.results import Result, Results, ResultsError, Status, opened
from firstday.importing.run import TRIES, left, run
from firstday.portal.errors import PortalBusy, PortalError, PortalUnreachable
from firstday.portal.http import HTTPAnswer
from tests.helpers.fake_portal import BUSY, URL, Invitations, by_api_gateway, refused


def planned(user_name: str, *, passcode: bool = False) -> PlannedLine:
    return {
        "line": 2,
        "user_name": user_name,
        "groups": ["developers"],
        "passcode": passcode,
        "plan": "invite",
        "message": "Will be created and invited.",
        "basis": "none.c.",
        "email": None,
        "until": None,
    }


LINES = [planned(f"Member-{n}", passcode=n % 3 == 0) for n in range(12)]


@pytest.fixture
def portal() -> Invitations:
    return Invitations()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "members.results.csv"


def go(portal: Invitations, results: Results, lines: Sequence[PlannedLine] = LINES) -> None:
    for _ in run(portal.api, left(lines, results), results, pause=portal.pauses.append):
        pass


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_everybody_is_invited_once_and_has_a_link(portal: Invitations, path: Path) -> None:
    with opened(path) as results:
        go(portal, results)
        go(portal, results)
    assert portal.made == [line["user_name"] for line in LINES]
    assert portal.calls == len(LINES)
    found = rows(path)
    assert [row["link"] for row in found] == [f"{URL}/start#{name}.{token}" for name, token in portal.links.items()]
    assert [len(row["passcode"]) for row in found[:4]] == [9, 0, 0, 9]
    assert portal.pauses == []


def test_a_run_killed_anywhere_ends_as_if_never_killed(portal: Invitations, path: Path) -> None:
    with opened(path) as results:
        go(portal, results)
        key = results.import_key()
    expected = path.read_bytes()
    # Every possible state of the disk: the results up to any byte. The key is there before the first invitation.
    for length in range(0, len(expected), 7):
        path.write_bytes(expected[:length])
        with opened(path) as results:
            assert results.import_key() == key
            go(portal, results)
            assert left(LINES, results) == []
        assert path.read_bytes() == expected
    assert len(portal.made) == len(LINES)


def test_a_key_that_never_got_into_place_does_not_matter(portal: Invitations, path: Path) -> None:
    path.with_name(path.name + ".key.new").write_bytes(b"half a k")
    path.with_name(path.name + ".new").write_bytes(b"half a f")
    with opened(path) as results:
        go(portal, results)
        results.finish()
    assert [row["status"] for row in rows(path)] == ["invited"] * len(LINES)
    assert list(path.parent.iterdir()) == [path]


def test_who_was_invited_by_somebody_else_is_skipped(portal: Invitations, path: Path) -> None:
    portal.links["Member-5"] = "of another administrator"
    with opened(path) as results:
        go(portal, results)
        assert left(LINES, results) == []
    assert rows(path)[5] == {
        "user_name": "Member-5",
        "status": "skipped",
        "link": "",
        "passcode": "",
        "expires_at": "",
        "message": "Member-5 was invited already, by somebody.",
        "mailed_to": "",
    }


def test_what_the_portal_refuses_fails_and_is_tried_again_by_the_next_run(portal: Invitations, path: Path) -> None:
    portal.first(None, refused(400, "invalid", "Member-1 is root."))
    with opened(path) as results:
        go(portal, results)
        assert [row.user_name for row in results.rows if row.status is Status.FAILED] == ["Member-1"]
        assert [line["user_name"] for line in left(LINES, results)] == ["Member-1"]
    with opened(path) as results:
        go(portal, results)
    assert sorted(row["user_name"] for row in rows(path)) == sorted(portal.made)
    assert {row["status"] for row in rows(path)} == {"invited"}


@pytest.mark.parametrize(
    "trouble", [BUSY, HTTPAnswer(429, "<html>"), PortalUnreachable("cut"), refused(409, "in_progress")], ids=str
)
def test_a_busy_portal_is_waited_for_and_no_line_fails(
    portal: Invitations, path: Path, trouble: HTTPAnswer | PortalUnreachable
) -> None:
    portal.first(trouble, trouble, trouble, None, None, None, trouble, trouble)
    with opened(path) as results:
        go(portal, results)
    assert {row["status"] for row in rows(path)} == {"invited"}
    assert portal.calls == len(LINES) + 5
    assert portal.pauses[0] < portal.pauses[1] < portal.pauses[2]


def test_a_portal_that_stays_busy_ends_the_run_and_the_next_one_goes_on(portal: Invitations, path: Path) -> None:
    portal.first(None, None, *[BUSY] * TRIES)
    with opened(path) as results, pytest.raises(PortalBusy):
        go(portal, results)
    assert 120 < sum(portal.pauses) < 600
    with opened(path) as results:
        go(portal, results)
    assert portal.made == [line["user_name"] for line in LINES]


@pytest.mark.parametrize(
    "answer",
    [by_api_gateway(403, '{"message": "The security token is expired"}'), refused(403, "refused")],
    ids=str,
)
def test_credentials_that_end_in_the_middle_fail_no_line(
    portal: Invitations, path: Path, answer: HTTPAnswer
) -> None:
    portal.first(None, None, answer)
    with opened(path) as results, pytest.raises(PortalError):
        go(portal, results)
    assert len(rows(path)) == 2


def test_a_full_disk_ends_the_run_with_the_invitation_not_lost(portal: Invitations, path: Path) -> None:
    full = OnAFullDisk(path)
    with pytest.raises(ResultsError):
        go(portal, full)
    full.close()
    with opened(path) as results:
        go(portal, results)
    assert portal.made == [line["user_name"] for line in LINES]
    assert {row["status"] for row in rows(path)} == {"invited"}


class OnAFullDisk(Results):
    def add(self, _result: Result) -> None:
        raise ResultsError(f"{self.path} cannot be written: No space left on device.")


def test_lines_are_known_by_the_name_as_iam_compares_it(portal: Invitations, path: Path) -> None:
    with opened(path) as results:
        go(portal, results)
        assert left([planned("MEMBER-3"), planned("new")], results) == [planned("new")]
