"""The journey's access key: at most one, shown once.

A key exists the moment IAM has made it, but its secret may be lost on the way to the
member. So one request at a time may make it, and a try after a lost one clears up first.
"""

from dataclasses import dataclass
from datetime import datetime

from chalicelib import invitations
from chalicelib.audit import Action, by_member
from chalicelib.errors import AWSBusy, FirstdayError, InProgress, InvitationSpent, NotSignedIn
from chalicelib.invitations import CLOCK_SKEW, Session
from chalicelib.members import Member
from chalicelib.ports import IAM, AccessKey, Members


@dataclass(frozen=True, slots=True)
class AlreadyIssued:
    """The journey's access key was issued before; its secret exists with the member only."""

    member: Member


@dataclass(frozen=True, slots=True)
class Issued:
    member: Member
    access_key: AccessKey


def issue_access_key(
    members: Members, iam: IAM, session: Session, now: datetime, *, replace: bool
) -> Issued | AlreadyIssued:
    """Issue the journey's one access key. ``replace`` gives up the one issued before.

    A key whose secret was lost on the way is removed by the next try, so that one is left at the end.
    """
    found, is_claimed = members.claim_access_key(session, now, replace=replace)
    member = invitations.signed_in(found, session, now)
    if member.accepted_at is None:
        raise NotSignedIn
    if member.proved_at is None:  # the device was removed in IAM: only a new invitation helps
        raise InvitationSpent
    if not is_claimed and member.access_key_id and not replace:
        return AlreadyIssued(member)
    if not is_claimed:
        raise InProgress
    deleted: list[str] = []
    try:
        if member.access_key_attempts > 1 or replace:
            deleted = _delete_keys_of_journey(iam, member)
        access_key = iam.create_access_key(member.user_name)
    except FirstdayError as error:
        # Where the key may exist after all, the claim runs out instead, by when IAM lists the key.
        if not (isinstance(error, AWSBusy) and error.is_ambiguous):
            members.release_access_key(member)
        raise
    name, new_id = member.user_name, access_key.access_key_id
    events = [by_member(name, Action.ACCESS_KEY_DELETED, now, access_key_id=old_id) for old_id in deleted]
    events.append(by_member(name, Action.ACCESS_KEY_ISSUED, now, access_key_id=new_id))
    try:
        members.record_access_key(member, new_id, now, events)
    except FirstdayError:
        iam.delete_access_key(name, new_id)  # what is not recorded is not handed out, so it must not stay
        raise
    return Issued(member, access_key)


def _delete_keys_of_journey(iam: IAM, member: Member) -> list[str]:
    """Delete what this journey issued since MFA was proved, or activated again; the ids."""
    since = (member.accepted_at or member.created_at) - CLOCK_SKEW
    keys = iam.access_keys(member.user_name)
    found = [
        key.access_key_id for key in keys if key.created_at >= since or key.access_key_id == member.access_key_id
    ]
    for access_key_id in found:
        iam.delete_access_key(member.user_name, access_key_id)
    return found
