"""The member's own page: a link that the member fetches with their AWS credentials and MFA, then a short session.

The session shows what the member has. What it changes takes two codes of a device that works: a stolen access key
with a stolen session of STS is not enough. IAM judges them as it resynchronises the device; how old they may be is
not documented, and nobody but IAM has the seed. So a member may try once a minute, and no two codes count twice.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
"""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import CodesInvalid, DeviceMissing
from chalicelib.errors import NotTheirs, OwnLinkRefused
from chalicelib.members import mfa
from chalicelib.members.invitations import hashed
from chalicelib.members.link_tokens import Token, new_secret, token_text
from chalicelib.members.own_sessions import LINK_LASTS, SESSION_LASTS, signed_in
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession, session_cookie
from chalicelib.requests import MemberRequest

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.aws.own_page_table import OwnPageTable


def issue_link(own: "OwnPageTable", member: Member, now: datetime, *, source_ip: str) -> str:
    """The token of a new link to the page of ``member``, whom API Gateway has verified. Earlier ones end."""
    secret = new_secret()
    event = by_member(member.user_name, Action.OWN_LINK_ISSUED, now, source_ip=source_ip)
    own.record_link(member, hashed(secret), now + LINK_LASTS, event)
    return token_text(member.user_name, secret)


def open_page(
    own: "OwnPageTable", token: Token, now: datetime, *, source_ip: str, language: str | None = None
) -> str:
    """Spend the link of ``token``: the session cookie's value. OwnLinkRefused if it is not valid (any more).

    ``language`` is what the member reads, where mail is sent.
    """
    member = own.members.get(token.user_name)
    if member is None:
        raise OwnLinkRefused
    session_token = secrets.token_urlsafe(32)
    event = by_member(member.user_name, Action.OWN_PAGE_OPENED, now, source_ip=source_ip)
    session = hashed(session_token), now + SESSION_LASTS
    own.record_opened(member, hashed(token.secret), session, event, language)
    return session_cookie(member.user_name, session_token)


def current(members: "MembersTable", session: MemberSession, now: datetime) -> Member:
    """The member whose page this is; OwnPageOver if the session has ended."""
    return signed_in(members.get(session.user_name), session, now)


def close_page(own: "OwnPageTable", session: MemberSession, now: datetime) -> None:
    """End the session. OwnPageOver if it has ended already, or is a forged one: then nothing is written."""
    current(own.members, session, now)
    own.record_closed(session, now, by_member(session.user_name, Action.OWN_PAGE_CLOSED, now))


def prove(
    request: MemberRequest, session: MemberSession, member: Member, *, serial_number: str, code1: str, code2: str
) -> Member | mfa.Refusal:
    """The member with the proof, if IAM takes two codes of their device; NotTheirs if they have no such device.

    The same form, sent again, goes on with its proof, as long as that was not used.
    """
    if serial_number not in {device.serial_number for device in request.iam.devices(member.user_name)}:
        raise NotTheirs
    if refusal := mfa.obvious_refusal(code1, code2):
        return refusal
    pair = hashed(f"{serial_number} {code1} {code2}")
    if pair in member.taken_pairs:
        return _gone_on(member, serial_number, pair) or mfa.Refusal(mfa.Reason.CODES_USED)
    if mfa.have_aged(None, code1, code2, request.first_sent_at.timestamp(), request.now.timestamp()):
        return mfa.Refusal(mfa.Reason.CODES_AGED)
    own = request.portal.own_page
    attempt = own.record_attempt(session, pair, request.now)
    if attempt is None:
        return mfa.Refusal(mfa.Reason.TOO_SOON)
    if pair in attempt.taken_pairs:  # the same form, sent at the same time, was quicker
        return _gone_on(attempt, serial_number, pair) or mfa.Refusal(mfa.Reason.CODES_USED)
    try:
        request.iam.resync_device(member.user_name, serial_number, code1, code2)
    except DeviceMissing:
        raise NotTheirs from None
    except CodesInvalid:
        return _refused(request, session, serial_number, pair)
    details = {"serial_number": serial_number, "source_ip": request.source_ip}
    event = by_member(member.user_name, Action.MFA_PROVED, request.now, **details)
    return own.record_proof(session, attempt, serial_number, request.now, event)


def _gone_on(member: Member, serial_number: str, pair: str) -> Member | None:
    is_same = member.attempted_pair == pair and member.own_proof_serial == serial_number
    return member if is_same else None


def _refused(request: MemberRequest, session: MemberSession, serial_number: str, pair: str) -> Member | mfa.Refusal:
    """IAM refuses the codes, also if it has taken them from the same form a moment ago."""
    now = request.members.get(session.user_name)
    if now and pair in now.taken_pairs and (found := _gone_on(now, serial_number, pair)):
        return signed_in(found, session, request.now)
    details = {"reason": mfa.Reason.OTHER_DEVICE.replace("_", " "), "source_ip": request.source_ip}
    request.members.record_events(
        [by_member(session.user_name, Action.MFA_REFUSED, request.now, serial_number=serial_number, **details)]
    )
    return mfa.Refusal(mfa.Reason.OTHER_DEVICE)
