"""An import of 500 members, against an IAM that answers Throttling beyond 15 calls a second.

AWS does not publish IAM's limits; 15 is a stand-in. The peer is the loop that one would write with boto3:
create the user, add it to the group, and leave trying again to boto3.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import Sandbox, as_record

MEMBERS, PEERS = 500, 200
LIMIT = 15.0


def measure() -> Iterator[str]:
    yield f"Import of {MEMBERS} members, IAM throttled at {LIMIT:g} calls a second"
    with (
        running(port=0, portal_port=0, member="dev-simple-user", iam_calls_per_second=LIMIT) as sandbox,
        TemporaryDirectory() as temporary,
    ):
        yield f"  firstday import       {_counted(sandbox, MEMBERS, lambda: _import(sandbox, Path(temporary)))}"
        time.sleep(2)  # until IAM's allowance is whole again
        yield f"  boto3 in a loop, {PEERS}  {_counted(sandbox, PEERS, lambda: _loop(sandbox))}"


def _counted(sandbox: Sandbox, members: int, run: Callable[[], str]) -> str:
    before, began = sandbox.aws.iam_calls(), time.perf_counter()
    outcome = run()
    taken, after = time.perf_counter() - began, sandbox.aws.iam_calls()
    calls, throttled = (after[name] - before[name] for name in ("calls", "throttled"))
    return (
        f"{taken:5.1f} s, {calls / members:.2f} calls to IAM a member, {calls / taken:4.1f} a second,"
        f" {100 * throttled / calls:4.1f} % of them throttled; {outcome}"
    )


def _import(sandbox: Sandbox, directory: Path) -> str:
    """Run the command, as an administrator does."""
    file = directory / "members.csv"
    file.write_text("user_name,groups\n" + "".join(f"member-{n:03},developers\n" for n in range(MEMBERS)))
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "firstday"), "import", str(file), "--yes"],
        env=environment | as_record(sandbox)["admin_environment"],
        capture_output=True,
        text=True,
        check=False,
    )
    failed = (directory / "members.results.csv").read_text("utf-8-sig").count(",failed,")
    return f"exit status {done.returncode}, {failed} failed"


def _loop(sandbox: Sandbox) -> str:
    iam: Any = sandbox.aws.session(sandbox.settings.identity_account).client("iam")
    failed = 0
    for number in range(PEERS):
        try:
            iam.create_user(UserName=f"peer-{number:03}", Path="/members/")
            iam.add_user_to_group(UserName=f"peer-{number:03}", GroupName="firstday-members")
        except iam.exceptions.ClientError:
            failed += 1
    return f"{failed} failed"


if __name__ == "__main__":
    for line in measure():
        print(line, flush=True)
