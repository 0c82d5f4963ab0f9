"""What the admin API's JSON is made of: names, times, enums. A text in ``Annotated`` is a description."""

from typing import Annotated

from chalicelib.admin.editing import MailedLinks as StateOfMailedLinks
from chalicelib.admin.import_plan import ImportAction
from chalicelib.admin.mail_state import InvitationMail as StateOfInvitationMail
from chalicelib.admin.signing_in import PORTAL_ADDRESS
from chalicelib.audit import Action as AuditAction
from chalicelib.members.belongings import Kind as KindOfBelonging
from chalicelib.members.invitations import PASSCODE_ALPHABET
from chalicelib.members.list_filters import ALL_WANTED
from chalicelib.members.record import MemberState as State


class Keywords:
    """Keywords of JSON Schema, for ``Annotated``."""

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords


UserName = Annotated[
    str,
    "A member's user name, as IAM takes it and as a role session may be called. A new one does not begin with =, +,"
    " - or @.",
    Keywords(pattern="^[A-Za-z0-9_+=,.@-]{2,64}$"),
]
GroupName = Annotated[str, "A switch-role group of the organisation's settings."]
MemberState = Annotated[str, "Where a member is.", Keywords(enum=[*State])]
StateFilter = Annotated[
    str,
    "A state, or key-old: an access key is about to end by its age, or has ended; ending: access ends within a"
    " week; bounced: a mail did not arrive.",
    Keywords(enum=[*ALL_WANTED]),
]
Kind = Annotated[str, "What a member may have in the portal and in IAM.", Keywords(enum=[*KindOfBelonging])]
Action = Annotated[
    str, f"What was done; newer versions may have written others. Those of this one: {', '.join(AuditAction)}."
]
Plan = Annotated[str, "What an import will do with a line.", Keywords(enum=[*ImportAction])]
InvitationMail = Annotated[
    str,
    "What became of a link's mail: sent is that Amazon SES has taken it, withheld that there is no address.",
    Keywords(enum=[*StateOfInvitationMail]),
]
MailedLinks = Annotated[
    str,
    "They open nothing any more. replaced: the invitation is mailed anew to the new address; revoked: it is over,"
    " as there is no address, or a passcode that belongs to it: invite again.",
    Keywords(enum=[*StateOfMailedLinks]),
]
Secret = Annotated[
    str,
    "The secret of an invitation link: 256 bits or more as base64url.",
    Keywords(pattern="^[A-Za-z0-9_-]{43,86}$"),
]
Basis = Annotated[
    str,
    "Stands for the member as they were in an answer, to be sent with a change. If they are no longer so,"
    " 409 changed_meanwhile. Opaque, and another one with each answer.",
]
Cursor = Annotated[str | None, "Where the next page begins; null at the end."]
Passcode = Annotated[
    str,
    "Eight letters and digits, to be told over a second channel.",
    Keywords(pattern=f"^[{PASSCODE_ALPHABET}]{{4}}-[{PASSCODE_ALPHABET}]{{4}}$"),
]
EmailOrNone = Annotated[str, "An e-mail address, all ASCII; empty for none.", Keywords(maxLength=254)]
DayOrNone = Annotated[
    str, "A day, such as 2026-12-31; empty for none.", Keywords(pattern="^(2[0-9]{3}-[0-9]{2}-[0-9]{2})?$")
]
PortalURL = Annotated[str, Keywords(pattern=f"^{PORTAL_ADDRESS}$", maxLength=512)]
Time = Annotated[str, Keywords(format="date-time")]
SessionSeconds = Annotated[int, Keywords(minimum=3600, maximum=43200)]
Count = Annotated[int, Keywords(minimum=0)]
SomeGroups = Annotated[list[GroupName], Keywords(minItems=1)]
