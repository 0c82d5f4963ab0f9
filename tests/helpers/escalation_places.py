"""The targets of the attacks on the roles of the portal's functions."""

from typing import Any

from tests.helpers.aws_requests import table_arn
from tests.helpers.lambda_role import IDENTITY, function_of
from tests.helpers.portal_attempts import ADMINISTRATOR, BELOW, GROUP_BELOW, HELD, MEMBER, QUARANTINE
from tests.helpers.running_sandbox import RunningSandbox


def places_of(sandbox: RunningSandbox) -> dict[str, str]:
    """The names of the targets of the attacks."""
    function, dynamodb = function_of(sandbox), sandbox.root("dynamodb")
    sandbox.invite(MEMBER)
    sandbox.root("iam").create_group(GroupName="administrators")
    sandbox.root("iam").attach_group_policy(GroupName="administrators", PolicyArn=ADMINISTRATOR)
    sandbox.invite(HELD)
    sandbox.root("iam").add_user_to_group(GroupName=QUARANTINE, UserName=HELD)
    sandbox.root("iam").create_user(UserName=BELOW, Path="/members/admins/")
    sandbox.root("iam").create_group(GroupName=GROUP_BELOW, Path="/switch-role/admins/")
    key = {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "pk", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName="payroll", AttributeDefinitions=[key[0]], KeySchema=[key[1]], BillingMode="PAY_PER_REQUEST"
    )
    variables = function["Environment"]["Variables"]
    tables = {name: variables[f"{name.upper()}_TABLE"] for name in ("members", "audit")}
    event = event_of_the_member(sandbox, tables["audit"])
    logs = [group["logGroupName"] for group in sandbox.root("logs").describe_log_groups()["logGroups"]]
    return {
        **tables,
        **{f"{name}_arn": table_arn(table) for name, table in tables.items()},
        "event_pk": event["pk"]["S"],
        "event_sk": event["sk"]["S"],
        "function": function["FunctionName"],
        "own_role": function["Role"].rpartition("/")[2],
        "own_role_arn": function["Role"],
        "code_bucket": f"firstday-{IDENTITY}-{sandbox.record['region']}",
        "api": sandbox.root("apigateway").get_rest_apis()["items"][0]["id"],
        "logs": next(name for name in logs if "PortalLogs" in name),
        "access_logs": next(name for name in logs if "AccessLogs" in name),
    }


def event_of_the_member(sandbox: RunningSandbox, table: str) -> dict[str, Any]:
    items = sandbox.root("dynamodb").scan(TableName=table)["Items"]
    return next(item for item in items if item["pk"]["S"] == f"member#{MEMBER}")
