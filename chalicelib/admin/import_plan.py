"""Bringing in many members at once: what will happen to each line of a CSV file, decided before anything does."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.arns import MEMBERS_PATH
from chalicelib.audit import short
from chalicelib.aws_errors import OtherSpelling
from chalicelib.errors import InvalidInput
from chalicelib.members.import_list import LineProblem, Row, read
from chalicelib.members.invitations import PASSCODE_ALPHABET, PASSCODE_LENGTH, hashed, is_pending, passcode_text
from chalicelib.members.link_tokens import secret_text
from chalicelib.members.record import Member, checked_new_user_name, comparable
from chalicelib.members.versions import basis_of
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable


class ImportAction(StrEnum):
    INVITE = "invite"
    INVITE_AGAIN = "invite_again"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """``basis`` stands for the member's record that the plan was made from."""

    row: Row
    plan: ImportAction
    words: Words
    basis: str


@dataclass(frozen=True, slots=True)
class Checked:
    """If there are ``problems``, nothing may be imported until the file is corrected.

    ``unknown_columns`` are not read.
    """

    lines: tuple[PlannedLine, ...]
    problems: tuple[LineProblem, ...]
    unknown_columns: tuple[str, ...] = ()


def check(request: AdminRequest, text: str, import_key: str | None = None) -> Checked:
    """What an import of the CSV ``text`` would do. Nothing is changed.

    With the ``import_key`` of an import that was cut off, the members whom it has invited get the same links again.
    """
    settings = request.settings
    names = [group.name for group in settings.groups]
    listed = read(
        text,
        known_groups=names,
        default_groups=settings.default_groups,
        now=request.now,
        time_zone=settings.time_zone,
    )
    known = _known(request.members) if listed.rows else {}
    has_new = any(comparable(row.user_name) not in known for row in listed.rows)
    outsiders = (
        {name for name, user in request.iam.users().items() if user.path != MEMBERS_PATH} if has_new else set()
    )
    lines, problems = [], list(listed.problems)
    for row in listed.rows:
        name = comparable(row.user_name)
        member = known.get(name)
        if member and member.user_name != row.user_name:
            problems.append(LineProblem(row.line, OtherSpelling(member.user_name).words))
        elif member is None and (mistake := _no_new_name(row.user_name)):
            problems.append(LineProblem(row.line, mistake))
        elif member is None and name in outsiders:
            words = Words("IAM has a user of this name who is not a member; the portal does not touch it.")
            problems.append(LineProblem(row.line, words))
        elif member and member.offboarding_at:
            problems.append(LineProblem(row.line, Words("This member is being offboarded: finish that first.")))
        else:
            lines.append(PlannedLine(row, *_plan(row, member, import_key, request.now), basis_of(member)))
    problems.sort(key=lambda problem: problem.line)
    return Checked(tuple(lines), tuple(problems), listed.unknown_columns)


def key_of(secret: str, text: str) -> str:
    """The key of importing ``text``, derived from ``secret``: the same list again is the same import."""
    lines = "\n".join(text.splitlines()).strip()  # a form sends line ends of its own
    return urlsafe_b64encode(_derived(secret, f"import\n{lines}")).decode().rstrip("=")


def token_for(import_key: str, user_name: str) -> str:
    """The secret of a line's invitation: the same for the same import and name, so that repeating is safe.

    ``import_key`` is 256 random bits as base64url, which nobody but the importing administrator has.
    """
    return secret_text(_derived(import_key, comparable(user_name)))


def passcode_for(import_key: str, user_name: str) -> str:
    """A line's passcode, also the same each time; nobody can derive it from the link."""
    digest = _derived(import_key, f"passcode\n{comparable(user_name)}")
    letters = (PASSCODE_ALPHABET[byte % len(PASSCODE_ALPHABET)] for byte in digest[:PASSCODE_LENGTH])
    return passcode_text("".join(letters))


def _derived(key: str, what: str) -> bytes:
    """256 bits derived from ``key``; unguessable without it."""
    return hmac.digest(key.encode(), what.encode(), hashlib.sha256)


def _known(members: "MembersTable") -> dict[str, Member]:
    """Every record by its comparable name: one query for each megabyte, however many lines there are."""
    found: dict[str, Member] = {}
    after: str | None = None
    while True:
        page, after = members.page(limit=None, after=after)
        found |= {comparable(member.user_name): member for member in page}
        if after is None:
            return found


def _no_new_name(user_name: str) -> Words | None:
    """Why no new member can have this name; None if one can."""
    try:
        checked_new_user_name(user_name)
    except InvalidInput as error:
        return error.words
    return None


def _plan(row: Row, member: Member | None, import_key: str | None, now: datetime) -> tuple[ImportAction, Words]:
    if member is None:
        return ImportAction.INVITE, Words("Will be created and invited.")
    if member.suspended_at:
        return ImportAction.SKIP, Words("Is suspended: resume the member instead.")
    if member.proved_at:
        return ImportAction.SKIP, Words("Is active already.")
    if is_pending(member, now):
        if import_key and member.token_hash == hashed(token_for(import_key, row.user_name)):
            if member.is_mailed:
                return ImportAction.INVITE, Words("Was invited by this import, by mail; nothing is sent again.")
            return ImportAction.INVITE, Words("Was invited by this import; the link will be shown again.")
        return ImportAction.SKIP, Words("Was invited already, by %(actor)s.", actor=short(member.invited_by or ""))
    if row.groups != member.groups:
        return ImportAction.INVITE_AGAIN, Words(
            "Will be invited again, into %(groups)s.", groups=", ".join(row.groups)
        )
    return ImportAction.INVITE_AGAIN, Words("Will be invited again.")
