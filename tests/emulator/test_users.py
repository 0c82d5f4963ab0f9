"""UpdateUser of the embedded AWS: another path, another name; and the account's quotas."""

import uuid
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, REGION, Refused, User, allow, new_user

LOOKS_AT_MEMBERS = allow("iam:GetUser", resource=f"arn:aws:iam::{IDENTITY}:user/members/*")


def test_a_user_with_another_path_is_another_resource(aws: EmbeddedAWS, iam: Any) -> None:
    looker, user = new_user(aws, LOOKS_AT_MEMBERS), new_user(aws)
    looker.client("iam").get_user(UserName=user.name)
    iam.update_user(UserName=user.name, NewPath="/former/")
    assert iam.get_user(UserName=user.name)["User"]["Arn"] == f"arn:aws:iam::{IDENTITY}:user/former/{user.name}"
    with Refused("AccessDenied"):
        looker.client("iam").get_user(UserName=user.name)


def test_of_a_user_who_is_not_there_a_policy_by_path_says_nothing(aws: EmbeddedAWS) -> None:
    with Refused("AccessDenied") as refused:
        new_user(aws, LOOKS_AT_MEMBERS).client("iam").get_user(UserName="nobody")
    assert "because no identity-based policy allows the iam:GetUser action" in refused.message


def test_a_user_with_another_name_keeps_everything(aws: EmbeddedAWS, iam: Any) -> None:
    user, name = new_user(aws, allow("iam:GetUser"), device=True), f"renamed-{uuid.uuid4().hex[:8]}"
    iam.update_user(UserName=user.name, NewUserName=name)
    assert user.client("iam").get_user()["User"]["UserName"] == name
    assert [one["SerialNumber"] for one in iam.list_mfa_devices(UserName=name)["MFADevices"]] == [
        user.serial_number
    ]
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == ["test"]
    with Refused("NoSuchEntity"):
        iam.get_user(UserName=user.name)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"NewUserName": "with space"}, "ValidationError"),
        ({"NewPath": "no-slash"}, "ValidationError"),
        ({"NewUserName": "<other>"}, "EntityAlreadyExists"),
    ],
)
def test_a_name_or_path_that_iam_does_not_take_changes_nothing(
    aws: EmbeddedAWS, iam: Any, change: dict[str, str], code: str
) -> None:
    user, other = new_user(aws), new_user(aws)
    filled = {name: value.replace("<other>", other.name.upper()) for name, value in change.items()}
    with Refused(code):
        iam.update_user(UserName=user.name, **filled)
    assert iam.get_user(UserName=user.name)["User"]["Arn"] == user.arn


def test_an_account_has_room_for_so_many_users_and_devices() -> None:
    with EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0, iam_quota=2) as small:
        iam = small.session(IDENTITY).client("iam")
        for name in ("one", "two"):
            iam.create_user(UserName=name)
            iam.create_virtual_mfa_device(VirtualMFADeviceName=name)
        with Refused("LimitExceeded") as refused:
            iam.create_user(UserName="three")
        assert refused.message == "Cannot exceed quota for UsersPerAccount: 2"
        with Refused("LimitExceeded") as refused:
            iam.create_virtual_mfa_device(VirtualMFADeviceName="three")
        assert refused.message == "Cannot exceed quota for VirtualMFADevicesPerAccount: 2"


def test_a_session_got_without_a_code_is_unknown_to_iam_and_may_assume_roles_only(aws: EmbeddedAWS) -> None:
    user: User = new_user(aws, allow("*"))
    session = user.client("sts").get_session_token()["Credentials"]
    with Refused("InvalidClientTokenId") as refused:
        user.with_session("iam", session).get_user()
    assert (refused.status, refused.message) == (403, "The security token included in the request is invalid.")
    sts = user.with_session("sts", session)
    assert sts.get_caller_identity()["Arn"] == user.arn
    for call, arguments in (("get_session_token", {}), ("get_federation_token", {"Name": "guest"})):
        with Refused("AccessDenied") as refused:
            getattr(sts, call)(**arguments)
        assert "session credentials" in refused.message
    user.with_session("s3", session).list_buckets()


def test_a_session_got_with_a_code_may_call_iam_and_of_sts_the_same_two(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("*"), device=True)
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    assert user.with_session("iam", session).get_user()["User"]["UserName"] == user.name
    with Refused("AccessDenied"):
        user.with_session("sts", session).get_session_token()
