"""Members: their user names, what is recorded of each, and the state that follows from it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.arns import MEMBERS_PATH, device_name_of
from chalicelib.aws_errors import OtherSpelling, UserElsewhere
from chalicelib.errors import InvalidInput

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html allows one character;
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html wants two in a role session
# name, which is the user name.
_USER_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
# IAM takes them; https://owasp.org/www-community/attacks/CSV_Injection
_NOT_FIRST = ("=", "+", "-", "@")
# Wrong passcodes after which an invitation is locked.
MAXIMUM_ATTEMPTS = 10


class MemberState(StrEnum):
    """Where a member is, as an administrator sees it."""

    CREATED = "created"
    INVITED = "invited"
    OPENED = "opened"
    REGISTERING = "registering"
    ACTIVE = "active"
    EXPIRED = "expired"
    RESET = "reset"
    REVOKED = "revoked"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    OFFBOARDING = "offboarding"


@dataclass(frozen=True, slots=True)
class Member:
    """One member, as stored: the latest invitation, the session it opened, and what came of it.

    Hashes are lower-case hex, times are UTC. ``groups`` are the switch-role groups that the member has once MFA
    is proved. ``created_user`` tells that the invitation's IAM user is new, so it can have no device of its own.
    ``former_hashes`` are those of replaced links, the newest first. ``accepted_at`` is when the latest invitation
    was spent; ``proved_at``, when the member's present device was proved: a reset takes it away.
    ``enabled_serial`` is a device whose codes AWS took at ``enabled_at``, before it was too busy for the groups.
    ``daily`` is how the member chose to work (see ``Daily``), None if they did not choose.
    ``claimed_by`` is the request that may issue the access key.
    ``deactivated_keys`` are to be activated again with the next proof. ``joining`` and ``leaving`` are groups of a
    change that IAM may not have yet. ``version`` is a new one after each change: see ``versions``.

    ``serial_number`` is the device that the member's config names, ``registered_serials`` are all that were
    registered through the portal, ``adding_serial`` is one that is being registered beside them, or as the first
    one where somebody else's device has the user's name.

    The ``own_…`` are of the member's own page: its link, its session, and the device that was proved there last.
    ``attempted_pair`` and ``taken_pairs`` are hashes of two codes. ``former_key_id`` is the key that a new one has
    replaced; it is deactivated at ``former_key_ends_at`` if the member has not confirmed the new one before.

    An IAM user that was there before is adopted: begun at ``adopting_at``, finished at ``adopted_at``.
    ``former_path`` and ``former_boundary`` (None of none) are what the user had, ``former_groups`` the groups
    outside the settings.

    ``email`` is where mail goes, and ``language`` the one in which the member has read the pages last. An
    invitation that ``is_mailed`` is opened by the links that the mailer has made, and by no other. ``until`` is the
    day on which access ends, as ``2026-12-31``, in the organisation's time zone. Since ``suspended_at`` the member
    is suspended, by ``suspended_by``; ``suspended_keys`` were active before. ``ageing_keys`` is kept by the key
    ageing alone: see ``key_ages``.
    """

    user_name: str
    created_at: datetime
    groups: tuple[str, ...] = ()
    created_user: bool = False
    token_hash: str | None = None
    former_hashes: tuple[str, ...] = ()
    invited_at: datetime | None = None
    invited_by: str | None = None
    expires_at: datetime | None = None
    passcode_hash: str | None = None
    failed_attempts: int = 0
    revoked_at: datetime | None = None
    opened_at: datetime | None = None
    session_hash: str | None = None
    session_expires_at: datetime | None = None
    session_idle_ends_at: datetime | None = None
    registering_at: datetime | None = None
    accepted_at: datetime | None = None
    claimed_by: str | None = None
    daily: str | None = None
    access_key_attempts: int = 0
    access_key_id: str | None = None
    access_key_created_at: datetime | None = None
    serial_number: str | None = None
    enabled_at: datetime | None = None
    enabled_serial: str | None = None
    proved_at: datetime | None = None
    reset_at: datetime | None = None
    deactivated_keys: tuple[str, ...] = ()
    groups_changed_at: datetime | None = None
    offboarding_at: datetime | None = None
    last_seen_at: datetime | None = None
    observed_at: datetime | None = None
    joining: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    version: str | None = None
    registered_serials: tuple[str, ...] = ()
    adding_serial: str | None = None
    adding_at: datetime | None = None
    own_link_hash: str | None = None
    own_link_ends_at: datetime | None = None
    own_session_hash: str | None = None
    own_session_ends_at: datetime | None = None
    own_proof_serial: str | None = None
    own_proved_at: datetime | None = None
    attempted_at: datetime | None = None
    attempted_pair: str | None = None
    taken_pairs: tuple[str, ...] = ()
    former_key_id: str | None = None
    former_key_ends_at: datetime | None = None
    adopting_at: datetime | None = None
    adopted_at: datetime | None = None
    former_path: str | None = None
    former_boundary: str | None = None
    former_groups: tuple[str, ...] = ()
    email: str | None = None
    language: str | None = None
    is_mailed: bool = False
    until: str | None = None
    suspended_at: datetime | None = None
    suspended_by: str | None = None
    suspended_keys: tuple[str, ...] = ()
    ageing_keys: tuple[str, ...] = ()


def state_of(member: Member, now: datetime) -> MemberState:
    """The member's state at ``now``."""
    if member.offboarding_at:
        return MemberState.OFFBOARDING
    if member.suspended_at:
        return MemberState.SUSPENDED
    if member.proved_at:
        return MemberState.ACTIVE
    if member.token_hash is None or member.expires_at is None:
        return MemberState.CREATED
    if member.accepted_at:  # the device was proved once, but no longer is
        return MemberState.RESET
    return _state_of_journey(member, member.expires_at, now)


def _state_of_journey(member: Member, expires_at: datetime, now: datetime) -> MemberState:
    if member.revoked_at:
        return MemberState.REVOKED
    if member.failed_attempts >= MAXIMUM_ATTEMPTS:
        return MemberState.LOCKED
    if now >= expires_at and not is_in_session(member, now):
        return MemberState.EXPIRED
    if member.registering_at:
        return MemberState.REGISTERING
    if member.opened_at:
        return MemberState.OPENED
    return MemberState.RESET if member.reset_at else MemberState.INVITED


def is_in_session(member: Member, now: datetime) -> bool:
    """Whether the member's session goes on at ``now``. Only one that an earlier release began has no idle end."""
    ends = [end for end in (member.session_expires_at, member.session_idle_ends_at) if end]
    return member.session_expires_at is not None and now < min(ends)


def registered_serials(member: Member) -> tuple[str, ...]:
    """The serial numbers of the devices that were registered through the portal, as far as the record tells.

    A record of an earlier release has only the one in the config: it is the portal's if it has the user's name.
    """
    if member.registered_serials or member.serial_number is None:
        return member.registered_serials
    is_own = comparable(device_name_of(member.serial_number)) == comparable(member.user_name)
    return (member.serial_number,) if is_own else ()


def device_to_name(member: Member, serial_numbers: Iterable[str]) -> str | None:
    """Of these devices, which IAM has, the one in the member's config, else one of the portal's; None of none."""
    there = list(serial_numbers)
    preferred = (member.serial_number, *registered_serials(member))
    return next((serial for serial in (*preferred, *there) if serial in there), None)


def is_user_name(text: str) -> bool:
    return _USER_NAME.fullmatch(text) is not None


def checked_user_name(text: str) -> str:
    """``text`` if it can be a member's user name, else InvalidInput saying what is wrong with it."""
    if text == "..":  # a step up in the path of an address, where the admin API has user names
        raise InvalidInput("user_name", "A user name of two dots cannot be used.")
    if is_user_name(text):
        return text
    if not text:
        raise InvalidInput("user_name", "A user name is needed.")
    if len(text) > 64:
        raise InvalidInput("user_name", "The user name has %(count)s characters; IAM allows 64.", count=len(text))
    if len(text) == 1 and is_user_name(text * 2):
        raise InvalidInput("user_name", "The user name needs two characters, as a role session name does.")
    bad = "".join(dict.fromkeys(char for char in text if not is_user_name(char * 2)))
    raise InvalidInput(
        "user_name",
        "IAM does not take %(characters)s in a user name: use A-Z, a-z, 0-9 and + = , . @ _ - only.",
        characters=repr(bad),
    )


def checked_new_user_name(text: str) -> str:
    """As ``checked_user_name``, for a new member: members who exist already keep their names."""
    name = checked_user_name(text)
    if name.startswith(_NOT_FIRST):
        raise InvalidInput(
            "user_name",
            "A new user name cannot begin with %(character)s: spreadsheets take that for a formula, commands for an"
            " option.",
            character=name[0],
        )
    return name


def no_member(user_name: str, path: str, asked: str) -> UserElsewhere | OtherSpelling | None:
    """Why IAM's user ``user_name`` under ``path`` is not the member ``asked`` for; None if it is."""
    if path != MEMBERS_PATH:
        return UserElsewhere(user_name, path, MEMBERS_PATH)
    return OtherSpelling(user_name) if user_name != asked else None


def natural(user_name: str) -> list[str | int]:
    """The form in which people put names in order, ``member-2`` before ``member-10``: text and numbers in turn."""
    parts = re.split(r"([0-9]+)", comparable(user_name))
    return [int(part) if number % 2 else part for number, part in enumerate(parts)]


def comparable(user_name: str) -> str:
    """The form in which IAM tells user names apart: without regard to case."""
    return user_name.lower()


def name_between(user_name: str) -> str:
    """A name on the way to ``user_name`` from other capitals: IAM refuses to change capitals alone."""
    return f"{user_name[:60]}-new"
