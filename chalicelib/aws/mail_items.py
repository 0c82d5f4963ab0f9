"""Mail as items of its table, which has one hash key for each box that a mail can be in.

A role is limited to boxes by the condition key ``dynamodb:LeadingKeys``:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from enum import StrEnum

from chalicelib.audit import AuditEvent
from chalicelib.aws.items import Item, event_item, item
from chalicelib.mail.kinds import is_told


class Box(StrEnum):
    """WAITING: to be sent. SENT: what SES has taken. TROUBLE: what never arrived, and why.

    TOLD: marks of what is told once. LINKS: the hashes of the links in mailed invitations, under the invitation's.
    """

    WAITING = "waiting"
    SENT = "sent"
    TROUBLE = "trouble"
    TOLD = "told"
    LINKS = "links"


def box_key(box: Box, mail_id: str) -> Item:
    return item({"box": box, "id": mail_id})


def waiting_item(event: AuditEvent, position: int = 0) -> Item | None:
    """The mail that tells the member of ``event``, in order of time; None if there is none to be sent.

    It has no address but where the member's record will be gone, and nothing secret.
    """
    if not is_told(event):
        return None
    told = event_item(event, position)
    key = box_key(Box.WAITING, told.pop("sk")["S"])
    return (
        key
        | {name: value for name, value in told.items() if name not in ("pk", "year")}
        | item({"address": event.address or None})
    )
