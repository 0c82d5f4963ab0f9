"""Virtual MFA devices of the embedded AWS behave as IAM's do."""

import base64
import uuid
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from chalicelib.members.mfa import code_at
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import (
    IDENTITY,
    PlainMinistack,
    Refused,
    User,
    allow,
    document,
    enable_device,
    new_user,
    steady_step,
)


@pytest.fixture
def user(aws: EmbeddedAWS) -> User:
    return new_user(aws)


@pytest.fixture
def device(iam: Any, user: User) -> User:
    """The user with a device that is not enabled."""
    created = iam.create_virtual_mfa_device(VirtualMFADeviceName=user.name)["VirtualMFADevice"]
    user.serial_number, user.seed = created["SerialNumber"], created["Base32StringSeed"].decode()
    return user


def enable(iam: Any, user: User, first: int | str, second: int | str, call: str = "enable_mfa_device") -> None:
    step = steady_step()
    codes = [code if isinstance(code, str) else code_at(user.seed, step + code) for code in (first, second)]
    getattr(iam, call)(
        UserName=user.name,
        SerialNumber=user.serial_number,
        AuthenticationCode1=codes[0],
        AuthenticationCode2=codes[1],
    )


def test_a_new_device_has_a_base32_seed_of_64_characters_and_its_qr_code(iam: Any) -> None:
    name = f"device-{uuid.uuid4().hex}"
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Path="/phones/")["VirtualMFADevice"]
    assert device["SerialNumber"] == f"arn:aws:iam::{IDENTITY}:mfa/phones/{name}"
    assert len(device["Base32StringSeed"]) == 64
    assert len(base64.b32decode(device["Base32StringSeed"])) == 40
    seen = zxingcpp.read_barcode(Image.open(BytesIO(device["QRCodePNG"]), formats=["PNG"]))
    assert seen is not None
    assert seen.text.endswith(f"{name}@{IDENTITY}?secret={device['Base32StringSeed'].decode()}")


def test_plain_ministack_still_gives_a_seed_that_is_not_base32(plain: PlainMinistack) -> None:
    device = plain.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    with pytest.raises(ValueError, match=r"Non-base32|Incorrect padding"):
        base64.b32decode(device["Base32StringSeed"] + b"=" * (-len(device["Base32StringSeed"]) % 8))


@pytest.mark.parametrize("name", ["with space", "テスト", "semi;colon", "slash/ed"])
def test_a_name_outside_of_iams_characters_is_refused(iam: Any, name: str) -> None:
    with Refused("ValidationError") as refused:
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
    assert refused.status == 400


def test_the_same_name_twice_is_refused_in_any_letter_case(iam: Any, device: User) -> None:
    with Refused("EntityAlreadyExists") as refused:
        iam.create_virtual_mfa_device(VirtualMFADeviceName=device.name.upper())
    assert refused.status == 409


def test_two_consecutive_codes_enable_the_device(iam: Any, device: User) -> None:
    enable(iam, device, -1, 0)
    (listed,) = iam.list_mfa_devices(UserName=device.name)["MFADevices"]
    assert listed["SerialNumber"] == device.serial_number
    assert listed["EnableDate"].year >= 2026


@pytest.mark.parametrize(("first", "second"), [(-2, -1), (0, 1)])
def test_a_clock_that_is_off_by_one_step_is_tolerated(iam: Any, device: User, first: int, second: int) -> None:
    enable(iam, device, first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [(0, 0), (0, -1), (-2, 0), (-125, -124), (1, 2), ("000000", "000000")],
    ids=["same twice", "wrong order", "not consecutive", "too old", "too new", "another device's"],
)
def test_other_codes_are_refused(iam: Any, device: User, first: int | str, second: int | str) -> None:
    with Refused("InvalidAuthenticationCode") as refused:
        enable(iam, device, first, second)
    assert refused.status == 403
    assert refused.message == "Authentication code for device is not valid."
    assert iam.list_mfa_devices(UserName=device.name)["MFADevices"] == []


@pytest.mark.parametrize("code", ["1234567", "12345x", "１２３４５６"])
def test_what_is_not_six_digits_is_a_validation_error(iam: Any, device: User, code: str) -> None:
    with Refused("ValidationError"):
        enable(iam, device, code, 0)


def test_plain_ministack_still_enables_a_device_with_any_codes(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    iam.create_user(UserName="any-codes")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="any codes at all")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="any-codes",
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1="000000",
        AuthenticationCode2="000000",
    )


def test_a_device_in_use_cannot_be_enabled_again(iam: Any, device: User) -> None:
    enable(iam, device, -2, -1)
    with Refused("EntityAlreadyExists") as refused:
        enable(iam, device, 0, 1)
    assert refused.status == 409


def test_a_deleted_device_and_a_missing_user_are_not_found(iam: Any, device: User) -> None:
    iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)
    with Refused("NoSuchEntity"):
        enable(iam, device, -1, 0)
    with Refused("NoSuchEntity"):
        iam.list_mfa_devices(UserName="nobody")


@pytest.mark.parametrize("late", [2, 8, 20, 118])
def test_late_codes_enable_a_device_that_is_out_of_sync_until_fresh_ones_resynchronise_it(
    iam: Any, device: User, late: int
) -> None:
    enable(iam, device, -1 - late, -late)
    mfa = {"SerialNumber": device.serial_number}
    for offset in (-late + 1, 0):
        with Refused("AccessDenied") as refused:
            device.client("sts").get_session_token(**mfa, TokenCode=device.code(offset))
        assert "invalid MFA one time pass code" in refused.message
    enable(iam, device, -1, 0, call="resync_mfa_device")
    device.client("sts").get_session_token(**mfa, TokenCode=device.code(1))


def test_a_phone_that_is_ten_minutes_slow_works_once_it_is_resynchronised(iam: Any, device: User) -> None:
    enable(iam, device, -22, -21)
    enable(iam, device, -20, -19, call="resync_mfa_device")
    device.client("sts").get_session_token(SerialNumber=device.serial_number, TokenCode=device.code(-18))


def test_resync_mends_a_clock_that_is_minutes_off(iam: Any, device: User) -> None:
    enable(iam, device, -2, -1)
    enable(iam, device, 11, 12, call="resync_mfa_device")
    sts = device.client("sts")
    sts.get_session_token(SerialNumber=device.serial_number, TokenCode=device.code(13))


def test_resync_refuses_codes_of_the_past_and_of_other_devices(iam: Any, device: User) -> None:
    enable(iam, device, -1, 0)
    refused: list[tuple[int | str, int | str]] = [(-1, 0), (0, 1), ("123456", "654321")]
    for first, second in refused:
        with Refused("InvalidAuthenticationCode"):
            enable(iam, device, first, second, call="resync_mfa_device")


def test_a_device_is_deactivated_before_it_is_deleted(iam: Any, device: User) -> None:
    enable(iam, device, -1, 0)
    with Refused("DeleteConflict") as refused:
        iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)
    assert refused.status == 409
    iam.deactivate_mfa_device(UserName=device.name, SerialNumber=device.serial_number)
    iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)


def test_a_device_of_somebody_else_cannot_be_deactivated(aws: EmbeddedAWS, iam: Any, user: User) -> None:
    other = new_user(aws, device=True)
    with Refused("NoSuchEntity"):
        iam.deactivate_mfa_device(UserName=user.name, SerialNumber=other.serial_number)


def test_a_user_has_eight_devices_at_most(iam: Any, user: User) -> None:
    for number in range(9):
        name = f"{user.name}-{number}"
        created = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        user.serial_number, user.seed = created["SerialNumber"], created["Base32StringSeed"].decode()
        if number < 8:
            enable(iam, user, -1, 0)
    with Refused("LimitExceeded") as refused:
        enable(iam, user, -1, 0)
    assert refused.status == 409


@pytest.fixture
def two_phones(user: User) -> tuple[User, User]:
    """One user with two devices that work."""
    enable_device(user)
    other = replace(user)
    enable_device(other, f"{user.name}-other")
    return user, other


def test_each_device_of_a_user_opens_with_its_own_codes_only(two_phones: tuple[User, User]) -> None:
    one, other = two_phones
    sts = one.client("sts")
    for named, shown in ((one, other), (other, one)):
        with Refused("AccessDenied") as refused:
            sts.get_session_token(SerialNumber=named.serial_number, TokenCode=shown.code())
        assert "invalid MFA one time pass code" in refused.message
    for phone in two_phones:
        sts.get_session_token(**phone.mfa())
        with Refused("AccessDenied"):
            sts.get_session_token(**phone.mfa())


def test_one_device_is_resynchronised_without_the_other(iam: Any, two_phones: tuple[User, User]) -> None:
    one, other = two_phones
    with Refused("InvalidAuthenticationCode"):
        enable(iam, replace(one, seed=other.seed), 11, 12, call="resync_mfa_device")
    enable(iam, one, 11, 12, call="resync_mfa_device")
    sts = one.client("sts")
    with Refused("AccessDenied"):
        sts.get_session_token(**one.mfa())
    sts.get_session_token(**one.mfa(13))
    sts.get_session_token(**other.mfa())


def test_a_device_that_is_removed_opens_nothing_and_the_other_one_does(
    iam: Any, two_phones: tuple[User, User]
) -> None:
    one, other = two_phones
    sts = one.client("sts")
    session = other.with_session("sts", sts.get_session_token(**one.mfa())["Credentials"])
    iam.deactivate_mfa_device(UserName=one.name, SerialNumber=one.serial_number)
    refused_device(one)
    iam.delete_virtual_mfa_device(SerialNumber=one.serial_number)
    refused_device(one)
    with Refused("NoSuchEntity"):
        enable(iam, one, 11, 12, call="resync_mfa_device")
    sts.get_session_token(**other.mfa())
    session.get_caller_identity()  # what was given before goes on


def refused_device(user: User) -> None:
    with Refused("AccessDenied") as refused:
        user.client("sts").get_session_token(**user.mfa(1))
    assert "unable to validate MFA code" in refused.message


def test_no_list_holds_a_seed_and_unassigned_devices_are_listed_by_default(iam: Any, device: User) -> None:
    listed = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert device.serial_number in [found["SerialNumber"] for found in listed]
    assert all("Base32StringSeed" not in found and "QRCodePNG" not in found for found in listed)
    unassigned = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert device.serial_number in [found["SerialNumber"] for found in unassigned]


def test_a_user_who_has_anything_left_cannot_be_deleted(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    enable_device(user)
    group = f"group-{user.name}"
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.put_user_policy(UserName=user.name, PolicyName="test", PolicyDocument=document(allow("s3:*")))
    iam.create_login_profile(UserName=user.name, Password="Correct horse battery 1")
    removals: list[tuple[str, Any]] = [
        ("access keys", lambda: iam.delete_access_key(UserName=user.name, AccessKeyId=user.access_key_id)),
        ("MFA device", lambda: iam.deactivate_mfa_device(UserName=user.name, SerialNumber=user.serial_number)),
        ("group", lambda: iam.remove_user_from_group(GroupName=group, UserName=user.name)),
        ("login profile", lambda: iam.delete_login_profile(UserName=user.name)),
        ("policies", lambda: iam.delete_user_policy(UserName=user.name, PolicyName="test")),
    ]
    for thing, remove in removals:
        with Refused("DeleteConflict") as refused:
            iam.delete_user(UserName=user.name)
        assert thing in refused.message
        remove()
    iam.delete_user(UserName=user.name)
