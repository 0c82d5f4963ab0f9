"""The audit trail's watcher: a function that its table's stream calls when an event is changed or removed.

Lambda reads a stream free of charge, and filtered events call no function: it costs nothing while nobody
tampers. A stream is for two readers at most, so the watcher itself writes to the bus, and not a second pipe.
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import json

from chalicelib.settings.records import Settings
from firstday.stack import function_policies, policies
from firstday.stack.event_forwarding import bus_of
from firstday.stack.own_functions import Resource, own_function

FUNCTION_NAME = "firstday-audit-watcher"
# Puts are the portal's own.
TAMPERING = json.dumps({"eventName": ["MODIFY", "REMOVE"]}, separators=(",", ":"))


def audit_watcher_resources(settings: Settings, retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, the mapping that calls it, its role and log group."""
    bus = bus_of(settings)
    return own_function(
        "AuditWatcher",
        _properties(bus),
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the audit trail's watcher may do",
        policy=function_policies.audit_watcher_lambda(bus),
    )


def _properties(bus: policies.Resource | None) -> Resource:
    stream = {
        "Stream": function_policies.AUDIT_STREAM,
        # Rather than LATEST, which may miss what happens in the first minutes.
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 10,
        "FilterCriteria": {"Filters": [{"Pattern": TAMPERING}]},
    }
    return {
        "FunctionName": FUNCTION_NAME,
        "Description": "Sees events of the audit trail being changed or removed",
        "Handler": "chalicelib.audit_watcher.handle",
        "MemorySize": 256,
        "Timeout": 30,
        "Events": {"Tampering": {"Type": "DynamoDB", "Properties": stream}},
        **({"Environment": {"Variables": {"AUDIT_EVENT_BUS": bus}}} if bus else {}),
    }
