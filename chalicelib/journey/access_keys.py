"""The journey's access key: at most one, shown once.

A key exists the moment IAM has made it, but its secret may be lost on the way to the
member. So one request at a time may make it, and a try after a lost one clears up first.
A request whose time is up deletes the key it has made, and shows nothing: another may have
begun meanwhile.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy
from chalicelib.errors import FirstdayError, InProgress, InvitationSpent, NotSignedIn
from chalicelib.journey import onboarding
from chalicelib.members.iam_records import AccessKey, AccessKeyInfo
from chalicelib.members.invitations import CLOCK_SKEW
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession

if TYPE_CHECKING:
    from chalicelib.aws.access_key_claims import AccessKeyClaims
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.members_table import MembersTable


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_KEYS = 2


@dataclass(frozen=True, slots=True)
class AlreadyIssued:
    """There is a key, of this journey or an earlier one. Only the member has its secret."""

    member: Member
    access_keys: tuple[AccessKeyInfo, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    member: Member
    access_key: AccessKey


def access_keys(iam: "IAM", member: Member, *, attempts: int) -> tuple[AccessKeyInfo, ...]:
    """What the member has after so many ``attempts``; IAM is not asked about a member who cannot have a key yet."""
    can_have_one = not member.created_user or attempts > 0
    return iam.access_keys(member.user_name) if can_have_one else ()


def present_key(member: Member, keys: Iterable[AccessKeyInfo]) -> AccessKeyInfo | None:
    """The active key that the member goes on with: the one that the journey has issued, else the newest."""
    active = sorted((key for key in keys if key.is_active), key=lambda key: key.created_at, reverse=True)
    return next((key for key in active if key.access_key_id == member.access_key_id), next(iter(active), None))


def from_before(member: Member, keys: Iterable[AccessKeyInfo]) -> tuple[AccessKeyInfo, ...]:
    """The keys that an adopted user had already: the journey neither deactivates nor deletes them."""
    adopted_at = member.adopted_at or member.adopting_at
    return tuple(key for key in keys if adopted_at and key.created_at < adopted_at + CLOCK_SKEW)


def begin_issuing(
    claims: "AccessKeyClaims", session: MemberSession, now: datetime, *, replace: bool = False
) -> Member:
    """As ``onboarding.current``; this request has the claim if nothing stands against it. One call does both."""
    found = claims.claim(session, now, replace=replace)
    return onboarding.going_on(claims.members, found, session, now)


def issue_access_key(
    claims: "AccessKeyClaims",
    iam: "IAM",
    session: MemberSession,
    member: Member,
    now: datetime,
    *,
    present: Callable[[], datetime],
    source_ip: str,
    replace: str | None = None,
) -> Issued | AlreadyIssued:
    """Issue the journey's one access key; ``replace`` is the id of a key to give up.

    ``member`` is what ``begin_issuing`` has found. The request began at ``now``; ``present`` tells the time while
    it goes on. InProgress if another request holds the claim, or the claim of this one ran out before the key was
    recorded.

    The same form, sent again, does nothing, as that key is no longer active. It is deactivated, so that an
    administrator could still give it back; it is deleted where IAM, which allows two, has no room. A key whose
    secret was lost on the way is deleted by the next try. Beside a key from before an adoption, a new one is made
    if there is room.
    """
    members = claims.members
    if member.claimed_by is None and replace is not None:
        member = begin_issuing(claims, session, now, replace=True)
    claim = member.claimed_by
    if member.accepted_at is None:
        raise NotSignedIn
    if member.proved_at is None:  # the device was removed in IAM: only a new invitation helps
        raise InvitationSpent
    if claim is None and member.access_key_id and replace is None:
        return AlreadyIssued(member, access_keys(iam, member, attempts=member.access_key_attempts))
    if claim is None:
        raise InProgress
    try:
        with awaited(member, now):
            keys = access_keys(iam, member, attempts=member.access_key_attempts - 1)  # the claim counted this one
            change = _planned(member, keys, replace)
            if change is None:
                claims.release(member, claim)
                return AlreadyIssued(member, keys)
            _carry_out(members, iam, member, change, now)
            access_key = iam.create_access_key(member.user_name)
    except FirstdayError as error:
        # Where the key may exist after all, the claim runs out instead, by when IAM lists the key.
        if not (isinstance(error, AWSBusy) and error.is_ambiguous):
            claims.release(member, claim)
        raise
    name, new_id, issued_at = member.user_name, access_key.access_key_id, present()
    event = by_member(name, Action.ACCESS_KEY_ISSUED, issued_at, access_key_id=new_id, source_ip=source_ip)
    try:
        claims.record(member, claim, new_id, issued_at, [event])
    except FirstdayError:
        iam.delete_access_key(name, new_id)  # a key that is not recorded is not handed out, so it must not stay
        raise
    return Issued(member, access_key)


@dataclass(frozen=True, slots=True)
class _Change:
    """The ids of keys that go, and of those that are deactivated, before the new one is made."""

    deleted: tuple[str, ...]
    deactivated: tuple[str, ...]


def _planned(member: Member, keys: Collection[AccessKeyInfo], replace: str | None) -> _Change | None:
    """What has to be done for a new key; None if the member has one that is not to be replaced, or has no room."""
    untouched = from_before(member, keys)
    keys = [key for key in keys if key not in untouched]
    lost = [key for key in keys if _is_lost(key, member) and key.access_key_id != replace]
    kept = [key for key in keys if key not in lost]
    former = [key for key in kept if key.is_active and key.access_key_id == replace]
    if len(untouched) >= MOST_KEYS or (not former and any(key.is_active for key in kept)):
        return None
    spare = [key for key in kept if not key.is_active][: len(untouched) + len(kept) - 1]
    is_full = len(untouched) + len(kept) - len(spare) >= MOST_KEYS
    deleted = [*lost, *spare, *(former if is_full else ())]
    return _Change(_ids(deleted), () if is_full else _ids(former))


def _is_lost(key: AccessKeyInfo, member: Member) -> bool:
    """Whether an earlier attempt of this journey has made ``key``, and nobody has it, or it is replaced already."""
    if member.access_key_attempts == 1:
        return False
    since = (member.accepted_at or member.created_at) - CLOCK_SKEW
    return key.created_at >= since and key.access_key_id != member.access_key_id


def _ids(keys: Iterable[AccessKeyInfo]) -> tuple[str, ...]:
    return tuple(key.access_key_id for key in keys)


def _carry_out(members: "MembersTable", iam: "IAM", member: Member, change: _Change, now: datetime) -> None:
    """The events come first: a repeated request finds the keys changed already, and would record nothing."""
    name = member.user_name
    events = [by_member(name, Action.ACCESS_KEY_DELETED, now, access_key_id=key_id) for key_id in change.deleted]
    events += [
        by_member(name, Action.ACCESS_KEY_DEACTIVATED, now, access_key_id=key_id) for key_id in change.deactivated
    ]
    if events:
        members.record_events(events)
    for key_id in change.deleted:
        iam.delete_access_key(name, key_id)
    for key_id in change.deactivated:
        iam.set_access_key_status(name, key_id, is_active=False)
