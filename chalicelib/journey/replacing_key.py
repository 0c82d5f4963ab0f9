"""Replacing the access key on the member's own page: the former key goes on working until the new one is confirmed.

A key exists the moment IAM has made it. If its secret is lost on the way, the member sees two keys, and names the
one that goes before the next is made: IAM allows two.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy
from chalicelib.errors import FirstdayError, ProofMissing
from chalicelib.journey.access_keys import MOST_KEYS, Issued
from chalicelib.members.iam_records import AccessKey, AccessKeyInfo
from chalicelib.members.own_sessions import proved_device
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession
from chalicelib.requests import MemberRequest

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
    """Issue a new key, after deleting the one that is named, if it is still there; for a device that was proved.

    ProofMissing if none was; InProgress if another request issues a key.
    """
    if proved_device(member, request.now) is None:
        raise ProofMissing
    own, now = request.portal.own_page, request.now
    keys = request.iam.access_keys(member.user_name)
    kept = [key for key in keys if key.access_key_id != deleted]
    if len(kept) >= MOST_KEYS:
        return NameKeyToDelete(member, keys)
    claimed = own.claim(session, member, secrets.token_hex(8), now)
    try:
        if deleted and len(kept) < len(keys):
            _delete(request, member, deleted)
        access_key = request.iam.create_access_key(member.user_name)
    except FirstdayError as error:
        # Where there may be a key after all, the claim runs out instead, by when IAM lists the key.
        if not (isinstance(error, AWSBusy) and error.is_ambiguous):
            own.release(session, claimed, now)
        raise
    former = next((key.access_key_id for key in kept if key.is_active), None)
    return _recorded(request, session, claimed, access_key, former)


def _delete(request: MemberRequest, member: Member, access_key_id: str) -> None:
    details = {"access_key_id": access_key_id, "source_ip": request.source_ip}
    event = by_member(member.user_name, Action.ACCESS_KEY_DELETED, request.now, **details)
    request.members.record_events([event])
    request.iam.delete_access_key(member.user_name, access_key_id)


def _recorded(
    request: MemberRequest, session: MemberSession, claimed: Member, access_key: AccessKey, former: str | None
) -> Issued:
    """The new key, if it is recorded. A key that is not recorded is not handed out, so it must not stay."""
    new_id, name, now = access_key.access_key_id, claimed.user_name, request.now
    changes: dict[str, object] = {
        "access_key_id": new_id,
        "access_key_created_at": request.present(),
        "former_key_id": former,
        "former_key_ends_at": now + FORMER_LASTS if former else None,
    }
    event = by_member(name, Action.ACCESS_KEY_ISSUED, now, access_key_id=new_id, source_ip=request.source_ip)
    unchanged = ("own_proof_serial",)
    try:
        own = request.portal.own_page
        return Issued(own.record_claimed(session, claimed, changes, now, [event], unchanged=unchanged), access_key)
    except FirstdayError:
        # Only the answer may have been lost. Then the former key is to end, so the new one has to stay.
        with suppress(FirstdayError):
            found = request.members.get(name)
            if found and found.access_key_id == new_id:
                return Issued(found, access_key)
        request.iam.delete_access_key(name, new_id)
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
