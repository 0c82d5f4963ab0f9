"""What the API says of a member on the first day, and takes from an administrator: an example for each field.

Fields that are named alike have the same one, unless it is kept under the record's name as well.
"""

from chalicelib.arns import ADMIN_ROLE_NAME, BASELINE_GROUP, mfa_arn
from chalicelib.audit import Action
from chalicelib.members.record import MemberState

ACCOUNT = "123456789012"
MEMBER = "dev-simple-user"
GROUP = "developers"
EMAIL = "dev-simple-user@example.com"
PORTAL_URL = "https://portal.example.com"
BASIS = "9b1f6c2d4e8a7035.5d2c9f10."
SECRET = "EXAMPLE".ljust(43, "0")
CSV = f"user_name,groups,passcode\n{MEMBER},{GROUP},yes\n"
NOW = "2026-11-30T09:00:00+00:00"

_ADMIN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ADMIN_ROLE_NAME}/admin"
_SERIAL_NUMBER = mfa_arn("aws", ACCOUNT, MEMBER)

EXAMPLES: dict[str, object] = {
    "UserName": MEMBER,
    "GroupName": GROUP,
    "MemberState": MemberState.INVITED,
    "Kind": "mfa_device",
    "Action": Action.INVITATION_CREATED,
    "Plan": "invite",
    "Passcode": "7KQ2-M9XR",
    "Secret": SECRET,
    "Basis": BASIS,
    "Cursor": "eyJuYW1lIjogImRldi1zaW1wbGUtdXNlciJ9",
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "actor": _ADMIN,
    "checked": 20,
    "code": "invalid",
    "csv": CSV,
    "details": {"groups": GROUP},
    "ends_on": "2026-12-10",
    "expires_at": "2026-12-07T09:00:00+00:00",
    "device_count": 1,
    "email": EMAIL,
    "field": "user_name",
    "has_ended": False,
    "former_path": "/people/",
    "invited_by": _ADMIN,
    "is_effective": False,
    "is_held": False,
    "is_suspended": False,
    "is_mfa_left_to_group": False,
    "is_passkey": False,
    "languages": ["ja", "en"],
    "line": 2,
    "mailed_to": EMAIL,
    "may_be_propagating": False,
    "name": _SERIAL_NUMBER,
    "note": "The policies have conditions.",
    "organisation": "Example Corp",
    "portal_url": PORTAL_URL,
    "profile": "dev",
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/dev-SwitchRole-S3FullAccess",
    "serial_number": _SERIAL_NUMBER,
    "subject": MEMBER,
    "until": "2027-03-31",
    "DayOrNone": "2027-03-31",
    "EmailOrNone": EMAIL,
    "token": f"{MEMBER}.{SECRET}",
    "maximum_session_seconds": 43200,
    "promised_session_seconds": 43200,
    "ConsoleLink.expires_at": "2026-11-30T09:01:00+00:00",
    "ConsoleLink.token": SECRET,
    "Difference.message": "The MFA device that was proved is gone from IAM.",
    "ErrorDetails.message": "A user name is needed.",
    "GatewayRefusal.message": "The security token included in the request is expired",
    "InvitationMail": "sent",
    "MailedLinks": "replaced",
    "MailTrouble.reason": "The address does not exist.",
    "IAMFacts.groups": [BASELINE_GROUP],
    "LineProblem.message": "The column user_name is missing.",
    "OffboardingPlan.obstacles": [f"{MEMBER} is in the group admins, which the portal may not touch."],
    "PlannedLine.message": "Will be created and invited.",
    "ShownMember.differences": ["IAM has no such user any more."],
    # Whole requests.
    "MemberBody": {"user_name": MEMBER, "groups": [GROUP], "email": EMAIL},
    "DetailsBody": {"email": EMAIL, "until": "2027-03-31", "basis": BASIS},
    "GroupsBody": {"groups": [GROUP], "basis": BASIS},
    "ResetBody": {"passcode": True, "basis": BASIS},
    "SuspensionBody": {"basis": BASIS},
    "ResumptionBody": {"passcode": False, "until": "2027-03-31", "basis": BASIS},
    "RevocationBody": {"user_name": MEMBER, "basis": BASIS},
    "InvitationBody": {
        "user_name": MEMBER,
        "groups": [GROUP],
        "passcode": False,
        "token": SECRET,
        "unless_invited": False,
    },
    "ImportBody": {"csv": CSV},
    "RefreshBody": {},
    "ConsoleLinkBody": {"portal_url": PORTAL_URL},
}
