"""UpdateUser of the embedded AWS: another path, another name; and the account's quotas."""

import uuid
from base64 import b64encode
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import (
    IDENTITY,
    REGION,
    TARGET,
    Refused,
    User,
    allow,
    document,
    new_role,
    new_user,
    root_client,
)

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
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
    user, name = new_user(aws, allow("iam:GetUser", "iam:ChangePassword"), device=True), f"renamed-{unique()}"
    group = f"group-{unique()}"
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.attach_user_policy(UserName=user.name, PolicyArn=READ_ONLY)
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=ADMINISTRATOR)
    iam.tag_user(UserName=user.name, Tags=[{"Key": "Team", "Value": "operations"}])
    iam.create_login_profile(UserName=user.name, Password="correct Horse battery 1")
    iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody="ssh-rsa " + b64encode(name.encode()).decode())
    iam.create_service_specific_credential(UserName=user.name, ServiceName="codecommit.amazonaws.com")
    iam.upload_signing_certificate(UserName=user.name, CertificateBody=certificate(name))
    iam.update_user(UserName=user.name, NewUserName=name, NewPath="/members/")
    assert user.client("iam").get_user()["User"]["UserName"] == name
    (device,) = iam.list_mfa_devices(UserName=name)["MFADevices"]
    assert (device["UserName"], device["SerialNumber"]) == (name, user.serial_number)
    assert [one["UserName"] for one in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]] == [name]
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == ["test"]
    assert [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]] == [
        READ_ONLY
    ]
    assert [one["GroupName"] for one in iam.list_groups_for_user(UserName=name)["Groups"]] == [group]
    assert [one["UserName"] for one in iam.get_group(GroupName=group)["Users"]] == [name]
    found = iam.get_user(UserName=name)["User"]
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATOR
    assert found["Tags"] == [{"Key": "Team", "Value": "operations"}]
    assert iam.get_login_profile(UserName=name)["LoginProfile"]["UserName"] == name
    user.client("iam").change_password(OldPassword="correct Horse battery 1", NewPassword="correct Horse battery 2")
    for kept in (
        iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"],
        iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"],
        iam.list_signing_certificates(UserName=name)["Certificates"],
    ):
        assert [one["UserName"] for one in kept] == [name]
    with Refused("NoSuchEntity"):
        iam.get_user(UserName=user.name)


def test_a_session_of_a_user_who_gets_another_path_or_name_goes_on(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("iam:GetUser"), device=True)
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    iam.update_user(UserName=user.name, NewUserName=f"{user.name}-new", NewPath="/elsewhere/")
    arn = f"arn:aws:iam::{IDENTITY}:user/elsewhere/{user.name}-new"
    assert user.with_session("sts", session).get_caller_identity()["Arn"] == arn
    assert user.with_session("iam", session).get_user()["User"]["Arn"] == arn


def test_policies_that_name_the_user_as_principal_follow_and_conditions_do_not(aws: EmbeddedAWS, iam: Any) -> None:
    user, s3 = new_user(aws), root_client(aws, "s3")
    by_principal = new_role(aws, {"Principal": {"AWS": [user.arn, f"arn:aws:iam::{IDENTITY}:root"]}})
    by_condition = new_role(
        aws, {"Principal": {"AWS": "*"}, "Condition": {"ArnEquals": {"aws:PrincipalArn": user.arn}}}
    )
    elsewhere = new_role(aws, {"Principal": {"AWS": user.arn}}, account=TARGET)
    bucket = f"own-{unique()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
    statement = allow("s3:ListBucket", resource=f"arn:aws:s3:::{bucket}", Principal={"AWS": user.arn})
    s3.put_bucket_policy(Bucket=bucket, Policy=document(statement))
    user.client("s3").list_objects_v2(Bucket=bucket)
    user.client("sts").assume_role(RoleArn=by_condition, RoleSessionName="before")
    iam.update_user(UserName=user.name, NewPath="/members/below/")
    arn = f"arn:aws:iam::{IDENTITY}:user/members/below/{user.name}"
    assert trusted(iam, by_principal) == [arn, f"arn:aws:iam::{IDENTITY}:root"]
    assert trusted(root_client(aws, "iam", TARGET), elsewhere) == arn
    assert arn in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    user.client("sts").assume_role(RoleArn=by_principal, RoleSessionName="after")
    user.client("s3").list_objects_v2(Bucket=bucket)
    with Refused("AccessDenied"):
        user.client("sts").assume_role(RoleArn=by_condition, RoleSessionName="after")


def trusted(iam: Any, role_arn: str) -> Any:
    role = iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
    return role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]


@pytest.mark.parametrize("change", ["NewPath", "NewUserName"])
def test_the_permission_is_needed_on_the_former_arn_and_on_the_new_one(
    aws: EmbeddedAWS, iam: Any, change: str
) -> None:
    user = new_user(aws, path="/")
    path, name = ("/members/", user.name) if change == "NewPath" else ("/", f"{user.name}-new")
    target = f"arn:aws:iam::{IDENTITY}:user{path}{name}"
    wanted = {"NewPath": path} if change == "NewPath" else {"NewUserName": name}
    for allowed, missing in (([user.arn], target), ([target], user.arn)):
        with Refused("AccessDenied") as refused:
            new_user(aws, allow("iam:UpdateUser", resource=allowed)).client("iam").update_user(
                UserName=user.name, **wanted
            )
        assert f"perform: iam:UpdateUser on resource: {missing} because" in refused.message
        assert iam.get_user(UserName=user.name)["User"]["Arn"] == user.arn
    both = new_user(aws, allow("iam:UpdateUser", resource=[user.arn, target]))
    both.client("iam").update_user(UserName=user.name, **wanted)
    assert iam.get_user(UserName=name)["User"]["Arn"] == target


def unique() -> str:
    return uuid.uuid4().hex[:8]


def certificate(text: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{b64encode(text.encode()).decode()}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"NewUserName": "with space"}, "ValidationError"),
        ({"NewPath": "no-slash"}, "ValidationError"),
        ({"NewPath": "/members"}, "ValidationError"),
        ({"NewPath": f"/{'long/' * 103}"}, "ValidationError"),
        ({"NewUserName": "<other>"}, "EntityAlreadyExists"),
        ({"NewUserName": "<own>"}, "EntityAlreadyExists"),
    ],
)
def test_a_name_or_path_that_iam_does_not_take_changes_nothing(
    aws: EmbeddedAWS, iam: Any, change: dict[str, str], code: str
) -> None:
    user, other = new_user(aws), new_user(aws)
    names = {"<other>": other.name.upper(), "<own>": user.name.upper()}
    filled = {name: names.get(value, value) for name, value in change.items()}
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
