"""The key retirement: a function once an hour, which deactivates access keys that members have replaced."""

from chalicelib.settings.records import Settings
from firstday.stack import function_policies
from firstday.stack.own_functions import Resource, scheduled_function

# Fixed, so that everybody knows whose log and alarm it is: an account has one portal.
FUNCTION_NAME = "firstday-key-retirement"


def key_retirement_resources(settings: Settings, retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, its schedule, role and log group."""
    return scheduled_function(
        "KeyRetirement",
        {
            "FunctionName": FUNCTION_NAME,
            "Description": "Deactivates access keys a day after members have replaced them",
            "Handler": "chalicelib.key_retirement.handle",
        },
        event="Hourly",
        schedule="rate(1 hour)",
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's key retirement may do",
        policy=function_policies.key_retirement_lambda(has_mail=settings.mail is not None),
        has_mail=settings.mail is not None,
    )
