"""The sweeper: a function once a day, which removes what abandoned journeys have left in IAM."""

from firstday.stack import function_policies
from firstday.stack.own_functions import Resource, scheduled_function

# Fixed, so that everybody knows what to invoke: an account has one portal.
FUNCTION_NAME = "firstday-sweeper"


def sweeper_resources(retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, its schedule, role and log group."""
    return scheduled_function(
        "Sweeper",
        {
            "FunctionName": FUNCTION_NAME,
            "Description": "Removes what the portal left behind when members stopped halfway",
            "Handler": "chalicelib.sweeper.handle",
        },
        event="Daily",
        schedule="rate(1 day)",
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's sweeper may do",
        policy=function_policies.sweeper_lambda(),
    )
