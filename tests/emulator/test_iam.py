"""Users, groups, keys, resource ARNs, condition keys and policy variables of the embedded AWS."""

import uuid
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, PlainMinistack, Refused, allow, document, new_role, new_user

ARN = f"arn:aws:iam::{IDENTITY}"


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize("name", ["with space", "ユーザー", "a/b", "x" * 65])
def test_user_names_that_iam_refuses_are_refused(iam: Any, name: str) -> None:
    with Refused("ValidationError"):
        iam.create_user(UserName=name)


@pytest.mark.parametrize("name", ["Upper+=,.@-_Case", "x" * 55])
def test_user_names_that_iam_accepts_are_accepted(iam: Any, name: str) -> None:
    assert iam.create_user(UserName=name + unique(""), Path="/members/")["User"]["Path"] == "/members/"


def test_user_names_are_unique_without_regard_to_case(iam: Any) -> None:
    name = unique("someone")
    iam.create_user(UserName=name)
    with Refused("EntityAlreadyExists") as refused:
        iam.create_user(UserName=name.upper())
    assert refused.status == 409


def test_a_user_has_two_access_keys_at_most(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    iam.create_access_key(UserName=user.name)
    with Refused("LimitExceeded") as refused:
        iam.create_access_key(UserName=user.name)
    assert refused.message == "Cannot exceed quota for AccessKeysPerUser: 2"


def test_a_user_is_in_ten_groups_at_most(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    for number in range(11):
        group = f"{user.name}-{number}"
        iam.create_group(GroupName=group)
        if number < 10:
            iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.add_user_to_group(GroupName=f"{user.name}-0", UserName=user.name)
    with Refused("LimitExceeded"):
        iam.add_user_to_group(GroupName=group, UserName=user.name)


def test_a_permission_on_one_user_does_not_reach_anothers_key(aws: EmbeddedAWS) -> None:
    victim = new_user(aws, path="/admins/")
    user = new_user(aws, allow("iam:DeleteAccessKey", resource=f"{ARN}:user/members/*"))
    with Refused("NoSuchEntity"):
        user.client("iam").delete_access_key(UserName=user.name, AccessKeyId=victim.access_key_id)


def test_a_call_without_a_user_name_is_about_the_caller(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("iam:GetUser", "iam:ListAccessKeys", resource=ARN + ":user/members/${aws:username}"))
    assert user.client("iam").get_user()["User"]["UserName"] == user.name
    (key,) = user.client("iam").list_access_keys()["AccessKeyMetadata"]
    assert key["AccessKeyId"] == user.access_key_id


def test_a_user_name_variable_means_the_caller_and_nobody_else(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("iam:GetUser", resource=ARN + ":user/members/${aws:username}"))
    other = new_user(aws)
    user.client("iam").get_user(UserName=user.name)
    with Refused("AccessDenied") as refused:
        user.client("iam").get_user(UserName=other.name)
    assert refused.message == (
        f"User: {user.arn} is not authorized to perform: iam:GetUser on resource: {other.arn} "
        "because no identity-based policy allows the iam:GetUser action"
    )


def test_a_resource_without_the_path_does_not_match_a_user_with_one(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("iam:GetUser", resource=ARN + ":user/${aws:username}"))
    with Refused("AccessDenied"):
        user.client("iam").get_user()


def test_plain_ministack_still_leaves_out_paths_and_variables(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    for name, resource in [("paths", ARN + ":user/members/*"), ("variables", ARN + ":user/${aws:username}")]:
        iam.create_user(UserName=name, Path="/members/")
        policy = document(allow("iam:GetUser", resource=resource))
        iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        with Refused("AccessDenied"):
            plain.client("iam", key["AccessKeyId"], key["SecretAccessKey"]).get_user(UserName=name)


def test_a_user_who_does_not_exist_has_no_path(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("iam:GetUser", resource=ARN + ":user/members/*"))
    with Refused("AccessDenied"):
        user.client("iam").get_user(UserName="nobody")


def test_variables_work_in_conditions_and_defaults_apply(aws: EmbeddedAWS) -> None:
    same = {"Condition": {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}}
    default = {"Condition": {"StringLike": {"aws:username": "${aws:PrincipalTag/nick, 'user-'}*"}}}
    user = new_user(aws, allow("iam:ListUsers", **same), allow("iam:ListRoles", **default))
    user.client("iam").list_users()
    user.client("iam").list_roles()


def test_a_variable_without_a_value_matches_nothing(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("sts:AssumeRole"))
    role = new_role(aws, {}, allow("iam:GetUser", resource=ARN + ":user/*${aws:username}"))
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)["Credentials"]
    with Refused("AccessDenied"):
        user.with_session("iam", session).get_user(UserName=user.name)


def test_a_deny_with_a_variable_without_a_value_does_not_apply(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("sts:AssumeRole"))
    deny = {"Effect": "Deny", "Action": "iam:GetUser", "Resource": ARN + ":user/*${aws:username}*"}
    role = new_role(aws, {}, allow("iam:GetUser"), deny)
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)["Credentials"]
    user.with_session("iam", session).get_user(UserName=user.name)


def test_membership_is_authorized_on_the_group(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("iam:AddUserToGroup", resource=f"{ARN}:group/switch-role/*"))
    group, other = unique("developers"), unique("admins")
    iam.create_group(GroupName=group, Path="/switch-role/")
    iam.create_group(GroupName=other, Path="/")
    user.client("iam").add_user_to_group(GroupName=group, UserName=user.name)
    with Refused("AccessDenied") as refused:
        user.client("iam").add_user_to_group(GroupName=other, UserName=user.name)
    assert f"group/{other}" in refused.message


def test_devices_are_authorized_as_devices_when_made_and_as_users_when_enabled(aws: EmbeddedAWS) -> None:
    maker = new_user(
        aws,
        allow("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", resource=f"{ARN}:mfa/phones/*"),
        allow("iam:EnableMFADevice", resource=f"{ARN}:user/members/*"),
    )
    admin = new_user(aws, path="/admins/")
    iam = maker.client("iam")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=maker.name, Path="/phones/")["VirtualMFADevice"][
        "SerialNumber"
    ]
    with Refused("AccessDenied"):
        iam.create_virtual_mfa_device(VirtualMFADeviceName=maker.name)
    codes = {"SerialNumber": serial, "AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
    with Refused("InvalidAuthenticationCode"):
        iam.enable_mfa_device(UserName=maker.name, **codes)
    with Refused("AccessDenied"):
        iam.enable_mfa_device(UserName=admin.name, **codes)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def test_a_user_can_be_made_only_with_the_boundary_that_the_policy_demands(aws: EmbeddedAWS, iam: Any) -> None:
    boundary = iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=document(allow("iam:GetUser")))[
        "Policy"
    ]["Arn"]
    with_boundary = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}
    maker = new_user(aws, allow("iam:CreateUser", resource=f"{ARN}:user/members/*", **with_boundary)).client("iam")
    name = unique("new")
    for wrong in ({}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}):
        with Refused("AccessDenied"):
            maker.create_user(UserName=name, Path="/members/", **wrong)
    with Refused("AccessDenied"):
        maker.create_user(UserName=name, Path="/admins/", PermissionsBoundary=boundary)
    made = maker.create_user(UserName=name, Path="/members/", PermissionsBoundary=boundary)["User"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


def test_plain_ministack_still_has_no_boundary_condition_key(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    iam.create_user(UserName="maker")
    policy = document(allow("iam:CreateUser", Condition=condition))
    iam.put_user_policy(UserName="maker", PolicyName="test", PolicyDocument=policy)
    key = iam.create_access_key(UserName="maker")["AccessKey"]
    maker = plain.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    with Refused("AccessDenied"):
        maker.create_user(UserName="made", PermissionsBoundary=boundary)


def test_an_existing_boundary_is_a_condition_key_too(aws: EmbeddedAWS, iam: Any) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    bounded = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}
    writer = new_user(aws, allow("iam:PutUserPolicy", **bounded)).client("iam")
    target = new_user(aws)
    write = {"UserName": target.name, "PolicyName": "test", "PolicyDocument": document(allow("s3:*"))}
    with Refused("AccessDenied"):
        writer.put_user_policy(**write)
    iam.put_user_permissions_boundary(UserName=target.name, PermissionsBoundary=boundary)
    writer.put_user_policy(**write)
