"""The member's journey until there is a device to prove, one function a step; ``device_proof`` goes on.

IAM knows how far the journey is; the member's record says only what IAM
cannot tell: when the link was opened, and that it is spent. Every step may be
repeated at any point.
"""

import base64
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.arns import device_name_of
from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy, DeviceExists, DeviceTaken
from chalicelib.errors import InvalidInput, InvitationLocked, NotSignedIn, PasscodeRefused
from chalicelib.members import invitations, mfa, sessions
from chalicelib.members.link_tokens import Token
from chalicelib.members.new_users import awaited
from chalicelib.members.record import MAXIMUM_ATTEMPTS, Member, device_to_name
from chalicelib.members.sessions import MemberSession
from chalicelib.requests import MemberRequest

if TYPE_CHECKING:
    from collections.abc import Collection

    from chalicelib.aws.iam import IAM
    from chalicelib.aws.mail_table import MailTable
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.members.iam_records import MFADevice


# The outcomes of a step, besides the errors.
@dataclass(frozen=True, slots=True)
class Accepted:
    """MFA is proved and the switch-role groups are granted.

    ``clock`` tells how far the phone's clock is off, where AWS has taken note of it.
    """

    member: Member
    clock: mfa.Refusal | None = None


@dataclass(frozen=True, slots=True)
class ShowQRCode:
    """The member is to scan ``seed`` and type two codes; ``refusal`` tells why the last two were no good.

    ``earlier_entry`` is what an entry of an earlier try, dead now, is called in the authenticator app.
    """

    member: Member
    seed: str
    refusal: mfa.Refusal | None = None
    earlier_entry: str | None = None


@dataclass(frozen=True, slots=True)
class AskForCodes:
    """The member has these devices already, the one in the config first, and is to type two codes of any."""

    member: Member
    serial_numbers: tuple[str, ...]
    refusal: mfa.Refusal | None = None


@dataclass(frozen=True, slots=True)
class AskForFreshCodes:
    """IAM has enabled the device of ``seed``, with codes that were not current: it may be out of sync.

    ``drift`` is how many steps they were off, negative if late; None where ``seed`` does not show them. Whether the
    phone's clock is wrong or the member was slow, two fresh codes tell; until then, no group is granted.
    """

    member: Member
    seed: str
    drift: int | None
    refusal: mfa.Refusal | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A device that two codes are to enable.

    Only one that was enabled ``since`` then was enabled by its page. ``finish`` is what follows current codes.
    """

    serial_number: str
    since: datetime
    is_done: bool
    finish: Callable[[], Accepted]


def ask_for_codes(member: Member, devices: "Collection[MFADevice]") -> AskForCodes:
    """The page for a member who has these devices: it names them, and takes the codes of any."""
    there = [device.serial_number for device in devices]
    named = device_to_name(member, there)
    return AskForCodes(member, tuple(sorted(there, key=lambda serial_number: serial_number != named)))


Outcome = Accepted | ShowQRCode | AskForCodes | AskForFreshCodes


def open_invitation(
    members: "MembersTable",
    token: Token,
    passcode: str | None,
    now: datetime,
    *,
    source_ip: str,
    mails: "MailTable | None" = None,
    language: str | None = None,
) -> str:
    """Open the link of ``token``: returns the session cookie's value, and ends any earlier session.

    Raises the error that says why the link is not valid, and PasscodeRefused if it needs a passcode. Where mail is
    sent, ``mails`` has the links that the mailer has made, and ``language`` is what the member reads.
    """
    found = members.get(token.user_name)
    token = invitations.as_sent(found, token)
    member = _openable(found, invitations.hashed(token.secret), mails, now)
    if member.passcode_hash is not None:
        if not passcode:
            raise PasscodeRefused
        if not invitations.is_passcode(member, passcode, token.secret):
            raise _refused_passcode(members, member, now, source_ip)
    session_token = secrets.token_urlsafe(32)
    event = by_member(member.user_name, Action.INVITATION_OPENED, now, source_ip=source_ip)
    session = invitations.hashed(session_token), now + sessions.SESSION_LASTS, now + sessions.IDLE_LASTS
    members.record_opened(member, session, event, language)
    return sessions.session_cookie(member.user_name, session_token)


def _openable(found: Member | None, link_hash: str, mails: "MailTable | None", now: datetime) -> Member:
    """A link that the record does not know may be a mailed one: only then is the mail table asked."""
    mailed_for = mails.invitation_of(link_hash) if mails and invitations.is_unknown(found, link_hash) else None
    return invitations.openable(found, mailed_for or link_hash, now, is_mailed=mailed_for is not None)


def _refused_passcode(
    members: "MembersTable", member: Member, now: datetime, source_ip: str
) -> PasscodeRefused | InvitationLocked:
    """Count a wrong passcode, and say what is left."""
    attempts = members.count_attempt(member).failed_attempts
    event = by_member(member.user_name, Action.PASSCODE_REFUSED, now, source_ip=source_ip, attempts=str(attempts))
    members.record_events([event])
    left = MAXIMUM_ATTEMPTS - attempts
    return PasscodeRefused(left) if left > 0 else InvitationLocked()


def current(members: "MembersTable", session: MemberSession, now: datetime) -> Member:
    """The member that ``session`` acts for, or NotSignedIn, or why the journey has ended."""
    return going_on(members, members.get(session.user_name), session, now)


def going_on(members: "MembersTable", member: Member | None, session: MemberSession, now: datetime) -> Member:
    """The ``member``, whose record was just read, if ``session`` acts for them; it goes on by being used."""
    found = sessions.signed_in(member, session, now)
    if sessions.is_to_be_noted(found, now):
        members.record_seen(session, now, now + sessions.IDLE_LASTS)
    return found


def sign_out(members: "MembersTable", session: MemberSession, now: datetime) -> bool:
    """End the session; False if it has ended already or never existed: then nothing changes."""
    member = members.get(session.user_name)
    if member is None or not sessions.is_of(session, member):
        return False
    members.record_signed_out(session, by_member(member.user_name, Action.SESSION_ENDED, now))
    return True


def check_accepted(member: Member) -> None:
    """NotSignedIn unless MFA is proved."""
    if member.accepted_at is None:
        raise NotSignedIn


def begin_registering(members: "MembersTable", session: MemberSession, now: datetime) -> Member:
    """As ``current``, and it is noted that the member asks for a QR code: one call writes and reads."""
    return going_on(members, members.record_registering(session, now), session, now)


def register_device(request: MemberRequest, session: MemberSession, member: Member) -> Outcome:
    """Create the member's virtual MFA device, removing what an earlier try left behind.

    It has the user's name, or, where somebody else's device is called so, one that nobody has; the record keeps it.
    A member who has enabled one is asked for two codes of it, also if it was on this journey. The seed is not
    known here, so the portal cannot tell whether those codes were current.
    """
    if member.accepted_at:
        return Accepted(member)
    iam, now = request.iam, request.now
    if member.adding_serial is None:
        with suppress(DeviceTaken):
            return _created(iam, member, now)
    serial_number = iam.serial_number(further_name(member.user_name))
    return _created(iam, request.portal.device_proofs.record_named(session, serial_number, now), now)


def first_name(member: Member) -> str:
    """What the journey's device is called."""
    return device_name_of(member.adding_serial) if member.adding_serial else member.user_name


def further_name(user_name: str) -> str:
    """A name with 50 random bits, in letters and digits that IAM takes: no device is called like that by chance."""
    return f"{user_name}-{base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]}"


def _created(iam: "IAM", member: Member, now: datetime) -> ShowQRCode | AskForCodes:
    name = member.user_name
    with awaited(member, now):
        if not member.created_user and (devices := iam.devices(name)):
            return ask_for_codes(member, devices)
        try:
            return ShowQRCode(member, iam.create_device(first_name(member)).seed)
        except DeviceExists:
            if devices := iam.devices(name):
                return ask_for_codes(member, devices)
        return _after_leftover(iam, member)


def _after_leftover(iam: "IAM", member: Member) -> ShowQRCode | AskForCodes:
    """Remove the unassigned device of an earlier try, and make a new one."""
    device_name = first_name(member)
    try:
        iam.delete_device(iam.serial_number(device_name))
    except DeviceExists:  # assigned: to the member by another tab just now, or to somebody else
        if devices := iam.devices(member.user_name):
            return ask_for_codes(member, devices)
        raise DeviceTaken from None
    try:
        return ShowQRCode(member, iam.create_device(device_name).seed, earlier_entry=device_name)
    except DeviceExists:  # another tab was quicker
        raise AWSBusy from None


def show_again(member: Member, seed: str, *, is_done: bool) -> Accepted | ShowQRCode:
    """The page of ``seed`` once more, unless all is done by now. InvalidInput if it is no seed."""
    if is_done:
        return Accepted(member)
    if not mfa.is_seed(seed):
        raise InvalidInput("seed", "The form is incomplete.")
    return ShowQRCode(member, seed)
