"""A member who types one code in the morning, and what each tool shows: before it, all day, twelve hours later."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.aws_clients import V2, V2_PROGRAM, Client
from tests.helpers.running_sandbox import ROOT, Member, RunningSandbox, plain
from tests.helpers.settings_makers import EXAMPLE

NAME = "dev-simple-user"
# Three roles in two accounts; all may list the buckets, which have the account's id in their names.
ACCOUNTS = {"dev": "123456789012", "stg": "210987654321", "stg-ops": "210987654321"}
PROCESS = "dev-process"


class Moment(StrEnum):
    """Which of them are lived through, in this order."""

    BEFORE = "before the first code"
    MORNING = "after one code"
    LATER = "after twelve hours"
    NEXT_MORNING = "after the next code"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a tool showed at a terminal where nobody answers questions; it is to get into ``account``."""

    status: int
    text: str
    account: str

    @property
    def is_in(self) -> bool:
        return self.status == 0 and self.account in self.text


# By moment, name of the tool, and profile.
Day = Mapping[tuple[Moment, str, str], Shown]


def lived(tools: Sequence[Client]) -> Day:
    """Give every tool each profile at each moment. Version 2 of the AWS CLI is on the PATH of the others."""
    with _member() as member:
        day = dict(_tried(member, Moment.BEFORE, tools, ["dev"]))
        _type_a_code(member)
        day |= _tried(member, Moment.MORNING, tools, [*ACCOUNTS, PROCESS])
        member.sandbox.aws.move_clock(hours=12)
        member.forget_role_sessions()  # as the AWS CLI does by its own clock
        day |= _tried(member, Moment.LATER, tools, ["dev", PROCESS])
        _type_a_code(member)
        return day | dict(_tried(member, Moment.NEXT_MORNING, tools, ["dev"]))


@contextmanager
def _member() -> Iterator[Member]:
    with TemporaryDirectory(prefix="firstday-one-day-") as folder:
        home, settings_file = Path(folder, "home"), Path(folder, "firstday.toml")
        home.mkdir()
        text = EXAMPLE.read_text("utf-8")
        settings_file.write_text(
            text.replace('["CloudWatchReadOnlyAccess"]', '["AmazonS3ReadOnlyAccess"]'), "utf-8"
        )
        with running(port=0, portal_port=0, member="somebody-else", settings_file=settings_file) as started:
            sandbox = RunningSandbox(as_record(started), home, started.aws)
            member = Member(sandbox, NAME, home, sandbox.browser())
            invitation = sandbox.invite(NAME, "--group", "developers", "--group", "operators")
            member.first_day(invitation["invitation_url"], daily="session")
            assert member.device
            # The phone comes along into the next day.
            member.device.now = lambda: sandbox.aws.now
            with (home / ".aws" / "config").open("a") as config:
                config.write("\n" + member.browser.get("config").by_id["process-text"])
            yield member


def is_explained(shown: Shown, title: str) -> bool:
    """Whether that section of docs/tools.md has the message. There, an ellipsis stands for anything."""
    section = (ROOT / "docs" / "tools.md").read_text("utf-8").split(f"\n### {title}\n")[1].split("\n### ")[0]
    messages = re.findall(r"^\|.*\| (`+) ?(.+?) ?\1 \|$", section, re.MULTILINE)
    patterns = (".*".join(map(re.escape, words.replace("NAME", NAME).split("…"))) for _, words in messages)
    return any(re.search(pattern, plain(shown.text)) for pattern in patterns)


def _for_go(member: Member) -> dict[str, str]:
    """Its SDK follows AWS_ENDPOINT_URL in a program's own calls, but not to assume the role of a profile."""
    return {"AWS_ENDPOINT_URL_STS": member.environment["AWS_ENDPOINT_URL"]}


def _type_a_code(member: Member) -> None:
    assert member.device
    login = ["configure", "mfa-login", f"--profile={NAME}", f"--update-profile={NAME}-session"]
    status, shown = member.run([str(V2_PROGRAM), *login], code=member.device.code())
    assert status == 0, shown


def _tried(
    member: Member, moment: Moment, tools: Sequence[Client], profiles: Sequence[str]
) -> Iterator[tuple[tuple[Moment, str, str], Shown]]:
    for tool in tools:
        for profile in profiles:
            command = [*tool.list_buckets, profile]
            status, text = member.run(command, **{**V2.environment, **_for_go(member), **tool.environment})
            yield (moment, tool.name, profile), Shown(status, text, ACCOUNTS[profile.removesuffix("-process")])
