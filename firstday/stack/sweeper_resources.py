"""The sweeper: a function once a day, which removes what abandoned journeys have left in IAM."""

from firstday.stack import function_policies
from firstday.stack.own_functions import Resource, own_function

# Fixed, so that everybody knows what to invoke: an account has one portal.
FUNCTION_NAME = "firstday-sweeper"


def sweeper_resources(retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, its schedule, role and log group."""
    return own_function(
        "Sweeper",
        _properties(),
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's sweeper may do",
        policy=function_policies.sweeper_lambda(),
    )


def _properties() -> Resource:
    tables = {"MEMBERS_TABLE": {"Ref": "MembersTable"}, "AUDIT_TABLE": {"Ref": "AuditTable"}}
    return {
        "FunctionName": FUNCTION_NAME,
        "Description": "Removes what the portal left behind when members stopped halfway",
        "Handler": "chalicelib.sweeper.handle",
        "MemorySize": 512,
        "Timeout": 120,
        "Environment": {"Variables": tables},
        "Events": {"Daily": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}},
        # An alarm reports a failure, and the next day's run catches up.
        "EventInvokeConfig": {"MaximumRetryAttempts": 0},
    }
