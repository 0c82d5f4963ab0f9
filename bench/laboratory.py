"""Everything a measurement needs, side by side: the unpacked programs, the fake AWS, the Runtime API."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import certificate, programs, runtime_api
from bench.cpu_share import Share
from bench.installing import CACHE, LAMBDAS, ROOT, Installed, installed
from bench.programs import Program
from bench.runtime_api import RuntimeAPI

TABLES = {"MEMBERS_TABLE": "members", "AUDIT_TABLE": "audit", "CONSOLE_TABLE": "console"}
# Those of Lambda: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
LAMBDA = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0123456789abcdef",
    "AWS_REGION": "ap-northeast-1",
    "AWS_SECRET_ACCESS_KEY": "of-no-use",
    "AWS_SESSION_TOKEN": "of-no-use-either" * 20,
    "HOME": "/nowhere",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin/:/bin",
    "TZ": ":UTC",
}
RUN = ("-S", "-m", "awslambdaric")


@dataclass
class Laboratory:
    """``urls`` are the fake AWS's addresses: for each distance, by service. ``api`` is that of what was started."""

    python: Installed
    programs: list[Program]
    runtime: Path
    urls: dict[str, dict[str, str]]
    api: RuntimeAPI = field(init=False)

    @contextmanager
    def started(
        self,
        program: Program,
        *,
        distance: str = "near",
        before: Sequence[str] = (),
        run: Sequence[str] = RUN,
        share: Share | None = None,
        listens: bool = False,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A fresh process of the program, until the block ends.

        ``before`` is put in front of its command. ``listens``: its standard error is kept for
        the caller. ``share`` is the part of a processor that it has from its first request on.
        """
        with runtime_api.serving(share.slow if share else lambda: None) as self.api:
            yield from self._run(program, distance, before, run, share, listens=listens)

    def _run(
        self,
        program: Program,
        distance: str,
        before: Sequence[str],
        run: Sequence[str],
        share: Share | None,
        *,
        listens: bool,
    ) -> Iterator[subprocess.Popen[bytes]]:
        environment = {
            **LAMBDA,
            **TABLES,
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "LAMBDA_TASK_ROOT": str(program.root),
            "LAMBDA_RUNTIME_DIR": str(self.runtime),
            "PYTHONPATH": str(self.runtime),
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's folders are read-only
            **{f"AWS_ENDPOINT_URL_{service.upper()}": url for service, url in self.urls[distance].items()},
        }
        command = [*before, self.python.base, *run, program.handler]
        with subprocess.Popen(
            command,
            cwd=program.root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if listens else subprocess.DEVNULL,
            preexec_fn=share.join if share else None,
        ) as process:
            self.api.is_running = lambda: process.poll() is None
            try:
                yield process
            finally:
                process.terminate()
                if share:
                    share.full()


@contextmanager
def open_laboratory(against: str | None = None) -> Iterator[Laboratory]:
    python = installed()
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE, prefix="run-") as temporary:
        folder = Path(temporary)
        found = [
            programs.peer(python, name, folder / f"peer-{number}") for number, name in enumerate(programs.WRITTEN)
        ]
        found.insert(1, programs.firstday(python, folder / "firstday"))
        if against:
            found.insert(2, programs.firstday(python, folder / "against", against))
        runtime = folder / "runtime"
        python.copy(LAMBDAS, runtime)
        programs.compile_all(python, runtime)
        trusted = certificate.write(folder / "chain.pem")
        for root in [runtime, *(program.root for program in found)]:
            programs.trust(root, trusted)
        with _fake_aws(folder / "chain.pem") as urls:
            yield Laboratory(python, found, runtime, urls)


@contextmanager
def _fake_aws(chain: Path) -> Iterator[dict[str, dict[str, str]]]:
    command = [sys.executable, "-m", "bench.fake_aws", str(chain)]
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield json.loads(process.stdout.readline() if process.stdout else b"")
        finally:
            process.communicate()  # its input ends
