"""From the first two codes of a device to its registration: IAM accepts the codes, and they are current.

Before ``grant``, each of them makes a call that names the user: see there.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy, CodesInvalid, DeviceExists, DeviceMissing, UserMissing
from chalicelib.errors import NotSignedIn
from chalicelib.journey.granting import grant, took_codes
from chalicelib.journey.onboarding import (
    Accepted,
    AskForFreshCodes,
    Outcome,
    Registration,
    ShowQRCode,
    ask_for_codes,
    first_name,
    show_again,
)
from chalicelib.members import mfa
from chalicelib.members.invitations import CLOCK_SKEW
from chalicelib.members.new_users import awaited, is_new
from chalicelib.members.record import Member
from chalicelib.requests import MemberRequest


def first_device(request: MemberRequest, member: Member) -> Registration:
    """That of the journey: the switch-role groups follow it."""
    serial_number = request.iam.serial_number(first_name(member))
    return Registration(
        serial_number,
        since=(member.opened_at or request.now) - CLOCK_SKEW,
        is_done=member.accepted_at is not None,
        finish=lambda: grant(request, member, serial_number, Action.MFA_ENABLED),
    )


def prove_device(
    request: MemberRequest, member: Member, device: Registration, *, seed: str, code1: str, code2: str
) -> Outcome:
    """Enable the ``device`` with two consecutive codes, then finish its registration.

    ``seed`` comes back from the member's page. It serves to show the same QR code again, to explain a refusal, and
    to see whether codes that IAM has accepted are current: IAM may enable a device with late ones, and it
    does not work then. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
    """
    shown = show_again(member, seed, is_done=device.is_done)
    if isinstance(shown, Accepted):
        return shown
    if refusal := mfa.obvious_refusal(code1, code2):
        return ShowQRCode(member, seed, refusal)
    if _have_aged(request, member, seed, code1, code2):
        return ShowQRCode(member, seed, mfa.Refusal(mfa.Reason.CODES_AGED))
    with awaited(member, request.now):
        outcome = _enable(request, member, device, seed, code1, code2)
    return _recorded(request, outcome)


def _enable(
    request: MemberRequest, member: Member, device: Registration, seed: str, code1: str, code2: str
) -> Outcome:
    iam, now, name = request.iam, request.now, member.user_name
    serial_number = device.serial_number
    try:
        iam.enable_device(name, serial_number, code1, code2)
    except DeviceExists:
        if took_codes(member, serial_number, now):
            return device.finish()
        return _after_lost_reply(request, member, device, seed, code1, code2)
    except DeviceMissing:
        return _replaced(request, member, device, seed)
    except CodesInvalid:
        refusal = mfa.explain(seed, code1, code2, now.timestamp())
        # Right codes: they may be used up by a first attempt whose reply was lost.
        if refusal.reason is mfa.Reason.DEVICE_REPLACED and iam.devices(name):
            return _after_lost_reply(request, member, device, seed, code1, code2)
        return ShowQRCode(member, seed, refusal)
    except UserMissing:
        _check_user(request, member, device)
        raise
    return _judged(request, member, device, seed, code1, code2)


def _have_aged(request: MemberRequest, member: Member, seed: str | None, code1: str, code2: str) -> bool:
    """Whether the codes have grown old while their page waited, and AWS has not taken them before."""
    times = request.first_sent_at.timestamp(), request.now.timestamp()
    return member.enabled_at is None and mfa.have_aged(seed, code1, code2, *times)


def _judged(
    request: MemberRequest, member: Member, device: Registration, seed: str, code1: str, code2: str
) -> Accepted | AskForFreshCodes:
    """AWS has just taken the codes, perhaps after a wait: the device is registered if they were current then."""
    now = request.present().timestamp()
    drift = mfa.drift_of(seed, code1, code2, now)
    if mfa.is_fresh(drift):
        return device.finish()
    has_aged = mfa.have_aged(seed, code1, code2, request.first_sent_at.timestamp(), now)
    return AskForFreshCodes(member, seed, drift, mfa.Refusal(mfa.Reason.CODES_AGED) if has_aged else None)


def ask_again_for_fresh_codes(
    member: Member, seed: str, drift: int | None, *, is_done: bool
) -> Accepted | AskForFreshCodes:
    """The page for two fresh codes once more, unless all is done by now. InvalidInput if ``seed`` is none."""
    shown = show_again(member, seed, is_done=is_done)
    return shown if isinstance(shown, Accepted) else AskForFreshCodes(member, seed, drift)


def prove_with_fresh_codes(
    request: MemberRequest,
    member: Member,
    device: Registration,
    *,
    seed: str,
    drift: int | None,
    code1: str,
    code2: str,
) -> Outcome:
    """Resynchronise the ``device`` with two fresh codes, then finish its registration.

    ``drift`` is that of the codes before these. If these are as far off, the phone's clock is wrong, and IAM knows
    that now; else the member typed them late again.
    """
    asked = ask_again_for_fresh_codes(member, seed, drift, is_done=device.is_done)
    if isinstance(asked, Accepted):
        return asked
    if refusal := mfa.obvious_refusal(code1, code2):
        return replace(asked, refusal=refusal)
    if _have_aged(request, asked.member, seed, code1, code2):
        return replace(asked, refusal=mfa.Refusal(mfa.Reason.CODES_AGED))
    with awaited(asked.member, request.now):
        outcome = _resynchronise(request, asked, device, code1, code2)
    return _recorded(request, outcome)


def _resynchronise(
    request: MemberRequest, asked: AskForFreshCodes, device: Registration, code1: str, code2: str
) -> Outcome:
    member, seed, serial_number = asked.member, asked.seed, device.serial_number
    has_taken = took_codes(member, serial_number, request.now)
    try:
        request.iam.resync_device(member.user_name, serial_number, code1, code2)
    except DeviceMissing:
        return _replaced(request, member, device, seed)
    except CodesInvalid:  # also codes that AWS has taken
        if not has_taken:
            return replace(asked, refusal=_why_not_fresh(seed, code1, code2, request.now))
    found = mfa.drift_of(seed, code1, code2, request.first_sent_at.timestamp())
    if found is not None and not mfa.is_fresh(found) and mfa.is_same_clock(found, asked.drift):
        return replace(device.finish(), clock=mfa.clock(found))
    return device.finish() if has_taken else _judged(request, member, device, seed, code1, code2)


def _why_not_fresh(seed: str, code1: str, code2: str, now: datetime) -> mfa.Refusal:
    """Codes that are right and refused were used before: by an attempt whose reply was lost, or to register."""
    refusal = mfa.explain(seed, code1, code2, now.timestamp())
    return mfa.Refusal(mfa.Reason.CODES_USED) if refusal.reason is mfa.Reason.DEVICE_REPLACED else refusal


def prove_existing_device(request: MemberRequest, member: Member, *, code1: str, code2: str) -> Outcome:
    """Prove MFA with a device enabled before this journey: IAM checks two codes when it resynchronises one.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
    """
    if member.accepted_at:
        return Accepted(member)
    with awaited(member, request.now):
        devices = request.iam.devices(member.user_name)
    if not devices:
        raise NotSignedIn  # reset meanwhile: the link leads to a new device
    asked = ask_for_codes(member, devices)
    if refusal := mfa.obvious_refusal(code1, code2):
        return replace(asked, refusal=refusal)
    for device in devices:
        if took_codes(member, device.serial_number, request.now):
            return grant(request, member, device.serial_number, Action.MFA_PROVED)
    if _have_aged(request, member, None, code1, code2):
        return replace(asked, refusal=mfa.Refusal(mfa.Reason.CODES_AGED))
    for device in devices:
        try:
            request.iam.resync_device(member.user_name, device.serial_number, code1, code2)
        except (CodesInvalid, DeviceMissing):
            continue
        return grant(request, member, device.serial_number, Action.MFA_PROVED)
    return _recorded(request, replace(asked, refusal=mfa.Refusal(mfa.Reason.OTHER_DEVICE)))


def _recorded(request: MemberRequest, outcome: Outcome) -> Outcome:
    """Returns ``outcome`` after recording why IAM has refused the codes, but never the codes."""
    refusal = None if isinstance(outcome, Accepted) else outcome.refusal
    if refusal and refusal.reason is not mfa.Reason.CODES_AGED:
        details = {"reason": refusal.reason.replace("_", " "), "source_ip": request.source_ip}
        event = by_member(outcome.member.user_name, Action.MFA_REFUSED, request.now, **details)
        request.members.record_events([event])
    return outcome


def _check_user(request: MemberRequest, member: Member, device: Registration) -> None:
    """Raise UserMissing if the user is gone, and remove the device that would belong to nobody.

    For a while, IAM may say so of a new user: then AWSBusy is raised, and the device stays.
    """
    iam = request.iam
    try:
        iam.get_user(member.user_name)
    except UserMissing:
        if is_new(member, request.now):
            raise AWSBusy from None
        iam.delete_device(device.serial_number)
        raise


def _replaced(request: MemberRequest, member: Member, device: Registration, seed: str) -> ShowQRCode:
    """The device that the page shows is not there: another took its place, or the user is gone."""
    _check_user(request, member, device)
    return ShowQRCode(member, seed, mfa.Refusal(mfa.Reason.DEVICE_REPLACED))


def _after_lost_reply(
    request: MemberRequest, member: Member, device: Registration, seed: str, code1: str, code2: str
) -> Outcome:
    """The device is enabled already: if since this began, then by its page, as only that showed the seed.

    With these codes, and IAM does not take them twice; or with late ones before, and then these set its clock.
    """
    iam = request.iam
    devices = iam.devices(member.user_name)
    if not devices:
        raise AWSBusy  # IAM is behind: it refused the device as enabled a moment ago
    own = device.serial_number
    if not any(one.serial_number == own and one.enabled_at >= device.since for one in devices):
        return ask_for_codes(member, devices)
    try:
        with suppress(CodesInvalid):
            iam.resync_device(member.user_name, own, code1, code2)
    except DeviceMissing:
        return _replaced(request, member, device, seed)
    return _judged(request, member, device, seed, code1, code2)
