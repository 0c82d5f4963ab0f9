"""The reserved concurrency of the portal's function, in its template.

A function with a reservation has exactly as much: other functions cannot starve it, and it cannot starve them.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from chalicelib.settings.records import Settings

Resource = dict[str, object]

# The parameter of the portal's stack, if the settings leave the reservation to the deployment. 0 reserves nothing.
PARAMETER = "ReservedConcurrency"
CONDITION = "HasReservedConcurrency"


def concurrency_property(settings: Settings) -> Resource:
    """The function's ``ReservedConcurrentExecutions``: the number in the settings, else the stack's parameter."""
    limit = settings.maximum_concurrency
    if limit is None:
        given = {"Fn::If": [CONDITION, {"Ref": PARAMETER}, {"Ref": "AWS::NoValue"}]}
        return {"ReservedConcurrentExecutions": given}
    return {"ReservedConcurrentExecutions": limit} if limit else {}


def concurrency_variables(settings: Settings) -> Resource:
    """The function's environment tells it: with few executions, none of them may wait for AWS for long."""
    limit = settings.maximum_concurrency
    return {"RESERVED_CONCURRENCY": {"Ref": PARAMETER} if limit is None else str(limit)}


def concurrency_sections(settings: Settings) -> Resource:
    """The template's ``Parameters`` and ``Conditions``, where the settings leave it to the deployment."""
    if settings.maximum_concurrency is not None:
        return {}
    parameter = {
        "Type": "Number",
        "Description": "Concurrent executions that Lambda reserves for the portal; 0 reserves nothing",
        "Default": 0,
        "MinValue": 0,
    }
    reserves = {"Fn::Not": [{"Fn::Equals": [{"Ref": PARAMETER}, "0"]}]}
    return {"Parameters": {PARAMETER: parameter}, "Conditions": {CONDITION: reserves}}
