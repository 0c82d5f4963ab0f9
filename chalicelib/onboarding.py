"""The member's journey, one function a step.

What a step needs from AWS is named by two protocols; the adapters fulfil them.
Where the journey stands is asked of IAM; the invitation records only what IAM
cannot tell: when the link was opened, and that it is spent. Every step may be
repeated at any point.

AddUserToGroup can be limited by group only, not by user. Here it always follows a
call that IAM allows on ``user/members/*`` alone and that names the same user, so AWS
itself has just checked that the user is a member.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

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
    NotSignedIn,
    PasscodeRefused,
)
from chalicelib.invitations import Invitation, Session

# IAM's clock stamps the device, to the second; ours stamps the invitation.
CLOCK_SKEW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class IAMUser:
    user_name: str
    path: str
    boundary_arn: str | None


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A virtual MFA device that nobody uses yet; its base32 seed exists nowhere else."""

    serial_number: str
    seed: str


@dataclass(frozen=True, slots=True)
class MFADevice:
    serial_number: str
    enabled_at: datetime


@dataclass(frozen=True, slots=True)
class AccessKey:
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class AccessKeyInfo:
    access_key_id: str
    created_at: datetime


class IAM(Protocol):
    """What the journey asks of IAM. Every method may raise AWSBusy, and UserMissing where it names a user."""

    def get_user(self, user_name: str) -> IAMUser: ...
    def serial_number(self, device_name: str) -> str: ...
    def create_device(self, device_name: str) -> NewDevice: ...
    def delete_device(self, serial_number: str) -> None: ...
    def devices(self, user_name: str) -> tuple[MFADevice, ...]: ...
    def enable_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None: ...
    def resync_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None: ...
    def add_to_group(self, user_name: str, group_name: str) -> None: ...
    def access_keys(self, user_name: str) -> tuple[AccessKeyInfo, ...]: ...
    def create_access_key(self, user_name: str) -> AccessKey: ...
    def delete_access_key(self, user_name: str, access_key_id: str) -> None: ...


class Invitations(Protocol):
    """The invitations table; a write and its audit events happen together or not at all."""

    def get(self, key: str) -> Invitation | None: ...
    def count_attempt(self, key: str) -> Invitation: ...
    def record_opened(
        self, invitation: Invitation, session_hash: str, session_expires_at: datetime, event: AuditEvent
    ) -> None: ...
    def record_accepted(
        self, invitation: Invitation, serial_number: str, now: datetime, events: Iterable[AuditEvent]
    ) -> None: ...
    def claim_access_key(
        self, session: Session, now: datetime, *, replace: bool
    ) -> tuple[Invitation | None, bool]: ...
    def release_access_key(self, invitation: Invitation) -> None: ...
    def record_access_key(self, invitation: Invitation, access_key_id: str, event: AuditEvent) -> None: ...


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
        # Counted before it is compared: no number of requests at once gets more tries.
        invitations.check_passcode(invitations_.count_attempt(invitation.key), passcode, token)
    session_token = secrets.token_urlsafe(32)
    event = _event(invitation, Action.INVITATION_OPENED, now, source_ip=source_ip)
    invitations_.record_opened(
        invitation, invitations.hashed(session_token), now + invitations.SESSION_LASTS, event
    )
    return invitations.session_cookie(invitation.key, session_token)


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


def prove_device(
    invitations_: Invitations, iam: IAM, session: Session, *, seed: str, code1: str, code2: str, now: datetime
) -> Accepted | ShowQRCode | AskForCodes:
    """Enable the device with two consecutive codes, then grant the switch-role groups.

    ``seed`` comes back from the member's page. It serves to show the same QR code
    again and to explain a refusal, and decides nothing: IAM checks the codes.
    """
    invitation = current(invitations_, session, now)
    if invitation.accepted_at:
        return Accepted(invitation)
    if not mfa.is_seed(seed):
        raise InvalidInput("seed", "The form is incomplete.")
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
    try:
        if invitation.access_key_attempts > 1:
            _delete_keys_of_journey(iam, invitation)
        access_key = iam.create_access_key(invitation.user_name)
    except FirstdayError as error:
        # Where the key may exist after all, the claim runs out instead, by when IAM lists the key.
        if not (isinstance(error, AWSBusy) and error.is_ambiguous):
            invitations_.release_access_key(invitation)
        raise
    event = _event(invitation, Action.ACCESS_KEY_ISSUED, now, access_key_id=access_key.access_key_id)
    invitations_.record_access_key(invitation, access_key.access_key_id, event)
    return Issued(invitation, access_key)


def _with_enabled_device(
    invitations_: Invitations,
    iam: IAM,
    invitation: Invitation,
    devices: tuple[MFADevice, ...],
    now: datetime,
) -> Accepted | AskForCodes:
    """The member has enabled ``devices``: one that this journey made is proof, as only its page showed the seed."""
    if not devices:
        raise AWSBusy  # IAM is behind: it refused the device as enabled a moment ago
    for device in devices:
        if invitation.opened_at and device.enabled_at >= invitation.opened_at - CLOCK_SKEW:
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


def _delete_keys_of_journey(iam: IAM, invitation: Invitation) -> None:
    for key in iam.access_keys(invitation.user_name):
        if key.created_at >= invitation.created_at:
            iam.delete_access_key(invitation.user_name, key.access_key_id)


def _event(invitation: Invitation, action: Action, now: datetime, **details: str) -> AuditEvent:
    """An event in which the member acts on themself."""
    return AuditEvent(invitation.user_name, action, invitation.user_name, now, details)
