"""The journey's access key: at most one, shown once.

A key exists the moment IAM has made it, but its secret may be lost on the way to the
member. So one request at a time may make it, and a try after a lost one clears up first.
"""

from dataclasses import dataclass
from datetime import datetime

from chalicelib import invitations
from chalicelib.audit import Action, AuditEvent, by_member
from chalicelib.errors import AWSBusy, FirstdayError, InProgress, InvitationSpent, NotSignedIn
from chalicelib.invitations import CLOCK_SKEW, Session
from chalicelib.members import Member
from chalicelib.ports import IAM, AccessKey, AccessKeyInfo, Members


@dataclass(frozen=True, slots=True)
class AlreadyIssued:
    """There is a key: of this journey or an earlier one. Its secret exists with the member only."""

    member: Member
    access_keys: tuple[AccessKeyInfo, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    member: Member
    access_key: AccessKey


def access_keys(iam: IAM, member: Member, *, attempts: int) -> tuple[AccessKeyInfo, ...]:
    """What the member has after so many ``attempts``; IAM is not asked about somebody who can have none yet."""
    can_have_one = not member.created_user or attempts > 0
    return iam.access_keys(member.user_name) if can_have_one else ()


def issue_access_key(
    members: Members, iam: IAM, session: Session, now: datetime, *, replace: bool
) -> Issued | AlreadyIssued:
    """Issue the journey's one access key. ``replace`` gives up the one that the member has.

    That one is deactivated, so that an administrator could still give it back; it is deleted where IAM, which
    allows two, has no room. A key whose secret was lost on the way is deleted by the next try.
    """
    found, is_claimed = members.claim_access_key(session, now, replace=replace)
    member = invitations.signed_in(found, session, now)
    if member.accepted_at is None:
        raise NotSignedIn
    if member.proved_at is None:  # the device was removed in IAM: only a new invitation helps
        raise InvitationSpent
    if not is_claimed and member.access_key_id and not replace:
        return AlreadyIssued(member, access_keys(iam, member, attempts=member.access_key_attempts))
    if not is_claimed:
        raise InProgress
    try:
        keys = access_keys(iam, member, attempts=member.access_key_attempts - 1)  # the claim has counted this one
        lost = [key for key in keys if _is_lost(key, member)]
        if not replace and any(key.is_active for key in keys if key not in lost):
            members.release_access_key(member)
            return AlreadyIssued(member, keys)
        events = _make_room(iam, member, keys, lost, now)
        access_key = iam.create_access_key(member.user_name)
    except FirstdayError as error:
        # Where the key may exist after all, the claim runs out instead, by when IAM lists the key.
        if not (isinstance(error, AWSBusy) and error.is_ambiguous):
            members.release_access_key(member)
        raise
    name, new_id = member.user_name, access_key.access_key_id
    events.append(by_member(name, Action.ACCESS_KEY_ISSUED, now, access_key_id=new_id))
    try:
        members.record_access_key(member, new_id, now, events)
    except FirstdayError:
        iam.delete_access_key(name, new_id)  # what is not recorded is not handed out, so it must not stay
        raise
    return Issued(member, access_key)


def _is_lost(key: AccessKeyInfo, member: Member) -> bool:
    """Whether an earlier attempt of this journey has made ``key``, and nobody has it, or it is replaced already."""
    if member.access_key_attempts == 1:
        return False
    since = (member.accepted_at or member.created_at) - CLOCK_SKEW
    return key.created_at >= since and key.access_key_id != member.access_key_id


def _make_room(
    iam: IAM, member: Member, keys: tuple[AccessKeyInfo, ...], lost: list[AccessKeyInfo], now: datetime
) -> list[AuditEvent]:
    """Take the ``lost`` keys away and the one to be replaced, and one that is inactive if there is no room else."""
    kept = [key for key in keys if key not in lost]
    active = [key for key in kept if key.is_active]
    former = next((key for key in kept if key.access_key_id == member.access_key_id), None)
    if former is None and len(active) == 1:
        former = active[0]
    spare = [key for key in kept if not key.is_active and key is not former][: len(kept) - 1]
    gone = [*lost, *spare]
    if former and len(kept) - len(spare) > 1:
        gone.append(former)
    for key in gone:
        iam.delete_access_key(member.user_name, key.access_key_id)
    events = [_event(member, Action.ACCESS_KEY_DELETED, key, now) for key in gone]
    if former and former not in gone:
        iam.deactivate_access_key(member.user_name, former.access_key_id)
        events.append(_event(member, Action.ACCESS_KEY_DEACTIVATED, former, now))
    return events


def _event(member: Member, action: Action, key: AccessKeyInfo, now: datetime) -> AuditEvent:
    return by_member(member.user_name, action, now, access_key_id=key.access_key_id)
