"""The IAM policies, as pure functions that return them as dictionaries.

What each action can be limited to is the Service Authorization Reference's:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
Members' policies are computed from the settings rather than by Fn::Sub, which would
take IAM's ``${aws:username}`` for one of its own variables. Only the id of the portal's API is not in
the settings: the one value with it is an intrinsic function, and names no member.
"""

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.arns import iam_arn, mfa_arn, user_arn
from chalicelib.settings.records import Credentials, Role, Settings, SwitchRoleGroup
from chalicelib.settings.role_patterns import ITSELF, MFA_AND_OWN_NAME, assume_statements
from firstday.stack.protection import Statement, deny_firstday_itself

Policy = dict[str, object]
# An ARN as text, or as an intrinsic function of CloudFormation.
Resource = str | Mapping[str, object]

# The partition and account of the stack, within Fn::Sub.
STACK = ("${AWS::Partition}", "${AWS::AccountId}")
# The portal's API, within Fn::Sub.
PORTAL_API = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${RestAPI}"

# It has no resource to be limited to. The AWS console's page for changing a password asks for it first.
PASSWORD_RULES = "iam:GetAccountPasswordPolicy"  # noqa: S105  # no password
OWN_ACTIONS = ("iam:ChangePassword", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice")
# How old an administrator's MFA code may be when they assume the admin role.
ADMIN_MFA_SECONDS = 3600
# A path below one of Firstday's, which its ``*`` matches as well.
BELOW = "*/*"


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
    """What every member has: the Deny without MFA, themselves, the rules for passwords, and their own page."""
    itself = user_arn(settings.partition, settings.identity_account, ITSELF)
    return document(
        deny_all_except_listed_if_no_mfa(settings.allowed_without_mfa),
        allow("OwnUser", OWN_ACTIONS, itself),
        allow("PasswordRules", (PASSWORD_RULES,), "*"),
        _own_page(),
        *_aws_login(settings),
    )


def member_boundary(settings: Settings) -> Policy:
    """The most that a member can ever do, even with other policies.

    Registering a device, on the member alone where the action can be limited, fetching
    a link to their own page, and switching to the roles of the settings.
    """
    partition, account_id = settings.partition, settings.identity_account
    return document(
        allow("OwnUser", (*OWN_ACTIONS, "iam:EnableMFADevice"), user_arn(partition, account_id, ITSELF)),
        allow("OwnDevice", ("iam:CreateVirtualMFADevice",), mfa_arn(partition, account_id, ITSELF)),
        allow("Unlimited", (PASSWORD_RULES, "iam:ListVirtualMFADevices", "sts:GetSessionToken"), "*"),
        _own_page(),
        *_aws_login(settings),
        *assume_statements(settings.partition, settings.roles, by_pattern=settings.roles_by_pattern),
    )


def switch_role_group(settings: Settings, group: SwitchRoleGroup) -> Policy:
    """Exactly the roles of ``group``, with MFA and the member's own session name.

    Firstday's roles demand both by themselves. Those that others manage may not.
    """
    by_pattern = settings.roles_by_pattern
    return document(
        *assume_statements(settings.partition, group.roles, by_pattern=by_pattern, conditions=MFA_AND_OWN_NAME)
    )


def quarantine_group() -> Policy:
    """Deny everything, even if other policies allow it."""
    return document({"Sid": "Held", "Effect": "Deny", "Action": "*", "Resource": "*"})


def suspended_group() -> Policy:
    """Deny everything, even if other policies allow it, until the member is resumed."""
    return document({"Sid": "Suspended", "Effect": "Deny", "Action": "*", "Resource": "*"})


def role_trust(settings: Settings) -> Policy:
    """Who may assume a role: members, with MFA, under their own name; nobody under a path below theirs."""
    members, below = (user_arn(settings.partition, settings.identity_account, name) for name in ("*", BELOW))
    return _trust(settings, {"ArnLike": {"aws:PrincipalArn": members}, "ArnNotLike": {"aws:PrincipalArn": below}})


def role_permissions(settings: Settings, role: Role) -> Policy:
    """The role's inline policy: its own statements, and the denials that no other policy can lift."""
    return document(*(dict(statement) for statement in role.statements), *deny_firstday_itself(settings, role))


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
    return document(
        admin_api(),
        allow("RunSweeper", ("lambda:InvokeFunction",), arn_of("Sweeper")),
    )


def admin_api() -> Statement:
    """Every route of the portal's admin API."""
    return allow("AdminAPI", ("execute-api:Invoke",), sub(f"{PORTAL_API}/*/*/admin/*"))


def document(*statements: Statement) -> Policy:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Resource | Sequence[Resource]) -> Statement:
    """``actions`` on ``resources``."""
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}


def _own_page() -> Statement:
    """The routes of ``chalicelib/web/api/member_routes.py``, which show callers only their own data."""
    routes = [sub(f"{PORTAL_API}/*/{route}") for route in ("GET/member/*", "POST/member/link")]
    return allow("OwnPage", ("execute-api:Invoke",), routes)


def _aws_login(settings: Settings) -> list[Statement]:
    """What ``aws login`` needs, where members are offered it: the same as a managed policy of AWS's.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/SignInLocalDevelopmentAccess.html
    """
    if Credentials.AWS_LOGIN not in settings.credentials:
        return []
    actions = ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token")
    return [allow("AWSLogin", actions, f"arn:{settings.partition}:signin:*:*:oauth2/public-client/*")]


def _trust(settings: Settings, who: Mapping[str, object]) -> Policy:
    statement: Statement = {
        "Effect": "Allow",
        # The account, so every user that its own policies allow: the same as its root's ARN.
        "Principal": {"AWS": settings.identity_account},
        "Action": "sts:AssumeRole",
        "Condition": {**MFA_AND_OWN_NAME, **who},
    }
    return document(statement)


def sub(text: str) -> Resource:
    """``text``, in which CloudFormation fills in what is in ``${}``."""
    return {"Fn::Sub": text}


def arn_of(logical_id: str) -> Resource:
    """The ARN of a resource of the same template."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}
