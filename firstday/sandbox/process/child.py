"""The child process from its parent's side: its sockets, its environment, its end."""

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from firstday.sandbox.errors import PortTaken

READY = "ready"
# Where the child keeps count of IAM calls, in its directory.
IAM_CALLS = "iam-calls.json"
# While there is a file of this name, IAM refuses every call for its rate.
IAM_REFUSES = "iam-refuses"
# How many seconds its clock is ahead of this machine's; see ``firstday/sandbox/moved_clock``.
CLOCK = "clock"
# The folder of the mail that SES took.
MAIL = "mail"
_REPOSITORY = Path(__file__).resolve().parents[3]
_MOVED_CLOCK = Path(__file__).resolve().parents[1] / "moved_clock"
_STOP_SECONDS = 6.0
# The only variables of the user's environment that the child gets: no AWS settings, no proxies.
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE")


def listen(port: int, option: str) -> socket.socket:
    """A listening socket, so that the port is ours before anything is started. Raises PortTaken."""
    with socket.socket() as probe:  # some systems let two programs bind what one of them listens on
        if port and probe.connect_ex(("127.0.0.1", port)) == 0:
            raise PortTaken(port, option)
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PortTaken(port, option) from error
    return listening


def environment(directory: Path, **settings: str) -> dict[str, str]:
    """The child's environment: its home, its temporary files and its clock are in ``directory``."""
    clock = {"PYTHONPATH": str(_MOVED_CLOCK), "FIRSTDAY_CLOCK": str(directory / CLOCK)}
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"HOME": str(directory), "TMPDIR": str(directory)} | clock | settings


def set_clock(directory: Path, seconds_ahead: float) -> None:
    """Set the clock of the child and of its functions; it is read from memory that this file is mapped into."""
    # Not truncated: while it is empty, a process that reads it would end.
    with os.fdopen(os.open(directory / CLOCK, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(struct.pack("d", seconds_ahead))


def spawn(
    configuration: Mapping[str, Any], variables: Mapping[str, str], sockets: Sequence[int], log_path: Path
) -> subprocess.Popen[bytes]:
    """Start the child with these sockets and tell it its configuration, which holds secrets."""
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "firstday.sandbox.emulation.server"],
            cwd=_REPOSITORY,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=sockets,
            start_new_session=True,  # Ctrl-C is the parent's business
        )
    # By standard input, since an environment and a command line can be read by others.
    if process.stdin is not None:
        process.stdin.write(json.dumps(configuration).encode() + b"\n")
        process.stdin.flush()
    return process


def is_ready(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the child's word that it serves; False if it ends or says nothing in time."""
    if process.stdout is None or process.stdout.closed:
        return False
    with process.stdout as stdout, selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        line = stdout.readline() if selector.select(seconds) else b""
    return line.decode().strip() == READY


def end(process: subprocess.Popen[bytes]) -> None:
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
