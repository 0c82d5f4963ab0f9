"""The kinds of findings about what an organisation has beside Firstday: its own Deny statements, and its users."""

from firstday.doctor.findings import ERROR, NOTE, WARNING, Check
from firstday.doctor.needed_actions import DETAILS, RECORDS

DENY_CLOSES_ROLES = Check(
    "deny-closes-roles",
    ERROR,
    "A policy of the organisation's own keeps members out of roles, with MFA too",
    "A Deny outdoes every Allow: whatever the groups of the settings allow, members cannot switch.",
    (DETAILS,),
)
DENY_ENDS_SESSIONS = Check(
    "deny-ends-sessions",
    WARNING,
    "A policy of the organisation's own closes roles to members some time after their MFA code",
    "A session with MFA lasts up to 12 hours, and opens roles only for a part of them.",
    (DETAILS,),
)
DENY_SAYS_MORE = Check(
    "deny-says-more",
    WARNING,
    "A policy of the organisation's own denies members more without MFA than the settings do",
    "Both hold: members are refused what firstday.toml allows, on their first day for instance.",
    (DETAILS,),
)
DENY_BESIDE = Check(
    "deny-beside",
    NOTE,
    "A policy of the organisation's own also denies members actions without MFA",
    "Firstday's own Deny holds for members anyway. For other users, this policy is all there is.",
    (DETAILS,),
)
DENY_UNCLEAR = Check(
    "deny-unclear",
    NOTE,
    "What a policy of the organisation's own denies members cannot be told in full",
    "It depends on something that the doctor does not know of a request.",
    (DETAILS,),
)
DENY_AHEAD = Check(
    "deny-ahead",
    NOTE,
    "A policy of users who are not members has a Deny that would hold for them as members",
    "A user who is adopted keeps groups and policies, and what these deny.",
    (DETAILS,),
)
USERS_OUTSIDE = Check(
    "users-outside",
    NOTE,
    "The account has IAM users who are not members",
    "The portal knows nothing of them: no list shows them, and no offboarding removes them. Those who are people "
    "can become members, except the portal's administrators: a member may not administer it.",
    (DETAILS, RECORDS),
)
