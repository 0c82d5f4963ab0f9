"""The child process: ministack with the layer on top, served by hypercorn.

Started by ``EmbeddedAWS`` only. It reads one line of JSON from its standard input and serves
until that is closed, which always happens when the parent ends, even if it is killed.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

from firstday.sandbox.aws_keys import RootCredentials
from firstday.sandbox.process.child import READY

# A handler that does not return must not keep the process alive.
_GRACE_SECONDS = 3.0


def main() -> None:
    """Serve what the parent describes: sockets, directory, ports and root credentials."""
    configuration = json.loads(sys.stdin.readline())
    directory = Path(configuration["directory"])
    try:
        asyncio.run(_serve(configuration))
    finally:
        _end_workers()
        shutil.rmtree(directory, ignore_errors=True)
        os._exit(0)  # without waiting for threads of ministack that never end


async def _serve(configuration: dict[str, Any]) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    stopped = asyncio.Event()
    _stop_with_parent(asyncio.get_running_loop(), stopped)
    gate = _build(configuration)
    config = Config()
    config.bind = [f"fd://{number}" for number in configuration["sockets"]]
    config.graceful_timeout = 0.2
    config.keep_alive_timeout = 75
    config.include_server_header = False
    config.loglevel = "WARNING"
    _announce()
    if configuration["runs_schedules"]:
        _start_schedules()
    # The first template that CloudFormation gets needs it, and it takes a while.
    threading.Thread(target=import_module, args=["samtranslator.translator.transform"], daemon=True).start()
    await serve(gate, config, shutdown_trigger=stopped.wait)


def _build(configuration: dict[str, Any]) -> Any:
    """ministack with the layer installed."""
    from ministack import app as ministack_app

    from firstday.sandbox.emulation import layer
    from firstday.sandbox.emulation.gate import Gate
    from firstday.sandbox.emulation.iam.call_rate import IAMCalls

    # ministack's own start would also start a scheduler, a message broker and container reapers.
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=32, thread_name_prefix="embedded-aws"))
    ministack_app._MAIN_LOOP = loop
    roots = tuple(RootCredentials(**root) for root in configuration["roots"])
    switches = {name: configuration[name] for name in ("iam_quota", "lambda_quota", "refused_log_roles")}
    directory = Path(configuration["directory"])
    layer.install(roots, configuration["portal_url"], directory, **switches)
    gate = Gate(
        api_port=configuration["port"],
        portal_port=configuration["portal_port"],
        iam_calls=IAMCalls(directory, configuration["iam_calls_per_second"]),
        directory=directory,
    )
    return _with_lifespan(gate)


def _start_schedules() -> None:
    from firstday.sandbox.emulation.scheduled_rules import fire_for_ever

    threading.Thread(target=fire_for_ever, daemon=True).start()


def _with_lifespan(gate: Any) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await gate(scope, receive, send)
            return
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})

    return application


def _announce() -> None:
    """Tell the parent, then let go of its pipe: from here on everything goes to the log."""
    sys.stdout.write(READY + "\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _stop_with_parent(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    def stop() -> None:
        loop.call_soon_threadsafe(stopped.set)
        watchdog = threading.Timer(_GRACE_SECONDS, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()

    def watch() -> None:
        sys.stdin.read()
        stop()

    threading.Thread(target=watch, daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


def _end_workers() -> None:
    """End the processes in which Lambda functions run."""
    runtime = sys.modules.get("ministack.core.lambda_runtime")
    if runtime is not None:
        runtime.kill_workers([worker for pool in runtime._workers.values() for worker in pool])


if __name__ == "__main__":
    main()
