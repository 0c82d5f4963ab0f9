"""Planting an organisation in the embedded AWS: everything of the file is there afterwards, as IAM shows it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.members.mfa import code_at, step_at
from chalicelib.settings.reader import load as load_settings
from firstday.sandbox.planting.iam_calls import PlantingRefused
from firstday.sandbox.planting.plant_file import load, parse
from firstday.sandbox.planting.planted import Planted, PlantedUser
from firstday.sandbox.planting.planter import plant
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.stack.templates import known_accounts
from tests.emulator.test_last_accessed import by_namespace
from tests.helpers.embedded_aws import REGION, Refused, client_of
from tests.helpers.large_organisation import SIZE, large_organisation

EXAMPLES = Path(__file__).parents[2] / "examples"
SETTINGS = load_settings(EXAMPLES / "brownfield.toml")
IDENTITY, STG, PROD = known_accounts(SETTINGS)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(accounts=known_accounts(SETTINGS), region=REGION, port=0, portal_port=0) as aws:
        yield aws


@pytest.fixture(scope="module")
def planted(embedded: EmbeddedAWS) -> Planted:
    """The example organisation."""
    return plant(embedded, load(EXAMPLES / "brownfield.json", SETTINGS))


@pytest.fixture
def iam(embedded: EmbeddedAWS, planted: Planted) -> Any:
    assert planted.roles
    return embedded.session(IDENTITY).client("iam")


def user(planted: Planted, name: str) -> PlantedUser:
    (found,) = (one for one in planted.users if one.user_name == name)
    return found


def client(embedded: EmbeddedAWS, who: PlantedUser, service: str) -> Any:
    key = who.keys[0]
    return client_of(embedded.endpoint_url, service, key.access_key_id, key.secret_access_key)


def ago(days: int) -> Any:
    return pytest.approx((datetime.now(UTC) - days * DAY).timestamp(), abs=600)


def test_the_account_has_everything_that_the_file_says(planted: Planted, iam: Any) -> None:
    details = iam.get_account_authorization_details(MaxItems=1000)
    users = {one["UserName"]: one for one in details["UserDetailList"]}
    assert set(users) == {one.user_name for one in planted.users}
    assert users["ops-user-07"]["Path"] == "/ops/tokyo/"
    assert users["ops-user-07"]["GroupList"] == ["Ops-Team"]
    assert [one["PolicyName"] for one in users["dev-user-06"]["UserPolicyList"]] == ["own-bucket-only"]
    assert users["dev-user-06"]["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(
        "policy/boundaries/team-boundary"
    )
    groups = {one["GroupName"]: one for one in details["GroupDetailList"]}
    assert groups["Dev-Team"]["Path"] == "/teams/"
    assert groups["Self-Managed"]["AttachedManagedPolicies"][0]["PolicyName"] == "AllowManageOwnCredentials"
    roles = {one["RoleName"]: one for one in details["RoleDetailList"]}
    assert roles["data-reader"]["Path"] == "/data/"
    assert iam.get_role(RoleName="dev-PowerUser")["Role"]["MaxSessionDuration"] == 14400
    assert {one["Key"]: one["Value"] for one in iam.list_user_tags(UserName="Dev-User-03")["Tags"]} == {
        "Team": "development",
        "CostCenter": "1234",
    }
    assert len(iam.list_groups_for_user(UserName="user-in-all-teams")["Groups"]) == 10


def test_keys_have_their_age_and_their_last_use(planted: Planted, iam: Any) -> None:
    keys = iam.list_access_keys(UserName="dev-user-02")["AccessKeyMetadata"]
    by_id = {one["AccessKeyId"]: one for one in keys}
    old, new = (one.access_key_id for one in user(planted, "dev-user-02").keys)
    assert by_id[old]["CreateDate"].timestamp() == ago(900)
    assert by_id[new]["CreateDate"].timestamp() == ago(30)
    used = iam.get_access_key_last_used(AccessKeyId=old)["AccessKeyLastUsed"]
    assert (used["LastUsedDate"].timestamp(), used["ServiceName"]) == (ago(2), "sts")
    assert "LastUsedDate" not in iam.get_access_key_last_used(AccessKeyId=new)["AccessKeyLastUsed"]
    (key,) = iam.list_access_keys(UserName="backup-agent")["AccessKeyMetadata"]
    assert key["Status"] == "Inactive"
    assert iam.get_user(UserName="dev-user-01")["User"]["CreateDate"].timestamp() == ago(700)


def test_services_have_their_last_use(embedded: EmbeddedAWS, iam: Any) -> None:
    found = by_namespace(iam, f"arn:aws:iam::{IDENTITY}:user/ops/ops-user-01")
    assert {name for name, one in found.items() if "LastAuthenticated" in one} == {"iam", "ec2", "cloudformation"}
    assert found["ec2"]["LastAuthenticated"].timestamp() == ago(7)
    found = by_namespace(iam, f"arn:aws:iam::{IDENTITY}:user/contractors/contractor-02")
    assert found["s3"]["LastAuthenticated"].timestamp() == ago(70), "by the access key"
    prod = embedded.session(PROD).client("iam")
    found = by_namespace(prod, f"arn:aws:iam::{PROD}:role/prod-ReadOnly", Granularity="ACTION_LEVEL")
    assert found["ec2"]["LastAuthenticated"].timestamp() == ago(10)
    assert not found["ec2"]["TrackedActionsLastAccessed"]


def test_devices_have_their_names_and_paths_and_the_present_code_is_unused(
    embedded: EmbeddedAWS, planted: Planted
) -> None:
    who = user(planted, "ops-user-07")
    (device,) = who.devices
    assert device.serial_number == f"arn:aws:iam::{IDENTITY}:mfa/ops/ops-user-07"
    code = code_at(device.seed, step_at(time.time()))
    sts = client(embedded, who, "sts")
    role = f"arn:aws:iam::{STG}:role/ops/stg-Operations"
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=role, RoleSessionName="ops-user-07")
    sts.assume_role(RoleArn=role, RoleSessionName="ops-user-07", SerialNumber=device.serial_number, TokenCode=code)


def test_a_passkey_is_a_device_without_codes_and_no_virtual_one(iam: Any) -> None:
    serials = [one["SerialNumber"] for one in iam.list_mfa_devices(UserName="break-glass")["MFADevices"]]
    (passkey,) = (serial for serial in serials if ":u2f/" in serial)
    assert passkey.startswith(f"arn:aws:iam::{IDENTITY}:u2f/user/break-glass/safe-key-")
    assert len(serials) == 2
    virtual = iam.list_virtual_mfa_devices(AssignmentStatus="Any")["VirtualMFADevices"]
    assert passkey not in [one["SerialNumber"] for one in virtual]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    with Refused("InvalidAuthenticationCode"):
        iam.resync_mfa_device(UserName="break-glass", SerialNumber=passkey, **codes)
    iam.deactivate_mfa_device(UserName="break-glass", SerialNumber=passkey)
    assert passkey not in json.dumps(iam.list_mfa_devices(UserName="break-glass"), default=str)


def test_devices_of_nobody_passwords_and_other_credentials_are_there(planted: Planted, iam: Any) -> None:
    unassigned = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert {one["SerialNumber"] for one in unassigned} == {
        f"arn:aws:iam::{IDENTITY}:mfa/dev-user-06",
        f"arn:aws:iam::{IDENTITY}:mfa/phones/Ops-User-08",
    }
    assert iam.get_login_profile(UserName="ops-user-08")
    assert user(planted, "ops-user-08").password
    with Refused("NoSuchEntity"):
        iam.get_login_profile(UserName="CI-Deploy")
    assert len(iam.list_ssh_public_keys(UserName="git-reader")["SSHPublicKeys"]) == 2
    assert len(iam.list_service_specific_credentials(UserName="git-reader")["ServiceSpecificCredentials"]) == 1
    assert len(iam.list_signing_certificates(UserName="soap-client")["Certificates"]) == 1


def test_a_user_whom_policies_name_keeps_what_names_them_as_principal(
    embedded: EmbeddedAWS, planted: Planted, iam: Any
) -> None:
    who, s3 = user(planted, "ops-user-07"), embedded.session(IDENTITY).client("s3")
    sts = client(embedded, who, "sts")
    by_condition = f"arn:aws:iam::{IDENTITY}:role/data/data-reader"
    sts.assume_role(RoleArn=by_condition, RoleSessionName="before")
    iam.update_user(UserName="ops-user-07", NewPath="/members/")
    arn = f"arn:aws:iam::{IDENTITY}:user/members/ops-user-07"
    try:
        assert arn in s3.get_bucket_policy(Bucket="team-data-123456789012")["Policy"]
        stg = embedded.session(STG).client("iam").get_role(RoleName="stg-Operations")["Role"]
        assert arn in json.dumps(stg["AssumeRolePolicyDocument"])
        with Refused("AccessDenied"):
            sts.assume_role(RoleArn=by_condition, RoleSessionName="after")
    finally:
        iam.update_user(UserName="ops-user-07", NewPath="/ops/tokyo/")


def test_roles_of_all_makers_let_in_whom_they_say(embedded: EmbeddedAWS, planted: Planted) -> None:
    ci = client(embedded, user(planted, "CI-Deploy"), "sts")
    ci.assume_role(RoleArn=f"arn:aws:iam::{STG}:role/automation/terraform-deploy", RoleSessionName="deploy")
    with Refused("AccessDenied"):
        ci.assume_role(RoleArn=f"arn:aws:iam::{STG}:role/stg-ReadOnly", RoleSessionName="deploy")
    dev = user(planted, "dev-user-01")
    without_mfa = f"arn:aws:iam::{STG}:role/stg-ReadOnly"
    with Refused("AccessDenied"):  # by the policy of their group, which denies everything without MFA
        client(embedded, dev, "sts").assume_role(RoleArn=without_mfa, RoleSessionName="dev-user-01")
    client(embedded, user(planted, "DEV-USER-04"), "sts").assume_role(
        RoleArn=without_mfa, RoleSessionName="DEV-USER-04"
    )


def test_an_external_id_is_asked_for(embedded: EmbeddedAWS, planted: Planted) -> None:
    who = user(planted, "contractor-01")
    (device,) = who.devices
    sts, role = client(embedded, who, "sts"), f"arn:aws:iam::{PROD}:role/support/prod-support"
    request = {"RoleArn": role, "RoleSessionName": "contractor-01", "SerialNumber": device.serial_number}
    step = step_at(time.time())
    with Refused("AccessDenied"):
        sts.assume_role(**request, TokenCode=code_at(device.seed, step))
    sts.assume_role(**request, TokenCode=code_at(device.seed, step + 1), ExternalId="example-support")


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (
            {"roles": [{"name": "stray", "trust_policy": "<nobody>"}]},
            "dev.roles[0], stray, cannot be planted. AWS says MalformedPolicyDocument: Invalid principal in policy",
        ),
        (
            {"users": [{"name": "stray-user", "managed_policies": [f"arn:aws:iam::{IDENTITY}:policy/not-there"]}]},
            "dev.users[0], stray-user, cannot be planted. AWS says NoSuchEntity",
        ),
    ],
)
def test_what_aws_refuses_is_told_with_its_place(embedded: EmbeddedAWS, contents: Any, words: str) -> None:
    nobody = {"AWS": f"arn:aws:iam::{IDENTITY}:user/nobody-at-all"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": nobody, "Action": "sts:AssumeRole"}]}
    text = json.dumps({"dev": contents}).replace('"<nobody>"', json.dumps(trust))
    with pytest.raises(PlantingRefused) as caught:
        plant(embedded, parse(text, SETTINGS, "stray.json"))
    assert words in str(caught.value)


def test_three_hundred_users_take_few_calls_each() -> None:
    contents = parse(json.dumps(large_organisation()), SETTINGS, "large.json")
    with EmbeddedAWS(accounts=known_accounts(SETTINGS), region=REGION, port=0, portal_port=0) as aws:
        planted = plant(aws, contents)
        assert aws.iam_calls()["calls"] < 6 * SIZE
        iam = aws.session(IDENTITY).client("iam")
        pages = iam.get_paginator("list_users").paginate()
        assert sum(len(page["Users"]) for page in pages) == SIZE == len(planted.users)
