"""Sign-in to the web console: a link that an administrator fetches with their AWS credentials, then a session.

There is no password and no second directory of users: every caller of the admin API may sign in.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.audit import PORTAL, Action, AuditEvent
from chalicelib.errors import ConsoleSignedOut, InvalidInput, SignInLinkRefused, SignInTooOld
from chalicelib.members.invitations import hashed
from chalicelib.members.link_tokens import new_secret, token_text

if TYPE_CHECKING:
    from chalicelib.aws.console_table import ConsoleTable

LINK_LASTS = timedelta(minutes=1)
# https://pages.nist.gov/800-63-4/sp800-63b.html, AAL2: at most an hour of inactivity and a day altogether.
IDLE_LASTS = timedelta(minutes=30)
SESSION_LASTS = timedelta(hours=8)
# Actions that take access away, or give it, need a sign-in that is no older than this.
FRESH_LASTS = timedelta(hours=1)
# A session in use is written down again after this long, not with every page.
NOTED_EVERY = timedelta(minutes=1)
# A regular expression as JavaScript has them, too. Before an @, there would be a user name, and the host after it.
PORTAL_ADDRESS = (
    r"(https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
    r"|http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5})"
    r"(/[A-Za-z0-9/_.~!$%&()*+,;=:-]*)?"
)


@dataclass(frozen=True, slots=True)
class Link:
    """``portal_url`` is the portal's address as the administrator knows it, for the invitation links to come."""

    actor: str
    portal_url: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """``actor`` is the administrator's ARN. The session is over at ``ends_at``, or ``idle_ends_at`` if not used."""

    actor: str
    portal_url: str
    started_at: datetime
    ends_at: datetime
    idle_ends_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleLink:
    """``token`` is in this answer only, and is stored nowhere."""

    token: str
    expires_at: datetime


def issue_link(console: "ConsoleTable", *, actor: str, portal_url: str, now: datetime) -> ConsoleLink:
    """A link for ``actor``, good for one sign-in within a minute."""
    url = _checked_url(portal_url)
    secret, expires_at = new_secret(), now + LINK_LASTS
    event = AuditEvent(actor, Action.CONSOLE_LINK_ISSUED, PORTAL, now)
    console.record_link(hashed(secret), Link(actor, url, expires_at), event)
    return ConsoleLink(token_text("", secret), expires_at)


def sign_in(
    console: "ConsoleTable", secret: str, *, now: datetime, source_ip: str, former: str | None = None
) -> str:
    """Spend the link of ``secret``: the session cookie's value. SignInLinkRefused if it is not valid (any more).

    ``former`` is the cookie's value that the browser has had until now: that session ends.
    """
    link_hash, session_token = hashed(secret), secrets.token_urlsafe(32)
    link = console.link(link_hash)
    try:
        if link is None or link.used_at or now >= link.expires_at:
            raise SignInLinkRefused
        session = ConsoleSession(link.actor, link.portal_url, now, now + SESSION_LASTS, now + IDLE_LASTS)
        begun = AuditEvent(link.actor, Action.CONSOLE_SIGNED_IN, PORTAL, now, _from(source_ip))
        former_hash, ended = _ending(console, former, now)
        console.record_signed_in(link_hash, hashed(session_token), session, former_hash, [begun, *ended])
    except SignInLinkRefused:
        if link:  # made-up ones are not recorded, or anybody could fill the audit trail
            refuse(console, now, actor=link.actor, reason="the link was used or has expired", source_ip=source_ip)
        raise
    return session_token


def current(console: "ConsoleTable", cookie: str, now: datetime) -> ConsoleSession:
    """The session of ``cookie``, which goes on by being used; ConsoleSignedOut if it is over."""
    session_hash = hashed(cookie)
    session = _in_use(console, session_hash, now)
    if session is None:
        raise ConsoleSignedOut
    if session.idle_ends_at - now < IDLE_LASTS - NOTED_EVERY:
        console.record_seen(session_hash, now + IDLE_LASTS)
    return session


def is_fresh(session: ConsoleSession, now: datetime) -> bool:
    """Whether the administrator has signed in within the last hour."""
    return now < session.started_at + FRESH_LASTS


def check_fresh(session: ConsoleSession, now: datetime) -> None:
    """SignInTooOld unless the administrator has signed in within the last hour."""
    if not is_fresh(session, now):
        raise SignInTooOld


def sign_out(console: "ConsoleTable", cookie: str, now: datetime) -> None:
    """End the session; one that is over already stays so."""
    session_hash = hashed(cookie)
    session = console.session(session_hash)
    if session and not session.ended_at:
        event = AuditEvent(session.actor, Action.CONSOLE_SIGNED_OUT, PORTAL, now)
        console.record_signed_out(session_hash, now, event)


def end(console: "ConsoleTable", cookie: str, now: datetime, *, actor: str, reason: str, source_ip: str) -> None:
    """End the session because its administrator is none any more, and record that."""
    details = {"reason": reason} | _from(source_ip)
    console.record_signed_out(hashed(cookie), now, AuditEvent(actor, Action.CONSOLE_REFUSED, PORTAL, now, details))


def refuse(console: "ConsoleTable", now: datetime, *, actor: str, reason: str, source_ip: str) -> None:
    """Record that the console did not let a known caller in."""
    details = {"reason": reason} | _from(source_ip)
    console.record_events([AuditEvent(actor, Action.CONSOLE_REFUSED, PORTAL, now, details)])


def _ending(console: "ConsoleTable", former: str | None, now: datetime) -> tuple[str | None, list[AuditEvent]]:
    """The session before, by its hash, with the event of its end; nothing where it is over or there was none."""
    former_hash = hashed(former) if former else None
    session = _in_use(console, former_hash, now) if former_hash else None
    if session is None:
        return None, []
    return former_hash, [AuditEvent(session.actor, Action.CONSOLE_SIGNED_OUT, PORTAL, now)]


def _in_use(console: "ConsoleTable", session_hash: str, now: datetime) -> ConsoleSession | None:
    """The session, unless it is over."""
    session = console.session(session_hash)
    if session is None or session.ended_at or now >= min(session.ends_at, session.idle_ends_at):
        return None
    return session


def _from(source_ip: str) -> dict[str, str]:
    return {"source_ip": source_ip} if source_ip else {}


def _checked_url(url: str) -> str:
    """The address that invitation links begin with; it comes signed, so it is only checked for mistakes."""
    if len(url) > 512 or not re.fullmatch(PORTAL_ADDRESS, url):
        raise InvalidInput(
            "portal_url",
            "The portal's address looks like https://portal.example.com: a host, perhaps a port and a path,"
            " and no user name.",
        )
    return url.rstrip("/")
