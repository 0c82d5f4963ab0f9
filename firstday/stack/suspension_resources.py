"""The suspension: a function once an hour, which suspends members on their last day and tells what ends soon.

It is always there: a member may be given a last day at any time, and an idle run reads the records once.
"""

from chalicelib.settings.records import Settings
from firstday.stack import function_policies
from firstday.stack.own_functions import Resource, scheduled_function

# Fixed, so that everybody knows whose log and alarm it is: an account has one portal.
FUNCTION_NAME = "firstday-suspension"


def suspension_resources(settings: Settings, retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, its schedule, role and log group."""
    return scheduled_function(
        "Suspension",
        {
            "FunctionName": FUNCTION_NAME,
            "Description": "Suspends members on their last day, and tells what ends soon",
            "Handler": "chalicelib.suspension.handle",
        },
        event="Hourly",
        schedule="rate(1 hour)",
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's suspension may do",
        policy=function_policies.suspension_lambda(has_mail=settings.mail is not None),
        has_mail=settings.mail is not None,
    )
