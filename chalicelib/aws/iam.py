"""IAM: every call that the portal and the sweeper make.

An administrator's request names no user before ``member`` or ``create_user`` has: see ``inviting`` and
``offboarding``. The Lambda's policy says the same once more.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from chalicelib import aws_errors as errors
from chalicelib.arns import INLINE_POLICY_NAME, MEMBERS_PATH, boundary_arn, mfa_arn
from chalicelib.aws import iam_belongings, iam_denials
from chalicelib.aws.error_codes import Meanings, translated
from chalicelib.aws.patience import Patience
from chalicelib.cursors import unknown_cursor
from chalicelib.members import iam_records as records
from chalicelib.members.passwords import PasswordPolicy, policy_from
from chalicelib.members.record import no_member

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.literals import StatusTypeType


class IAM:
    """Every method may raise AWSBusy and AWSRefused; where it names a user, also UserMissing and UserElsewhere.

    ``patience`` says which calls are made again. A creation whose reply was lost is not: it would lose a seed or
    leave a stray access key behind. The journey decides how to go on instead.
    """

    def __init__(self, client: "IAMClient", patience: Patience, *, partition: str, account_id: str) -> None:
        patience.guard(client)
        self._client = client
        self._partition = partition
        self._account_id = account_id
        self._of_user = partial(iam_denials.of_user, client)
        self._of_group = partial(iam_denials.of_group, client)

    def serial_number(self, device_name: str) -> str:
        """The ARN of a device that the portal itself names: without a path."""
        return mfa_arn(self._partition, self._account_id, device_name)

    def get_user(self, user_name: str) -> records.IAMUser:
        with self._of_user(user_name):
            user = self._client.get_user(UserName=user_name)["User"]
        boundary = user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return records.IAMUser(user["UserName"], user["Path"], boundary, user["UserId"])

    def add_to_group(self, user_name: str, group_name: str) -> None:
        with self._of_group(group_name, {"LimitExceeded": errors.GroupLimitReached}):
            self._client.add_user_to_group(UserName=user_name, GroupName=group_name)

    def remove_from_group(self, user_name: str, group_name: str) -> None:
        """No error if the user is not in the group, or the group is missing. Works for Firstday's groups only."""
        with suppress(errors.GroupMissing, errors.UserMissing), self._of_group(group_name):
            self._client.remove_user_from_group(UserName=user_name, GroupName=group_name)

    def create_device(self, device_name: str) -> records.NewDevice:
        with translated({"EntityAlreadyExists": errors.DeviceExists(), "LimitExceeded": errors.DeviceLimitReached}):
            answer = self._client.create_virtual_mfa_device(VirtualMFADeviceName=device_name)
        device = answer["VirtualMFADevice"]
        return records.NewDevice(device["SerialNumber"], device["Base32StringSeed"].decode("ascii"))

    def delete_device(self, serial_number: str) -> None:
        """Remove an unassigned device, if it is there. DeviceExists if it is assigned."""
        meanings: Meanings = {"NoSuchEntity": errors.DeviceMissing(), "DeleteConflict": errors.DeviceExists()}
        with suppress(errors.DeviceMissing), translated(meanings):
            self._client.delete_virtual_mfa_device(SerialNumber=serial_number)

    def devices(self, user_name: str) -> tuple[records.MFADevice, ...]:
        """The member's enabled devices that show codes, so no passkeys."""
        return tuple(device for device in self.all_devices(user_name) if ":u2f/" not in device.serial_number)

    def all_devices(self, user_name: str) -> tuple[records.MFADevice, ...]:
        """The member's enabled devices, passkeys too; eight at most, so one page."""
        with self._of_user(user_name):
            answer = self._client.list_mfa_devices(UserName=user_name)
        return tuple(
            records.MFADevice(device["SerialNumber"], device["EnableDate"]) for device in answer["MFADevices"]
        )

    def enable_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None:
        taken: Meanings = {"EntityAlreadyExists": errors.DeviceExists(), "LimitExceeded": errors.DeviceLimitReached}
        with self._of_user(user_name, {**iam_denials.of_codes(), **taken}):
            self._client.enable_mfa_device(
                UserName=user_name, SerialNumber=serial_number, AuthenticationCode1=code1, AuthenticationCode2=code2
            )

    def resync_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None:
        with self._of_user(user_name, iam_denials.of_codes()):
            self._client.resync_mfa_device(
                UserName=user_name, SerialNumber=serial_number, AuthenticationCode1=code1, AuthenticationCode2=code2
            )

    def access_keys(self, user_name: str) -> tuple[records.AccessKeyInfo, ...]:
        """The member's access keys; two at most, so one page."""
        with self._of_user(user_name):
            answer = self._client.list_access_keys(UserName=user_name)
        return tuple(
            records.AccessKeyInfo(key["AccessKeyId"], key["CreateDate"], is_active=key["Status"] == "Active")
            for key in answer["AccessKeyMetadata"]
        )

    def create_access_key(self, user_name: str) -> records.AccessKey:
        with self._of_user(user_name, {"LimitExceeded": errors.KeyLimitReached}):
            key = self._client.create_access_key(UserName=user_name)["AccessKey"]
        return records.AccessKey(key["AccessKeyId"], key["SecretAccessKey"])

    def set_access_key_status(self, user_name: str, access_key_id: str, *, is_active: bool) -> bool:
        """Activate or deactivate a key; False if it is gone."""
        with suppress(errors.UserMissing), self._of_user(user_name):
            status: StatusTypeType = "Active" if is_active else "Inactive"
            self._client.update_access_key(UserName=user_name, AccessKeyId=access_key_id, Status=status)
            return True
        return False

    def delete_access_key(self, user_name: str, access_key_id: str) -> None:
        """No error if it is gone already."""
        with suppress(errors.UserMissing), self._of_user(user_name):
            self._client.delete_access_key(UserName=user_name, AccessKeyId=access_key_id)

    def password_policy(self) -> PasswordPolicy:
        """The account's policy for console passwords, or AWS's own where the account has none."""
        try:
            with translated({"NoSuchEntity": errors.PasswordMissing()}):
                return policy_from(self._client.get_account_password_policy()["PasswordPolicy"])
        except errors.PasswordMissing:
            return PasswordPolicy()

    def password_created_at(self, user_name: str) -> datetime | None:
        """When the member's console password was created; None if there is none."""
        try:
            with self._of_user(user_name, {"NoSuchEntity": errors.PasswordMissing()}):
                return self._client.get_login_profile(UserName=user_name)["LoginProfile"]["CreateDate"]
        except errors.PasswordMissing:
            return None

    def create_password(self, user_name: str, password: str) -> None:
        refusals = {
            "EntityAlreadyExists": errors.PasswordExists(),
            "PasswordPolicyViolation": errors.PasswordRefused(),
        }
        with self._of_user(user_name, refusals):
            self._client.create_login_profile(UserName=user_name, Password=password, PasswordResetRequired=False)

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
            self._client.create_user(UserName=user_name, Path=MEMBERS_PATH, PermissionsBoundary=self.boundary_arn())

    def users(self) -> Mapping[str, records.ListedUser]:
        """All users of the account, by comparable name."""
        return iam_denials.all_users(self._client)

    def member_names(self, after: str | None, limit: int) -> tuple[tuple[str, ...], str | None]:
        """Some of the users under ``/members/``, and where the next ones begin; None at the end."""
        more = {"Marker": after} if after else {}
        with translated({"ValidationError": unknown_cursor()}):
            answer = self._client.list_users(PathPrefix=MEMBERS_PATH, MaxItems=limit, **more)
        # The prefix also covers paths below it, which are not ours.
        names = tuple(user["UserName"] for user in answer["Users"] if user["Path"] == MEMBERS_PATH)
        return names, answer.get("Marker")

    def groups(self, user_name: str) -> tuple[records.IAMGroup, ...]:
        """The groups the user is in; ten at most, so one page."""
        with self._of_user(user_name):
            answer = self._client.list_groups_for_user(UserName=user_name)
        return tuple(records.IAMGroup(group["GroupName"], group["Path"]) for group in answer["Groups"])

    def last_used_at(self, user_name: str, access_key_id: str) -> datetime | None:
        """When the user's key last signed a request; None if never, or if the key is gone."""
        try:
            with self._of_user(user_name):
                answer = self._client.get_access_key_last_used(AccessKeyId=access_key_id)
                return answer["AccessKeyLastUsed"].get("LastUsedDate")
        except errors.UserMissing:
            return None
        except errors.AWSDenied:  # for a key that is gone, IAM knows no user with a path that could match
            if access_key_id in {key.access_key_id for key in self.access_keys(user_name)}:
                raise
            return None

    def belongings(self, user_name: str) -> tuple[records.Belonging, ...]:
        """What has to be removed before the user, besides groups; what gives access comes first."""
        with self._of_user(user_name):
            return tuple(iam_belongings.found(self._client, user_name))

    def remove(self, user_name: str, belonging: records.Belonging) -> None:
        """Remove one of ``belongings``, if it is still there."""
        is_device = belonging.kind is records.Kind.MFA_DEVICE
        gone = errors.DeviceMissing if is_device else errors.UserMissing
        with suppress(gone), self._of_user(user_name, {"NoSuchEntity": gone()}):
            iam_belongings.remove(self._client, user_name, belonging)
        if is_device and ":mfa/" in belonging.name:
            try:
                self.delete_device(belonging.name)
            except errors.DeviceExists:  # it was deactivated just now, and IAM does not show that everywhere yet
                raise errors.AWSBusy from None

    def delete_user(self, user_name: str) -> None:
        """No error if the user is gone already. UserNotEmpty while IAM still finds something of theirs."""
        with suppress(errors.UserMissing), self._of_user(user_name, {"DeleteConflict": errors.UserNotEmpty()}):
            self._client.delete_user(UserName=user_name)

    def unassigned_devices(self) -> frozenset[str]:
        """The serial numbers of all of the account's; 1,000 a call, and there are as many as users at most."""
        pages = self._client.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus="Unassigned", PaginationConfig={"PageSize": 1000}
        )
        with translated():
            return frozenset(device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"])

    def group_policy(self, group_name: str) -> Mapping[str, Any] | None:
        """What the group may do; GroupMissing if the group or its policy is gone, None if it cannot be read."""
        with translated({"NoSuchEntity": errors.GroupMissing(group_name)}):
            answer = self._client.get_group_policy(GroupName=group_name, PolicyName=INLINE_POLICY_NAME)
        return _read(answer["PolicyDocument"])

    def role(self, role_name: str) -> records.IAMRole | None:
        """The role of the identity account; None if there is none."""
        try:
            with translated({"NoSuchEntity": errors.RoleMissing()}):
                role = self._client.get_role(RoleName=role_name)["Role"]
        except errors.RoleMissing:
            return None
        trust_policy = _read(role.get("AssumeRolePolicyDocument"))
        return records.IAMRole(role["Arn"], trust_policy, role.get("MaxSessionDuration", 3600))


def _read(document: object) -> Mapping[str, Any] | None:
    """botocore has decoded it, unless it is not JSON."""
    return document if isinstance(document, Mapping) else None
