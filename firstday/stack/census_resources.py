"""The census: a function once an hour, which counts the members for the first page of the console."""

from firstday.stack import function_policies
from firstday.stack.own_functions import Resource, scheduled_function

# Fixed, so that everybody knows whose log it is: an account has one portal.
FUNCTION_NAME = "firstday-census"


def census_resources(retention_days: int, runtime: str) -> dict[str, Resource]:
    """The function, its schedule, role and log group.

    No alarm: the page says how old its numbers are.
    """
    tables = {"MEMBERS_TABLE": {"Ref": "MembersTable"}, "CONSOLE_TABLE": {"Ref": "ConsoleTable"}}
    return scheduled_function(
        "Census",
        {
            "FunctionName": FUNCTION_NAME,
            "Description": "Counts the members for the first page of the console",
            "Handler": "chalicelib.census_run.handle",
            "Environment": {"Variables": tables},
        },
        event="Hourly",
        schedule="rate(1 hour)",
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's census may do",
        policy=function_policies.census_lambda(),
    )
