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
from datetime import datetime, timedelta

from chalicelib import invitations, mfa
from chalicelib.audit import Action, AuditEvent
from chalicelib.errors import (
    AWSBusy,
    CodesInvalid,
    DeviceExists,
    DeviceMissing,
    FirstdayError,
    InProgress,
    InvalidInput,
    InvitationLocked,
    NotSignedIn,
    PasscodeRefused,
)
from chalicelib.invitations import Invitation, Session
from chalicelib.ports import IAM, AccessKey, Invitations, MFADevice

# IAM's clock stamps the device, to the second; ours stamps the invitation.
CLOCK_SKEW = timedelta(seconds=5)


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


@dataclass(frozen=True, slots=True)
class AlreadyIssued:
    """The journey's access key was issued before; its secret exists with the member only."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Issued:
    invitation: Invitation
    access_key: AccessKey


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
        _try_passcode(invitations_, invitation, passcode, token, now, source_ip)
    session_token = secrets.token_urlsafe(32)
    event = _event(invitation, Action.INVITATION_OPENED, now, source_ip=source_ip)
    invitations_.record_opened(
        invitation, invitations.hashed(session_token), now + invitations.SESSION_LASTS, event
    )
    return invitations.session_cookie(invitation.key, session_token)


def _try_passcode(
    invitations_: Invitations,
    invitation: Invitation,
    passcode: str,
    token: str,
    now: datetime,
    source_ip: str,
) -> None:
    """Counted before it is compared: no number of requests at once gets more tries."""
    counted = invitations_.count_attempt(invitation.key)
    try:
        invitations.check_passcode(counted, passcode, token)
    except (PasscodeRefused, InvitationLocked):
        attempts = str(counted.failed_attempts)
        event = _event(invitation, Action.PASSCODE_REFUSED, now, source_ip=source_ip, attempts=attempts)
        invitations_.record_events([event])
        raise


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
    try:
        iam.delete_device(iam.serial_number(name))
        return ShowQRCode(invitation, iam.create_device(name).seed, has_earlier_entry=True)
    except DeviceExists:  # another tab was quicker, or is just enabling it: the next try sees which
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
        iam.get_user(name)  # or is it the user who is gone?
        return ShowQRCode(invitation, seed, mfa.Refusal(mfa.Reason.DEVICE_REPLACED))
    except CodesInvalid:
        return ShowQRCode(invitation, seed, mfa.explain(seed, code1, code2, now.timestamp()))
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


def issue_access_key(
    invitations_: Invitations, iam: IAM, session: Session, now: datetime, *, replace: bool
) -> Issued | AlreadyIssued:
    """Issue the journey's one access key. ``replace`` gives up the one issued before.

    A key whose secret was lost on the way is removed by the next try, so that one is left at the end.
    """
    found, is_claimed = invitations_.claim_access_key(session, now, replace=replace)
    invitation = invitations.signed_in(found, session, now)
    if invitation.accepted_at is None:
        raise NotSignedIn
    if not is_claimed and invitation.access_key_id and not replace:
        return AlreadyIssued(invitation)
    if not is_claimed:
        raise InProgress
    deleted: list[str] = []
    try:
        if invitation.access_key_attempts > 1:
            deleted = _delete_keys_of_journey(iam, invitation)
        access_key = iam.create_access_key(invitation.user_name)
    except FirstdayError as error:
        # Where the key may exist after all, the claim runs out instead, by when IAM lists the key.
        if not (isinstance(error, AWSBusy) and error.is_ambiguous):
            invitations_.release_access_key(invitation)
        raise
    new_id = access_key.access_key_id
    events = [_event(invitation, Action.ACCESS_KEY_DELETED, now, access_key_id=old_id) for old_id in deleted]
    events.append(_event(invitation, Action.ACCESS_KEY_ISSUED, now, access_key_id=new_id))
    invitations_.record_access_key(invitation, new_id, events)
    return Issued(invitation, access_key)


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
        _event(invitation, proof, now, serial_number=serial_number),
        _event(invitation, Action.GROUPS_GRANTED, now, groups=" ".join(invitation.groups)),
    )
    invitations_.record_accepted(invitation, serial_number, now, events)
    return Accepted(invitation)


def _delete_keys_of_journey(iam: IAM, invitation: Invitation) -> list[str]:
    """Delete what this journey issued, which can only have been since MFA was proved; the ids."""
    since = (invitation.accepted_at or invitation.created_at) - CLOCK_SKEW
    found = [key.access_key_id for key in iam.access_keys(invitation.user_name) if key.created_at >= since]
    for access_key_id in found:
        iam.delete_access_key(invitation.user_name, access_key_id)
    return found


def _event(invitation: Invitation, action: Action, now: datetime, **details: str) -> AuditEvent:
    """An event in which the member acts on themself."""
    return AuditEvent(invitation.user_name, action, invitation.user_name, now, details)
