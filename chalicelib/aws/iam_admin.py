"""IAM for the administrators' use cases: reads members, groups and roles, and removes what members have.

Every call on a user comes after ``member`` or ``create_user`` for the same name: see ``inviting``,
``resetting``, ``changing_groups``, ``offboarding`` and ``directory``. The Lambda's policy sets the same limit.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.arns import INLINE_POLICY_NAME, MEMBERS_PATH, boundary_arn
from chalicelib.aws import iam_belongings
from chalicelib.aws.errors import Meanings, translated
from chalicelib.aws.iam import JourneyIAM
from chalicelib.cursors import unknown_cursor
from chalicelib.errors import (
    AWSBusy,
    AWSDenied,
    BoundaryMissing,
    DeviceExists,
    DeviceMissing,
    FirstdayError,
    GroupMissing,
    UserExists,
    UserLimitReached,
    UserMissing,
    UserNotEmpty,
)
from chalicelib.members.record import no_member
from chalicelib.ports import Belonging, IAMGroup, IAMRole, IAMUser, Kind, MFADevice


class _RoleMissing(FirstdayError):
    """The account has no role of this name."""


class IAMAdapter(JourneyIAM):
    """Every method may raise AWSBusy and AWSRefused, and UserMissing where it names a user."""

    def boundary_arn(self) -> str:
        return boundary_arn(self._partition, self._account_id)

    def member(self, user_name: str) -> IAMUser:
        """The IAM user, if a member has exactly this name; else OtherSpelling, UserElsewhere or UserMissing."""
        user = self.get_user(user_name)
        if error := no_member(user.user_name, user.path, user_name):
            raise error
        return user

    def create_user(self, user_name: str) -> None:
        meanings: Meanings = {
            "EntityAlreadyExists": UserExists(),
            "LimitExceeded": UserLimitReached,
            "NoSuchEntity": BoundaryMissing(),
        }
        with translated(meanings):
            self._once.create_user(UserName=user_name, Path=MEMBERS_PATH, PermissionsBoundary=self.boundary_arn())

    def member_names(self, after: str | None, limit: int) -> tuple[tuple[str, ...], str | None]:
        """Some of the users under ``/members/``, and where the next ones begin; None at the end."""
        more = {"Marker": after} if after else {}
        with translated({"ValidationError": unknown_cursor()}):
            answer = self._client.list_users(PathPrefix=MEMBERS_PATH, MaxItems=limit, **more)
        # The prefix also covers paths below it, which are not ours.
        names = tuple(user["UserName"] for user in answer["Users"] if user["Path"] == MEMBERS_PATH)
        return names, answer.get("Marker")

    def groups(self, user_name: str) -> tuple[IAMGroup, ...]:
        """The groups the user is in; ten at most, so one page."""
        with self.of_user(user_name):
            answer = self._client.list_groups_for_user(UserName=user_name)
        return tuple(IAMGroup(group["GroupName"], group["Path"]) for group in answer["Groups"])

    def all_devices(self, user_name: str) -> tuple[MFADevice, ...]:
        """The member's enabled devices, passkeys too; eight at most, so one page."""
        with self.of_user(user_name):
            answer = self._client.list_mfa_devices(UserName=user_name)
        return tuple(MFADevice(device["SerialNumber"], device["EnableDate"]) for device in answer["MFADevices"])

    def deactivate_device(self, user_name: str, serial_number: str) -> None:
        """No error if it is not the user's, or not any more."""
        with suppress(DeviceMissing), self.of_user(user_name, {"NoSuchEntity": DeviceMissing()}):
            self._client.deactivate_mfa_device(UserName=user_name, SerialNumber=serial_number)

    def last_used_at(self, user_name: str, access_key_id: str) -> datetime | None:
        """When the user's key last signed a request; None if never, or if the key is gone."""
        try:
            with self.of_user(user_name):
                answer = self._client.get_access_key_last_used(AccessKeyId=access_key_id)
                return answer["AccessKeyLastUsed"].get("LastUsedDate")
        except UserMissing:
            return None
        except AWSDenied:  # for a key that is gone, IAM knows no user with a path that could match
            if access_key_id in {key.access_key_id for key in self.access_keys(user_name)}:
                raise
            return None

    def deactivate_access_key(self, user_name: str, access_key_id: str) -> None:
        """No error if it is gone."""
        with suppress(UserMissing), self.of_user(user_name):
            self._client.update_access_key(UserName=user_name, AccessKeyId=access_key_id, Status="Inactive")

    def belongings(self, user_name: str) -> tuple[Belonging, ...]:
        """What has to be removed before the user, besides groups; what gives access comes first."""
        with self.of_user(user_name):
            return tuple(iam_belongings.found(self._client, user_name))

    def remove(self, user_name: str, belonging: Belonging) -> None:
        """Remove one of ``belongings``, if it is still there."""
        if belonging.kind is Kind.MFA_DEVICE:
            self.deactivate_device(user_name, belonging.name)
            if ":mfa/" in belonging.name:
                try:
                    self.delete_device(belonging.name)
                except DeviceExists:  # it was deactivated just now, and IAM does not show that everywhere yet
                    raise AWSBusy from None
            return
        with suppress(UserMissing), self.of_user(user_name):
            iam_belongings.remove(self._client, user_name, belonging)

    def delete_user(self, user_name: str) -> None:
        """No error if the user is gone already. UserNotEmpty while IAM still finds something of theirs."""
        with suppress(UserMissing), self.of_user(user_name, {"DeleteConflict": UserNotEmpty()}):
            self._client.delete_user(UserName=user_name)

    def group_policy(self, group_name: str) -> Mapping[str, Any] | None:
        """What the group may do; GroupMissing if the group or its policy is gone, None if it cannot be read."""
        with translated({"NoSuchEntity": GroupMissing(group_name)}):
            answer = self._client.get_group_policy(GroupName=group_name, PolicyName=INLINE_POLICY_NAME)
        return _read(answer["PolicyDocument"])

    def role(self, role_name: str) -> IAMRole | None:
        """The role of the identity account; None if there is none."""
        try:
            with translated({"NoSuchEntity": _RoleMissing()}):
                role = self._client.get_role(RoleName=role_name)["Role"]
        except _RoleMissing:
            return None
        trust_policy = _read(role.get("AssumeRolePolicyDocument"))
        return IAMRole(role["Arn"], trust_policy, role.get("MaxSessionDuration", 3600))


def _read(document: object) -> Mapping[str, Any] | None:
    """botocore has decoded it, unless it is not JSON."""
    return document if isinstance(document, Mapping) else None
