"""The results of an import on the disk: whole at any moment, written by one process, read by one person."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firstday.importing.results import HEADER, Result, ResultsError, Status, opened

ANNA = Result(
    "anna", Status.INVITED, "https://portal.example.com/start#anna.x", "ABCD-2345", "2026-11-30T00:00:00+00:00"
)
BEN = Result("Ben", Status.SKIPPED, message="Ben was invited already, by 田中\nand others.")
CAROL = Result("carol", Status.FAILED, message='"No", said IAM.')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "members.results.csv"


def written(path: Path, *results: Result) -> bytes:
    with opened(path) as open_results:
        for result in results:
            open_results.add(result)
    return path.read_bytes()


def test_a_spreadsheet_reads_what_was_written(path: Path) -> None:
    data = written(path, ANNA, BEN)
    assert data.startswith(b"\xef\xbb\xbfuser_name,status,link,passcode,expires_at,message,mailed_to\r\n")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert rows[0]["link"] == ANNA.link
    assert rows[1]["message"] == "Ben was invited already, by 田中 and others."
    assert len(data.splitlines()) == 3


def test_nobody_else_may_read_it(path: Path) -> None:
    path.write_bytes(HEADER)
    path.chmod(0o644)
    with opened(path) as results:
        results.import_key()
        results.add(ANNA)
        assert {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()} == {
            "members.results.csv": 0o600,
            "members.results.csv.key": 0o600,
        }


def test_the_next_run_finds_what_is_done_and_does_failed_lines_again(path: Path) -> None:
    written(path, ANNA, CAROL, BEN)
    with opened(path) as results:
        assert results.done == {"anna", "ben"}
        assert len(path.read_bytes().splitlines()) == 3
        results.add(CAROL)
        assert results.done == {"anna", "ben"}


def test_a_line_is_on_the_disk_as_soon_as_it_is_added(path: Path) -> None:
    with opened(path) as results:
        for count, result in enumerate((ANNA, BEN, CAROL), 2):
            results.add(result)
            assert len(path.read_bytes().splitlines()) == count


def test_wherever_a_run_was_killed_the_whole_lines_count(path: Path) -> None:
    data = written(path, ANNA, BEN)
    first = len(HEADER) + len(data[len(HEADER) :].splitlines(keepends=True)[0])
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with opened(path) as results:
            assert results.done == ({"anna"} if length >= first else set())
            results.add(ANNA) if length < first else None
            results.add(BEN)
        assert path.read_bytes() == data


def test_where_nothing_was_begun_nothing_is_left(path: Path) -> None:
    with opened(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_the_key_stays_until_all_is_done(path: Path) -> None:
    with opened(path) as results:
        key = results.import_key()
        assert len(key) == 43
    with opened(path) as results:
        assert results.import_key() == key
        results.finish()
        results.add(ANNA)
    assert [entry.name for entry in path.parent.iterdir()] == ["members.results.csv"]


def test_a_damaged_key_is_told_with_the_remedy(path: Path) -> None:
    path.with_name(path.name + ".key").write_bytes(b"\xff\n")
    with opened(path) as results, pytest.raises(ResultsError, match="Delete it"):
        results.import_key()


def test_a_second_process_is_refused_until_the_first_ends_however_it_ends(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from firstday.importing.results import opened\n"
        "with opened(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"open\n"
        with pytest.raises(ResultsError, match=r"Another import is writing to .*--results"), opened(path):
            pass
        first.kill()
        first.wait()
    with opened(path) as results:
        results.add(ANNA)
    assert path.exists()


def with_semicolons(text: str) -> bytes:
    return text.replace(",", ";").encode()


def in_utf16(text: str) -> bytes:
    return text.replace(",", "\t").encode("utf-16")


def with_a_note(text: str) -> bytes:
    return (
        "".join(f"checked,{line}" for line in text.splitlines(keepends=True)).replace("checked", "note", 1).encode()
    )


@pytest.mark.parametrize(
    "save", [with_semicolons, in_utf16, with_a_note, str.encode, lambda text: text.strip().encode()]
)
def test_results_that_a_spreadsheet_has_saved_are_gone_on_with(path: Path, save: Callable[[str], bytes]) -> None:
    rows = [Result("anna", Status.INVITED, "https://portal.example.com/start#0x1y"), Result("ben", Status.SKIPPED)]
    before = written(path, *rows)
    path.write_bytes(save(before.decode("utf-8-sig")))
    with opened(path) as results:
        assert results.rows == rows
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "data",
    [
        b"user_name,groups\nanna,developers\n",
        b"no line end",
        HEADER + b"anna,done,,,,\r\n",
        HEADER + b"anna,invited\r\n",
        HEADER + b"anna,invited,,,,,,\r\n",
        HEADER + b'anna,"invited"x,,,,\r\n',
        HEADER + b"\xff,invited,,,,\r\n",
        b"PK\x03\x04\n",
    ],
)
def test_a_file_that_is_something_else_is_not_touched(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o640)
    with pytest.raises(ResultsError, match="something other than"), opened(path):
        pass
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_a_spreadsheet_saved_again_is_read(path: Path) -> None:
    written(path, ANNA, BEN)
    path.write_text(path.read_text("utf-8-sig").replace("\r\n", "\n").replace("anna,", '"anna",'), "utf-8")
    with opened(path) as results:
        assert results.done == {"anna", "ben"}


def test_links_of_another_portal_are_told(path: Path) -> None:
    written(path, ANNA, BEN)
    with opened(path) as results:
        results.check_portal("https://portal.example.com")
        with pytest.raises(ResultsError, match="another portal"):
            results.check_portal("https://other.example.com")


def test_what_cannot_be_written_is_told(path: Path) -> None:
    for place in (path.parent, path.parent / "nowhere" / "results.csv", Path("/dev/null"), Path("/dev/full")):
        with pytest.raises(ResultsError, match=f"{place} cannot be written: "), opened(place):
            pass


def test_a_line_that_the_disk_has_no_room_for_leaves_the_others_whole(path: Path) -> None:
    before = written(path, ANNA)
    code = (
        "import resource, signal, sys; from pathlib import Path; from firstday.importing.results import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 10}, {len(before) + 10}))\n"
        "with opened(Path(sys.argv[1])) as results:\n"
        "    try: results.add(Result('ben', Status.INVITED, 'a long link'))\n"
        "    except ResultsError as error: print(error)\n"
    )
    result = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert "cannot be written: File too large." in result.stdout
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_results_of_an_earlier_release_are_taken_up(path: Path) -> None:
    earlier = f"\ufeffuser_name,status,link,passcode,expires_at,message\r\nanna,invited,{ANNA.link},,,\r\n"
    path.write_bytes(earlier.encode())
    with opened(path) as results:
        assert results.done == {"anna"}
        results.add(CAROL)
    assert path.read_bytes().startswith(HEADER)
