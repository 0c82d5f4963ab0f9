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
# Also knows the organisation's policies; answers about roles by their ARN.
SIMULATION = "iam:SimulatePrincipalPolicy"
# Tells where the members table is; without that, there is nothing to compare with.
STACK = "cloudformation:DescribeStacks"
# The same for an account's roles, if the settings have none for it.
ROLES_STACK = f"{STACK} (firstday-roles)"
# Tells resources that somebody deleted by hand from those that were never deployed.
STACK_RESOURCES = "cloudformation:ListStackResources"
TABLES = "dynamodb:DescribeTable"
MAPPINGS = "lambda:ListEventSourceMappings"

WRONG_ACCOUNT = Check(
    "wrong-account",
    ERROR,
    "The credentials are for another account",
    "Findings there would say nothing about this organisation, so nothing was looked at.",
    "Choose another profile",
)
NO_PORTAL = Check(
    "no-portal",
    ERROR,
    "The portal is not deployed",
    "Without it there is nothing that settings could be compared with.",
    "`firstday deploy`",
)
PORTAL_DENIED = Check(
    "portal-denied",
    ERROR,
    "AWS does not let a function of the portal do its work",
    "Members and administrators are told that it is not allowed, and cannot go on.",
    "`aws iam delete-role-policy`, or ask the administrators of the organisation's policies",
    (DETAILS, STACK_RESOURCES, SIMULATION),
)
DENY_MISSING = Check(
    "deny-missing",
    ERROR,
    "The baseline group does not deny actions without MFA",
    "An access key alone then does all that the member may do.",
    "`aws iam put-group-policy`",
    (DETAILS,),
)
GROUP_MISSING = Check(
    "group-missing",
    ERROR,
    "A group of the settings is not there",
    "Nobody can be put into it, so journeys and invitations end there.",
    "`firstday deploy`; `aws iam create-group` if somebody has deleted it",
    (DETAILS,),
)
BOUNDARY_MISSING = Check(
    "boundary-missing",
    ERROR,
    "The permissions boundary is not there",
    "The portal creates no user without it, so nobody can be invited.",
    "`firstday deploy`; `aws iam create-policy` if somebody has deleted it",
    (DETAILS,),
)
BOUNDARY_DIFFERS = Check(
    "boundary-differs",
    ERROR,
    "The permissions boundary is not that of the settings",
    "It limits all members: nobody gets what it lacks, and others can grant what it has in addition.",
    "`aws iam create-policy-version`",
    (DETAILS,),
)
GROUP_POLICY_EXTRA = Check(
    "group-policy-extra",
    ERROR,
    "A group has a policy that is not Firstday's",
    "Everybody in the group has its permissions, and firstday.toml does not show them.",
    "`aws iam delete-group-policy` or `aws iam detach-group-policy`",
    (DETAILS,),
)
GROUP_POLICY_DIFFERS = Check(
    "group-policy-differs",
    WARNING,
    "A group's policy is not that of the settings",
    "Its members may do more, or less, than firstday.toml says.",
    "`aws iam put-group-policy`",
    (DETAILS,),
)
OUTSIDER_IN_GROUP = Check(
    "outsider-in-group",
    WARNING,
    "A user who is not a member is in a group of Firstday's",
    "The portal does not know them, no boundary limits them, and no offboarding takes them out.",
    "`aws iam remove-user-from-group`",
    (DETAILS,),
)
ADMIN_ROLE_DIFFERS = Check(
    "admin-role-differs",
    ERROR,
    "The role of the portal's administrators is not as it was deployed",
    "It may reset and offboard members, so it has to require MFA and keep members out.",
    "`aws iam update-assume-role-policy` or `aws iam put-role-policy`",
    (DETAILS,),
)
ROLE_MISSING = Check(
    "role-missing",
    ERROR,
    "A role of the settings is not there",
    "The members' profiles name it, and every command with them fails.",
    "`firstday deploy`; `aws iam create-role` if somebody has deleted it",
    (DETAILS,),
)
TRUST_WITHOUT_MFA = Check(
    "trust-without-mfa",
    ERROR,
    "A role can be assumed without MFA",
    "A lost access key is then enough to get in.",
    "`aws iam update-assume-role-policy`",
    (DETAILS,),
)
TRUST_WITHOUT_NAME = Check(
    "trust-without-name",
    ERROR,
    "A role can be assumed under somebody else's name",
    "CloudTrail shows the session's name: one member's actions would appear as another's.",
    "`aws iam update-assume-role-policy`",
    (DETAILS,),
)
TRUST_DIFFERS = Check(
    "trust-differs",
    WARNING,
    "A role's trust policy is not Firstday's",
    "Others may assume the role, or members may not.",
    "`aws iam update-assume-role-policy`",
    (DETAILS,),
)
SESSION_TOO_SHORT = Check(
    "session-too-short",
    ERROR,
    "A role allows shorter sessions than the settings promise",
    "The members' profiles ask for as long as promised, and AWS refuses that rather than give less.",
    "`aws iam update-role`",
    (DETAILS, ROLE),
)
ROLE_PERMISSIONS_DIFFER = Check(
    "role-permissions-differ",
    WARNING,
    "A role's permissions are not those of the settings",
    "Members who switch to it may do more, or less, than firstday.toml says.",
    "`aws iam attach-role-policy`, `detach-role-policy`, `put-role-policy` or `delete-role-policy`",
    (DETAILS,),
)
ADMINISTRATOR_AMONG_MEMBERS = Check(
    "administrator-among-members",
    ERROR,
    "A user under /members/ has policies or groups that are not Firstday's",
    "The portal may issue keys and set passwords there: an attacker who takes it over has those permissions, too.",
    "`aws iam update-user` if they are not a member, else remove the policies and groups",
    (DETAILS, RECORDS),
)
MEMBER_OUTSIDE_BASELINE = Check(
    "member-outside-baseline",
    ERROR,
    "A member is not in the baseline group",
    "AWS denies them nothing without MFA.",
    "`aws iam add-user-to-group`",
    (DETAILS, RECORDS),
)
MEMBER_WITHOUT_BOUNDARY = Check(
    "member-without-boundary",
    ERROR,
    "A member does not have the permissions boundary",
    "Nothing then limits the policies that others give them.",
    "`aws iam put-user-permissions-boundary`",
    (DETAILS, RECORDS),
)
KEY_WITHOUT_DEVICE = Check(
    "key-without-device",
    ERROR,
    "A member has an active access key, but no MFA device",
    "Anyone who finds the key can register a device of their own with it.",
    "`firstday reset-mfa`, or `aws iam update-access-key` where the portal has no record",
    (DETAILS, DEVICES, KEYS, OWN_DEVICES, RECORDS),
)
MEMBER_UNKNOWN = Check(
    "member-unknown",
    WARNING,
    "The portal has no record of a user under /members/",
    "No list shows them, and nobody will think of offboarding them.",
    "`firstday members --refresh`",
    (DETAILS, RECORDS),
)
USER_BELOW_MEMBERS = Check(
    "user-below-members",
    WARNING,
    "A user is under a path below /members/",
    "They are not members: the portal and the roles keep them out. Yet patterns of other policies match them.",
    "`aws iam update-user`",
    (DETAILS, RECORDS),
)
TOO_MANY_GROUPS = Check(
    "too-many-groups",
    WARNING,
    "A member is in more groups of the settings than leave room to hold them",
    "IAM allows ten groups: an administrator who wants to hold the member has to take one away first.",
    "`firstday groups`",
    (DETAILS, RECORDS),
)
RECORD_WITHOUT_USER = Check(
    "record-without-user",
    WARNING,
    "IAM has no user for a record of the portal",
    "The lists show somebody who is not there; their invitation leads nowhere.",
    "`firstday offboard`",
    (DETAILS, RECORDS),
)
USER_MOVED = Check(
    "user-moved",
    WARNING,
    "IAM has the user of a record under another path, or spelled otherwise",
    "The portal may not touch it there: nobody can reset or offboard the member, and their keys go on working.",
    "`aws iam update-user`",
    (DETAILS, RECORDS),
)
OFFBOARDING_UNFINISHED = Check(
    "offboarding-unfinished",
    WARNING,
    "An offboarding was begun, and not finished",
    "Something of the member is left, and may still be used.",
    "`firstday offboard`",
    (RECORDS,),
)
GROUP_GIVEN_UP = Check(
    "group-given-up",
    WARNING,
    "A member's record names a group that the settings do not have",
    "An open invitation cannot be finished with it, and an active member's record shows a group too many.",
    "`firstday groups`",
    (RECORDS,),
)
TABLE_UNPROTECTED = Check(
    "table-unprotected",
    WARNING,
    "A table that outlives the portal can be deleted",
    "One call by mistake, and the members' records or the audit trail are gone.",
    "`firstday deploy`",
    (TABLES,),
)
TRAIL_UNWATCHED = Check(
    "trail-unwatched",
    WARNING,
    "Nobody sees changes of the audit trail",
    "Somebody may change or remove an event, and there is no line, no event and no alarm.",
    "`aws lambda update-event-source-mapping` or `create-event-source-mapping`",
    (TABLES, MAPPINGS),
)
PASSWORD_POLICY_MISSING = Check(
    "password-policy-missing",
    WARNING,
    "The account has no password policy, and members choose passwords",
    "AWS's own rules then hold: eight characters are enough.",
    "`aws iam update-account-password-policy`",
    (PASSWORD_POLICY,),
)
NOT_PERMITTED = Check(
    "not-permitted",
    WARNING,
    "AWS did not let this be looked at",
    "Mistakes there would go unnoticed.",
    "Allow the action: [the policy](#what-it-needs)",
)
PASSWORD_POLICY_UNSET = Check(
    "password-policy-unset",
    NOTE,
    "The account has no password policy",
    "It concerns other users who sign in to the console with a password; members have none.",
    "`aws iam update-account-password-policy`",
    (PASSWORD_POLICY,),
)
ROLES_GIVEN_UP = Check(
    "roles-given-up",
    WARNING,
    "An account has roles, and the settings have none for it any more",
    "No deployment looks into that account again, so they stay as they are.",
    "`aws cloudformation delete-stack`",
    (ROLES_STACK,),
)
ACCOUNT_NOT_SEEN = Check(
    "account-not-seen",
    NOTE,
    "The roles of an account were not looked at",
    "Another account's roles can only be seen with credentials of that account.",
    "`firstday doctor --account-profile`",
)
DEVICE_ORPHANED = Check(
    "device-orphaned",
    NOTE,
    "A virtual MFA device named like a member is assigned to nobody",
    "Nobody can make a device of that name by hand; the portal removes it by itself.",
    "`aws iam delete-virtual-mfa-device`",
    (DETAILS, DEVICES, RECORDS),
)
INVITATION_UNUSED = Check(
    "invitation-unused",
    NOTE,
    "An invitation expired, and was never opened",
    "The member did not begin, and the IAM user is not used.",
    "`firstday invite` again, or `firstday offboard`",
    (RECORDS,),
)
ACCESS_KEY_OLD = Check(
    "access-key-old",
    NOTE,
    "A member's access key is older than 90 days",
    "The longer a key lasts, the more copies there are of it. Its age is the portal's record.",
    "Delete it; the portal issues another one with a new invitation",
    (RECORDS,),
)

CHECKS = tuple(
    sorted((value for value in vars().values() if isinstance(value, Check)), key=lambda check: check.severity.rank)
)
# Where findings of a kind come among all others.
PLACES = {check.name: place for place, check in enumerate(CHECKS)}


def without(permission: str) -> tuple[str, ...]:
    """The names of the checks that are impossible without this permission."""
    needed = {DETAILS, RECORDS, ROLES_STACK, TABLES, MAPPINGS} if permission == STACK else {permission}
    return tuple(check.name for check in CHECKS if needed & set(check.needs))


def permissions() -> tuple[str, ...]:
    """All that the doctor needs."""
    needed = {permission for check in CHECKS for permission in check.needs}
    return tuple(sorted({STACK, STACK_RESOURCES, *needed} - {ROLES_STACK}))
