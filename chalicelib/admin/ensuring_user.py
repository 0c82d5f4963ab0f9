"""Makes sure that a member's IAM user exists, in the baseline group and with the boundary."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.admin.quarantine import refuse_held
from chalicelib.arns import BASELINE_GROUP
from chalicelib.aws_errors import AWSBusy, AWSDenied, UserExists, UserMissing
from chalicelib.errors import InvalidInput
from chalicelib.members.iam_account_records import IAMUser
from chalicelib.members.new_users import KNOWN_WITHIN, awaited
from chalicelib.members.record import Member, comparable

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration


def ensure_user(iam: "IAMAdministration", user_name: str, earlier: Member | None, now: datetime) -> bool:
    """Make sure that the IAM user exists, in the baseline group; True if it was created.

    An IAM user who is not a member is refused. A known member is looked up first; any other is created first.
    """
    created_user = False
    with awaited(earlier, now):
        user = _known_user(iam, user_name) if earlier else None
    if user is None:
        try:
            iam.create_user(user_name)
            created_user = True
        except UserExists:
            user = _user_there_all_along(iam, user_name, now)
    if user and user.boundary_arn != iam.boundary_arn():
        raise InvalidInput(
            "user_name",
            "%(user_name)s lacks the permissions boundary %(boundary)s: set it, then invite again.",
            user_name=user_name,
            boundary=iam.boundary_arn(),
        )
    try:
        if user:
            with awaited(earlier, now):
                refuse_held(user_name, iam.groups(user_name))
        iam.add_to_group(user_name, BASELINE_GROUP)
    except UserMissing:  # they existed a moment ago: IAM does not show them everywhere yet
        raise AWSBusy from None
    return created_user


def _known_user(iam: "IAMAdministration", user_name: str) -> IAMUser | None:
    try:
        return iam.member(user_name)
    except UserMissing:
        return None


def _user_there_all_along(iam: "IAMAdministration", user_name: str, now: datetime) -> IAMUser:
    """The member that the portal did not know: made elsewhere, or just now by a call whose reply was lost."""
    try:
        return iam.member(user_name)
    except UserMissing:  # IAM has just said that the name is taken, but does not show it everywhere yet
        raise AWSBusy from None
    except AWSDenied as denied:
        if not denied.is_explicit and _is_new_in_iam(iam, user_name, now):
            raise AWSBusy from None
        raise


def _is_new_in_iam(iam: "IAMAdministration", user_name: str, now: datetime) -> bool:
    """Whether the user has been in the account's list for less than a minute, or is not in it yet."""
    listed = iam.users().get(comparable(user_name))
    return listed is None or now - listed.created_at < KNOWN_WITHIN
