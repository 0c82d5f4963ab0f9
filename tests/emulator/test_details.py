"""GetAccountAuthorizationDetails of the embedded AWS: in pages, with boundaries, as botocore reads it."""

import uuid
from typing import Any

import pytest

from tests.helpers.embedded_aws import IDENTITY, PlainMinistack, Refused, allow, document

BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TRUST = document({"Effect": "Allow", "Principal": {"AWS": IDENTITY}, "Action": "sts:AssumeRole"})


def details(iam: Any, **options: Any) -> dict[str, list[Any]]:
    pages = iam.get_paginator("get_account_authorization_details").paginate(**options)
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    found: dict[str, list[Any]] = {name: [] for name in lists}
    for page in pages:
        for name in lists:
            found[name] += page[name]
    return found


def test_everything_of_an_entity_is_in_it_whatever_the_size_of_the_pages(iam: Any) -> None:
    name, path = f"n{uuid.uuid4().hex[:8]}", "/some/"
    policy = iam.create_policy(PolicyName=name, Path=path, PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document(allow("sqs:*")), SetAsDefault=True)
    iam.create_user(UserName=name, Path=path, PermissionsBoundary=BOUNDARY)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(allow("s3:*")))
    iam.create_group(GroupName=name, Path=path)
    iam.put_group_policy(GroupName=name, PolicyName="own", PolicyDocument=document(allow("s3:*")))
    iam.attach_group_policy(GroupName=name, PolicyArn=policy)
    iam.add_user_to_group(GroupName=name, UserName=name)
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)
    for options in ({}, {"PaginationConfig": {"PageSize": 1}}):
        found = details(iam, **options)
        (user,) = [one for one in found["UserDetailList"] if one["UserName"] == name]
        assert user["Arn"] == f"arn:aws:iam::{IDENTITY}:user{path}{name}"
        assert user["GroupList"] == [name]
        assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
        assert user["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == ["s3:*"]
        (group,) = [one for one in found["GroupDetailList"] if one["GroupName"] == name]
        assert group["Arn"] == f"arn:aws:iam::{IDENTITY}:group{path}{name}"
        assert group["GroupPolicyList"][0]["PolicyName"] == "own"
        assert group["AttachedManagedPolicies"] == [{"PolicyName": name, "PolicyArn": policy}]
        (role,) = [one for one in found["RoleDetailList"] if one["RoleName"] == name]
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == "sts:AssumeRole"
        assert "MaxSessionDuration" not in role
        (managed,) = [one for one in found["Policies"] if one["Arn"] == policy]
        (default,) = [one["Document"] for one in managed["PolicyVersionList"] if one["IsDefaultVersion"]]
        assert default["Statement"][0]["Action"] == ["sqs:*"]


def test_a_filter_leaves_the_others_out(iam: Any) -> None:
    iam.create_group(GroupName=f"n{uuid.uuid4().hex[:8]}")
    found = details(iam, Filter=["Group"])
    assert found.pop("GroupDetailList")
    assert set(map(len, found.values())) == {0}


@pytest.mark.parametrize("options", [{"Marker": "none"}, {"MaxItems": 1001}])
def test_what_aws_refuses_is_refused(iam: Any, options: dict[str, Any]) -> None:
    with Refused("ValidationError"):
        iam.get_account_authorization_details(**options)


def test_ministack_alone_has_no_pages_and_no_boundaries(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    for number in range(2):
        iam.create_user(UserName=f"detailed-{number}", PermissionsBoundary=BOUNDARY)
    answer = iam.get_account_authorization_details(MaxItems=1)
    assert not answer["IsTruncated"]
    assert "PermissionsBoundary" not in answer["UserDetailList"][0]
