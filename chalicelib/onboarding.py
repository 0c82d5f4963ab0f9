"""The member's journey, one function a step.

Where the journey stands is asked of IAM; the member's record says only what IAM
cannot tell: when the link was opened, and that it is spent. Every step may be
repeated at any point.

AddUserToGroup can be limited by group only, not by user. Here it always follows a
call that IAM allows on ``user/members/*`` alone and that names the same user, so AWS
itself has just checked that the user is a member.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from chalicelib import invitations, mfa
from chalicelib.audit import Action, by_member
from chalicelib.errors import (
    AWSBusy,
    CodesInvalid,
    DeviceExists,
    DeviceMissing,
    DeviceTaken,
    InvalidInput,
    InvitationLocked,
    NotSignedIn,
    PasscodeRefused,
    UserMissing,
)
from chalicelib.invitations import CLOCK_SKEW, Session
from chalicelib.members import MAXIMUM_ATTEMPTS, Member
from chalicelib.ports import IAM, Members, MFADevice


# What a step comes to, besides the errors.
@dataclass(frozen=True, slots=True)
class Accepted:
    """MFA is proved and the switch-role groups are granted."""

    member: Member


@dataclass(frozen=True, slots=True)
class ShowQRCode:
    """The member is to scan ``seed`` and type two codes; ``refusal`` tells why the last two were no good.

    ``has_earlier_entry``: the authenticator app may hold an entry of an earlier try, which is dead now.
    """

    member: Member
    seed: str
    refusal: mfa.Refusal | None = None
    has_earlier_entry: bool = False


@dataclass(frozen=True, slots=True)
class AskForCodes:
    """The member has this device already and is to type two of its codes."""

    member: Member
    serial_number: str
    refusal: mfa.Refusal | None = None


def open_invitation(members: Members, token: str, passcode: str | None, now: datetime, *, source_ip: str) -> str:
    """Open the link of ``token``: returns the session cookie's value, and ends any earlier session.

    Raises why the link is no good, and PasscodeRefused where a passcode is due.
    """
    parts = invitations.parsed(token)
    member = invitations.openable(members.get(parts.user_name), parts, now)
    if member.passcode_hash is not None:
        if not passcode:
            raise PasscodeRefused
        if not invitations.is_passcode(member, passcode, parts.secret):
            raise _refused_passcode(members, member, now, source_ip)
    session_token = secrets.token_urlsafe(32)
    event = by_member(member.user_name, Action.INVITATION_OPENED, now, source_ip=source_ip)
    members.record_opened(member, invitations.hashed(session_token), now + invitations.SESSION_LASTS, event)
    return invitations.session_cookie(member.user_name, session_token)


def _refused_passcode(
    members: Members, member: Member, now: datetime, source_ip: str
) -> PasscodeRefused | InvitationLocked:
    """Count a wrong passcode, and say what is left."""
    attempts = members.count_attempt(member).failed_attempts
    event = by_member(member.user_name, Action.PASSCODE_REFUSED, now, source_ip=source_ip, attempts=str(attempts))
    members.record_events([event])
    left = MAXIMUM_ATTEMPTS - attempts
    return PasscodeRefused(left) if left > 0 else InvitationLocked()


def current(members: Members, session: Session, now: datetime) -> Member:
    """The member for whom ``session`` acts, or NotSignedIn, or why the journey has ended."""
    return invitations.signed_in(members.get(session.user_name), session, now)


def accepted(members: Members, session: Session, now: datetime) -> Member:
    """As ``current``; NotSignedIn also where MFA is not proved yet."""
    member = current(members, session, now)
    if member.accepted_at is None:
        raise NotSignedIn
    return member


def register_device(
    members: Members, iam: IAM, session: Session, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Create the member's virtual MFA device, removing what an earlier try left behind."""
    member = invitations.signed_in(members.record_registering(session, now), session, now)
    if member.accepted_at:
        return Accepted(member)
    name = member.user_name
    if not member.created_user and (devices := iam.devices(name)):
        return _with_enabled_device(members, iam, member, devices, now)
    try:
        return ShowQRCode(member, iam.create_device(name).seed)
    except DeviceExists:
        if devices := iam.devices(name):
            return _with_enabled_device(members, iam, member, devices, now)
    return _after_leftover(members, iam, member, now)


def _after_leftover(
    members: Members, iam: IAM, member: Member, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Remove the unassigned device of an earlier try, and make a new one."""
    name = member.user_name
    try:
        iam.delete_device(iam.serial_number(name))
    except DeviceExists:  # assigned: to the member by another tab just now, or to somebody else
        if devices := iam.devices(name):
            return _with_enabled_device(members, iam, member, devices, now)
        raise DeviceTaken from None
    try:
        return ShowQRCode(member, iam.create_device(name).seed, has_earlier_entry=True)
    except DeviceExists:  # another tab was quicker
        raise AWSBusy from None


def show_again(members: Members, session: Session, seed: str, now: datetime) -> Accepted | ShowQRCode:
    """The page of ``seed`` once more, unless MFA is proved by now. InvalidInput if it is no seed."""
    member = current(members, session, now)
    if member.accepted_at:
        return Accepted(member)
    if not mfa.is_seed(seed):
        raise InvalidInput("seed", "The form is incomplete.")
    return ShowQRCode(member, seed)


def prove_device(
    members: Members, iam: IAM, session: Session, *, seed: str, code1: str, code2: str, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Enable the device with two consecutive codes, then grant the switch-role groups.

    ``seed`` comes back from the member's page. It serves to show the same QR code
    again and to explain a refusal, and decides nothing: IAM checks the codes.
    """
    shown = show_again(members, session, seed, now)
    if isinstance(shown, Accepted):
        return shown
    member = shown.member
    if refusal := mfa.obvious_refusal(code1, code2):
        return ShowQRCode(member, seed, refusal)
    name = member.user_name
    serial_number = iam.serial_number(name)
    try:
        iam.enable_device(name, serial_number, code1, code2)
    except DeviceExists:
        return _with_enabled_device(members, iam, member, iam.devices(name), now)
    except DeviceMissing:
        _check_user(iam, name)  # it may be the user who is gone
        return ShowQRCode(member, seed, mfa.Refusal(mfa.Reason.DEVICE_REPLACED))
    except CodesInvalid:
        refusal = mfa.explain(seed, code1, code2, now.timestamp())
        # Right codes: they may be used up by a first attempt whose reply was lost.
        if refusal.reason is mfa.Reason.DEVICE_REPLACED and (devices := iam.devices(name)):
            return _with_enabled_device(members, iam, member, devices, now)
        return ShowQRCode(member, seed, refusal)
    except UserMissing:
        _check_user(iam, name)
        raise
    return _grant(members, iam, member, serial_number, Action.MFA_ENABLED, now)


def prove_existing_device(
    members: Members, iam: IAM, session: Session, *, code1: str, code2: str, now: datetime
) -> Accepted | AskForCodes:
    """Prove MFA with a device enabled before this journey: IAM checks two codes when it resynchronises one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
    """
    member = current(members, session, now)
    if member.accepted_at:
        return Accepted(member)
    devices = iam.devices(member.user_name)
    if not devices:
        raise NotSignedIn  # reset meanwhile: the link leads to a new device
    refusal = mfa.obvious_refusal(code1, code2)
    for device in () if refusal else devices:
        try:
            iam.resync_device(member.user_name, device.serial_number, code1, code2)
        except (CodesInvalid, DeviceMissing):
            continue
        return _grant(members, iam, member, device.serial_number, Action.MFA_PROVED, now)
    refusal = refusal or mfa.Refusal(mfa.Reason.OTHER_DEVICE)
    return AskForCodes(member, devices[0].serial_number, refusal)


def _check_user(iam: IAM, name: str) -> None:
    """Raise UserMissing if the user is gone, and take along the device that would belong to nobody."""
    try:
        iam.get_user(name)
    except UserMissing:
        iam.delete_device(iam.serial_number(name))
        raise


def _with_enabled_device(
    members: Members,
    iam: IAM,
    member: Member,
    devices: tuple[MFADevice, ...],
    now: datetime,
) -> Accepted | AskForCodes:
    """The member has enabled ``devices``: the one of this journey is proof, as only its page showed the seed."""
    if not devices:
        raise AWSBusy  # IAM is behind: it refused the device as enabled a moment ago
    own = iam.serial_number(member.user_name)
    since = (member.opened_at or now) - CLOCK_SKEW
    for device in devices:
        if device.serial_number == own and device.enabled_at >= since:
            return _grant(members, iam, member, device.serial_number, Action.MFA_ENABLED, now)
    return AskForCodes(member, devices[0].serial_number)


def _grant(
    members: Members,
    iam: IAM,
    member: Member,
    serial_number: str,
    proof: Action,
    now: datetime,
) -> Accepted:
    """Grant the groups, activate what a reset deactivated, and record it: all of it may be done again."""
    name = member.user_name
    for group_name in member.groups:
        iam.add_to_group(name, group_name)
    events = [
        by_member(name, proof, now, serial_number=serial_number),
        by_member(name, Action.GROUPS_GRANTED, now, groups=" ".join(member.groups)),
    ]
    activated = [key_id for key_id in member.deactivated_keys if iam.activate_access_key(name, key_id)]
    events += [by_member(name, Action.ACCESS_KEY_ACTIVATED, now, access_key_id=key_id) for key_id in activated]
    # The member has this key, so the journey offers to go on with it before it issues another.
    known_key = activated[0] if activated else None
    try:
        members.record_accepted(member, serial_number, known_key, now, events)
    except AWSBusy:
        _leave_unwanted(members, iam, member)
        raise
    return Accepted(member)


def _leave_unwanted(members: Members, iam: IAM, member: Member) -> None:
    """Take back groups that were granted while an administrator changed them, or revoked the invitation."""
    now = members.get(member.user_name)
    is_wanted = now is not None and (now.proved_at or (now.token_hash == member.token_hash and not now.revoked_at))
    for group_name in member.groups:
        if now is None or not is_wanted or group_name not in now.groups:
            iam.remove_from_group(member.user_name, group_name)
