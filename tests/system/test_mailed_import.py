"""Five hundred members are imported with addresses: each gets one mail, at the rate of Amazon SES."""

import csv
import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.members.link_tokens import invitation_tokens
from firstday.sandbox.caught_mail import CaughtMail, caught
from firstday.sandbox.process.ses_settings import SESSettings
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.processes import descendants
from tests.helpers.running_sandbox import BIN, Member, RunningSandbox

MEMBERS = 500
RATE = 20.0
IDENTITY = "arn:aws:ses:ap-northeast-1:123456789012:identity/example.com"
BOUNCES = "member-250"
MAILER = "firstday-mailer"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running(port=0, portal_port=0, member="dev-simple-user", with_mail=True, runs_schedules=False) as here:
        here.aws.set_ses(SESSettings(verified=(IDENTITY,), max_send_rate=RATE))
        yield RunningSandbox(as_record(here), tmp_path_factory.mktemp("admin"), here.aws)


@pytest.fixture(scope="module")
def imported(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the import, whose mails wait."""
    directory = tmp_path_factory.mktemp("import")
    listed, results = directory / "members.csv", directory / "members.results.csv"
    names = [f"member-{number:03}" for number in range(MEMBERS)]
    with listed.open("w", newline="") as file:
        csv.writer(file).writerows([("user_name", "email"), *((name, address_of(name)) for name in names)])
    done = subprocess.run(
        [str(BIN / "firstday"), "import", str(listed), "--yes"],
        env=sandbox.admin_environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return results


def address_of(user_name: str) -> str:
    return f"{user_name}@{'bounce.' if user_name == BOUNCES else ''}example.com"


def mails(sandbox: RunningSandbox) -> list[CaughtMail]:
    return caught(sandbox.aws.mail_directory)


def recipients(sandbox: RunningSandbox) -> Counter[str]:
    return Counter(
        address.partition("<")[2].rstrip(">") or address for mail in mails(sandbox) for address in mail.to
    )


def killed_after(sandbox: RunningSandbox, enough: int) -> None:
    """Run the mailer, and kill its process once so many mails are out."""
    begun = threading.Thread(
        target=lambda: sandbox.root("lambda").invoke(FunctionName=MAILER, InvocationType="Event")
    )
    begun.start()
    deadline = time.monotonic() + 60
    while len(mails(sandbox)) < enough and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sandbox.aws.process_id
    for process_id in descendants(sandbox.aws.process_id):
        os.kill(process_id, signal.SIGKILL)
    begun.join()


def runs_until_all_is_sent(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    runs = []
    for _ in range(10):
        runs.append(sandbox.run_function(MAILER))
        if runs[-1]["is_finished"]:
            break
    return runs


def test_the_results_of_the_import_have_no_link(imported: Path) -> None:
    with imported.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == MEMBERS
    assert "/start#" not in imported.read_text("utf-8")


@pytest.mark.usefixtures("imported")
def test_a_killed_mailer_and_the_next_one_send_each_invitation_once_at_the_rate(sandbox: RunningSandbox) -> None:
    killed_after(sandbox, enough=40)
    before = len(mails(sandbox))
    assert before >= 40
    sandbox.aws.move_clock(hours=0.05)  # the killed one's claim is over
    began = time.monotonic()
    runs_until_all_is_sent(sandbox)
    took = time.monotonic() - began
    sent = recipients(sandbox)
    assert set(sent) == {address_of(f"member-{number:03}") for number in range(MEMBERS)}
    # One at most was killed between SES's answer and its record.
    assert sum(sent.values()) - MEMBERS <= 1
    assert (len(mails(sandbox)) - before) / took <= RATE * 1.1


@pytest.mark.usefixtures("imported")
def test_each_mail_has_a_link_of_its_own_that_opens(sandbox: RunningSandbox, tmp_path: Path) -> None:
    links = [next(line for line in mail.text.splitlines() if "/start#" in line) for mail in mails(sandbox)]
    assert len(set(links)) == len(links)
    member = Member(sandbox, "member-007", tmp_path, sandbox.browser())
    page = member.begin(
        next(line for line in links if line.startswith(sandbox.portal_url) and opens(line, "member-007"))
    )
    assert page.forms


def opens(link: str, user_name: str) -> bool:
    return [token.user_name for token in invitation_tokens(link)] == [user_name]


@pytest.mark.usefixtures("imported")
def test_a_bounce_is_seen_at_its_member(sandbox: RunningSandbox) -> None:
    shown = sandbox.firstday("member", BOUNCES)
    assert "does not exist" in shown.stdout, shown.stdout + shown.stderr
    assert "does not exist" not in sandbox.firstday("member", "member-249").stdout


@pytest.mark.usefixtures("imported")
def test_no_secret_of_a_mail_is_kept_anywhere(sandbox: RunningSandbox) -> None:
    secrets = {mail.text.partition("/start#")[2].split()[0] for mail in mails(sandbox)}
    tables = sandbox.root("dynamodb")
    kept = json.dumps(
        [
            page
            for name in tables.list_tables()["TableNames"]
            for page in tables.get_paginator("scan").paginate(TableName=name)
        ],
        default=str,
    )
    logs = sandbox.root("logs")
    told = json.dumps(
        [
            logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            for group in logs.describe_log_groups()["logGroups"]
        ],
        default=str,
    )
    assert len(secrets) >= MEMBERS
    for secret in secrets:
        assert secret not in kept
        assert secret not in told
    assert address_of("member-007") not in told
