"""The member's journey, one function a step.

Where the journey stands is asked of IAM; the invitation records only what IAM
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
from chalicelib.invitations import CLOCK_SKEW, Invitation, Session
from chalicelib.ports import IAM, Invitations, MFADevice


# What a step comes to, besides the errors.
@dataclass(frozen=True, slots=True)
class Accepted:
    """MFA is proved and the switch-role groups are granted."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class ShowQRCode:
    """The member is to scan ``seed`` and type two codes; ``refusal`` tells why the last two were no good.

    ``has_earlier_entry``: the authenticator app may hold an entry of an earlier try, which is dead now.
    """

    invitation: Invitation
    seed: str
    refusal: mfa.Refusal | None = None
    has_earlier_entry: bool = False


@dataclass(frozen=True, slots=True)
class AskForCodes:
    """The member has this device already and is to type two of its codes."""

    invitation: Invitation
    serial_number: str
    refusal: mfa.Refusal | None = None


def open_invitation(
    invitations_: Invitations, token: str, passcode: str | None, now: datetime, *, source_ip: str
) -> str:
    """Open the link of ``token``: returns the session cookie's value, and ends any earlier session.

    Raises why the link is no good, and PasscodeRefused where a passcode is due.
    """
    invitation = invitations.openable(invitations_.get(invitations.hashed(token)), now)
    if invitation.passcode_hash is not None:
        if not passcode:
            raise PasscodeRefused
        if not invitations.is_passcode(invitation, passcode, token):
            raise _refused_passcode(invitations_, invitation, now, source_ip)
    session_token = secrets.token_urlsafe(32)
    event = by_member(invitation.user_name, Action.INVITATION_OPENED, now, source_ip=source_ip)
    invitations_.record_opened(
        invitation, invitations.hashed(session_token), now + invitations.SESSION_LASTS, event
    )
    return invitations.session_cookie(invitation.key, session_token)


def _refused_passcode(
    invitations_: Invitations, invitation: Invitation, now: datetime, source_ip: str
) -> PasscodeRefused | InvitationLocked:
    """Count a wrong passcode, and say what is left."""
    attempts = invitations_.count_attempt(invitation.key).failed_attempts
    event = by_member(
        invitation.user_name, Action.PASSCODE_REFUSED, now, source_ip=source_ip, attempts=str(attempts)
    )
    invitations_.record_events([event])
    left = invitations.MAXIMUM_ATTEMPTS - attempts
    return PasscodeRefused(left) if left > 0 else InvitationLocked()


def current(invitations_: Invitations, session: Session, now: datetime) -> Invitation:
    """The invitation on which ``session`` acts, or NotSignedIn, or why its journey has ended."""
    return invitations.signed_in(invitations_.get(session.invitation_key), session, now)


def accepted(invitations_: Invitations, session: Session, now: datetime) -> Invitation:
    """As ``current``; NotSignedIn also where MFA is not proved yet."""
    invitation = current(invitations_, session, now)
    if invitation.accepted_at is None:
        raise NotSignedIn
    return invitation


def register_device(
    invitations_: Invitations, iam: IAM, session: Session, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Create the member's virtual MFA device, removing what an earlier try left behind."""
    invitation = current(invitations_, session, now)
    if invitation.accepted_at:
        return Accepted(invitation)
    name = invitation.user_name
    if not invitation.created_user and (devices := iam.devices(name)):
        return _with_enabled_device(invitations_, iam, invitation, devices, now)
    try:
        return ShowQRCode(invitation, iam.create_device(name).seed)
    except DeviceExists:
        if devices := iam.devices(name):
            return _with_enabled_device(invitations_, iam, invitation, devices, now)
    return _after_leftover(invitations_, iam, invitation, now)


def _after_leftover(
    invitations_: Invitations, iam: IAM, invitation: Invitation, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Remove the unassigned device of an earlier try, and make a new one."""
    name = invitation.user_name
    try:
        iam.delete_device(iam.serial_number(name))
    except DeviceExists:  # assigned: to the member by another tab just now, or to somebody else
        if devices := iam.devices(name):
            return _with_enabled_device(invitations_, iam, invitation, devices, now)
        raise DeviceTaken from None
    try:
        return ShowQRCode(invitation, iam.create_device(name).seed, has_earlier_entry=True)
    except DeviceExists:  # another tab was quicker
        raise AWSBusy from None


def show_again(invitations_: Invitations, session: Session, seed: str, now: datetime) -> Accepted | ShowQRCode:
    """The page of ``seed`` once more, unless MFA is proved by now. InvalidInput if it is no seed."""
    invitation = current(invitations_, session, now)
    if invitation.accepted_at:
        return Accepted(invitation)
    if not mfa.is_seed(seed):
        raise InvalidInput("seed", "The form is incomplete.")
    return ShowQRCode(invitation, seed)


def prove_device(
    invitations_: Invitations, iam: IAM, session: Session, *, seed: str, code1: str, code2: str, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Enable the device with two consecutive codes, then grant the switch-role groups.

    ``seed`` comes back from the member's page. It serves to show the same QR code
    again and to explain a refusal, and decides nothing: IAM checks the codes.
    """
    shown = show_again(invitations_, session, seed, now)
    if isinstance(shown, Accepted):
        return shown
    invitation = shown.invitation
    if refusal := mfa.obvious_refusal(code1, code2):
        return ShowQRCode(invitation, seed, refusal)
    name = invitation.user_name
    serial_number = iam.serial_number(name)
    try:
        iam.enable_device(name, serial_number, code1, code2)
    except DeviceExists:
        return _with_enabled_device(invitations_, iam, invitation, iam.devices(name), now)
    except DeviceMissing:
        _check_user(iam, name)  # it may be the user who is gone
        return ShowQRCode(invitation, seed, mfa.Refusal(mfa.Reason.DEVICE_REPLACED))
    except CodesInvalid:
        refusal = mfa.explain(seed, code1, code2, now.timestamp())
        # Right codes: they may be used up by a first attempt whose reply was lost.
        if refusal.reason is mfa.Reason.DEVICE_REPLACED and (devices := iam.devices(name)):
            return _with_enabled_device(invitations_, iam, invitation, devices, now)
        return ShowQRCode(invitation, seed, refusal)
    except UserMissing:
        _check_user(iam, name)
        raise
    return _grant(invitations_, iam, invitation, serial_number, Action.MFA_ENABLED, now)


def prove_existing_device(
    invitations_: Invitations, iam: IAM, session: Session, *, code1: str, code2: str, now: datetime
) -> Accepted | AskForCodes:
    """Prove MFA with a device enabled before this journey: IAM checks two codes when it resynchronises one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
    """
    invitation = current(invitations_, session, now)
    if invitation.accepted_at:
        return Accepted(invitation)
    devices = iam.devices(invitation.user_name)
    if not devices:
        raise NotSignedIn  # reset meanwhile: the link leads to a new device
    refusal = mfa.obvious_refusal(code1, code2)
    for device in () if refusal else devices:
        try:
            iam.resync_device(invitation.user_name, device.serial_number, code1, code2)
        except (CodesInvalid, DeviceMissing):
            continue
        return _grant(invitations_, iam, invitation, device.serial_number, Action.MFA_PROVED, now)
    refusal = refusal or mfa.Refusal(mfa.Reason.OTHER_DEVICE)
    return AskForCodes(invitation, devices[0].serial_number, refusal)


def _check_user(iam: IAM, name: str) -> None:
    """Raise UserMissing if the user is gone, and take along the device that would belong to nobody."""
    try:
        iam.get_user(name)
    except UserMissing:
        iam.delete_device(iam.serial_number(name))
        raise


def _with_enabled_device(
    invitations_: Invitations,
    iam: IAM,
    invitation: Invitation,
    devices: tuple[MFADevice, ...],
    now: datetime,
) -> Accepted | AskForCodes:
    """The member has enabled ``devices``: the one of this journey is proof, as only its page showed the seed."""
    if not devices:
        raise AWSBusy  # IAM is behind: it refused the device as enabled a moment ago
    own = iam.serial_number(invitation.user_name)
    since = (invitation.opened_at or now) - CLOCK_SKEW
    for device in devices:
        if device.serial_number == own and device.enabled_at >= since:
            return _grant(invitations_, iam, invitation, device.serial_number, Action.MFA_ENABLED, now)
    return AskForCodes(invitation, devices[0].serial_number)


def _grant(
    invitations_: Invitations,
    iam: IAM,
    invitation: Invitation,
    serial_number: str,
    proof: Action,
    now: datetime,
) -> Accepted:
    for group_name in invitation.groups:
        iam.add_to_group(invitation.user_name, group_name)
    events = (
        by_member(invitation.user_name, proof, now, serial_number=serial_number),
        by_member(invitation.user_name, Action.GROUPS_GRANTED, now, groups=" ".join(invitation.groups)),
    )
    invitations_.record_accepted(invitation, serial_number, now, events)
    return Accepted(invitation)
