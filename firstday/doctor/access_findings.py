"""The kinds of findings about who gets in: the account, groups, the boundary, roles."""

from firstday.doctor.findings import ERROR, NOTE, WARNING, Check
from firstday.doctor.needed_actions import DETAILS, ROLE, SIMULATION, STACK_RESOURCES

WRONG_ACCOUNT = Check(
    "wrong-account",
    ERROR,
    "The credentials are for another account",
    "Findings there would say nothing about this organisation, so nothing was looked at.",
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
    "AWS does not let a function of the portal do its work",
    "Members and administrators are told that it is not allowed, and cannot go on.",
    (DETAILS, STACK_RESOURCES, SIMULATION),
)
DENY_MISSING = Check(
    "deny-missing",
    ERROR,
    "The baseline group does not deny actions without MFA",
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
    "It limits all members: nobody gets what it lacks, and others can grant what it has in addition.",
    (DETAILS,),
)
GROUP_POLICY_EXTRA = Check(
    "group-policy-extra",
    ERROR,
    "A group has a policy that is not Firstday's",
    "Everybody in the group has its permissions, and firstday.toml does not show them.",
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
    "A user who is not a member is in a group of Firstday's",
    "The portal does not know them, no boundary limits them, and no offboarding takes them out.",
    (DETAILS,),
)
ADMIN_ROLE_DIFFERS = Check(
    "admin-role-differs",
    ERROR,
    "The role of the portal's administrators is not as it was deployed",
    "It may reset and offboard members, so it has to require MFA and keep members out.",
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
    "A lost access key is then enough to get in.",
    (DETAILS,),
)
TRUST_WITHOUT_NAME = Check(
    "trust-without-name",
    ERROR,
    "A role can be assumed under somebody else's name",
    "CloudTrail shows the session's name: one member's actions would appear as another's.",
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
    "Members who switch to it may do more, or less, than firstday.toml says.",
    (DETAILS,),
)
EXISTING_ROLE_CLOSED = Check(
    "existing-role-closed",
    ERROR,
    "A role that others manage lets no member in",
    "The members' profiles name it, and every command with them fails.",
    (DETAILS,),
)
EXTERNAL_ID_DIFFERS = Check(
    "external-id-differs",
    ERROR,
    "A role that others manage demands another external id than the settings have",
    "The members' profiles send what the settings say, and AWS refuses them.",
    (DETAILS,),
)
GROUP_BYPASSED = Check(
    "group-bypassed",
    WARNING,
    "A role that others manage lets members in who are not in its group",
    "In the members' own account, a trust policy that names users or everybody needs no grant: neither the group"
    " nor its conditions, MFA and the session's name, hold for them.",
    (DETAILS,),
)
EXISTING_ROLE_WITHOUT_MFA = Check(
    "existing-role-without-mfa",
    WARNING,
    "A role that others manage does not demand MFA",
    "The policy of the members' group demands it of them, and of nobody else whom the role trusts.",
    (DETAILS,),
)
EXISTING_ROLE_WITHOUT_NAME = Check(
    "existing-role-without-name",
    NOTE,
    "A role that others manage does not demand the user's name as the session's name",
    "The policy of the members' group demands it of them, and of nobody else whom the role trusts.",
    (DETAILS,),
)
EXISTING_ROLE_FOR_SOME = Check(
    "existing-role-for-some",
    NOTE,
    "A role that others manage lets in certain users only",
    "Other members of its group have the profile too, and AWS refuses them.",
    (DETAILS,),
)
EXISTING_ROLE_UNCERTAIN = Check(
    "existing-role-uncertain",
    NOTE,
    "A role that others manage demands what cannot be seen from here",
    "Whether members meet it, only trying it shows: firstday verify does.",
    (DETAILS,),
)
SESSION_COULD_BE_LONGER = Check(
    "session-could-be-longer",
    NOTE,
    "A role that others manage allows longer sessions than the settings promise",
    "The members' profiles ask for no more than the settings say.",
    (DETAILS, ROLE),
)
