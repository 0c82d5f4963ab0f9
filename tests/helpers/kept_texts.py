"""Every text that a sandbox keeps, to look for secrets in it."""

import json
from collections.abc import Iterator

from tests.helpers.running_sandbox import RunningSandbox


def kept(sandbox: RunningSandbox) -> Iterator[tuple[str, str]]:
    """All that the portal logged or stored: (where, text)."""
    yield "the log of the embedded AWS", sandbox.aws.log_path.read_text(errors="replace")
    logs = sandbox.root("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
            yield name, "\n".join(event["message"] for event in page["events"])
    dynamodb = sandbox.root("dynamodb")
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            yield table, json.dumps(page["Items"])
