"""Every kind of finding; ``CHECKS`` are in the order in which people read them, as is docs/doctor.md."""

from firstday.doctor.findings import Check, Severity

ERROR, WARNING, NOTE = Severity

DETAILS = "iam:GetAccountAuthorizationDetails"
ROLE = "iam:GetRole"
DEVICES = "iam:ListVirtualMFADevices"
OWN_DEVICES = "iam:ListMFADevices"
KEYS = "iam:ListAccessKeys"
PASSWORD_POLICY = "iam:GetAccountPasswordPolicy"  # noqa: S105  # no password
RECORDS = "dynamodb:Query"
# Also knows the organisation's policies; answers about roles that it is asked for by their ARN.
SIMULATION = "iam:SimulatePrincipalPolicy"
# Tells where the members table is; without it, there is nothing to compare with.
STACK = "cloudformation:DescribeStacks"
# The same of an account's roles, where the settings have none for it.
ROLES_STACK = f"{STACK} (firstday-roles)"
# Tells what somebody has deleted by hand from what was never deployed.
STACK_RESOURCES = "cloudformation:ListStackResources"
TABLES = "dynamodb:DescribeTable"
MAPPINGS = "lambda:ListEventSourceMappings"

WRONG_ACCOUNT = Check(
    "wrong-account",
    ERROR,
    "The credentials are for another account",
    "Whatever was found there would say nothing about this organisation, so nothing was looked at.",
)
NO_PORTAL = Check(
    "no-portal",
    ERROR,
    "The portal is not deployed",
    "Without it there is nothing that settings could be compared with.",
)
PORTAL_DENIED = Check(
    "portal-denied",
    ERROR,
    "AWS does not let a function of the portal do what it is there for",
    "Members and administrators are told that it is not allowed, and cannot go on.",
    (DETAILS, STACK_RESOURCES, SIMULATION),
)
DENY_MISSING = Check(
    "deny-missing",
    ERROR,
    "The baseline group does not deny what is done without MFA",
    "An access key alone then does all that the member may do.",
    (DETAILS,),
)
GROUP_MISSING = Check(
    "group-missing",
    ERROR,
    "A group of the settings is not there",
    "Nobody can be put into it, so journeys and invitations end there.",
    (DETAILS,),
)
BOUNDARY_MISSING = Check(
    "boundary-missing",
    ERROR,
    "The permissions boundary is not there",
    "The portal creates no user without it, so nobody can be invited.",
    (DETAILS,),
)
BOUNDARY_DIFFERS = Check(
    "boundary-differs",
    ERROR,
    "The permissions boundary is not that of the settings",
    "It is the most that a member can have: what it lacks nobody gets, what it has besides others can give.",
    (DETAILS,),
)
GROUP_POLICY_EXTRA = Check(
    "group-policy-extra",
    ERROR,
    "A group has a policy that is not Firstday's",
    "Everybody in the group has what it allows, and firstday.toml does not tell.",
    (DETAILS,),
)
GROUP_POLICY_DIFFERS = Check(
    "group-policy-differs",
    WARNING,
    "A group's policy is not that of the settings",
    "Its members may do more, or less, than firstday.toml says.",
    (DETAILS,),
)
OUTSIDER_IN_GROUP = Check(
    "outsider-in-group",
    WARNING,
    "Somebody who is no member is in a group of Firstday's",
    "Neither boundary nor portal knows them, and no offboarding takes them out.",
    (DETAILS,),
)
ADMIN_ROLE_DIFFERS = Check(
    "admin-role-differs",
    ERROR,
    "The role of the portal's administrators is not as it was deployed",
    "Whoever may assume it resets and offboards members; it wants MFA, and keeps members out.",
    (DETAILS,),
)
ROLE_MISSING = Check(
    "role-missing",
    ERROR,
    "A role of the settings is not there",
    "The members' profiles name it, and every command with them fails.",
    (DETAILS,),
)
TRUST_WITHOUT_MFA = Check(
    "trust-without-mfa",
    ERROR,
    "A role can be assumed without MFA",
    "An access key that got lost is then all it takes.",
    (DETAILS,),
)
TRUST_WITHOUT_NAME = Check(
    "trust-without-name",
    ERROR,
    "A role can be assumed under somebody else's name",
    "CloudTrail shows the session's name: what one member did would be another one's.",
    (DETAILS,),
)
TRUST_DIFFERS = Check(
    "trust-differs",
    WARNING,
    "A role's trust policy is not Firstday's",
    "Others may assume the role, or members may not.",
    (DETAILS,),
)
SESSION_TOO_SHORT = Check(
    "session-too-short",
    ERROR,
    "A role allows shorter sessions than the settings promise",
    "The members' profiles ask for as long as promised, and AWS refuses that rather than give less.",
    (DETAILS, ROLE),
)
ROLE_PERMISSIONS_DIFFER = Check(
    "role-permissions-differ",
    WARNING,
    "A role's permissions are not those of the settings",
    "Whoever switches to it may do more, or less, than firstday.toml says.",
    (DETAILS,),
)
ADMINISTRATOR_AMONG_MEMBERS = Check(
    "administrator-among-members",
    ERROR,
    "A user under /members/ has policies or groups that are not Firstday's",
    "The portal may issue keys and set passwords there: whoever takes it over has those permissions, too.",
    (DETAILS, RECORDS),
)
MEMBER_OUTSIDE_BASELINE = Check(
    "member-outside-baseline",
    ERROR,
    "A member is not in the baseline group",
    "Nothing is denied to them without MFA.",
    (DETAILS, RECORDS),
)
MEMBER_WITHOUT_BOUNDARY = Check(
    "member-without-boundary",
    ERROR,
    "A member does not have the permissions boundary",
    "Whatever policy anybody gives them counts in full.",
    (DETAILS, RECORDS),
)
KEY_WITHOUT_DEVICE = Check(
    "key-without-device",
    ERROR,
    "A member has an active access key, but no MFA device",
    "Whoever finds the key can register a device of their own with it.",
    (DETAILS, DEVICES, KEYS, OWN_DEVICES, RECORDS),
)
MEMBER_UNKNOWN = Check(
    "member-unknown",
    WARNING,
    "The portal has no record of a user under /members/",
    "No list shows them, and nobody will think of offboarding them.",
    (DETAILS, RECORDS),
)
USER_BELOW_MEMBERS = Check(
    "user-below-members",
    WARNING,
    "A user is under a path below /members/",
    "Nobody there is a member: neither portal nor roles let them in. Yet patterns of other policies match them.",
    (DETAILS, RECORDS),
)
TOO_MANY_GROUPS = Check(
    "too-many-groups",
    WARNING,
    "A member is in more groups of the settings than leave room to hold them",
    "IAM allows ten groups: an administrator who wants to hold the member has to take one away first.",
    (DETAILS, RECORDS),
)
RECORD_WITHOUT_USER = Check(
    "record-without-user",
    WARNING,
    "IAM has no user for a record of the portal",
    "The lists show somebody who is not there; their invitation leads nowhere.",
    (DETAILS, RECORDS),
)
USER_MOVED = Check(
    "user-moved",
    WARNING,
    "IAM has the user of a record under another path, or spelled otherwise",
    "The portal may not touch it so: nobody can reset or offboard the member, and their keys go on working.",
    (DETAILS, RECORDS),
)
OFFBOARDING_UNFINISHED = Check(
    "offboarding-unfinished",
    WARNING,
    "An offboarding was begun, and not finished",
    "Something of the member is left, and may still be used.",
    (RECORDS,),
)
GROUP_GIVEN_UP = Check(
    "group-given-up",
    WARNING,
    "A member's record names a group that the settings do not have",
    "An open invitation cannot be finished with it, and of somebody active the record says too much.",
    (RECORDS,),
)
TABLE_UNPROTECTED = Check(
    "table-unprotected",
    WARNING,
    "A table that outlives the portal can be deleted",
    "One call by mistake, and the members' records or the audit trail are gone.",
    (TABLES,),
)
TRAIL_UNWATCHED = Check(
    "trail-unwatched",
    WARNING,
    "Nobody sees changes of the audit trail",
    "Somebody may change or remove an event, and there is no line, no event and no alarm.",
    (TABLES, MAPPINGS),
)
PASSWORD_POLICY_MISSING = Check(
    "password-policy-missing",
    WARNING,
    "The account has no password policy, and members choose passwords",
    "AWS's own rules then hold: eight characters are enough.",
    (PASSWORD_POLICY,),
)
NOT_PERMITTED = Check(
    "not-permitted",
    WARNING,
    "AWS did not let this be looked at",
    "What was not looked at may be wrong.",
)
PASSWORD_POLICY_UNSET = Check(
    "password-policy-unset",
    NOTE,
    "The account has no password policy",
    "It concerns whoever else signs in to the console with a password; members have none.",
    (PASSWORD_POLICY,),
)
ROLES_GIVEN_UP = Check(
    "roles-given-up",
    WARNING,
    "An account has roles, and the settings have none for it any more",
    "No deployment looks into that account again, so they stay as they are.",
    (ROLES_STACK,),
)
ACCOUNT_NOT_SEEN = Check(
    "account-not-seen",
    NOTE,
    "The roles of an account were not looked at",
    "Another account's roles can only be seen with credentials of that account.",
)
DEVICE_ORPHANED = Check(
    "device-orphaned",
    NOTE,
    "A virtual MFA device named like a member is assigned to nobody",
    "It stands in the way of whoever makes a device of that name by hand; the portal removes it by itself.",
    (DETAILS, DEVICES, RECORDS),
)
INVITATION_UNUSED = Check(
    "invitation-unused",
    NOTE,
    "An invitation expired, and was never opened",
    "Somebody did not begin, and an IAM user is there for nothing.",
    (RECORDS,),
)
ACCESS_KEY_OLD = Check(
    "access-key-old",
    NOTE,
    "A member's access key is older than 90 days",
    "The longer a key lasts, the more copies there are of it. Its age is the portal's record.",
    (RECORDS,),
)

CHECKS = tuple(
    sorted((value for value in vars().values() if isinstance(value, Check)), key=lambda check: check.severity.rank)
)
# Where findings of a kind come among all others.
PLACES = {check.name: place for place, check in enumerate(CHECKS)}


def without(permission: str) -> tuple[str, ...]:
    """The names of the checks that nobody can do without this permission."""
    needed = {DETAILS, RECORDS, ROLES_STACK, TABLES, MAPPINGS} if permission == STACK else {permission}
    return tuple(check.name for check in CHECKS if needed & set(check.needs))


def permissions() -> tuple[str, ...]:
    """All that the doctor needs."""
    needed = {permission for check in CHECKS for permission in check.needs}
    return tuple(sorted({STACK, STACK_RESOURCES, *needed} - {ROLES_STACK}))
