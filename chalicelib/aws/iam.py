"""IAM: every call of a member's journey. ``iam_administration`` has the others."""

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from chalicelib import aws_errors as errors
from chalicelib.arns import mfa_arn
from chalicelib.aws import iam_denials
from chalicelib.aws.error_codes import Meanings, translated
from chalicelib.members import iam_records as records

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.literals import StatusTypeType

    from chalicelib.members.iam_account_records import IAMUser
    from chalicelib.members.passwords import PasswordPolicy


class IAM:
    """Every method may raise AWSBusy and AWSRefused; where it names a user, also UserMissing and UserElsewhere.

    A creation whose reply was lost is not made again: it would lose a seed or leave a stray access key behind. The
    journey decides how to go on instead. See ``patience``, which guards the client.
    """

    def __init__(self, client: "IAMClient", *, partition: str, account_id: str) -> None:
        self.client = client
        self._partition = partition
        self._account_id = account_id
        self._of_user = partial(iam_denials.of_user, client)
        self._of_group = partial(iam_denials.of_group, client)

    def serial_number(self, device_name: str) -> str:
        """The ARN of a device that the portal itself names: without a path."""
        return mfa_arn(self._partition, self._account_id, device_name)

    def get_user(self, user_name: str) -> "IAMUser":
        from chalicelib.members.iam_account_records import IAMUser  # here, to keep it off the cold start

        with self._of_user(user_name):
            user = self.client.get_user(UserName=user_name)["User"]
        boundary = user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return IAMUser(user["UserName"], user["Path"], boundary, user["UserId"])

    def add_to_group(self, user_name: str, group_name: str) -> None:
        with self._of_group(group_name, {"LimitExceeded": errors.GroupLimitReached}):
            self.client.add_user_to_group(UserName=user_name, GroupName=group_name)

    def remove_from_group(self, user_name: str, group_name: str) -> None:
        """No error if the user is not in the group, or the group is missing. Works for Firstday's groups only."""
        with suppress(errors.GroupMissing, errors.UserMissing), self._of_group(group_name):
            self.client.remove_user_from_group(UserName=user_name, GroupName=group_name)

    def create_device(self, device_name: str) -> records.NewDevice:
        with translated({"EntityAlreadyExists": errors.DeviceExists(), "LimitExceeded": errors.DeviceLimitReached}):
            answer = self.client.create_virtual_mfa_device(VirtualMFADeviceName=device_name)
        device = answer["VirtualMFADevice"]
        return records.NewDevice(device["SerialNumber"], device["Base32StringSeed"].decode("ascii"))

    def delete_device(self, serial_number: str) -> None:
        """Remove an unassigned device, if it is there. DeviceExists if it is assigned."""
        meanings: Meanings = {"NoSuchEntity": errors.DeviceMissing(), "DeleteConflict": errors.DeviceExists()}
        with suppress(errors.DeviceMissing), translated(meanings):
            self.client.delete_virtual_mfa_device(SerialNumber=serial_number)

    def devices(self, user_name: str) -> tuple[records.MFADevice, ...]:
        """The member's enabled devices that show codes, so no passkeys."""
        return tuple(device for device in self.all_devices(user_name) if not device.is_passkey)

    def all_devices(self, user_name: str) -> tuple[records.MFADevice, ...]:
        """The member's enabled devices, passkeys too; eight at most, so one page."""
        with self._of_user(user_name):
            answer = self.client.list_mfa_devices(UserName=user_name)
        return tuple(
            records.MFADevice(device["SerialNumber"], device["EnableDate"]) for device in answer["MFADevices"]
        )

    def enable_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None:
        taken: Meanings = {"EntityAlreadyExists": errors.DeviceExists(), "LimitExceeded": errors.DeviceLimitReached}
        with self._of_user(user_name, {**iam_denials.of_codes(), **taken}):
            self.client.enable_mfa_device(
                UserName=user_name, SerialNumber=serial_number, AuthenticationCode1=code1, AuthenticationCode2=code2
            )

    def resync_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None:
        with self._of_user(user_name, iam_denials.of_codes()):
            self.client.resync_mfa_device(
                UserName=user_name, SerialNumber=serial_number, AuthenticationCode1=code1, AuthenticationCode2=code2
            )

    def access_keys(self, user_name: str) -> tuple[records.AccessKeyInfo, ...]:
        """The member's access keys; two at most, so one page."""
        with self._of_user(user_name):
            answer = self.client.list_access_keys(UserName=user_name)
        return tuple(
            records.AccessKeyInfo(key["AccessKeyId"], key["CreateDate"], is_active=key["Status"] == "Active")
            for key in answer["AccessKeyMetadata"]
        )

    def create_access_key(self, user_name: str) -> records.AccessKey:
        with self._of_user(user_name, {"LimitExceeded": errors.KeyLimitReached}):
            key = self.client.create_access_key(UserName=user_name)["AccessKey"]
        return records.AccessKey(key["AccessKeyId"], key["SecretAccessKey"])

    def set_access_key_status(self, user_name: str, access_key_id: str, *, is_active: bool) -> bool:
        """Activate or deactivate a key; False if it is gone."""
        with suppress(errors.UserMissing), self._of_user(user_name):
            status: StatusTypeType = "Active" if is_active else "Inactive"
            self.client.update_access_key(UserName=user_name, AccessKeyId=access_key_id, Status=status)
            return True
        return False

    def delete_access_key(self, user_name: str, access_key_id: str) -> None:
        """No error if it is gone already."""
        with suppress(errors.UserMissing), self._of_user(user_name):
            self.client.delete_access_key(UserName=user_name, AccessKeyId=access_key_id)

    def password_policy(self) -> "PasswordPolicy":
        """The account's policy for console passwords, or AWS's own where the account has none."""
        from chalicelib.members.passwords import PasswordPolicy, policy_from  # here, to keep it off the cold start

        try:
            with translated({"NoSuchEntity": errors.PasswordMissing()}):
                return policy_from(self.client.get_account_password_policy()["PasswordPolicy"])
        except errors.PasswordMissing:
            return PasswordPolicy()

    def password_created_at(self, user_name: str) -> datetime | None:
        """When the member's console password was created; None if there is none."""
        try:
            with self._of_user(user_name, {"NoSuchEntity": errors.PasswordMissing()}):
                return self.client.get_login_profile(UserName=user_name)["LoginProfile"]["CreateDate"]
        except errors.PasswordMissing:
            return None

    def create_password(self, user_name: str, password: str) -> None:
        refusals = {
            "EntityAlreadyExists": errors.PasswordExists(),
            "PasswordPolicyViolation": errors.PasswordRefused(),
        }
        with self._of_user(user_name, refusals):
            self.client.create_login_profile(UserName=user_name, Password=password, PasswordResetRequired=False)
