"""What functions of the embedded AWS have written into their logs."""

import time
from typing import Any

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import root_client


def lines(aws: EmbeddedAWS, function: str, start: str, expected: int) -> list[str]:
    """The lines that begin with ``start``, once there are as many as ``expected``, or after some seconds."""
    found: list[str] = []
    for _ in range(100):
        found = [event["message"] for event in _events(aws, function) if event["message"].startswith(start)]
        if len(found) >= expected:
            break
        time.sleep(0.1)
    return found


def _events(aws: EmbeddedAWS, function: str) -> list[dict[str, Any]]:
    logs = root_client(aws, "logs")
    return [
        event
        for group in logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
