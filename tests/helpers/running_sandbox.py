"""A running ``firstday sandbox`` and the people who use it: an administrator and members with real tools."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pexpect

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.verification.browser import Browser, Page, PageAnswer
from firstday.verification.device import Device as Device
from tests.helpers.embedded_aws import root_client

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
QUIET = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


@dataclass
class RunningSandbox:
    """``record`` is what the command prints as JSON; ``home`` is the administrator's home directory."""

    record: dict[str, Any]
    home: Path
    aws: EmbeddedAWS

    def root(self, service: str, account_id: str = "123456789012") -> Any:
        """A client of the account's root user, to look behind the portal and to break things."""
        return root_client(self.aws, service, account_id)

    @property
    def portal_url(self) -> str:
        return str(self.record["portal_url"])

    @property
    def admin_environment(self) -> dict[str, str]:
        environment: dict[str, str] = self.record["admin_environment"]
        return QUIET | {"HOME": str(self.home)} | environment

    def firstday(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the ``firstday`` command as the administrator."""
        return subprocess.run(
            [str(BIN / "firstday"), *arguments],
            env=self.admin_environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def invite(self, user_name: str, *options: str) -> dict[str, Any]:
        """Invite a member with the command line; the answer as JSON."""
        result = self.firstday("invite", user_name, "--json", *options)
        assert result.returncode == 0, result.stderr
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def run_function(self, name: str) -> Any:
        """Invoke one of the deployed functions, as its schedule does, and wait for what it returns."""
        answer = self.root("lambda").invoke(FunctionName=name)
        returned = json.load(answer["Payload"])
        assert "FunctionError" not in answer, returned
        return returned

    def table(self, part: str) -> str:
        """The name of the portal's table that has ``part`` in it, such as ``Members``."""
        names: list[str] = self.root("dynamodb").list_tables()["TableNames"]
        return next(name for name in names if part in name)

    @contextmanager
    def full(self) -> Iterator[None]:
        """While it lasts, the portal has no execution free, so that API Gateway answers by itself."""
        functions, name = self.root("lambda"), self._portal_function
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            functions.delete_function_concurrency(FunctionName=name)

    @property
    def _portal_function(self) -> str:
        found = self.root("cloudformation").describe_stack_resource(
            StackName="firstday", LogicalResourceId="APIHandler"
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def browser(self, language: str = "en") -> Browser:
        return Browser(self.send, self.portal_url, language=language)

    def send(self, method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        connection = http.client.HTTPConnection(urlsplit(self.portal_url).netloc, timeout=30)
        connection.request(method, path, body.encode() if body else None, headers)
        response = connection.getresponse()
        found: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            found.setdefault(name.lower(), []).append(value)
        text = response.read().decode()
        connection.close()
        return PageAnswer(response.status, found, text)


@dataclass
class Member:
    """A member on a machine of their own: a home directory, a browser, a phone."""

    sandbox: RunningSandbox
    user_name: str
    home: Path
    browser: Browser
    device: Device | None = None
    pages: list[Page] = field(default_factory=list)

    def follow(self, page: Page) -> Page:
        self.pages.append(page)
        return page

    def begin(self, invitation_url: str, **passcode: str) -> Page:
        start = self.follow(self.browser.get("start"))
        token = invitation_url.partition("#")[2]
        return self.follow(self.browser.submit(start.form("start"), token=token, **passcode))

    def scan(self, page: Page) -> Page:
        shown = self.follow(self.browser.submit(page.form("register-device")))
        self.device = Device("".join(shown.by_id["secret-key"].split()))
        return shown

    def enter_codes(self, page: Page) -> Page:
        assert self.device is not None
        code1, code2 = self.device.two_codes()
        return self.follow(self.browser.submit(page.form("codes"), code1=code1, code2=code2))

    def save_files(self, page: Page, daily: str = "prompt") -> None:
        """Issue the access key, choose how to work, and save both files as the pages show them, unedited."""
        page = self.follow(self.browser.submit(page.form("access-key")))
        directory = self.home / ".aws"
        directory.mkdir()
        (directory / "credentials").write_text(page.by_id["credentials-text"])
        page = self.follow(self.browser.get("config"))
        # It offers the other way; a release before this one has no choice.
        for form in page.forms:
            if form.fields.get("daily") == daily:
                page = self.follow(self.browser.submit(form))
        (directory / "config").write_text(page.by_id["config-text"])

    def first_day(self, invitation_url: str, daily: str = "prompt") -> Page:
        """The whole journey; the last page."""
        page = self.enter_codes(self.scan(self.begin(invitation_url)))
        self.save_files(page, daily)
        return self.follow(self.browser.get("done"))

    @property
    def environment(self) -> dict[str, str]:
        return QUIET | {"HOME": str(self.home), "AWS_ENDPOINT_URL": self.sandbox.record["aws_endpoint_url"]}

    def aws(self, *arguments: str, code: str | None = None) -> tuple[int, str]:
        """The real AWS CLI in a terminal: its exit status and all that it showed. ``code`` answers its question."""
        return self.run([str(BIN / "aws"), *arguments], code=code)

    def run(self, command: Sequence[str], *, code: str | None = None, **environment: str) -> tuple[int, str]:
        """Any AWS tool in a terminal, as ``aws`` does it. ``environment`` is added to the member's."""
        program, *arguments = command
        terminal: pexpect.spawn[str] = pexpect.spawn(
            program, arguments, env=self.environment | environment, encoding="utf-8", timeout=60
        )
        shown = ""
        if code is not None:
            terminal.expect([r"Enter MFA code for (\S+): ", "MFA token code: "])
            shown = str(terminal.before) + str(terminal.after)
            terminal.sendline(code)
        terminal.expect(pexpect.EOF)
        terminal.close()
        return terminal.exitstatus or 0, shown + str(terminal.before)

    def forget_role_sessions(self) -> None:
        """Do what an hour's wait would do: the AWS CLI asks again."""
        for cached in (self.home / ".aws" / "cli" / "cache").glob("*.json"):
            cached.unlink()


NewMember = Callable[[str], Member]


def plain(text: str) -> str:
    """Terminal output on one line."""
    return re.sub(r"\s+", " ", text)
