"""IAM, as far as the member's journey needs it."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.arns import mfa_arn
from chalicelib.aws.errors import Meanings, translated
from chalicelib.aws.iam_denials import IAMLookup, names_user
from chalicelib.errors import (
    CodesInvalid,
    DeviceExists,
    DeviceLimitReached,
    DeviceMissing,
    GroupLimitReached,
    GroupMissing,
    KeyLimitReached,
    PasswordExists,
    PasswordMissing,
    PasswordRefused,
    UserMissing,
)
from chalicelib.members.passwords import PasswordPolicy
from chalicelib.ports import AccessKey, AccessKeyInfo, IAMUser, MFADevice, NewDevice

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


class JourneyIAM(IAMLookup):
    """``client`` may try a call again; ``once`` must not.

    When the reply to a creation is lost, another attempt would lose a seed or
    leave a stray access key behind: the journey decides how to go on instead.
    """

    def __init__(self, client: "IAMClient", once: "IAMClient", *, partition: str, account_id: str) -> None:
        super().__init__(client)
        self._once = once
        self._partition = partition
        self._account_id = account_id

    def serial_number(self, device_name: str) -> str:
        """The ARN of a device that the portal itself names: without a path."""
        return mfa_arn(self._partition, self._account_id, device_name)

    def get_user(self, user_name: str) -> IAMUser:
        with self.of_user(user_name):
            user = self._client.get_user(UserName=user_name)["User"]
        boundary = user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return IAMUser(user["UserName"], user["Path"], boundary, user["UserId"])

    def add_to_group(self, user_name: str, group_name: str) -> None:
        with self.of_group(group_name, {"LimitExceeded": GroupLimitReached}):
            self._client.add_user_to_group(UserName=user_name, GroupName=group_name)

    def remove_from_group(self, user_name: str, group_name: str) -> None:
        """No error if the user is not in the group, or the group is missing. Works for Firstday's groups only."""
        with suppress(GroupMissing, UserMissing), self.of_group(group_name):
            self._client.remove_user_from_group(UserName=user_name, GroupName=group_name)

    def create_device(self, device_name: str) -> NewDevice:
        with translated({"EntityAlreadyExists": DeviceExists(), "LimitExceeded": DeviceLimitReached}):
            answer = self._once.create_virtual_mfa_device(VirtualMFADeviceName=device_name)
        device = answer["VirtualMFADevice"]
        return NewDevice(device["SerialNumber"], device["Base32StringSeed"].decode("ascii"))

    def delete_device(self, serial_number: str) -> None:
        """Remove an unassigned device, if it is there. DeviceExists if it is assigned."""
        try:
            with translated({"NoSuchEntity": DeviceMissing(), "DeleteConflict": DeviceExists()}):
                self._client.delete_virtual_mfa_device(SerialNumber=serial_number)
        except DeviceMissing:
            return

    def devices(self, user_name: str) -> tuple[MFADevice, ...]:
        """The member's enabled devices that show codes, so no passkeys; eight at most, so one page."""
        with self.of_user(user_name):
            answer = self._client.list_mfa_devices(UserName=user_name)
        return tuple(
            MFADevice(device["SerialNumber"], device["EnableDate"])
            for device in answer["MFADevices"]
            if ":u2f/" not in device["SerialNumber"]
        )

    def enable_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None:
        meanings: Meanings = {
            "InvalidAuthenticationCode": CodesInvalid(),
            "EntityAlreadyExists": DeviceExists(),
            "NoSuchEntity": _device_or_user,
            "LimitExceeded": DeviceLimitReached,
        }
        with self.of_user(user_name, meanings):
            self._client.enable_mfa_device(
                UserName=user_name,
                SerialNumber=serial_number,
                AuthenticationCode1=code1,
                AuthenticationCode2=code2,
            )

    def resync_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None:
        meanings: Meanings = {
            "InvalidAuthenticationCode": CodesInvalid(),
            "NoSuchEntity": _device_or_user,
        }
        with self.of_user(user_name, meanings):
            self._client.resync_mfa_device(
                UserName=user_name,
                SerialNumber=serial_number,
                AuthenticationCode1=code1,
                AuthenticationCode2=code2,
            )

    def access_keys(self, user_name: str) -> tuple[AccessKeyInfo, ...]:
        """The member's access keys; two at most, so one page."""
        with self.of_user(user_name):
            answer = self._client.list_access_keys(UserName=user_name)
        return tuple(
            AccessKeyInfo(key["AccessKeyId"], key["CreateDate"], is_active=key["Status"] == "Active")
            for key in answer["AccessKeyMetadata"]
        )

    def create_access_key(self, user_name: str) -> AccessKey:
        with self.of_user(user_name, {"LimitExceeded": KeyLimitReached}):
            key = self._once.create_access_key(UserName=user_name)["AccessKey"]
        return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])

    def activate_access_key(self, user_name: str, access_key_id: str) -> bool:
        """Let a deactivated key be used again; False if it is gone."""
        try:
            with self.of_user(user_name):
                self._client.update_access_key(UserName=user_name, AccessKeyId=access_key_id, Status="Active")
        except UserMissing:
            return False
        return True

    def delete_access_key(self, user_name: str, access_key_id: str) -> None:
        """No error if it is gone already."""
        with suppress(UserMissing), self.of_user(user_name):
            self._client.delete_access_key(UserName=user_name, AccessKeyId=access_key_id)

    def password_policy(self) -> PasswordPolicy:
        """The account's policy for console passwords, or AWS's own where the account has none."""
        try:
            with translated({"NoSuchEntity": PasswordMissing()}):
                policy = self._client.get_account_password_policy()["PasswordPolicy"]
        except PasswordMissing:
            return PasswordPolicy()
        return PasswordPolicy(
            minimum_length=policy.get("MinimumPasswordLength", 6),
            needs_uppercase=policy.get("RequireUppercaseCharacters", False),
            needs_lowercase=policy.get("RequireLowercaseCharacters", False),
            needs_numbers=policy.get("RequireNumbers", False),
            needs_symbols=policy.get("RequireSymbols", False),
            kinds_needed=0,
            maximum_age_days=policy.get("MaxPasswordAge") or None,
        )

    def password_created_at(self, user_name: str) -> datetime | None:
        """When the member's console password was created; None if there is none."""
        try:
            with self.of_user(user_name, {"NoSuchEntity": PasswordMissing()}):
                return self._client.get_login_profile(UserName=user_name)["LoginProfile"]["CreateDate"]
        except PasswordMissing:
            return None

    def create_password(self, user_name: str, password: str) -> None:
        meanings: Meanings = {
            "EntityAlreadyExists": PasswordExists(),
            "PasswordPolicyViolation": PasswordRefused(),
        }
        with self.of_user(user_name, meanings):
            self._once.create_login_profile(UserName=user_name, Password=password, PasswordResetRequired=False)


def _device_or_user(sentence: str) -> DeviceMissing | UserMissing:
    """IAM has one code for both; its sentence tells which."""
    return UserMissing() if names_user(sentence) else DeviceMissing()
