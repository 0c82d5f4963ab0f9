"""What the functions of the portal may do, in terms of its stack's template; the same for every organisation."""

from chalicelib.arns import (
    baseline_group_arn,
    boundary_arn,
    group_arn,
    iam_arn,
    mfa_arn,
    suspended_group_arn,
    user_arn,
)
from chalicelib.aws.census_table import KEY as CENSUS_KEY
from chalicelib.aws.mail_items import Box
from firstday.stack.mail_policies import in_boxes
from firstday.stack.policies import BELOW, PASSWORD_RULES, STACK, Policy, Resource, allow, arn_of, document, sub
from firstday.stack.protection import Statement

# What an update by the suspension may name of a record: the keys, what it changes, and what it looks at.
OF_SUSPENSIONS = (
    *("directory", "name", "suspended_at", "suspended_by", "suspended_keys"),
    *("until", "offboarding_at"),
)
# The audit table's stream, and the actions that are needed to read one.
AUDIT_STREAM: Resource = {"Fn::GetAtt": ["AuditTable", "StreamArn"]}
STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)

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

# Members' users are those directly under their path, and ``*`` matches slashes as well.
PATHS_BELOW: Statement = {
    "Sid": "PathsBelow",
    "Effect": "Deny",
    "Action": "iam:*",
    "Resource": [sub(user_arn(*STACK, BELOW)), sub(group_arn(*STACK, BELOW))],
}


def portal_lambda() -> Policy:
    """What the portal may do, in terms of its stack's template; the same for every organisation.

    Users only under ``/members/``, created only with the boundary, though others may create some; groups only
    those of Firstday, whoever the user, but not that of held members; nothing under a path below. Audit events are
    put and read, which IAM does not keep from replacing one. ``iam:ListUsers`` and ``iam:ListGroups`` cannot be
    limited: they show all names, and nothing can be changed with them. ``iam:GetAccountPasswordPolicy`` has no
    resource.
    """
    members = sub(user_arn(*STACK, "*"))
    groups = [sub(arn) for arn in (baseline_group_arn(*STACK), suspended_group_arn(*STACK), group_arn(*STACK, "*"))]
    membership = ("iam:AddUserToGroup", "iam:RemoveUserFromGroup")
    devices = ("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice")
    records = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": sub(boundary_arn(*STACK))}}
    trail = [arn_of("AuditTable"), sub("${AuditTable.Arn}/index/*")]
    return document(
        allow("CreateMembers", ("iam:CreateUser",), members) | {"Condition": bounded},
        allow("Members", MEMBER_ACTIONS, members),
        PATHS_BELOW,
        allow("Names", ("iam:ListGroups", "iam:ListUsers"), "*"),
        allow("PasswordRules", (PASSWORD_RULES,), "*"),
        allow("Devices", devices, sub(mfa_arn(*STACK, "*"))),
        allow("Groups", membership, groups),
        allow("LookAtGroups", ("iam:GetGroupPolicy",), sub(group_arn(*STACK, "*"))),
        allow("LookAtRoles", ("iam:GetRole",), sub(iam_arn(*STACK, "role/*"))),
        allow("Records", (*records, "dynamodb:DeleteItem", "dynamodb:Query"), arn_of("MembersTable")),
        allow("Console", records, arn_of("ConsoleTable")),
        allow("Audit", ("dynamodb:PutItem",), arn_of("AuditTable")),
        allow("ReadAudit", ("dynamodb:Query",), trail),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("PortalLogs")),
    )


def sweeper_lambda() -> Policy:
    """What the sweeper may do, in terms of the same template.

    It deletes devices; IAM deletes only unassigned ones. ``iam:ListVirtualMFADevices`` cannot be limited, and
    names the users who have one. It changes no record: ``dynamodb:Attributes`` limits which attributes an update
    may name, in its condition too, but not what it does to them: a role that may clear a hash may set it.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return document(
        allow("DeviceNames", ("iam:ListVirtualMFADevices",), "*"),
        allow("Devices", ("iam:DeleteVirtualMFADevice",), sub(mfa_arn(*STACK, "*"))),
        allow("Records", ("dynamodb:GetItem", "dynamodb:Query"), arn_of("MembersTable")),
        allow("Audit", ("dynamodb:PutItem",), arn_of("AuditTable")),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("SweeperLogs")),
    )


def key_retirement_lambda(*, has_mail: bool = False) -> Policy:
    """What the key retirement may do, in terms of the same template.

    Its code only deactivates. IAM cannot demand that: ``iam:UpdateAccessKey`` is one action for both directions,
    and no condition key tells the status. So at worst, the role activates keys of members again, or deactivates
    them all. It makes no key and sees no secret one, and a key without MFA is denied everything. With mail, it puts
    what is to be sent into that box.
    """
    mail = [in_boxes("Mail", ("dynamodb:PutItem",), Box.WAITING)]
    return document(
        allow("Keys", ("iam:ListAccessKeys", "iam:UpdateAccessKey"), sub(user_arn(*STACK, "*"))),
        PATHS_BELOW,
        allow("Records", ("dynamodb:GetItem", "dynamodb:Query"), arn_of("MembersTable")),
        allow("Audit", ("dynamodb:PutItem",), arn_of("AuditTable")),
        *(mail if has_mail else []),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("KeyRetirementLogs")),
    )


def census_lambda() -> Policy:
    """What the census may do: read the records, and put its one item beside the console's sessions and links.

    ``dynamodb:LeadingKeys`` is the hash key of what is written. ForAllValues would also hold where a request has
    none, but every write has one.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    own_item = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [CENSUS_KEY]}}
    return document(
        allow("Records", ("dynamodb:Query",), arn_of("MembersTable")),
        allow("Census", ("dynamodb:PutItem",), arn_of("ConsoleTable")) | {"Condition": own_item},
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("CensusLogs")),
    )


def suspension_lambda(*, has_mail: bool = False) -> Policy:
    """What the suspension may do, in terms of the same template.

    It puts users into the group that denies everything, and takes nobody out. IAM limits that by the group, not by
    the user: so at worst, every IAM user of the account is denied everything, until an administrator who came
    through a role takes them out. Of a record it may change what says since when somebody is suspended, and so
    clear that, too: the group stays, and the attribute by which a member is resumed is not among them. Keys: as the
    key retirement. With mail, it tells members what ends, and keeps marks of what it has told.
    """
    members = sub(user_arn(*STACK, "*"))
    looking = ("iam:ListAccessKeys", "iam:ListGroupsForUser", "iam:UpdateAccessKey")
    mail = (
        in_boxes("Tell", ("dynamodb:PutItem",), Box.WAITING, Box.TOLD),
        in_boxes("Told", ("dynamodb:GetItem",), Box.TOLD),
    )
    return document(
        allow("Members", looking, members),
        allow("Suspend", ("iam:AddUserToGroup",), sub(suspended_group_arn(*STACK))),
        PATHS_BELOW,
        allow("Records", ("dynamodb:GetItem", "dynamodb:Query"), arn_of("MembersTable")),
        allow("Suspended", ("dynamodb:UpdateItem",), arn_of("MembersTable"))
        | {"Condition": {"ForAllValues:StringEquals": {"dynamodb:Attributes": list(OF_SUSPENSIONS)}}},
        allow("Audit", ("dynamodb:PutItem",), arn_of("AuditTable")),
        *(mail if has_mail else ()),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("SuspensionLogs")),
    )


def key_ageing_lambda(*, has_mail: bool = False) -> Policy:
    """What the key ageing may do, in terms of the same template.

    IAM cannot keep it from activating keys: see ``key_retirement_lambda``. Of a record it changes one attribute,
    which decides nothing else: ``dynamodb:Attributes`` are all that an update names, in its condition too. With
    mail, it puts what is to be sent into that box.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    actions = ("iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey")
    own = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["ageing_keys", "directory", "name"]}}
    mail = [in_boxes("Mail", ("dynamodb:PutItem",), Box.WAITING)]
    return document(
        allow("Keys", actions, sub(user_arn(*STACK, "*"))),
        PATHS_BELOW,
        allow("Records", ("dynamodb:GetItem", "dynamodb:Query"), arn_of("MembersTable")),
        allow("Ages", ("dynamodb:UpdateItem",), arn_of("MembersTable")) | {"Condition": own},
        allow("Audit", ("dynamodb:PutItem",), arn_of("AuditTable")),
        *(mail if has_mail else []),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("KeyAgeingLogs")),
    )


def audit_watcher_lambda(bus: Resource | None = None) -> Policy:
    """What the audit trail's watcher may do: read the stream, write to its log, and to the settings' ``bus``."""
    return document(
        allow("Stream", STREAM_ACTIONS, AUDIT_STREAM),
        *([allow("Bus", ("events:PutEvents",), bus)] if bus else []),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("AuditWatcherLogs")),
    )
