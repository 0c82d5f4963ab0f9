"""The lists of the embedded AWS's IAM come in pages, and are authorised on the right user."""

import json
import uuid
from contextlib import suppress
from typing import Any

import pytest
from botocore.config import Config

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system.embedded_aws import IDENTITY, PlainMinistack, Refused, allow, document, enable_device, new_user

ARN = f"arn:aws:iam::{IDENTITY}"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
# Each operation on a user, with what it needs besides the name.
ON_A_USER: list[tuple[str, dict[str, str]]] = [
    ("get_user", {}),
    ("list_access_keys", {}),
    ("list_groups_for_user", {}),
    ("list_mfa_devices", {}),
    ("list_user_policies", {}),
    ("list_attached_user_policies", {}),
    ("list_ssh_public_keys", {}),
    ("list_signing_certificates", {}),
    ("list_service_specific_credentials", {}),
    ("get_login_profile", {}),
    ("delete_login_profile", {}),
    ("delete_user", {}),
    ("delete_access_key", {"AccessKeyId": "AKIA" + "A" * 16}),
    ("update_access_key", {"AccessKeyId": "AKIA" + "A" * 16, "Status": "Inactive"}),
    ("deactivate_mfa_device", {"SerialNumber": f"{ARN}:mfa/none"}),
    ("delete_user_policy", {"PolicyName": "none"}),
    ("detach_user_policy", {"PolicyArn": READ_ONLY}),
    ("delete_ssh_public_key", {"SSHPublicKeyId": "APKA" + "A" * 20}),
    ("delete_signing_certificate", {"CertificateId": "A" * 24}),
    ("delete_service_specific_credential", {"ServiceSpecificCredentialId": "ACCA" + "A" * 20}),
]


@pytest.fixture
def iam(aws: EmbeddedAWS) -> Any:
    return aws.session(IDENTITY).client("iam")


def test_users_come_in_pages_of_their_path(aws: EmbeddedAWS, iam: Any) -> None:
    path = f"/{uuid.uuid4().hex[:8]}/"
    names = sorted(new_user(aws, path=path).name for _ in range(5))
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    users = [user for page in pages for user in page["Users"]]
    assert [user["UserName"] for user in users] == names
    assert users[0]["Arn"] == f"{ARN}:user{path}{names[0]}"


def test_a_page_goes_on_where_the_last_one_ended_even_if_its_last_user_went_away(iam: Any) -> None:
    path = f"/{uuid.uuid4().hex[:8]}/"
    for number in range(3):
        iam.create_user(UserName=f"{path.strip('/')}-{number}", Path=path)
    first = iam.list_users(PathPrefix=path, MaxItems=2)
    iam.delete_user(UserName=first["Users"][-1]["UserName"])
    (last,) = iam.list_users(PathPrefix=path, Marker=first["Marker"])["Users"]
    assert last["UserName"].endswith("-2")


def test_lists_leave_out_tags_and_boundaries(iam: Any) -> None:
    path = f"/{uuid.uuid4().hex[:8]}/"
    tags = [{"Key": "team", "Value": "one"}]
    iam.create_user(UserName=path.strip("/"), Path=path, Tags=tags, PermissionsBoundary=READ_ONLY)
    assert iam.get_user(UserName=path.strip("/"))["User"]["Tags"] == tags
    (user,) = iam.list_users(PathPrefix=path)["Users"]
    assert {"Tags", "PermissionsBoundary"}.isdisjoint(user)


@pytest.mark.parametrize("parameters", [{"MaxItems": 0}, {"MaxItems": 1001}, {"Marker": "no marker"}])
def test_pages_that_iam_refuses_are_refused(aws: EmbeddedAWS, parameters: dict[str, Any]) -> None:
    iam = aws.session(IDENTITY).client("iam", config=Config(parameter_validation=False))
    with Refused("ValidationError") as refused:
        iam.list_users(**parameters)
    assert refused.status == 400


def test_everything_that_a_user_has_is_listed_in_pages(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("iam:GetUser"), device=True)
    second = iam.create_access_key(UserName=user.name)["AccessKey"]["AccessKeyId"]
    iam.put_user_policy(UserName=user.name, PolicyName="another", PolicyDocument=document(allow("s3:*")))
    for arn in (READ_ONLY, "arn:aws:iam::aws:policy/AdministratorAccess"):
        iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    for number in (1, 2):
        iam.create_group(GroupName=f"{user.name}-{number}", Path="/switch-role/")
        iam.add_user_to_group(UserName=user.name, GroupName=f"{user.name}-{number}")

    assert _all(iam, "list_access_keys", "AccessKeyMetadata", "AccessKeyId", user.name) == sorted(
        [user.access_key_id, second]
    )
    groups = _all(iam, "list_groups_for_user", "Groups", "Arn", user.name)
    assert groups == [f"{ARN}:group/switch-role/{user.name}-{number}" for number in (1, 2)]
    attached = _all(iam, "list_attached_user_policies", "AttachedPolicies", "PolicyName", user.name)
    assert attached == ["AdministratorAccess", "ReadOnlyAccess"]
    assert _all(iam, "list_user_policies", "PolicyNames", None, user.name) == ["another", "test"]
    (device,) = iam.list_mfa_devices(UserName=user.name)["MFADevices"]
    assert (device["SerialNumber"], device["UserName"]) == (user.serial_number, user.name)
    assert device["EnableDate"]


def _all(iam: Any, operation: str, element: str, field: str | None, user_name: str) -> list[Any]:
    """All items, one a page."""
    pages = list(iam.get_paginator(operation).paginate(UserName=user_name, PaginationConfig={"PageSize": 1}))
    assert {len(page[element]) for page in pages} == {1}
    items = [item for page in pages for item in page[element]]
    return items if field is None else [item[field] for item in items]


def test_virtual_devices_are_listed_by_their_assignment(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    enable_device(user)
    free = iam.create_virtual_mfa_device(VirtualMFADeviceName=f"{user.name}-2")["VirtualMFADevice"]["SerialNumber"]

    def listed(**parameters: str) -> dict[str, Any]:
        pages = iam.get_paginator("list_virtual_mfa_devices").paginate(
            **parameters, PaginationConfig={"PageSize": 1}
        )
        return {device["SerialNumber"]: device for page in pages for device in page["VirtualMFADevices"]}

    assert {free, user.serial_number} <= set(listed())
    assert free not in listed(AssignmentStatus="Assigned")
    assert user.serial_number not in listed(AssignmentStatus="Unassigned")
    assert listed()[user.serial_number]["User"]["Arn"] == user.arn
    assert set(listed()[free]) == {"SerialNumber"}


@pytest.mark.parametrize(("operation", "more"), ON_A_USER)
def test_nobody_is_found_under_an_unknown_name(iam: Any, operation: str, more: dict[str, str]) -> None:
    with Refused("NoSuchEntity") as refused:
        getattr(iam, operation)(UserName="nobody", **more)
    assert refused.status == 404
    assert "nobody" in refused.message


def test_nobody_is_taken_out_of_a_group(iam: Any, aws: EmbeddedAWS) -> None:
    user = new_user(aws)
    iam.create_group(GroupName=user.name)
    for names in ({"GroupName": user.name, "UserName": "nobody"}, {"GroupName": "none", "UserName": user.name}):
        with Refused("NoSuchEntity") as refused:
            iam.remove_user_from_group(**names)
        assert refused.status == 404


def test_a_role_has_to_say_whom_it_asks_about(aws: EmbeddedAWS, iam: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"{ARN}:root"}, "Action": "sts:AssumeRole"}
    user = new_user(aws, allow("sts:AssumeRole"))
    role = iam.create_role(RoleName=f"of-{user.name}", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    iam.put_role_policy(RoleName=f"of-{user.name}", PolicyName="test", PolicyDocument=document(allow("iam:*")))
    session = user.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName=user.name)["Credentials"]
    with Refused("ValidationError"):
        user.with_session("iam", session).list_access_keys()


@pytest.mark.parametrize(("operation", "more"), ON_A_USER)
def test_what_is_a_users_own_is_authorized_on_the_user_with_its_path(
    aws: EmbeddedAWS, operation: str, more: dict[str, str]
) -> None:
    admin = new_user(aws, path="/admins/")
    caller = new_user(aws, allow("iam:*", resource=f"{ARN}:user/members/*"))
    iam = caller.client("iam")
    with suppress(iam.exceptions.NoSuchEntityException, iam.exceptions.DeleteConflictException):
        getattr(iam, operation)(UserName=caller.name, **more)
    with Refused("AccessDenied") as refused:
        getattr(iam, operation)(UserName=admin.name, **more)
    assert f"on resource: {admin.arn} " in refused.message


def test_leaving_a_group_is_authorized_on_the_group_with_its_path(aws: EmbeddedAWS, iam: Any) -> None:
    caller = new_user(aws, allow("iam:RemoveUserFromGroup", resource=f"{ARN}:group/switch-role/*"))
    for path in ("/switch-role/", "/admins/"):
        group = f"{caller.name}-{path.strip('/')}"
        iam.create_group(GroupName=group, Path=path)
        iam.add_user_to_group(GroupName=group, UserName=caller.name)
    caller.client("iam").remove_user_from_group(GroupName=f"{caller.name}-switch-role", UserName=caller.name)
    with Refused("AccessDenied"):
        caller.client("iam").remove_user_from_group(GroupName=f"{caller.name}-admins", UserName=caller.name)
    assert _all(iam, "list_groups_for_user", "Groups", "GroupName", caller.name) == [f"{caller.name}-admins"]


@pytest.mark.parametrize("action", ["list_users", "list_virtual_mfa_devices"])
def test_lists_of_the_whole_account_have_no_resource(aws: EmbeddedAWS, action: str) -> None:
    name = "".join(word.title() if word != "mfa" else "MFA" for word in action.split("_"))
    caller = new_user(aws, allow(f"iam:{name}", resource=f"{ARN}:user/members/*")).client("iam")
    with Refused("AccessDenied") as refused:
        getattr(caller, action)()
    assert "on resource: *" in refused.message
    getattr(new_user(aws, allow(f"iam:{name}")).client("iam"), action)()


def test_plain_ministack_still_has_no_pages_and_lists_the_keys_of_nobody(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    for name in ("page-1", "page-2"):
        iam.create_user(UserName=name, Path="/pages/")
    assert len(iam.list_users(PathPrefix="/pages/", MaxItems=1)["Users"]) == 2
    assert iam.list_access_keys(UserName="nobody")["AccessKeyMetadata"] == []
