"""The calls that adopt a user, and those that put everything back. Each may be repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH, SWITCH_ROLE_PATH, boundary_arn
from chalicelib.members.iam_account_records import IAMUser
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings
from firstday.adoption.patient_reading import is_missing
from firstday.aws_calls import DeploymentError, explained


class BoundaryGone(DeploymentError):
    """The policy that was the user's boundary before is no longer there."""


@dataclass(frozen=True, slots=True)
class IAMSteps:
    """``iam`` is a client with the deployer's credentials."""

    iam: Any
    settings: Settings

    @property
    def boundary(self) -> str:
        return boundary_arn(self.settings.partition, self.settings.identity_account)

    def user(self, user_name: str) -> IAMUser | None:
        """The user as IAM has it now; None if there is none."""
        with explained(f"Looking at {user_name}"):
            try:
                found = self.iam.get_user(UserName=user_name)["User"]
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
        boundary = (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        return IAMUser(found["UserName"], found["Path"], boundary, found["UserId"])

    def make_member(self, user_name: str) -> None:
        """Boundary, baseline group, path, in this order: nobody can do more than before after any of them."""
        with explained(f"Setting the permissions boundary of {user_name}"):
            self.iam.put_user_permissions_boundary(UserName=user_name, PermissionsBoundary=self.boundary)
        with explained(f"Adding {user_name} to {BASELINE_GROUP}"):
            self.iam.add_user_to_group(UserName=user_name, GroupName=BASELINE_GROUP)
        self._move(user_name, MEMBERS_PATH)

    def put_back(self, member: Member) -> None:
        """Path, groups, boundary, in this order: the boundary stays until everything else is as it was."""
        name = member.user_name
        self._move(name, member.former_path or "/")
        self._leave_groups(name)
        self._put_back_boundary(name, member.former_boundary)
        # A request of the portal's that was under way may have granted some since.
        self._leave_groups(name)

    def own_groups(self, user_name: str) -> list[str]:
        """Firstday's groups that the user is in; the baseline group last, as it denies what needs MFA."""
        with explained(f"Listing the groups of {user_name}"):
            found = self.iam.list_groups_for_user(UserName=user_name)["Groups"]
        own = [group["GroupName"] for group in found if group["Path"] == SWITCH_ROLE_PATH]
        baseline = [group["GroupName"] for group in found if group["GroupName"] == BASELINE_GROUP]
        return [*own, *baseline]

    def _move(self, user_name: str, path: str) -> None:
        with explained(f"Moving {user_name} to the path {path}"):
            self.iam.update_user(UserName=user_name, NewPath=path)

    def _leave_groups(self, user_name: str) -> None:
        for group in self.own_groups(user_name):
            with explained(f"Taking {user_name} out of {group}"), _unless_missing():
                self.iam.remove_user_from_group(UserName=user_name, GroupName=group)

    def _put_back_boundary(self, user_name: str, boundary: str | None) -> None:
        user = self.user(user_name)
        if user is None or user.boundary_arn == boundary:
            return
        if boundary is None:
            with explained(f"Removing the permissions boundary of {user_name}"), _unless_missing():
                self.iam.delete_user_permissions_boundary(UserName=user_name)
            return
        with explained(f"Setting the permissions boundary of {user_name}"):
            try:
                self.iam.put_user_permissions_boundary(UserName=user_name, PermissionsBoundary=boundary)
            except ClientError as error:
                if is_missing(error):
                    raise BoundaryGone(
                        f"{user_name} had the permissions boundary {boundary}, which is gone. The "
                        "release stops here until it is made again: run the same command afterwards."
                    ) from None
                raise


@contextmanager
def _unless_missing() -> Iterator[None]:
    """No error about something that is not there any more."""
    try:
        yield
    except ClientError as error:
        if not is_missing(error):
            raise
