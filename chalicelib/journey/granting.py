"""Grants the switch-role groups to a member whose device AWS has just checked.

AddUserToGroup can be limited by group only, not by user. Here it always follows a call that IAM allows on
``user/members/*`` alone and that names the same user, so AWS itself has just checked that the user is a member.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy, AWSRefused
from chalicelib.errors import FirstdayError
from chalicelib.journey.onboarding import Accepted
from chalicelib.members.record import Member
from chalicelib.requests import MemberRequest

# How long after AWS took the codes the groups may follow: a page tries for some minutes.
GOES_ON_WITHIN = timedelta(minutes=15)


def took_codes(member: Member, serial_number: str, now: datetime) -> bool:
    """Whether AWS took codes of this device a while ago, and only the groups were not granted then."""
    is_recent = member.enabled_at is not None and now - member.enabled_at < GOES_ON_WITHIN
    return is_recent and member.enabled_serial == serial_number


def grant(request: MemberRequest, member: Member, serial_number: str, proof: Action) -> Accepted:
    """Grant the groups and record it. If AWS is too busy, note that it took the codes: no others are asked for."""
    try:
        return _granted(request, member, serial_number, proof)
    except AWSBusy:
        with suppress(FirstdayError):
            request.portal.device_proofs.record_enabled(member, serial_number, request.now)
        raise


def _granted(request: MemberRequest, member: Member, serial_number: str, proof: Action) -> Accepted:
    """Grant the groups, activate what a reset deactivated, and record it: every step may be repeated.

    A member who has proved MFA before got the groups then: one that was taken away in IAM since stays away. A
    change of groups that was cut off is finished, as nothing is kept of it afterwards.
    """
    iam, now, name = request.iam, request.now, member.user_name
    for group_name in member.leaving:
        iam.remove_from_group(name, group_name)
    for group_name in member.joining if member.proved_at else member.groups:
        iam.add_to_group(name, group_name)
    events = [
        by_member(name, proof, now, serial_number=serial_number, source_ip=request.source_ip),
        by_member(name, Action.GROUPS_GRANTED, now, groups=" ".join(member.groups)),
    ]
    activated = [
        key_id
        for key_id in member.deactivated_keys
        # A key that was replaced before the reset would otherwise become the member's key again.
        if key_id != member.former_key_id and iam.set_access_key_status(name, key_id, is_active=True)
    ]
    events += [by_member(name, Action.ACCESS_KEY_ACTIVATED, now, access_key_id=key_id) for key_id in activated]
    # The member has this key, so the journey offers to go on with it before it issues another. An adopted member
    # may have it from before: the journey then issues another beside it.
    known_key = activated[0] if activated and member.adopting_at is None else None
    try:
        is_new = proof is Action.MFA_ENABLED
        request.portal.device_proofs.record_accepted(member, serial_number, known_key, now, events, is_new=is_new)
    except (AWSBusy, AWSRefused):
        _leave_unwanted(request, member, activated)
        raise
    return Accepted(member)


def _leave_unwanted(request: MemberRequest, member: Member, activated: list[str]) -> None:
    """Take back what was given while an administrator changed the groups, reset, or revoked the invitation."""
    iam, now = request.iam, request.members.get(member.user_name)
    is_wanted = now is not None and (now.proved_at or (now.token_hash == member.token_hash and not now.revoked_at))
    for group_name in member.groups:
        if now is None or not is_wanted or group_name not in now.groups:
            iam.remove_from_group(member.user_name, group_name)
    for key_id in () if is_wanted else activated:
        iam.set_access_key_status(member.user_name, key_id, is_active=False)
