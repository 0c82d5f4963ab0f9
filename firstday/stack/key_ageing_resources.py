"""The key ageing: a function once a day, which tells of access keys that age, and ends them."""

from chalicelib.settings.records import Settings
from firstday.stack import function_policies
from firstday.stack.own_functions import Resource, scheduled_function

# Fixed, so that everybody knows whose log and alarm it is: an account has one portal.
FUNCTION_NAME = "firstday-key-ageing"
# It asks IAM about every member: 5,000 take some minutes, and Lambda allows a quarter of an hour.
LONGEST_RUN_SECONDS = 900


def key_ageing_resources(settings: Settings, retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, its schedule, role and log group; nothing where keys do not age."""
    if not settings.access_key_days:
        return {}
    return scheduled_function(
        "KeyAgeing",
        {
            "FunctionName": FUNCTION_NAME,
            "Description": "Tells members of access keys that age, and ends these keys",
            "Handler": "chalicelib.key_ageing.handle",
            "Timeout": LONGEST_RUN_SECONDS,
        },
        event="Daily",
        schedule="rate(1 day)",
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's key ageing may do",
        policy=function_policies.key_ageing_lambda(has_mail=settings.mail is not None),
        has_mail=settings.mail is not None,
    )
