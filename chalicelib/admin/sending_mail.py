"""Sends what waits in the mail table, each mail once, at the rate that Amazon SES allows.

A mail is claimed, and with an invitation the new link's hash is recorded, before SES is asked. If the function ends
between SES's answer and its record, the mail is sent a second time when the claim is over; either link opens.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.admin.runs import Run
from chalicelib.admin.sending_rate import Rate
from chalicelib.audit import Action
from chalicelib.aws_errors import AWSBusy, AWSRefused
from chalicelib.email_addresses import is_email_address
from chalicelib.mail.outgoing import TELLS_ADMINISTRATORS, Letter, Outgoing, Recipient
from chalicelib.mail.refusals import NotNow, TooFast, Unsendable
from chalicelib.members.invitations import hashed, is_pending
from chalicelib.members.link_tokens import new_secret, token_text
from chalicelib.members.record import Member, is_user_name
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.mail_table import MailTable
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.aws.ses import SES

CLAIM_LASTS = timedelta(minutes=2)
# A call to SES that begins this long before the claim's end is over by then.
CALL_LASTS = timedelta(seconds=30)
GIVEN_UP_AFTER = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=1)
# More than there are in a day: each of them ended the function, without a word of SES.
MOST_ATTEMPTS = 60
# How often it is tried to record what SES has taken, a second apart.
RECORDINGS = 10


@dataclass(slots=True, kw_only=True)
class Sent(Run):
    """``members`` were sent a mail, ``given_up`` never will be; ``dropped`` are those whose mail nobody needs."""

    members: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to send: ``write`` makes the letter, with the link if the mail has one.

    ``present`` tells the time while the run goes on; ``pause`` waits for seconds.
    """

    settings: Settings
    ses: "SES"
    portal_url: str
    write: Callable[[Outgoing, Member | None, str | None], Letter]
    present: Callable[[], datetime]
    pause: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A letter, who gets it, and the hash of the invitation that it brings; None if it brings none."""

    letter: Letter
    to: Recipient
    invitation_hash: str | None


def send_waiting(
    mails: "MailTable", members: "MembersTable", post: Post, *, has_time: Callable[[], bool] = lambda: True
) -> Sent:
    """Send what waits, the earliest first, until ``has_time`` says no. It may be repeated at any point."""
    done, rate = Sent(), None
    with suppress(AWSBusy):  # what was done is done; a mail that was under way is tried again after its claim
        for mail in mails.due(post.present()):
            rate = rate or Rate(post.ses.quota(), post.present, post.pause)
            if not (has_time() and rate.has_room()):
                return done
            try:
                _send(mails, members, post, mail, rate, done)
            except NotNow as refused:
                if refused.is_counted:  # a quota that is used up is nothing to be mended
                    _tell_refused(done, mail.event.subject, refused.reason)
                return done
        done.is_finished = True
    return done


def _send(
    mails: "MailTable", members: "MembersTable", post: Post, listed: Outgoing, rate: Rate, done: Sent
) -> None:
    """NotNow if no other mail would be taken either."""
    began, name = post.present(), listed.event.subject
    try:
        mail = mails.claim(listed, secrets.token_hex(8), began, began + CLAIM_LASTS)
    except AWSRefused as refused:  # as of an item that the portal has not written
        _tell_refused(done, name, str(refused))
        return
    if mail is None:
        return
    if mail.attempts > MOST_ATTEMPTS:
        _give_up(mails, post, mail, "the mailer failed each time", done)
        return
    try:
        prepared = _prepared(mails, members, post, mail)
    except AWSBusy:
        raise
    except Exception as error:  # SES was not asked; whatever is wrong with this one, it keeps no other waiting
        reason = f"the mailer cannot write it: {type(error).__name__}"
        _tell_refused(done, name, reason)
        _put_off(mails, post, mail, NotNow(reason), done)
        return
    if prepared is None:
        mails.drop(mail)
        done.dropped.append(name)
        return
    rate.wait()
    if post.present() > began + CLAIM_LASTS - CALL_LASTS:
        return
    try:
        message_id = post.ses.send(prepared.letter, prepared.to, mail.mail_id)
    except Unsendable as refused:
        _give_up(mails, post, mail, refused.reason, done)
    except NotNow as refused:
        if isinstance(refused, TooFast):
            rate.slow_down()
        _put_off(mails, post, mail, refused, done)
        if refused.is_for_all:
            raise
    else:
        _record(mails, post, mail, message_id, prepared.invitation_hash)
        done.members.append(name)


def _prepared(mails: "MailTable", members: "MembersTable", post: Post, mail: Outgoing) -> "_Prepared | None":
    """None if nobody needs it. The administrators' own waits from then on."""
    if not is_user_name(mail.event.subject):
        return None
    _tell_administrators(mails, post, mail)
    member = members.get(mail.event.subject)
    to = _recipient(mail, member, post.settings)
    if to is None or _is_pointless(mail, member, post.present()):
        return None
    invitation_hash = member.token_hash if member and mail.event.action == Action.INVITATION_CREATED else None
    return _Prepared(post.write(mail, member, _link(mails, post, mail, member)), to, invitation_hash)


def _recipient(mail: Outgoing, member: Member | None, settings: Settings) -> Recipient | None:
    """Filters take an address in a name for a forgery, and trust a bare address less than one with a name.

    An address that waits with the mail counts for the last notice only: whoever may put mail there must not lead an
    invitation to themself.
    """
    if mail.for_administrators:
        address = settings.mail.administrators if settings.mail else ""
        return Recipient("", address) if address else None
    is_last = mail.event.action == Action.OFFBOARDING_BEGUN
    email, name = mail.event.address if is_last else member and member.email, mail.event.subject
    return Recipient("" if "@" in name else name, email) if email and is_email_address(email) else None


def _is_pointless(mail: Outgoing, member: Member | None, now: datetime) -> bool:
    """Whether the mail is about an invitation that cannot be opened any more, or not by a mailed link.

    Administrators are told of a few things only: nobody's invitation goes to their address.
    """
    event = mail.event
    if mail.for_administrators:
        return event.action not in TELLS_ADMINISTRATORS
    if event.action not in (Action.INVITATION_CREATED, Action.INVITATION_REMINDED):
        return False
    if member is None or member.invited_at is None or not is_pending(member, now):
        return True
    if event.action == Action.INVITATION_REMINDED:
        return event.occurred_at < member.invited_at  # of an earlier invitation
    return not (member.is_mailed and member.invited_at == event.occurred_at)


def _link(mails: "MailTable", post: Post, mail: Outgoing, member: Member | None) -> str | None:
    """A new link to the member's invitation, whose hash is recorded; None if the mail has none."""
    if mail.event.action not in (Action.INVITATION_CREATED, Action.INVITATION_REMINDED):
        return None
    if member is None or not member.is_mailed or member.token_hash is None or member.expires_at is None:
        return None
    secret = new_secret()
    mails.add_link(hashed(secret), member.token_hash, member.expires_at)
    return f"{post.portal_url}/start#{token_text(member.user_name, secret)}"


def _tell_administrators(mails: "MailTable", post: Post, mail: Outgoing) -> None:
    is_wanted = mail.event.action in TELLS_ADMINISTRATORS and not (mail.is_copied or mail.for_administrators)
    if is_wanted and post.settings.mail and post.settings.mail.administrators:
        mails.copy_for_administrators(mail)


def _tell_refused(done: Sent, name: str, reason: str) -> None:
    done.refused.append(name)
    done.reason = reason


def _put_off(mails: "MailTable", post: Post, mail: Outgoing, refused: NotNow, done: Sent) -> None:
    now = post.present()
    if refused.is_counted and mail.tried_at and now - mail.tried_at >= GIVEN_UP_AFTER:
        _give_up(mails, post, mail, refused.reason, done)
        return
    mails.put_off(mail, now + pause_after(mail.attempts), is_counted=refused.is_counted)


def pause_after(attempts: int) -> timedelta:
    """A minute, two, four, up to an hour."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def _give_up(mails: "MailTable", post: Post, mail: Outgoing, reason: str, done: Sent) -> None:
    mails.failed(mail, reason, post.present())
    done.given_up.append(mail.event.subject)


def _record(mails: "MailTable", post: Post, mail: Outgoing, message_id: str, invitation_hash: str | None) -> None:
    """What is not recorded is sent again, so it is tried for longer than anything else."""
    for _ in range(RECORDINGS - 1):
        with suppress(AWSBusy):
            mails.sent(mail, message_id, post.present(), invitation_hash)
            return
        post.pause(1.0)
    mails.sent(mail, message_id, post.present(), invitation_hash)
