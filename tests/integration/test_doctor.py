"""The doctor reads what IAM and DynamoDB answer, as far as moto knows it, with the calls that it documents."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from moto import mock_aws

from chalicelib.arns import (
    BASELINE_GROUP,
    BOUNDARY_NAME,
    QUARANTINE_GROUP,
    QUARANTINE_PATH,
    SUSPENDED_GROUP,
    SUSPENDED_PATH,
)
from chalicelib.aws.items import member_item
from chalicelib.settings.records import Role
from firstday.doctor import expected_documents as names
from firstday.doctor.catalogue import permissions
from firstday.doctor.diagnosis import diagnose
from firstday.doctor.expected_documents import documents
from tests.helpers.deny_cases import CASES as DENIES
from tests.helpers.doctor_snapshots import MEMBER, NOW, PORTAL, good_member
from tests.helpers.settings_makers import example_settings
from tests.helpers.worlds import TABLES

SETTINGS = example_settings()
IDENTITY = SETTINGS.identity_account
EXPECTED = documents(SETTINGS, PORTAL)
ROLE = SETTINGS.roles[0]


class Recording:
    """A session that notes each call as the permission that it takes."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self._session = boto3.Session("AKIAEXAMPLE", "secret", region_name=SETTINGS.region)

    def client(self, service: str, region: str | None = None) -> Any:
        client = self._session.client(service, region)
        client.meta.events.register("before-call", self._called, unique_id=service)
        return client

    def _called(self, model: OperationModel, **_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        """Note the call; moto answers it, except CloudFormation's calls, which would need more packages."""
        service = model.service_model.service_name
        self.calls.add(f"{service}:{model.name}")
        if service != "cloudformation":
            return None
        return AWSResponse("", 200, {}, None), {"StackResourceSummaries": []}


@pytest.fixture
def session() -> Iterator[Recording]:
    with mock_aws():
        recording = Recording()
        deploy(recording)
        recording.calls.clear()
        yield recording


def deploy(session: Recording) -> None:
    """Everything that the stack makes, made by hand, and a member with a device."""
    iam, database = session.client("iam", None), session.client("dynamodb", SETTINGS.region)
    groups = {
        BASELINE_GROUP: "/members/",
        QUARANTINE_GROUP: QUARANTINE_PATH,
        SUSPENDED_GROUP: SUSPENDED_PATH,
        **{group.name: "/switch-role/" for group in SETTINGS.groups},
    }
    for name, path in groups.items():
        iam.create_group(GroupName=name, Path=path)
        policy = json.dumps(EXPECTED[names.group_document(name)])
        iam.put_group_policy(GroupName=name, PolicyName="firstday", PolicyDocument=policy)
    boundary = json.dumps(EXPECTED[names.BOUNDARY])
    iam.create_policy(PolicyName=BOUNDARY_NAME, Path="/members/", PolicyDocument=boundary)
    role(iam, "firstday-admin", EXPECTED[names.ADMIN_TRUST], EXPECTED[names.ADMIN_PERMISSIONS], 3600)
    own = EXPECTED[names.role_document(ROLE.profile)]
    role(iam, ROLE.role_name, EXPECTED[names.TRUST], own, ROLE.maximum_session_seconds)
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    arn = iam.create_policy(PolicyName="stands-for-AWSs", PolicyDocument=json.dumps(other))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE.role_name, PolicyArn=arn)
    iam.create_user(UserName=MEMBER, Path="/members/")
    for name in (BASELINE_GROUP, SETTINGS.groups[0].name):
        iam.add_user_to_group(GroupName=name, UserName=MEMBER)
    iam.create_access_key(UserName=MEMBER)
    iam.update_account_password_policy(MinimumPasswordLength=14)
    for name, table in ((PORTAL.members_table, "members"), (PORTAL.audit_table, "audit")):
        database.create_table(
            TableName=name,
            DeletionProtectionEnabled=True,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            **wanted(TABLES[table]),
        )
    database.put_item(TableName=PORTAL.members_table, Item=member_item(good_member(SETTINGS)))


def role(iam: Any, name: str, trust: Any, own: Any, seconds: int) -> None:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=seconds)
    iam.put_role_policy(RoleName=name, PolicyName="firstday", PolicyDocument=json.dumps(own))


def wanted(table: Any) -> Any:
    return {
        key: table[key]
        for key in ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        if key in table
    }


def test_of_a_role_that_others_manage_only_its_trust_policy_is_judged(session: Recording) -> None:
    iam = session.client("iam", None)
    demands = {
        "StringEquals": {"sts:ExternalId": "example-7"},
        "StringLike": {"sts:RoleSessionName": "${aws:username}"},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": IDENTITY},
        "Action": "sts:AssumeRole",
        "Condition": demands,
    }
    role(iam, "SecurityAudit", {"Version": "2012-10-17", "Statement": [statement]}, EXPECTED[names.BOUNDARY], 7200)
    audit = Role("audit", IDENTITY, "SecurityAudit", is_existing=True)
    assert others_in(session, audit) == {
        "external-id-differs": 'Its trust policy demands the external id "example-7"; the settings have none.',
        "existing-role-without-mfa": "Its trust policy does not demand MFA: no condition asks for it. Meanwhile the"
        " policy of the group developers demands both MFA and the session name of its members.",
        "session-could-be-longer": "Its sessions last 2 h at most, the settings promise 1 h.",
    }
    promised = replace(audit, external_id="example-7", maximum_session_seconds=7200)
    assert others_in(session, promised).keys() == {"existing-role-without-mfa"}
    assert others_in(session, replace(audit, role_name="Missing")).keys() == {"role-missing"}


def others_in(session: Recording, role: Role) -> dict[str, str]:
    """The findings on one more role of the developers."""
    developers = SETTINGS.groups[0]
    groups = (replace(developers, roles=(*developers.roles, role)), *SETTINGS.groups[1:])
    found = diagnose(replace(SETTINGS, groups=groups), {IDENTITY: session}.get, PORTAL, now=NOW)
    return {finding.check: finding.message for finding in found if finding.subject == f"dev: {role.role_name}"}


def found_by(session: Recording) -> dict[str, str]:
    found = diagnose(SETTINGS, {IDENTITY: session}.get, PORTAL, now=NOW)
    return {finding.check: finding.message for finding in found}


def test_what_moto_answers_is_read_rightly(session: Recording) -> None:
    """moto keeps no boundaries, has none of AWS's own policies, and here no function."""
    found = found_by(session)
    assert found.pop("member-without-boundary") == "There is no boundary."
    assert "stands-for-AWSs besides" in found.pop("role-permissions-differ")
    assert found.pop("key-without-device") == "This member has an access key, and no MFA device."
    assert found.pop("account-not-seen")
    assert found.pop("trail-unwatched") == "Nothing calls firstday-audit-watcher."
    assert found == {}


def test_the_calls_are_those_that_the_document_allows(session: Recording) -> None:
    found_by(session)
    # moto has no stack whose roles could be simulated.
    uncalled = {"cloudformation:DescribeStacks", "iam:SimulatePrincipalPolicy"}
    assert session.calls - {"sts:GetCallerIdentity"} == set(permissions()) - uncalled


def test_deny_statements_are_read_wherever_a_user_may_have_them(session: Recording) -> None:
    iam = session.client("iam", None)
    policy = json.dumps(DENIES["AWS's own"].policy)
    iam.create_group(GroupName="staff", Path="/")
    iam.put_group_policy(GroupName="staff", PolicyName="in-the-group", PolicyDocument=policy)
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=policy)["Policy"]["Arn"]
    for name in ("staff-user", "other-user"):
        iam.create_user(UserName=name, Path="/staff/")
    iam.put_user_policy(UserName="staff-user", PolicyName="own", PolicyDocument=policy)
    iam.attach_user_policy(UserName="staff-user", PolicyArn=arn)
    for name in ("staff-user", MEMBER):
        iam.add_user_to_group(GroupName="staff", UserName=name)
    found = diagnose(SETTINGS, {IDENTITY: session}.get, PORTAL, now=NOW)
    assert {one.subject: one.check for one in found if one.check in ("deny-says-more", "deny-ahead")} == {
        "in-the-group of the group staff": "deny-says-more",
        "the inline policy own": "deny-ahead",
        arn: "deny-ahead",
    }
    (outside,) = [one for one in found if one.check == "users-outside"]
    assert outside.names == ("other-user", "staff-user")


def test_an_adoption_that_stopped_is_one_finding(session: Recording) -> None:
    """moto keeps no boundaries, so every member lacks theirs."""
    session.client("iam", None).create_user(UserName="staff-user", Path="/staff/")
    begun = {"adopting_at": NOW - timedelta(days=1), "former_path": "/staff/"}
    record = good_member(SETTINGS, "staff-user", proved_at=None, accepted_at=None, access_key_id=None, **begun)
    database = session.client("dynamodb", SETTINGS.region)
    database.put_item(TableName=PORTAL.members_table, Item=member_item(record))
    found = diagnose(SETTINGS, {IDENTITY: session}.get, PORTAL, now=NOW)
    (finding,) = [one for one in found if one.subject == "staff-user"]
    assert finding.check == "adoption-unfinished"
    assert finding.message.endswith("the boundary, the group firstday-members, the path /members/.")
    assert "users-outside" not in {one.check for one in found}
