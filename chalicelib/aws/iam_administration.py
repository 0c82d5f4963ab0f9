"""IAM: what administrators, scheduled runs and the check of a member ask for besides. The journey does without.

An administrator's request names no user before ``member`` or ``create_user`` has: see ``inviting`` and
``offboarding``. The Lambda's policy says the same once more.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib import aws_errors as errors
from chalicelib.arns import INLINE_POLICY_NAME, MEMBERS_PATH, boundary_arn
from chalicelib.aws import iam_belongings, iam_denials
from chalicelib.aws.error_codes import Meanings, translated
from chalicelib.aws.iam import IAM
from chalicelib.cursors import unknown_cursor
from chalicelib.members import iam_account_records as records
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.members.record import no_member


class IAMAdministration(IAM):
    """Its methods raise what those of ``IAM`` do."""

    def boundary_arn(self) -> str:
        return boundary_arn(self._partition, self._account_id)

    def member(self, user_name: str) -> records.IAMUser:
        """The IAM user, if a member has exactly this name; else OtherSpelling, UserElsewhere or UserMissing."""
        user = self.get_user(user_name)
        if error := no_member(user.user_name, user.path, user_name):
            raise error
        return user

    def create_user(self, user_name: str) -> None:
        meanings: Meanings = {
            "EntityAlreadyExists": errors.UserExists(),
            "LimitExceeded": errors.UserLimitReached,
            "NoSuchEntity": errors.BoundaryMissing(),
        }
        with translated(meanings):
            self.client.create_user(UserName=user_name, Path=MEMBERS_PATH, PermissionsBoundary=self.boundary_arn())

    def users(self) -> Mapping[str, records.ListedUser]:
        """All users of the account, by comparable name."""
        return iam_denials.all_users(self.client)

    def member_names(self, after: str | None, limit: int) -> tuple[tuple[str, ...], str | None]:
        """Some of the users under ``/members/``, and where the next ones begin; None at the end."""
        more = {"Marker": after} if after else {}
        with translated({"ValidationError": unknown_cursor()}):
            answer = self.client.list_users(PathPrefix=MEMBERS_PATH, MaxItems=limit, **more)
        # The prefix also covers paths below it, which are not ours.
        names = tuple(user["UserName"] for user in answer["Users"] if user["Path"] == MEMBERS_PATH)
        return names, answer.get("Marker")

    def groups(self, user_name: str) -> tuple[records.IAMGroup, ...]:
        """The groups the user is in; ten at most, so one page."""
        with self._of_user(user_name):
            answer = self.client.list_groups_for_user(UserName=user_name)
        return tuple(records.IAMGroup(group["GroupName"], group["Path"]) for group in answer["Groups"])

    def last_used_at(self, user_name: str, access_key_id: str) -> datetime | None:
        """When the user's key last signed a request; None if never, or if the key is gone."""
        try:
            with self._of_user(user_name):
                answer = self.client.get_access_key_last_used(AccessKeyId=access_key_id)
                return answer["AccessKeyLastUsed"].get("LastUsedDate")
        except errors.UserMissing:
            return None
        except errors.AWSDenied:  # for a key that is gone, IAM knows no user with a path that could match
            if access_key_id in {key.access_key_id for key in self.access_keys(user_name)}:
                raise
            return None

    def belongings(self, user_name: str) -> tuple[Belonging, ...]:
        """What has to be removed before the user, besides groups; what gives access comes first."""
        with self._of_user(user_name):
            return tuple(iam_belongings.found(self.client, user_name))

    def remove(self, user_name: str, belonging: Belonging) -> None:
        """Remove one of ``belongings``, if it is still there."""
        is_device = belonging.kind is Kind.MFA_DEVICE
        gone = errors.DeviceMissing if is_device else errors.UserMissing
        with suppress(gone), self._of_user(user_name, {"NoSuchEntity": gone()}):
            iam_belongings.remove(self.client, user_name, belonging)
        if is_device and ":mfa/" in belonging.name:
            try:
                self.delete_device(belonging.name)
            except errors.DeviceExists:  # it was deactivated just now, and IAM does not show that everywhere yet
                raise errors.AWSBusy from None

    def delete_user(self, user_name: str) -> None:
        """No error if the user is gone already. UserNotEmpty while IAM still finds something of theirs."""
        with suppress(errors.UserMissing), self._of_user(user_name, {"DeleteConflict": errors.UserNotEmpty()}):
            self.client.delete_user(UserName=user_name)

    def unassigned_devices(self) -> frozenset[str]:
        """The serial numbers of all of the account's; 1,000 a call, and there are as many as users at most."""
        pages = self.client.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus="Unassigned", PaginationConfig={"PageSize": 1000}
        )
        with translated():
            return frozenset(device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"])

    def group_policy(self, group_name: str) -> Mapping[str, Any] | None:
        """What the group may do; GroupMissing if the group or its policy is gone, None if it cannot be read."""
        with translated({"NoSuchEntity": errors.GroupMissing(group_name)}):
            answer = self.client.get_group_policy(GroupName=group_name, PolicyName=INLINE_POLICY_NAME)
        return _read(answer["PolicyDocument"])

    def role(self, role_name: str) -> records.IAMRole | None:
        """The role of the identity account; None if there is none."""
        try:
            with translated({"NoSuchEntity": errors.RoleMissing()}):
                role = self.client.get_role(RoleName=role_name)["Role"]
        except errors.RoleMissing:
            return None
        trust_policy = _read(role.get("AssumeRolePolicyDocument"))
        return records.IAMRole(role["Arn"], trust_policy, role.get("MaxSessionDuration", 3600))


def _read(document: object) -> Mapping[str, Any] | None:
    """botocore has decoded it, unless it is not JSON."""
    return document if isinstance(document, Mapping) else None
