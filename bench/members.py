"""The members and the administrator whose requests are measured, as the tables would have them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.admin.signing_in import ConsoleSession
from chalicelib.audit import Action, AuditEvent
from chalicelib.members.invitations import hashed
from chalicelib.members.record import Member

MEMBERS = 5_000
ADMIN = "arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"
# As random as one of IAM's.
SEED = "E3YIPOUZDA2NYAOXH64AAR6MGNAHOPHHHOJA2RUF73DKXW5N2VJS43QSBHZNFRWV"
# The secret of each link and session.
TOKEN = "of-43-characters-as-a-secret-in-base64url-is"[:43]
INVITED, REGISTERING, PROVED = "invited-member", "registering-member", "proved-member"


def many() -> Iterator[Member]:
    """``MEMBERS`` of them, in every state, in order of their names."""
    now = datetime.now(UTC)
    for number in range(MEMBERS):
        proved_at = None if number % 100 == 0 else now - timedelta(days=number % 300)
        yield Member(
            f"member-{number:04}",
            created_at=now - timedelta(days=300),
            groups=("developers",),
            token_hash="0" * 64,
            invited_at=now - timedelta(days=1),
            invited_by=ADMIN,
            expires_at=now + timedelta(days=6),
            accepted_at=proved_at,
            proved_at=proved_at,
            serial_number=f"arn:aws:iam::123456789012:mfa/member-{number:04}",
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            access_key_created_at=proved_at,
            last_seen_at=proved_at,
        )


def on_their_first_day() -> tuple[Member, ...]:
    """One member for each part of the journey; every request may be repeated."""
    now = datetime.now(UTC)
    invited = Member(
        INVITED,
        created_at=now - timedelta(days=1),
        groups=("developers",),
        created_user=True,
        token_hash=hashed(TOKEN),
        invited_at=now - timedelta(days=1),
        invited_by=ADMIN,
        expires_at=now + timedelta(days=6),
    )
    registering = replace(
        invited,
        user_name=REGISTERING,
        opened_at=now,
        session_hash=hashed(TOKEN),
        session_expires_at=now + timedelta(hours=8),
        session_idle_ends_at=now + timedelta(hours=8),
        registering_at=now,
        last_seen_at=now,
    )
    proved = replace(
        registering,
        user_name=PROVED,
        accepted_at=now,
        proved_at=now,
        serial_number=f"arn:aws:iam::123456789012:mfa/{PROVED}",
    )
    return invited, registering, proved


def yesterdays_events() -> Iterator[AuditEvent]:
    """Those of a busy day."""
    now = datetime.now(UTC)
    for number in range(100):
        action = (Action.INVITATION_OPENED, Action.MFA_PROVED, Action.ACCESS_KEY_ISSUED)[number % 3]
        yield AuditEvent(f"member-{number:04}", action, f"member-{number:04}", now - timedelta(minutes=number))


def console_session() -> ConsoleSession:
    now = datetime.now(UTC)
    ends_at = now + timedelta(hours=8)
    return ConsoleSession(ADMIN, "https://portal.example.com", now, ends_at, ends_at)
