"""The IAM policies, as pure functions that return them as dictionaries.

What each action can be limited to is the Service Authorization Reference's:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
Members' policies are computed from the settings rather than by Fn::Sub, which would
take IAM's ``${aws:username}`` for one of its own variables. Only the id of the portal's API is not in
the settings: the one value with it is an intrinsic function, and names no member.
"""

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.arns import baseline_group_arn, boundary_arn, group_arn, iam_arn, mfa_arn, user_arn
from chalicelib.settings.records import Credentials, Role, Settings, SwitchRoleGroup
from firstday.stack.protection import Statement, deny_firstday_itself

Policy = dict[str, object]
# An ARN as text, or as an intrinsic function of CloudFormation.
Resource = str | Mapping[str, object]

# IAM replaces this with the name of the caller.
ITSELF = "${aws:username}"
# The partition and account of the stack, within Fn::Sub.
STACK = ("${AWS::Partition}", "${AWS::AccountId}")
# The portal's API, within Fn::Sub.
PORTAL_API = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${RestAPI}"

# The audit table's stream, and the actions that are needed to read one.
AUDIT_STREAM: Resource = {"Fn::GetAtt": ["AuditTable", "StreamArn"]}
STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)

# It has no resource to be limited to. The AWS console's page for changing a password asks for it first.
PASSWORD_RULES = "iam:GetAccountPasswordPolicy"  # noqa: S105  # no password
OWN_ACTIONS = ("iam:ChangePassword", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice")
# How old an administrator's MFA code may be when they assume the admin role.
ADMIN_MFA_SECONDS = 3600
# A path below one of Firstday's, which its ``*`` matches as well.
BELOW = "*/*"
# What the journey does to members; then what resetting a lost phone does; then offboarding.
MEMBER_ACTIONS = (
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:DeleteAccessKey",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ResyncMFADevice",
    "iam:DeactivateMFADevice",
    "iam:GetAccessKeyLastUsed",
    "iam:ListGroupsForUser",
    "iam:UpdateAccessKey",
    "iam:DeleteLoginProfile",
    "iam:DeleteSSHPublicKey",
    "iam:DeleteServiceSpecificCredential",
    "iam:DeleteSigningCertificate",
    "iam:DeleteUser",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:GetLoginProfile",
    "iam:ListAttachedUserPolicies",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates",
    "iam:ListUserPolicies",
)


def deny_all_except_listed_if_no_mfa(actions: Iterable[str]) -> Statement:
    """Deny everything but ``actions`` to callers who have not used MFA.

    BoolIfExists rather than Bool: an access key's requests lack the key altogether, and
    are to be denied too.
    """
    return {
        "Sid": "DenyAllExceptListedIfNoMFA",
        "Effect": "Deny",
        "NotAction": list(actions),
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }


def member_baseline(settings: Settings) -> Policy:
    """What every member has: the Deny without MFA, themselves, the rules for passwords, and their config."""
    itself = user_arn(settings.partition, settings.identity_account, ITSELF)
    return _policy(
        deny_all_except_listed_if_no_mfa(settings.allowed_without_mfa),
        _allow("OwnUser", OWN_ACTIONS, itself),
        _allow("PasswordRules", (PASSWORD_RULES,), "*"),
        _own_config(),
        *_aws_login(settings),
    )


def member_boundary(settings: Settings) -> Policy:
    """The most that a member can ever do, even with other policies.

    Registering a device, on the member alone where the action can be limited, fetching
    their config, and switching to the roles of the settings.
    """
    partition, account_id = settings.partition, settings.identity_account
    return _policy(
        _allow("OwnUser", (*OWN_ACTIONS, "iam:EnableMFADevice"), user_arn(partition, account_id, ITSELF)),
        _allow("OwnDevice", ("iam:CreateVirtualMFADevice",), mfa_arn(partition, account_id, ITSELF)),
        _allow("Unlimited", (PASSWORD_RULES, "iam:ListVirtualMFADevices", "sts:GetSessionToken"), "*"),
        _own_config(),
        *_aws_login(settings),
        _assume(settings, settings.roles),
    )


def switch_role_group(settings: Settings, group: SwitchRoleGroup) -> Policy:
    """Exactly the roles of ``group``."""
    return _policy(_assume(settings, group.roles))


def quarantine_group() -> Policy:
    """Deny everything, even if other policies allow it."""
    return _policy({"Sid": "Held", "Effect": "Deny", "Action": "*", "Resource": "*"})


def role_trust(settings: Settings) -> Policy:
    """Who may assume a role: members, with MFA, under their own name; nobody under a path below theirs.

    The name is what CloudTrail shows for the session. Bool rather than BoolIfExists:
    where a request lacks the key, nothing is allowed.
    """
    members, below = (user_arn(settings.partition, settings.identity_account, name) for name in ("*", BELOW))
    return _trust(settings, {"ArnLike": {"aws:PrincipalArn": members}, "ArnNotLike": {"aws:PrincipalArn": below}})


def role_permissions(settings: Settings, role: Role) -> Policy:
    """The role's inline policy: its own statements, and the denials that no other policy can lift."""
    return _policy(*(dict(statement) for statement in role.statements), *deny_firstday_itself(settings, role))


def managed_policy_arn(name: str, partition: str) -> str:
    """The ARN of a managed policy that the settings give by name, or by ARN already."""
    return name if name.startswith("arn:") else iam_arn(partition, "aws", f"policy/{name}")


def admin_role_trust(settings: Settings) -> Policy:
    """Who may administer the portal: users of the identity account, with MFA of the last hour and their name.

    A policy of the user's own has to allow it too. Members never may, nor anybody under a path below theirs.
    A request without MFA has no MFA age, so NumericLessThan is not met.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage
    """
    members = user_arn(settings.partition, settings.identity_account, "*")
    age = {"aws:MultiFactorAuthAge": str(ADMIN_MFA_SECONDS)}
    return _trust(settings, {"NumericLessThan": age, "ArnNotLike": {"aws:PrincipalArn": members}})


def admin_role_permissions() -> Policy:
    """The portal's admin API, in terms of its stack's template, a run of the sweeper, and nothing else in AWS."""
    return _policy(
        _allow("AdminAPI", ("execute-api:Invoke",), _sub(f"{PORTAL_API}/*/*/admin/*")),
        _allow("RunSweeper", ("lambda:InvokeFunction",), _arn_of("Sweeper")),
    )


def portal_lambda() -> Policy:
    """What the portal may do, in terms of its stack's template; the same for every organisation.

    Users only under ``/members/``, created only with the boundary, though others may create some; groups only
    those of Firstday, whoever the user, but not that of held members; nothing under a path below. Audit events are
    put and read, which IAM does not keep from replacing one. ``iam:ListUsers`` and ``iam:ListGroups`` cannot be
    limited: they show all names, and nothing can be changed with them. ``iam:GetAccountPasswordPolicy`` has no
    resource.
    """
    members = _sub(user_arn(*STACK, "*"))
    groups = [_sub(baseline_group_arn(*STACK)), _sub(group_arn(*STACK, "*"))]
    membership = ("iam:AddUserToGroup", "iam:RemoveUserFromGroup")
    devices = ("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice")
    records = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": _sub(boundary_arn(*STACK))}}
    trail = [_arn_of("AuditTable"), _sub("${AuditTable.Arn}/index/*")]
    below = [_sub(user_arn(*STACK, BELOW)), _sub(group_arn(*STACK, BELOW))]
    return _policy(
        _allow("CreateMembers", ("iam:CreateUser",), members) | {"Condition": bounded},
        _allow("Members", MEMBER_ACTIONS, members),
        {"Sid": "PathsBelow", "Effect": "Deny", "Action": "iam:*", "Resource": below},
        _allow("Names", ("iam:ListGroups", "iam:ListUsers"), "*"),
        _allow("PasswordRules", (PASSWORD_RULES,), "*"),
        _allow("Devices", devices, _sub(mfa_arn(*STACK, "*"))),
        _allow("Groups", membership, groups),
        _allow("LookAtGroups", ("iam:GetGroupPolicy",), _sub(group_arn(*STACK, "*"))),
        _allow("LookAtRoles", ("iam:GetRole",), _sub(iam_arn(*STACK, "role/*"))),
        _allow("Records", (*records, "dynamodb:DeleteItem", "dynamodb:Query"), _arn_of("MembersTable")),
        _allow("Console", records, _arn_of("ConsoleTable")),
        _allow("Audit", ("dynamodb:PutItem",), _arn_of("AuditTable")),
        _allow("ReadAudit", ("dynamodb:Query",), trail),
        _allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), _arn_of("PortalLogs")),
    )


def sweeper_lambda() -> Policy:
    """What the sweeper may do, in terms of the same template.

    It deletes devices; IAM deletes only unassigned ones. ``iam:ListVirtualMFADevices`` cannot be limited, and
    names the users who have one. It changes no record: ``dynamodb:Attributes`` limits which attributes an update
    may name, in its condition too, but not what it does to them: a role that may clear a hash may set it.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return _policy(
        _allow("DeviceNames", ("iam:ListVirtualMFADevices",), "*"),
        _allow("Devices", ("iam:DeleteVirtualMFADevice",), _sub(mfa_arn(*STACK, "*"))),
        _allow("Records", ("dynamodb:GetItem", "dynamodb:Query"), _arn_of("MembersTable")),
        _allow("Audit", ("dynamodb:PutItem",), _arn_of("AuditTable")),
        _allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), _arn_of("SweeperLogs")),
    )


def audit_watcher_lambda(bus: Resource | None = None) -> Policy:
    """What the audit trail's watcher may do: read the stream, write to its log, and to the settings' ``bus``."""
    return _policy(
        _allow("Stream", STREAM_ACTIONS, AUDIT_STREAM),
        *([_allow("Bus", ("events:PutEvents",), bus)] if bus else []),
        _allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), _arn_of("AuditWatcherLogs")),
    )


def _policy(*statements: Statement) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: Sequence[str], resources: Resource | Sequence[Resource]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}


def _own_config() -> Statement:
    """The routes of ``chalicelib/web/api/member_routes.py``, which show callers only their own data."""
    return _allow("OwnConfig", ("execute-api:Invoke",), _sub(f"{PORTAL_API}/*/GET/member/*"))


def _aws_login(settings: Settings) -> list[Statement]:
    """What ``aws login`` needs, where members are offered it: the same as a managed policy of AWS's.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/SignInLocalDevelopmentAccess.html
    """
    if Credentials.AWS_LOGIN not in settings.credentials:
        return []
    actions = ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token")
    return [_allow("AWSLogin", actions, f"arn:{settings.partition}:signin:*:*:oauth2/public-client/*")]


def _assume(settings: Settings, roles: Iterable[Role]) -> Statement:
    return _allow("SwitchRole", ("sts:AssumeRole",), [role.arn(settings.partition) for role in roles])


def _trust(settings: Settings, who: Mapping[str, object]) -> Policy:
    statement: Statement = {
        "Effect": "Allow",
        # The account, so every user that its own policies allow: the same as its root's ARN.
        "Principal": {"AWS": settings.identity_account},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "StringLike": {"sts:RoleSessionName": ITSELF},
            **who,
        },
    }
    return _policy(statement)


def _sub(text: str) -> Resource:
    return {"Fn::Sub": text}


def _arn_of(logical_id: str) -> Resource:
    return {"Fn::GetAtt": [logical_id, "Arn"]}
