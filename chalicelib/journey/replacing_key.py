"""Replacing the access key on the member's own page: the former key goes on working until the new one is confirmed.

A key exists the moment IAM has made it. If its secret is lost on the way, the member sees two keys, and names the
one that goes before the next is made: IAM allows two.
"""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.audit import Action, by_member
from chalicelib.errors import FirstdayError, NotTheirs, ProofMissing
from chalicelib.journey.access_keys import Issued
from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.own_sessions import proved_device
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession
from chalicelib.requests import MemberRequest

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_KEYS = 2
# Then a function deactivates the former key, unless the member has done so.
FORMER_LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NameKeyToDelete:
    """IAM has room for two keys, and the member has them."""

    member: Member
    access_keys: tuple[AccessKeyInfo, ...]


def replace_key(
    request: MemberRequest, session: MemberSession, member: Member, *, deleted: str | None
) -> Issued | NameKeyToDelete:
    """Issue a new key, after deleting the one that is named; for which the member has proved a device.

    ProofMissing if they have not; NotTheirs if they have no such key; InProgress if another request issues one.
    """
    if proved_device(member, request.now) is None:
        raise ProofMissing
    iam, own, now, name = request.iam, request.portal.own_page, request.now, member.user_name
    keys = iam.access_keys(name)
    if deleted and deleted not in {key.access_key_id for key in keys}:
        raise NotTheirs
    kept = [key for key in keys if key.access_key_id != deleted]
    if len(kept) >= MOST_KEYS:
        return NameKeyToDelete(member, keys)
    claimed = own.claim_key(session, now)
    if deleted:
        event = by_member(name, Action.ACCESS_KEY_DELETED, now, access_key_id=deleted, source_ip=request.source_ip)
        request.members.record_events([event])
        iam.delete_access_key(name, deleted)
    access_key = iam.create_access_key(name)
    new_id, issued_at = access_key.access_key_id, request.present()
    former = next((key.access_key_id for key in kept if key.is_active), None)
    changes: dict[str, object] = {
        "access_key_id": new_id,
        "access_key_created_at": issued_at,
        "former_key_id": former,
        "former_key_ends_at": now + FORMER_LASTS if former else None,
        "own_proof_serial": None,
        "own_proved_at": None,
    }
    issued = by_member(name, Action.ACCESS_KEY_ISSUED, now, access_key_id=new_id, source_ip=request.source_ip)
    try:
        return Issued(own.record_key(session, claimed, changes, now, [issued]), access_key)
    except FirstdayError:
        iam.delete_access_key(name, new_id)  # a key that is not recorded is not handed out, so it must not stay
        raise


def confirm_key(request: MemberRequest, session: MemberSession, member: Member) -> Member:
    """The new key works, so the former one is deactivated. Nothing happens if there is none (any more)."""
    former, now = member.former_key_id, request.now
    if former is None:
        return member
    is_there = request.iam.set_access_key_status(member.user_name, former, is_active=False)
    details = {"access_key_id": former, "source_ip": request.source_ip}
    event = by_member(member.user_name, Action.ACCESS_KEY_DEACTIVATED, now, **details)
    changes: dict[str, object] = {"former_key_id": None, "former_key_ends_at": None}
    return request.portal.own_page.record(session, member, changes, now, [event] if is_there else [])
