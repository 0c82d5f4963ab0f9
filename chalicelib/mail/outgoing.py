"""Mail on its way, as its table has it: what waits to be sent, what it takes to send it, and what never arrived."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.audit import Action, AuditEvent

# Of these, the administrators' address is told as well.
TELLS_ADMINISTRATORS = frozenset({Action.ACCESS_ENDING, Action.ACCESS_SUSPENDED})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that tells the member of ``event``, or the administrators' address about that member.

    ``claim`` is the attempt that may send it, ``attempts`` counts them, and ``tried_at`` is when the first began.
    ``is_copied``: the administrators' own mail has been made of it.
    """

    mail_id: str
    event: AuditEvent
    claim: str = ""
    attempts: int = 0
    tried_at: datetime | None = None
    is_copied: bool = False
    for_administrators: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail about ``action`` that did not reach ``user_name``, or the administrators, and why, in English."""

    user_name: str
    action: str
    reason: str
    failed_at: datetime
    for_administrators: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of a mail: the same in ``text`` and ``html``."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """``name`` may be empty."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Quota:
    """How much Amazon SES takes: mails ``per_second``, and how many are ``left`` today; None of no limit."""

    per_second: float = 1.0
    left: int | None = None
