"""The embedded AWS: ministack in a child process of its own, on 127.0.0.1 only.

    with EmbeddedAWS(accounts=("123456789012",), region="ap-northeast-1") as aws:
        aws.session("123456789012").client("iam")

It keeps nothing: its files are in a directory that goes with it. It ends when its parent
does, even when that is killed, and so do the processes in which Lambda functions run.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .errors import EmbeddedAWSFailed, PortTaken, UntriedVersion
from .keys import RootCredentials, new_root_credentials

if TYPE_CHECKING:
    from .root_session import RootSession

TRIED_MINISTACK = "1.5.33"
DEFAULT_PORT = 4566
DEFAULT_PORTAL_PORT = 8000
_REPOSITORY = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0
_STOP_SECONDS = 6.0
# All that the child gets of the user's environment: no AWS settings, no proxies.
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT")


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
    ) -> None:
        """``directory`` is where the directory of this run is made; the system's place by default.

        A port of 0 takes a free one, known once the embedded AWS is launched.
        """
        self.region = region
        self.port = port
        self.portal_port = portal_port
        self._parent_directory = directory
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._roots = {account: new_root_credentials(account) for account in accounts}

    @property
    def endpoint_url(self) -> str:
        """What AWS_ENDPOINT_URL and ``endpoint_url`` in ~/.aws/config have to be."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def portal_url(self) -> str:
        """Where the API mapped to ``portal_listener.DOMAIN`` answers; without a final slash."""
        return f"http://127.0.0.1:{self.portal_port}"

    @property
    def log_path(self) -> Path:
        """The log of the embedded AWS, while it runs. Functions log to CloudWatch Logs."""
        return self._existing_directory / "embedded-aws.log"

    def root_credentials(self, account_id: str) -> RootCredentials:
        """The random key of the account's root user."""
        return self._roots[account_id]

    def session(self, account_id: str) -> "RootSession":
        """A session of the account's root user, for this endpoint whatever the user's settings say."""
        from .root_session import RootSession

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
                closing.enter_context(_listen(self.port, "--port")),
                closing.enter_context(_listen(self.portal_port, "--portal-port")),
            ]
            self.port, self.portal_port = (listening.getsockname()[1] for listening in sockets)
            self._directory = Path(tempfile.mkdtemp(prefix="firstday-aws-", dir=self._parent_directory))
            self._process = self._spawn([listening.fileno() for listening in sockets])

    def _spawn(self, numbers: list[int]) -> subprocess.Popen[bytes]:
        configuration = {
            "directory": str(self._existing_directory),
            "sockets": numbers,
            "port": self.port,
            "portal_port": self.portal_port,
            "roots": [root.as_dict() for root in self._roots.values()],
        }
        with self.log_path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "firstday.sandbox.server"],
                cwd=_REPOSITORY,
                env=self._environment(self._existing_directory),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=numbers,
                start_new_session=True,  # Ctrl-C is the parent's business
            )
        # By standard input, since an environment and a command line can be read by others.
        if process.stdin is not None:
            process.stdin.write(json.dumps(configuration).encode() + b"\n")
            process.stdin.flush()
        return process

    def _environment(self, directory: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        return kept | {
            "AUTH": "true",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_ACCOUNT_ID": next(iter(self._roots)),
            "MINISTACK_REGION": self.region,
            "LAMBDA_EXECUTOR": "local",
            "DOCKER_HOST": f"unix://{directory}/no-docker",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "LOG_LEVEL": "WARNING",
        }

    def wait_until_ready(self, seconds: float = _START_SECONDS) -> None:
        """Return once requests are served; EmbeddedAWSFailed with the end of the log if that fails."""
        if self._process is None or self._process.stdout is None:
            raise EmbeddedAWSFailed("The embedded AWS was not launched.")
        with self._process.stdout as stdout, selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            line = stdout.readline() if selector.select(seconds) else b""
        if line.strip() != b"ready":
            log = self.log_path.read_text(errors="replace")[-2000:]
            self.stop()
            raise EmbeddedAWSFailed(f"The embedded AWS did not start:\n{log}")

    def stop(self) -> None:
        """End the embedded AWS with all that it started, and remove its files."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    @property
    def _existing_directory(self) -> Path:
        if self._directory is None:
            raise EmbeddedAWSFailed("The embedded AWS is not running.")
        return self._directory

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def check_version(found: str) -> None:
    """Raise UntriedVersion for a ministack whose internals nobody compared with the layer."""
    if found != TRIED_MINISTACK:
        raise UntriedVersion(found, TRIED_MINISTACK)


def _listen(port: int, option: str) -> socket.socket:
    """A listening socket, so that the port is ours before anything is started."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PortTaken(port, option) from error
    return listening


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the child's standard input, which ends it, and kill what is left of its session."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
