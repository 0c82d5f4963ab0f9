"""The kinds of findings about members: their users in IAM beside the portal's records."""

from firstday.doctor.findings import ERROR, WARNING, Check
from firstday.doctor.needed_actions import DETAILS, DEVICES, KEYS, OWN_DEVICES, RECORDS

ADMINISTRATOR_AMONG_MEMBERS = Check(
    "administrator-among-members",
    ERROR,
    "A user under /members/ has policies or groups that are not Firstday's",
    "The portal may issue keys and set passwords there: an attacker who takes it over has those permissions, too.",
    (DETAILS, RECORDS),
)
MEMBER_OUTSIDE_BASELINE = Check(
    "member-outside-baseline",
    ERROR,
    "A member is not in the baseline group",
    "AWS denies them nothing without MFA.",
    (DETAILS, RECORDS),
)
MEMBER_WITHOUT_BOUNDARY = Check(
    "member-without-boundary",
    ERROR,
    "A member does not have the permissions boundary",
    "Nothing then limits the policies that others give them.",
    (DETAILS, RECORDS),
)
KEY_WITHOUT_DEVICE = Check(
    "key-without-device",
    ERROR,
    "A member has an active access key, but no MFA device",
    "Anyone who finds the key can register a device of their own with it.",
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
    "They are not members: the portal and the roles keep them out. Yet patterns of other policies match them.",
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
    "The portal may not touch it there: nobody can reset or offboard the member, and their keys go on working.",
    (DETAILS, RECORDS),
)
ADOPTION_UNFINISHED = Check(
    "adoption-unfinished",
    WARNING,
    "An adoption was begun, and not finished",
    "The user is half a member: the portal knows them, and Firstday's limits may not hold for them yet.",
    (DETAILS, RECORDS),
)
OFFBOARDING_UNFINISHED = Check(
    "offboarding-unfinished",
    WARNING,
    "An offboarding was begun, and not finished",
    "Something of the member is left, and may still be used.",
    (RECORDS,),
)
SUSPENDED_HALF = Check(
    "suspended-half",
    WARNING,
    "A member is suspended in IAM only, or in the portal's record only",
    "Either they have access that they should not have, or nobody who looks at the list sees why nothing works.",
    (DETAILS, RECORDS),
)
GROUP_GIVEN_UP = Check(
    "group-given-up",
    WARNING,
    "A member's record names a group that the settings do not have",
    "An open invitation cannot be finished with it, and an active member's record shows a group too many.",
    (RECORDS,),
)
