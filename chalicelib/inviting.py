"""What an administrator does to bring a member in: create the IAM user and the invitation."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib import invitations
from chalicelib.audit import Action, AuditEvent
from chalicelib.errors import AWSBusy, GroupMissing, InvalidInput, UserExists, UserMissing
from chalicelib.invitations import Invitation, is_pending
from chalicelib.members import checked_user_name
from chalicelib.ports import IAMUser
from chalicelib.roles import BASELINE_GROUP, MEMBERS_PATH
from chalicelib.settings import Settings
from chalicelib.settings_rules import GROUPS_A_MEMBER


class IAM(Protocol):
    """What inviting asks of IAM. Every method may raise AWSBusy."""

    def get_user(self, user_name: str) -> IAMUser: ...
    def create_user(self, user_name: str) -> None: ...
    def boundary_arn(self) -> str: ...
    def add_to_group(self, user_name: str, group_name: str) -> None: ...


class Invitations(Protocol):
    def latest(self, user_name: str) -> Invitation | None: ...
    def record_created(
        self, invitation: Invitation, earlier: Invitation | None, events: Iterable[AuditEvent]
    ) -> None: ...
    def record_revoked(self, invitation: Invitation, event: AuditEvent) -> None: ...


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """``token`` and ``passcode`` are known here and to the reader of the answer, and are stored nowhere."""

    invitation: Invitation
    token: str
    passcode: str | None


def invite(
    invitations_: Invitations,
    iam: IAM,
    settings: Settings,
    *,
    user_name: str,
    groups: Iterable[str],
    with_passcode: bool,
    actor: str,
    now: datetime,
) -> NewInvitation:
    """Create the member ``user_name`` where needed, in the baseline group only, and a fresh invitation.

    ``groups`` are the switch-role groups to be granted once MFA is proved; none means the default ones.
    Inviting again is safe: it makes a new link and ends the old one.
    """
    name = checked_user_name(user_name)
    granted = _known_groups(settings, groups)
    created_user = _ensure_member(iam, name)
    try:
        iam.add_to_group(name, BASELINE_GROUP)
    except GroupMissing:
        if created_user:  # IAM needs a moment until the new user is known everywhere
            raise AWSBusy from None
        raise
    token = secrets.token_urlsafe(32)
    passcode = _new_passcode() if with_passcode else None
    invitation = Invitation(
        key=invitations.hashed(token),
        user_name=name,
        groups=granted,
        created_at=now,
        created_by=actor,
        expires_at=now + timedelta(days=settings.invitation_days),
        created_user=created_user,
        passcode_hash=passcode and invitations.passcode_hashed(passcode, token),
    )
    earlier = invitations_.latest(name)
    actions = {
        Action.USER_CREATED: created_user,
        Action.INVITATION_REVOKED: earlier is not None and is_pending(earlier, now),
        Action.INVITATION_CREATED: True,
    }
    details = {"groups": " ".join(granted)}
    events = [AuditEvent(actor, action, name, now, details) for action, happened in actions.items() if happened]
    invitations_.record_created(invitation, earlier, events)
    return NewInvitation(invitation, token, passcode)


def revoke(invitations_: Invitations, *, user_name: str, actor: str, now: datetime) -> Invitation:
    """Make the member's link worthless, and end the session that began with it.

    What the member has already is kept: device, groups and access key. Revoking again changes nothing.
    """
    invitation = invitations_.latest(checked_user_name(user_name))
    if invitation is None:
        raise InvalidInput("user_name", f"{user_name} has no invitation.")
    if invitation.revoked_at is None:
        event = AuditEvent(actor, Action.INVITATION_REVOKED, invitation.user_name, now)
        invitations_.record_revoked(invitation, event)
    return invitation


def _known_groups(settings: Settings, names: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(names)) or settings.default_groups
    known = [group.name for group in settings.groups]
    if unknown := [name for name in wanted if name not in known]:
        raise InvalidInput(
            "groups", f"No switch-role group is called {', '.join(unknown)}. There are: {', '.join(known)}."
        )
    if len(wanted) > GROUPS_A_MEMBER:
        raise InvalidInput("groups", f"A member can be in {GROUPS_A_MEMBER} switch-role groups at most.")
    if not wanted:
        raise InvalidInput("groups", f"Name at least one switch-role group: {', '.join(known)}.")
    return wanted


def _ensure_member(iam: IAM, user_name: str) -> bool:
    """Create the IAM user unless it is there; True if it was created. An IAM user who is no member is refused."""
    try:
        user = iam.get_user(user_name)
    except UserMissing:
        try:
            iam.create_user(user_name)
        except UserExists:
            user = _user_there_all_along(iam, user_name)
        else:
            return True
    if user.path != MEMBERS_PATH:
        raise InvalidInput(
            "user_name", f"{user_name} is an IAM user outside {MEMBERS_PATH}; the portal does not touch those."
        )
    if user.user_name != user_name:
        raise InvalidInput("user_name", f"IAM spells this member {user.user_name}.")
    if user.boundary_arn != iam.boundary_arn():
        raise InvalidInput(
            "user_name",
            f"{user_name} lacks the permissions boundary {iam.boundary_arn()}: set it, then invite again.",
        )
    return False


def _user_there_all_along(iam: IAM, user_name: str) -> IAMUser:
    """The member whom IAM did not know a moment ago: just created, by a call whose reply was lost."""
    try:
        return iam.get_user(user_name)
    except UserMissing:
        # Of a user outside the members' path, IAM tells the portal nothing but that the name is taken.
        raise InvalidInput(
            "user_name",
            f"IAM has a user of this name already, outside {MEMBERS_PATH} or in another spelling of"
            f" {user_name}; the portal does not touch it.",
        ) from None


def _new_passcode() -> str:
    letters = "".join(secrets.choice(invitations.PASSCODE_ALPHABET) for _ in range(invitations.PASSCODE_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"
