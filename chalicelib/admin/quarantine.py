"""Members that an administrator of IAM holds: they are in a group that denies everything.

The portal's role can take nobody out of it, and IAM deletes no user who is in a group. So a portal that was taken
over cannot undo it, while it could undo a Deny on the member. With this module, the portal respects the hold.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
"""

from collections.abc import Iterable

from chalicelib.arns import QUARANTINE_GROUP
from chalicelib.errors import Obstacle
from chalicelib.members.iam_account_records import IAMGroup
from chalicelib.words import Words


def is_held(groups: Iterable[IAMGroup]) -> bool:
    """Whether the group of held members is among a user's ``groups``."""
    return any(group.is_quarantine for group in groups)


def refuse_held(user_name: str, groups: Iterable[IAMGroup]) -> None:
    """Obstacle for a member who is held: the portal does not change them."""
    if is_held(groups):
        raise Obstacle(held(user_name))


def held(user_name: str) -> Words:
    """Why nothing is changed, and who can release the member."""
    return Words(
        "An administrator of IAM holds %(user_name)s in the group %(group)s, which denies everything. The portal"
        " does not change this member until an administrator of IAM releases them with: aws iam"
        " remove-user-from-group --group-name %(group)s --user-name %(user_name)s",
        user_name=user_name,
        group=QUARANTINE_GROUP,
    )


def held_meanwhile(user_name: str) -> Words:
    """The same, for a member who was put there while the portal removed everything else that they had."""
    return Words(
        "Meanwhile an administrator of IAM put %(user_name)s into the group %(group)s: the IAM user is still there,"
        " and everything else that was to be removed is gone. An administrator of IAM releases them with: aws iam"
        " remove-user-from-group --group-name %(group)s --user-name %(user_name)s. Then offboard again.",
        user_name=user_name,
        group=QUARANTINE_GROUP,
    )
