"""Importing many members, with the real command and a portal that checks every signature."""

import csv
import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.system.running_sandbox import BIN, RunningSandbox

COUNT = 60


def a_list(folder: Path, prefix: str, name: str = "members.csv") -> tuple[Path, list[str]]:
    """A CSV of members, and their names."""
    names = [f"{prefix}-{number:02}" for number in range(COUNT)]
    path = folder / name
    path.write_text("user_name,groups\r\n" + "".join(f"{name},developers\r\n" for name in names), newline="")
    return path, names


@contextmanager
def importing(sandbox: RunningSandbox, file: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A run of the import, which does not outlive the test."""
    command = [str(BIN / "firstday"), "import", str(file), "--yes", "--json", *options]
    with subprocess.Popen(
        command, env=sandbox.admin_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> dict[str, object]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    answer: dict[str, object] = json.loads(output)
    return answer


def lines(results: Path) -> int:
    return results.read_bytes().count(b"\n") - 1 if results.exists() else -1


def rows(results: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(results.read_text("utf-8-sig").splitlines()))


def invitations(sandbox: RunningSandbox, prefix: str) -> Counter[str]:
    """How many invitations were made for each member with ``prefix``."""
    events = json.loads(sandbox.firstday("audit", "--json", "--limit", "5000").stdout)["events"]
    return Counter(
        event["subject"]
        for event in events
        if event["action"] == "invitation.created" and event["subject"].startswith(prefix)
    )


def opens(sandbox: RunningSandbox, link: str) -> bool:
    page = sandbox.browser().post("start", {"token": link.partition("#")[2]})
    return page.heading == "Register your phone"


def test_an_import_that_is_killed_and_run_again_ends_as_if_never_killed(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    file, names = a_list(tmp_path, "killed")
    results = tmp_path / "members.results.csv"
    for enough in (0, 7, 25):
        with importing(sandbox, file) as process:
            while lines(results) < enough:
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            process.kill()
    assert 25 <= lines(results) < COUNT
    with importing(sandbox, file) as process:
        answer = ended(process)
    assert (answer["invited"], answer["skipped"], answer["failed"]) == (COUNT, 0, 0)
    assert [(row["user_name"], row["status"]) for row in rows(results)] == [(name, "invited") for name in names]
    assert invitations(sandbox, "killed-") == Counter(names)
    assert all(opens(sandbox, row["link"]) for row in rows(results))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["members.csv", "members.results.csv"]


def test_two_administrators_who_import_the_same_list_at_once_invite_each_member_once(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    file, names = a_list(tmp_path, "twice")
    mine, theirs = tmp_path / "mine.csv", tmp_path / "theirs.csv"
    with (
        importing(sandbox, file, "--results", str(mine)) as first,
        importing(sandbox, file, "--results", str(theirs)) as second,
    ):
        assert ended(first)["failed"] == ended(second)["failed"] == 0
    links = [row for row in rows(mine) + rows(theirs) if row["status"] == "invited"]
    assert sorted(row["user_name"] for row in links) == names
    assert len(rows(mine)) == len(rows(theirs)) == COUNT
    assert invitations(sandbox, "twice-") == Counter(names)
    assert all(opens(sandbox, row["link"]) for row in links)


def test_names_with_every_character_that_iam_takes_go_through_addresses_and_signatures(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    name = "a+b=c,d.e@example.com_f-g"
    file = tmp_path / "members.csv"
    file.write_text(f'user_name\n"{name}"\n')
    assert sandbox.firstday("import", str(file), "--yes").returncode == 0
    shown = json.loads(sandbox.firstday("member", name, "--json").stdout)
    assert shown["member"]["user_name"] == name
    assert json.loads(sandbox.firstday("groups", name, "operators", "--json").stdout)["is_effective"] is False
    assert json.loads(sandbox.firstday("members", "--filter", "c,d.e@", "--json").stdout)["members"] != []
    assert sandbox.firstday("audit", "--member", name, "--since", "1h").stdout.count("invitation.created") == 1
    assert sandbox.firstday("offboard", name, "--yes").stdout.endswith(f"{name} is gone, and nothing is left.\n")


def test_output_that_nobody_takes_ends_without_a_traceback(sandbox: RunningSandbox) -> None:
    firstday = str(BIN / "firstday")
    for command, status, words in (
        (f"{firstday} audit --limit 500 | true", 0, ""),
        (
            f"{firstday} members > /dev/full",
            1,
            "firstday: The output cannot be written: No space left on device.\n",
        ),
        (f"{firstday} --help > /dev/full", 1, "firstday: The output cannot be written: No space left on device.\n"),
        (f"PYTHONIOENCODING=ascii {firstday} invite in-ascii > /dev/null", 0, ""),
    ):
        result = subprocess.run(
            ["/bin/sh", "-c", command], env=sandbox.admin_environment, capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stderr) == (status, words)


def test_an_import_into_an_iam_that_throttles_fails_no_line_and_does_not_hammer_it(tmp_path: Path) -> None:
    file, _ = a_list(tmp_path, "slow")
    with running(port=0, portal_port=0, member="dev-simple-user", iam_calls_per_second=6) as sandbox:
        slow = RunningSandbox(as_record(sandbox), tmp_path / "home", sandbox.aws)
        before = sandbox.aws.iam_calls()
        with importing(slow, file) as process:
            answer = ended(process)
        after = sandbox.aws.iam_calls()
    assert (answer["invited"], answer["failed"]) == (COUNT, 0)
    throttled, calls = (after[name] - before[name] for name in ("throttled", "calls"))
    assert 0 < throttled < calls * 0.25
