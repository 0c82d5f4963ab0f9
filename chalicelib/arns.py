"""Names, paths and ARNs of what Firstday keeps in IAM.

The portal's policies limit by path: everything that may be
done to a member is allowed on ``user/members/*`` and on nothing else. In IAM, that ``*``
matches slashes, too, so the policies also deny it on paths below this one: nobody there is a member.
"""

import re
from fnmatch import fnmatchcase

MEMBERS_PATH = "/members/"
SWITCH_ROLE_PATH = "/switch-role/"
BASELINE_GROUP = "firstday-members"
# Not under a path of the portal: an administrator of IAM puts members in, and the portal's role takes nobody out.
QUARANTINE_PATH = "/quarantine/"
QUARANTINE_GROUP = "firstday-quarantine"
# The portal puts members in whose access has ended for the time being, and takes them out again.
SUSPENDED_PATH = "/suspended/"
SUSPENDED_GROUP = "firstday-suspended"
BOUNDARY_NAME = "firstday-member-boundary"
# The one inline policy of a group or role, as the stacks call it.
INLINE_POLICY_NAME = "firstday"
ADMIN_ROLE_NAME = "firstday-admin"

_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumedRoleUser.html
_ROLE_SESSION = re.compile(
    r"arn:(?P<partition>[a-z-]+):sts::(?P<account_id>[0-9]{12}):assumed-role"
    r"/(?P<role_name>[\w+=,.@-]{1,64})/[\w+=,.@-]{2,64}",
    re.ASCII,
)


def partition_of(region: str) -> str:
    """The partition a region is in, which its ARNs begin with."""
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def iam_arn(partition: str, account_id: str, resource: str) -> str:
    """The ARN of an IAM resource, which has no region; ``resource`` is like ``user/members/jane``."""
    return f"arn:{partition}:iam::{account_id}:{resource}"


def user_arn(partition: str, account_id: str, user_name: str) -> str:
    """The ARN of a member's IAM user; ``*`` or a policy variable may stand for the name."""
    return iam_arn(partition, account_id, f"user{MEMBERS_PATH}{user_name}")


def mfa_arn(partition: str, account_id: str, device_name: str) -> str:
    """The ARN, so the serial number, of a virtual MFA device at the path "/"."""
    return iam_arn(partition, account_id, f"mfa/{device_name}")


def device_name_of(serial_number: str) -> str:
    """The name of a device: authenticator apps call those of the portal so."""
    return serial_number.rpartition("/")[2]


def group_arn(partition: str, account_id: str, group_name: str) -> str:
    """The ARN of a switch-role group."""
    return iam_arn(partition, account_id, f"group{SWITCH_ROLE_PATH}{group_name}")


def baseline_group_arn(partition: str, account_id: str) -> str:
    """The ARN of the group that every member is in."""
    return iam_arn(partition, account_id, f"group{MEMBERS_PATH}{BASELINE_GROUP}")


def quarantine_group_arn(partition: str, account_id: str) -> str:
    """The ARN of the group that denies everything to the members that an administrator of IAM holds."""
    return iam_arn(partition, account_id, f"group{QUARANTINE_PATH}{QUARANTINE_GROUP}")


def suspended_group_arn(partition: str, account_id: str) -> str:
    """The ARN of the group that denies everything to suspended members."""
    return iam_arn(partition, account_id, f"group{SUSPENDED_PATH}{SUSPENDED_GROUP}")


def boundary_arn(partition: str, account_id: str) -> str:
    """The ARN of the permissions boundary that every member has."""
    return iam_arn(partition, account_id, f"policy{MEMBERS_PATH}{BOUNDARY_NAME}")


def matches_role(pattern: str, role_name: str) -> bool:
    """Whether a pattern of the settings means the role: ``*`` and ``?`` are wildcards, and capitals count."""
    return fnmatchcase(role_name, pattern)


def roles_arn(partition: str, account_id: str, pattern: str) -> str:
    """The ARN of all roles that a pattern of the settings means, under any path; IAM's ``*`` matches slashes."""
    return iam_arn(partition, account_id, f"role*/{pattern}")


def role_of_session(arn: str, partition: str, account_id: str) -> str | None:
    """The name of the role of that account whose session the caller ``arn`` is, its path left out as AWS does.

    None for everybody else: users, root, federated users, sessions of another account's roles.
    """
    found = _ROLE_SESSION.fullmatch(arn)
    if found is None or (found["partition"], found["account_id"]) != (partition, account_id):
        return None
    return found["role_name"]


def is_admin_session(arn: str, partition: str, account_id: str) -> bool:
    """Whether the caller ``arn`` is a session of the portal's admin role, whose trust policy insists on MFA."""
    return role_of_session(arn, partition, account_id) == ADMIN_ROLE_NAME
