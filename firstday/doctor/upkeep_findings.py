"""The kinds of findings about what wants looking after, or looking at again."""

from firstday.doctor.findings import NOTE, WARNING, Check
from firstday.doctor.needed_actions import DETAILS, DEVICES, MAPPINGS, PASSWORD_POLICY, RECORDS, ROLES_STACK, TABLES

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
QR_CODE_DENSE = Check(
    "qr-code-dense",
    WARNING,
    "The name in the QR code makes it too dense for many cameras",
    "Members of a long name could not scan it from a small screen, and would have to type 64 characters.",
)
NOT_PERMITTED = Check(
    "not-permitted", WARNING, "AWS did not let this be looked at", "Mistakes there would go unnoticed."
)
SUSPENDED_LONG = Check(
    "suspended-long",
    NOTE,
    "A member has been suspended for 90 days or longer",
    "Somebody may have forgotten to offboard them, or to resume their access.",
    (RECORDS,),
)
PASSWORD_POLICY_UNSET = Check(
    "password-policy-unset",
    NOTE,
    "The account has no password policy",
    "It concerns other users who sign in to the console with a password; members have none.",
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
    "Nobody can make a device of that name by hand; the portal removes it by itself.",
    (DETAILS, DEVICES, RECORDS),
)
DEVICE_UNKNOWN = Check(
    "device-unknown",
    NOTE,
    "A member has a virtual MFA device that was not registered through the portal",
    "Its codes are as good as those of the member's own device.",
    (DETAILS, DEVICES, RECORDS),
)
INVITATION_UNUSED = Check(
    "invitation-unused",
    NOTE,
    "An invitation expired, and was never opened",
    "The member did not begin. A user who was created for the invitation is not used.",
    (RECORDS,),
)
ACCESS_KEY_OLD = Check(
    "access-key-old",
    NOTE,
    "A member's access key is older than access_key_days, or than 90 days where keys do not age",
    "The longer a key lasts, the more copies there are of it. Its age is the portal's record.",
    (RECORDS,),
)
