"""Makes sure that the author of a change has seen what it changes.

A member's record has a version, a new one after each change by an administrator, by the proof of MFA, or by what
IAM says. A page or an answer that a change can be made from carries the *basis*: the version, and a number of its
own. The change is refused where the record has another version by now. The next version follows from the basis and
the change, so the portal can tell the same request, sent again because its answer was lost, from anybody else's.
"""

import secrets
from hashlib import sha256

from chalicelib.errors import ChangedMeanwhile, InvalidInput
from chalicelib.members.record import Member

# The versions of a member who has no record, and of a record from before there were versions.
NOBODY, FIRST = "none", "first"


def new_version() -> str:
    return secrets.token_hex(8)


def basis_of(member: Member | None, user_id: str = "") -> str:
    """What a change of ``member`` can be made from; ``user_id`` is IAM's, where its user is at stake."""
    return f"{_version_of(member)}.{secrets.token_hex(4)}.{user_id}"


def version_in(basis: str) -> str:
    """The version that ``basis`` was made from."""
    return basis.partition(".")[0]


def bare_basis(version: str = NOBODY) -> str:
    """A basis of the version alone, for a form that keeps many of them."""
    return f"{version}."


def next_version(member: Member | None, basis: str | None, *change: str) -> str:
    """The version after ``change``, named by its actor, action and the like.

    ChangedMeanwhile unless the record is the one that ``basis`` was made from, or the result of this very change.
    The basis is None if nobody has looked at the member before the change.
    """
    if basis is None:
        return new_version()
    after = sha256("\n".join([basis, *change]).encode()).hexdigest()[:16]
    if _version_of(member) not in (version_in(basis), after):
        raise ChangedMeanwhile(member)
    return after


def check_user(member: Member | None, basis: str, user_id: str) -> None:
    """ChangedMeanwhile if IAM has another user of that name by now; no error if it has none any more."""
    if user_id and basis.rpartition(".")[2] != user_id:
        raise ChangedMeanwhile(member)


def checked_basis(text: str) -> str:
    """``text`` if anything was sent; any text that is not our basis counts as outdated."""
    if not text:
        raise InvalidInput("basis", "The basis of this decision is missing. Look at the member again.")
    return text


def _version_of(member: Member | None) -> str:
    return (member.version or FIRST) if member else NOBODY
