"""The denials of members' roles, which no other policy can lift: becoming the portal, and changing it.

CloudFormation names resources without their own name after the stack, so they all begin with ``firstday-``: the
roles of the functions, tables, log groups, alarms. Members' users, groups and boundary have their own paths.
A role with all of IAM can still make another role without such a Deny: that makes it an administrator of the
account.
"""

from collections.abc import Iterator

from chalicelib.arns import MEMBERS_PATH, SWITCH_ROLE_PATH, iam_arn, roles_arn
from chalicelib.audit_watcher import SOURCE
from chalicelib.settings.records import Role, Settings

Statement = dict[str, object]

# The prefix of alarms.py, which comes after this module.
METRIC_NAMESPACE = "Firstday"
# Reading changes nothing. If it shows records, code or logs, the first statement denies it, too.
_LOOKING = (
    *("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"),
    *("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"),
    *("events:Describe*", "events:List*", "iam:Get*", "iam:List*", "iam:Simulate*"),
    *("pipes:Describe*", "pipes:List*", "sns:Get*", "sns:List*", "wafv2:Get*", "wafv2:List*"),
)
# A stack set of docs/stacksets.md is in one account, and its stacks in others; it may change each one's roles.
_CHANGING_ANYWHERE = (
    *("cloudformation:stack/firstday/*", "cloudformation:stack*/firstday-*"),
    "cloudformation:stack/StackSet-firstday-*",
)
# By service, after the account. CloudFormation names pipes and web ACLs after the resource, or the stack and it.
_CHANGING = (
    *_CHANGING_ANYWHERE,
    "cloudwatch:alarm:firstday-*",
    "events:rule/firstday-*",
    *("pipes:pipe/AuditEventPipe-*", "pipes:pipe/firstday*-AuditEventPipe-*"),
    "sns:firstday-*",
    *("wafv2:regional/webacl/Firewall-*", "wafv2:regional/webacl/firstday*-Firewall-*"),
)
_IAM = (
    "role/firstday-*",
    *(f"{kind}{MEMBERS_PATH}*" for kind in ("user", "group", "policy")),
    f"group{SWITCH_ROLE_PATH}*",
    "group/*/firstday-*",
)


def deny_firstday_itself(settings: Settings, role: Role) -> list[Statement]:
    """Deny access to Firstday's code bucket in the role's account, and in the identity account to all of its parts.

    With all of S3, somebody could put other code where the next deployment takes it from, and so become the
    portal; with Lambda and ``iam:PassRole``, give a function of their own the portal's role; with all of DynamoDB
    or Lambda, write the records or the code at once; with all of API Gateway, tell the portal that somebody else
    called it. The API's id is not known here, so all of them. With all of IAM, undo this, or let themselves into a
    role that administers the portal.
    """
    is_identity = role.account_id == settings.identity_account
    changed = [_arn(settings, role, each) for each in (_CHANGING if is_identity else _CHANGING_ANYWHERE)]
    iam = [iam_arn(settings.partition, role.account_id, each) for each in (_IAM if is_identity else ())]
    iam += [
        roles_arn(settings.partition, role.account_id, pattern)
        for pattern in (settings.administrators.patterns if is_identity else ())
    ]
    closed = [f"arn:{settings.partition}:s3:::firstday-{role.account_id}-*"]
    closed += _closed(settings, role) if is_identity else ()
    return [
        _deny("DenyFirstdayItself", {"Action": "*", "Resource": closed}),
        _deny(
            "DenyChangingFirstday",
            {"NotAction": list(_LOOKING), "Resource": [role.arn(settings.partition), *iam, *changed]},
        ),
        *(_forging(settings, role) if is_identity else ()),
    ]


def _closed(settings: Settings, role: Role) -> Iterator[str]:
    for each in ("dynamodb:table/firstday-*", "lambda:function:firstday-*", "logs:log-group:firstday-*"):
        yield _arn(settings, role, each)
    for path in ("restapis*", "domainnames*", "account"):
        yield f"arn:{settings.partition}:apigateway:*::/{path}"


def _forging(settings: Settings, role: Role) -> Iterator[Statement]:
    """What no resource can limit: events and metrics in the portal's name, and events sent to its functions."""
    condition: dict[str, object] = {"ForAnyValue:StringEquals": {"events:source": SOURCE}}
    yield _deny("DenyEvents", {"Action": "events:PutEvents", "Resource": "*", "Condition": condition})
    condition = {"StringEquals": {"cloudwatch:namespace": METRIC_NAMESPACE}}
    yield _deny("DenyMetrics", {"Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": condition})
    condition = {"ArnLike": {"lambda:FunctionArn": _arn(settings, role, "lambda:function:firstday-*")}}
    yield _deny("DenyMappings", {"Action": "lambda:*EventSourceMapping", "Resource": "*", "Condition": condition})


def _arn(settings: Settings, role: Role, written: str) -> str:
    service, _, resource = written.partition(":")
    return f"arn:{settings.partition}:{service}:*:{role.account_id}:{resource}"


def _deny(sid: str, rest: Statement) -> Statement:
    return {"Sid": sid, "Effect": "Deny", **rest}
