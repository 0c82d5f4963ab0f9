"""Checks the tables that outlive the portal, and the watcher that reports tampering with the audit trail."""

import json
from collections.abc import Iterable, Iterator

from chalicelib.settings.records import Settings
from firstday.doctor import mending, upkeep_findings
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import AuditStream
from firstday.stack.audit_watcher_resources import FUNCTION_NAME, TAMPERING


def check_protection(unprotected: Iterable[str]) -> Iterator[Finding]:
    """Whether nobody can delete the tables by mistake."""
    for name in unprotected:
        message = "Its protection against deletion is off."
        yield upkeep_findings.TABLE_UNPROTECTED.found(name, message, mending.DEPLOY)


def check_watcher(settings: Settings, stream: AuditStream) -> Iterator[Finding]:
    """Whether the watcher is called when somebody changes or removes an audit event."""
    if any(stream.mappings.values()):
        return
    region = ("--region", settings.region)
    if stream.arn is None:
        view = ("--stream-specification", "StreamEnabled=true,StreamViewType=NEW_IMAGE")
        message = "The table has no stream."
        remedies = [
            mending.typed("aws", "dynamodb", "update-table", "--table-name", stream.table, *view, *region),
            "# Then again: firstday doctor",
        ]
    elif stream.mappings:
        message = f"The event source mapping of {FUNCTION_NAME} is turned off."
        on = ("aws", "lambda", "update-event-source-mapping", "--enabled", "--uuid")
        remedies = [mending.typed(*on, uuid, *region) for uuid in stream.mappings]
    else:
        message = f"Nothing calls {FUNCTION_NAME}."
        made = ("aws", "lambda", "create-event-source-mapping", "--function-name", FUNCTION_NAME)
        whence = ("--event-source-arn", stream.arn, "--starting-position", "TRIM_HORIZON", "--batch-size", "10")
        filtered = ("--filter-criteria", json.dumps({"Filters": [{"Pattern": TAMPERING}]}, separators=(",", ":")))
        remedies = [mending.typed(*made, *whence, *filtered, *region)]
    yield upkeep_findings.TRAIL_UNWATCHED.found(stream.table, message, *remedies)
