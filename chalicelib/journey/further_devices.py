"""The devices of the member's own page: another one beside those there are, and removing one of several.

The first device has the user's name, further ones a random suffix, and the record holds their serial numbers: no
name of a device is ever worked out from a user's name. At every moment one of the devices works.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.arns import device_name_of
from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy, DeviceExists
from chalicelib.errors import InProgress, NotTheirs, OwnPageOver, ProofMissing
from chalicelib.journey.onboarding import Accepted, Registration, ShowQRCode, further_name
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.members.invitations import CLOCK_SKEW
from chalicelib.members.own_sessions import proved_device, signed_in
from chalicelib.members.record import Member, device_to_name, registered_serials
from chalicelib.members.sessions import MemberSession
from chalicelib.requests import MemberRequest

if TYPE_CHECKING:
    from collections.abc import Collection

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, devices of all kinds.
MOST_DEVICES = 8


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The member has as many devices as IAM allows: one has to go first."""

    member: Member


def begin(
    request: MemberRequest, session: MemberSession, member: Member, *, instead_of: str | None = None
) -> ShowQRCode | NoRoom:
    """Create a device beside the others, for which the member has proved one of them.

    ProofMissing if they have not; NotTheirs if they have no such device to come ``instead_of``. What an earlier try
    left behind is removed.
    """
    if proved_device(member, request.now) is None:
        raise ProofMissing
    iam, own, name = request.iam, request.portal.own_page, member.user_name
    devices = _serials(request, member)
    if instead_of and instead_of not in devices:
        raise NotTheirs
    if len(devices) >= MOST_DEVICES:
        return NoRoom(member)
    member = settled(request, session, member, devices)
    leftover = member.adding_serial
    if leftover:
        _delete_leftover(request, leftover)
    device_name = further_name(name)
    changes: dict[str, object] = {"adding_serial": iam.serial_number(device_name), "adding_at": request.now}
    member = own.record(session, member, changes, request.now)
    try:
        device = iam.create_device(device_name)
    except DeviceExists:  # the name is random: AWS has made the device, and its answer was lost
        raise AWSBusy from None
    _check_wanted(request, session, device.serial_number)
    return ShowQRCode(member, device.seed, earlier_entry=device_name_of(leftover) if leftover else None)


def _check_wanted(request: MemberRequest, session: MemberSession, serial_number: str) -> None:
    """Remove the new device, of which nobody would know, where the session or another tab has ended its adding."""
    try:
        if signed_in(request.members.get(session.user_name), session, request.now).adding_serial != serial_number:
            raise InProgress
    except (OwnPageOver, InProgress):
        _delete_leftover(request, serial_number)
        raise


def further_device(
    request: MemberRequest, session: MemberSession, member: Member, *, instead_of: str | None
) -> Registration:
    """The device that is being added; the config names it where it comes ``instead_of`` another.

    ProofMissing if the member has proved none, or none is being added.
    """
    proof, serial_number = proved_device(member, request.now), member.adding_serial
    is_done = serial_number is None and proof is not None and proof in member.registered_serials
    if proof is None or not (serial_number or is_done):
        raise ProofMissing

    def finish() -> Accepted:
        details = {"serial_number": str(serial_number), "proved_by": proof, "source_ip": request.source_ip}
        event = by_member(member.user_name, Action.DEVICE_ADDED, request.now, **details)
        changes = {**_added(member), "own_proof_serial": serial_number, "own_proved_at": request.now}
        if instead_of:
            changes |= {"serial_number": serial_number}
        try:
            return Accepted(request.portal.own_page.record(session, member, changes, request.now, [event]))
        except OwnPageOver:  # perhaps by a reset, after which no device may be left
            _remove(request, member, str(serial_number))
            raise

    since = (member.adding_at or request.now) - CLOCK_SKEW
    return Registration(serial_number or str(proof), since=since, is_done=is_done, finish=finish)


def check_theirs(request: MemberRequest, member: Member, serial_number: str) -> None:
    """NotTheirs if the member has no such device (any more)."""
    if serial_number not in _serials(request, member):
        raise NotTheirs


def remove(request: MemberRequest, session: MemberSession, member: Member, serial_number: str) -> Member:
    """Remove the device, for which the member has proved another one that stays.

    ProofMissing if they have not. Nothing happens if the device is not there (any more). The config names the one
    that stays, before the other goes. One request at a time removes a device, so that no two leave none.
    """
    proof, own, now = proved_device(member, request.now), request.portal.own_page, request.now
    if serial_number not in {*_serials(request, member), *registered_serials(member)}:
        return member
    if proof is None or proof == serial_number:
        raise ProofMissing
    claimed = own.claim(session, member, serial_number, now)
    there = _serials(request, claimed)
    if proof not in there:
        raise NotTheirs
    details = {"serial_number": serial_number, "proved_by": proof, "source_ip": request.source_ip}
    event = by_member(member.user_name, Action.DEVICE_REMOVED, now, **details)
    named = proof if claimed.serial_number == serial_number else claimed.serial_number
    events = [event] if serial_number in there else []
    claimed = own.record(session, claimed, {"serial_number": named}, now, events)
    _remove(request, member, serial_number)
    kept = tuple(serial for serial in registered_serials(claimed) if serial != serial_number)
    unchanged = ("registered_serials", "serial_number")
    return own.record_claimed(session, claimed, {"registered_serials": kept}, now, unchanged=unchanged)


def settled(request: MemberRequest, session: MemberSession, member: Member, devices: "Collection[str]") -> Member:
    """The member, after IAM has shown these ``devices``: one whose enabling was not recorded is theirs."""
    if member.adding_serial not in devices:
        return member
    details = {"serial_number": str(member.adding_serial), "known_from": "IAM"}
    event = by_member(member.user_name, Action.DEVICE_ADDED, request.now, **details)
    return request.portal.own_page.record(session, member, _added(member), request.now, [event])


def config_device(member: Member, devices: "Collection[str]") -> Member:
    """The member with a device that is there in the config, whatever was removed in IAM since."""
    named = device_to_name(member, devices)
    return replace(member, serial_number=named) if named else member


def _serials(request: MemberRequest, member: Member) -> set[str]:
    return {device.serial_number for device in request.iam.all_devices(member.user_name)}


def _remove(request: MemberRequest, member: Member, serial_number: str) -> None:
    request.portal.iam_administration.remove(member.user_name, Belonging(Kind.MFA_DEVICE, serial_number))


def _delete_leftover(request: MemberRequest, serial_number: str) -> None:
    try:
        request.iam.delete_device(serial_number)
    except DeviceExists:  # its codes were sent meanwhile: it is the member's
        raise AWSBusy from None


def _added(member: Member) -> dict[str, object]:
    known = dict.fromkeys((*registered_serials(member), str(member.adding_serial)))
    return {"registered_serials": tuple(known), "adding_serial": None, "adding_at": None}
