"""The embedded AWS: ministack in a child process of its own, on 127.0.0.1 only.

    with EmbeddedAWS(accounts=("123456789012",), region="ap-northeast-1") as aws:
        aws.session("123456789012").client("iam")

It keeps nothing: its files are in a directory that goes with it. It ends when its parent
does, even when that is killed, and so do the processes in which Lambda functions run.
"""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

from firstday.sandbox.aws_keys import RootCredentials, new_root_credentials
from firstday.sandbox.errors import EmbeddedAWSFailed, UntriedVersion
from firstday.sandbox.process import child, ses_settings
from firstday.sandbox.process.marks import Marks, write
from firstday.sandbox.process.ses_settings import SESSettings

if TYPE_CHECKING:
    from firstday.sandbox.process.root_session import RootSession

TRIED_MINISTACK = "1.5.33"
DEFAULT_PORT = 4566
DEFAULT_PORTAL_PORT = 8000
_START_SECONDS = 60.0


class EmbeddedAWS:
    """An AWS endpoint for ``accounts``; the first is the identity account, where the portal is."""

    def __init__(
        self,
        *,
        accounts: Sequence[str],
        region: str,
        port: int = DEFAULT_PORT,
        portal_port: int = DEFAULT_PORTAL_PORT,
        directory: Path | None = None,
        iam_calls_per_second: float | None = None,
        iam_quota: int = 5000,
        lambda_quota: int = 1000,
        refused_log_roles: int = 0,
        runs_schedules: bool = False,
    ) -> None:
        """``directory`` is where the directory of this run is made; the system's place by default.

        A port of 0 takes a free one, known once the embedded AWS is launched. IAM calls beyond
        ``iam_calls_per_second``, with bursts of as many, are refused as AWS refuses them; None is no limit.
        An account can have ``iam_quota`` users, and as many virtual MFA devices. Of ``lambda_quota``
        concurrent executions, functions can reserve all but 100. The first ``refused_log_roles`` roles for API
        Gateway's logs are refused, as too new. With ``runs_schedules``, the scheduled rules of EventBridge start
        functions by its clock.
        """
        self.region = region
        self.port = port
        self.portal_port = portal_port
        self._iam_calls_per_second = iam_calls_per_second
        self._iam_quota = iam_quota
        self._lambda_quota = lambda_quota
        self._refused_log_roles = refused_log_roles
        self._runs_schedules = runs_schedules
        self._parent_directory = directory
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._seconds_ahead = 0.0
        self._is_ready = False
        self._roots = {account: new_root_credentials(account) for account in accounts}

    @property
    def endpoint_url(self) -> str:
        """The value for AWS_ENDPOINT_URL, and for ``endpoint_url`` in ~/.aws/config."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def portal_url(self) -> str:
        """Where the API that was deployed last in the identity account answers; without a final slash."""
        return f"http://127.0.0.1:{self.portal_port}"

    @property
    def log_path(self) -> Path:
        """The log of the embedded AWS, while it runs. Functions log to CloudWatch Logs."""
        return self._running_directory / "embedded-aws.log"

    def iam_calls(self) -> dict[str, int]:
        """How many IAM calls reached it since it was started, from all callers.

        ``calls`` counts all of them, ``throttled`` those among them that were refused for the
        rate. CloudFormation's own work is not counted. The difference of two readings is
        the number of calls between them. Works from ``wait_until_ready`` on.
        """
        counts: dict[str, int] = json.loads((self._running_directory / child.IAM_CALLS).read_text())
        return counts

    @contextlib.contextmanager
    def iam_refusing(self) -> Iterator[None]:
        """While it lasts, every IAM call is refused for the rate, as when others in the account make too many."""
        mark = self._running_directory / child.IAM_REFUSES
        mark.touch()
        try:
            yield
        finally:
            mark.unlink()

    def mark(self, marks: Marks) -> None:
        """Have IAM know what its API cannot be told; the next call of IAM sees it."""
        write(self._running_directory, marks)

    def set_ses(self, settings: SESSettings) -> None:
        """Have SES go by these settings from the next call on."""
        ses_settings.write(self._running_directory, settings)

    @property
    def mail_directory(self) -> Path:
        """Where the mail is that SES took, for ``caught_mail``; not there before the first one."""
        return self._running_directory / child.MAIL

    @property
    def mail_url(self) -> str:
        """The page that shows it."""
        return f"{self.endpoint_url}/_firstday/mail"

    @property
    def now(self) -> float:
        """The time of its clock, in seconds since 1970."""
        return time.time() + self._seconds_ahead

    def move_clock(self, *, hours: float) -> None:
        """Let so many hours pass for AWS and for the deployed functions, at once.

        With ``runs_schedules``, every schedule that would have fired meanwhile fires once, within seconds.

        Clients and phones are outside, and their clocks stay: AWS takes signatures and codes of the real time, too.
        A client that keeps a session, as the AWS CLI does, takes it for as young as before.
        """
        self._seconds_ahead += hours * 3600
        child.set_clock(self._running_directory, self._seconds_ahead)

    @property
    def process_id(self) -> int | None:
        """The child process, while it runs."""
        return self._process.pid if self._process else None

    @property
    def _running_directory(self) -> Path:
        if self._directory is None:
            raise EmbeddedAWSFailed("The embedded AWS is not running.")
        return self._directory

    def root_credentials(self, account_id: str) -> RootCredentials:
        """The random key of the account's root user."""
        return self._roots[account_id]

    def session(self, account_id: str) -> "RootSession":
        """A session of the account's root user, for this endpoint even if the user's settings name another."""
        from firstday.sandbox.process.root_session import RootSession

        return RootSession(self._roots[account_id], region=self.region, endpoint_url=self.endpoint_url)

    def start(self) -> None:
        """Launch and wait until it serves. Raises PortTaken, UntriedVersion or EmbeddedAWSFailed."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the child process; requests wait from now on until it is ready."""
        check_version(version("ministack"))
        with contextlib.ExitStack() as closing:
            sockets = [
                closing.enter_context(child.listen(self.port, "--port")),
                closing.enter_context(child.listen(self.portal_port, "--portal-port")),
            ]
            self.port, self.portal_port = (listening.getsockname()[1] for listening in sockets)
            self._directory = Path(tempfile.mkdtemp(prefix="firstday-aws-", dir=self._parent_directory))
            self._seconds_ahead, self._is_ready = 0.0, False
            child.set_clock(self._directory, self._seconds_ahead)
            self._spawn(self._directory, [listening.fileno() for listening in sockets])

    def _spawn(self, directory: Path, sockets: list[int]) -> None:
        configuration = {
            "directory": str(directory),
            "sockets": sockets,
            "port": self.port,
            "portal_port": self.portal_port,
            "portal_url": self.portal_url,
            "iam_calls_per_second": self._iam_calls_per_second,
            "iam_quota": self._iam_quota,
            "lambda_quota": self._lambda_quota,
            "refused_log_roles": self._refused_log_roles,
            "runs_schedules": self._runs_schedules,
            "roots": [root.as_dict() for root in self._roots.values()],
        }
        variables = child.environment(
            directory,
            AUTH="true",
            GATEWAY_PORT=str(self.port),
            MINISTACK_ACCOUNT_ID=next(iter(self._roots)),
            MINISTACK_REGION=self.region,
            LAMBDA_EXECUTOR="local",
            DOCKER_HOST=f"unix://{directory}/no-docker",
            AWS_EC2_METADATA_DISABLED="true",
            LOG_LEVEL="WARNING",
        )
        self._process = child.spawn(configuration, variables, sockets, self.log_path)

    def wait_until_ready(self) -> None:
        """Return once requests are served; EmbeddedAWSFailed with the end of the log if that fails."""
        if self._is_ready:
            return
        self._is_ready = self._process is not None and child.is_ready(self._process, _START_SECONDS)
        if not self._is_ready:
            log = self.log_path.read_text(errors="replace")[-2000:]
            self.stop()
            raise EmbeddedAWSFailed(f"The embedded AWS did not start:\n{log}")

    def stop(self) -> None:
        """End the embedded AWS with all that it started, and remove its files."""
        process, self._process, self._is_ready = self._process, None, False
        if process is not None:
            child.end(process)
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def check_version(found: str) -> None:
    """Raise UntriedVersion for a version of ministack that nobody compared with the layer."""
    if found != TRIED_MINISTACK:
        raise UntriedVersion(found, TRIED_MINISTACK)
