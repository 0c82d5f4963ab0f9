"""A member's year, with the clock moved: what they are told, what they can do, and what is taken from them."""

import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from chalicelib.members.mfa import code_at, step_at
from firstday.sandbox.caught_mail import CaughtMail, caught
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import Sandbox, as_record
from tests.helpers.returning_member import link_for, session_of
from tests.helpers.running_sandbox import ROOT, Member, RunningSandbox
from tests.helpers.settings_makers import EXAMPLE

NAME, EMAIL = "dev-simple-user", "dev-simple-user@example.com"
ADMINISTRATORS = "aws-admins@example.com"
MAILER = "firstday-mailer"
# They run hourly and daily; here, whenever days have passed.
TIMED = ("firstday-suspension", "firstday-key-ageing", "firstday-key-retirement")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass
class Year:
    """A sandbox whose days pass, its administrator, and the member ``NAME``, who reads ``language``."""

    started: Sandbox
    sandbox: RunningSandbox
    member: Member
    language: str
    read: int = 0

    def pass_days(self, days: float) -> None:
        """Let them pass; then the scheduled functions run, and the administrator signs in anew."""
        self.started.aws.move_clock(hours=24 * days)
        for name in TIMED:
            self.sandbox.run_function(name)
        self._sign_in()

    def _sign_in(self) -> None:
        admin = self.started.organisation.admin
        sts = self.started.aws.session("123456789012").client(
            "sts", aws_access_key_id=admin.access_key_id, aws_secret_access_key=admin.secret_access_key
        )
        session = sts.assume_role(
            RoleArn=admin.role_arn,
            RoleSessionName=admin.user_name,
            SerialNumber=admin.serial_number,
            TokenCode=code_at(admin.seed, step_at(self.started.aws.now)),
        )["Credentials"]
        self.sandbox.record["admin_environment"] |= {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def mails(self, *subjects: str) -> list[CaughtMail]:
        """What came since the last look, for the member: exactly mails with these subjects, in their language."""
        for _ in range(2):  # the next one sends what the first has found out that administrators are told
            self.sandbox.run_function(MAILER)
        every = self._caught(EMAIL)
        new, self.read = every[self.read :], len(every)
        translated = gettext.translation(
            "messages", ROOT / "chalicelib" / "locale", [self.language], fallback=True
        ).gettext
        expected = [translated(subject) % {"organisation": "Example Corp"} for subject in subjects]
        assert sorted(mail.subject for mail in new) == sorted(expected)
        for mail in new:
            assert bool(JAPANESE.search(mail.text)) == (self.language == "ja"), mail.text
            assert all(line.strip() in _words(mail.html) for line in mail.text.splitlines()), (
                "both parts say the same"
            )
        return new

    def of_administrators(self) -> list[CaughtMail]:
        return self._caught(ADMINISTRATORS)

    def _caught(self, address: str) -> list[CaughtMail]:
        return [mail for mail in caught(self.started.aws.mail_directory) if address in str(mail.to)]

    def link(self, mail: CaughtMail) -> str:
        return next(line for line in mail.text.splitlines() if "/start#" in line)

    def firstday(self, *arguments: str) -> str:
        done = self.sandbox.firstday(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def today(self) -> date:
        return datetime.fromtimestamp(self.started.aws.now, UTC).date()

    def set_up(self, link: str) -> None:
        """The first day, on which the phone tells the same time as AWS: it comes along into the days that pass."""
        page = self.member.scan(self.member.begin(link))
        assert self.member.device
        self.member.device.now = lambda: self.started.aws.now
        self.member.save_files(self.member.enter_codes(page))

    def can_list(self) -> bool:
        """Whether AWS takes a new AssumeRole of the real AWS CLI, with a code."""
        assert self.member.device
        self.member.forget_role_sessions()
        status, shown = self.member.aws("s3", "ls", "--profile", "dev", code=self.member.device.code())
        assert status == 0 or "AccessDenied" in shown or "InvalidClientTokenId" in shown, shown
        return status == 0

    def replace_key(self) -> None:
        """By the member's own page, as the mail says."""
        assert self.member.device
        token = link_for(self.member, session_of(self.member)).partition("#")[2]
        pages = self.member.browser
        pages.submit(pages.get("me").form("me"), token=token)
        code1, code2 = self.member.device.two_fresh_codes()
        shown = pages.submit(pages.get("me/replace-key").form("replace-key"), code1=code1, code2=code2)
        (self.member.home / ".aws" / "credentials").write_text(shown.by_id["credentials-text"])
        pages.submit(pages.get("me/overview").form("confirm-key"))

    def come_back(self, link: str) -> None:
        """With two codes of the phone that was there all along."""
        assert self.member.device
        again = Member(
            self.sandbox, NAME, self.member.home, self.sandbox.browser(self.language), self.member.device
        )
        asked = again.browser.submit(again.begin(link).form("register-device"))
        code1, code2 = self.member.device.two_fresh_codes()
        again.browser.submit(asked.form("existing-device"), code1=code1, code2=code2)


def _words(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


@pytest.fixture(params=["en", "ja"])
def year(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Year]:
    settings_file = tmp_path / "firstday.toml"
    languages = '"en", "ja"' if request.param == "en" else '"ja", "en"'
    text = EXAMPLE.read_text("utf-8").replace('languages = ["ja", "en"]', f"languages = [{languages}]")
    settings_file.write_text(f"access_key_days = 90\n{text}", "utf-8")
    with running(
        port=0,
        portal_port=0,
        member="somebody-else",
        settings_file=settings_file,
        with_mail=True,
        runs_schedules=False,
    ) as started:
        sandbox = RunningSandbox(as_record(started), tmp_path, started.aws)
        (tmp_path / "home").mkdir()
        member = Member(sandbox, NAME, tmp_path / "home", sandbox.browser(request.param))
        yield Year(started, sandbox, member, request.param)


def test_what_a_member_is_told_and_can_do_in_a_year(year: Year) -> None:
    ends_on = year.today() + timedelta(days=120)
    year.firstday("invite", NAME, "--email", EMAIL, "--until", f"{ends_on}")
    (invitation,) = year.mails("Your access to AWS at %(organisation)s")
    year.pass_days(5.5)
    (reminder,) = year.mails("Your invitation to AWS at %(organisation)s ends soon")
    assert year.link(reminder) != year.link(invitation), "each mail has a link of its own, and both open"
    year.set_up(year.link(invitation))
    year.mails(
        "A device was registered for your access to AWS at %(organisation)s",
        "You have a new access key for AWS at %(organisation)s",
    )
    assert year.can_list()

    year.pass_days(81)
    (told,) = year.mails("Your access key for AWS at %(organisation)s is getting old")
    assert f"{year.sandbox.portal_url}/me" in told.text.splitlines(), "alone on its line"
    year.replace_key()
    year.mails(
        "You have a new access key for AWS at %(organisation)s",
        "An access key for AWS at %(organisation)s was deactivated",
    )
    assert year.can_list()

    year.pass_days((ends_on - year.today()).days - 6)
    (ending,) = year.mails("Your access to AWS at %(organisation)s ends soon")
    assert f"{ends_on}" in ending.text
    assert f"{ends_on}" in year.of_administrators()[-1].text
    assert year.can_list(), "nothing has ended yet"
    year.pass_days(6)
    year.mails("Access to AWS at %(organisation)s is suspended")
    assert not year.can_list(), "a new AssumeRole is refused"

    year.firstday("resume", NAME, "--until", f"{ends_on + timedelta(days=100)}")
    (back,) = year.mails("Your access to AWS at %(organisation)s")
    assert not year.can_list(), "the link alone gives nothing"
    year.come_back(year.link(back))
    year.mails("You have access to AWS at %(organisation)s again")
    assert year.can_list()

    year.firstday("offboard", NAME, "--yes")
    (last,) = year.mails("Your access to AWS at %(organisation)s has ended")
    assert NAME in last.text
    year.pass_days(40)
    assert year.mails() == [], "nobody is told anything any more"
