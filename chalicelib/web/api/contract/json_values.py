"""What the fields of the admin API's JSON have in common: names, times, enums, and the examples of all of them.

A text in ``Annotated`` is a description. The examples are what the API says of a member on the first day.
"""

from typing import Annotated

from chalicelib.admin.import_plan import Plan as ImportPlan
from chalicelib.arns import ADMIN_ROLE_NAME, mfa_arn
from chalicelib.audit import Action as AuditAction
from chalicelib.members.invitations import PASSCODE_ALPHABET
from chalicelib.members.record import MemberState as State
from chalicelib.ports import Kind as KindOfBelonging

ACCOUNT = "123456789012"
MEMBER = "dev-simple-user"
GROUP = "developers"
PORTAL_URL = "https://portal.example.com"
ADMIN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ADMIN_ROLE_NAME}/admin"
SERIAL_NUMBER = mfa_arn("aws", ACCOUNT, MEMBER)
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
BASIS = "9b1f6c2d4e8a7035.5d2c9f10."
SECRET = "EXAMPLE".ljust(43, "0")
CURSOR = "eyJuYW1lIjogImRldi1zaW1wbGUtdXNlciJ9"
CSV = f"user_name,groups,passcode\n{MEMBER},{GROUP},yes\n"
LATER = "2026-12-07T09:00:00+00:00"


class Keywords:
    """Keywords of JSON Schema, for ``Annotated``."""

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords


def example(value: object, **keywords: object) -> Keywords:
    """An example, and other keywords of JSON Schema."""
    return Keywords(**keywords, examples=[value])


UserName = Annotated[
    str,
    "A member's user name, as IAM takes it and as a role session may be called. A new one does not begin with =, +,"
    " - or @.",
    example(MEMBER, pattern="^[A-Za-z0-9_+=,.@-]{2,64}$"),
]
GroupName = Annotated[str, "A switch-role group of the organisation's settings.", example(GROUP)]
MemberState = Annotated[str, "Where a member is.", example("invited", enum=[*State])]
Kind = Annotated[
    str, "What a member may have in the portal and in IAM.", example("mfa_device", enum=[*KindOfBelonging])
]
Action = Annotated[
    str,
    f"What was done; newer versions may have written others. Those of this one: {', '.join(AuditAction)}.",
    example("invitation.created"),
]
Plan = Annotated[str, "What an import will do with a line.", example("invite", enum=[*ImportPlan])]
Secret = Annotated[
    str,
    "The secret of an invitation link: 256 bits or more as base64url.",
    example(SECRET, pattern="^[A-Za-z0-9_-]{43,86}$"),
]
Passcode = Annotated[
    str,
    "To be told over a second channel.",
    example("7KQ2-M9XR", pattern=f"^[{PASSCODE_ALPHABET}]{{4}}-[{PASSCODE_ALPHABET}]{{4}}$"),
]
Basis = Annotated[
    str,
    "What the member was when an answer was given, to be sent with what is decided by it. Where it is no longer so,"
    " 409 changed_meanwhile. Opaque, and another one with each answer.",
    example(BASIS),
]
Cursor = Annotated[str | None, "Where the next page begins; null at the end.", example(CURSOR)]

Time = Annotated[str, example("2026-11-30T09:00:00+00:00", format="date-time")]
Groups = Annotated[list[GroupName], "Switch-role groups."]
ChosenGroups = Annotated[list[GroupName], "Switch-role groups; none means the organisation's default ones."]
Yes = Annotated[bool, example(True)]
No = Annotated[bool, example(False)]
WithPasscode = Annotated[Yes, "Whether to make a passcode, to be told over a second channel."]
IsHeld = Annotated[No, "Whether an administrator of IAM holds the member, to whom AWS denies everything."]
Unsure = Annotated[bool | None, example(True)]
SessionSeconds = Annotated[int, example(43200, minimum=3600, maximum=43200)]
LineNumber = Annotated[int, "As an editor counts; 0 is the file as a whole.", example(2, minimum=0)]
