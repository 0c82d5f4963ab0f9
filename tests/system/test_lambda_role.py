"""What the portal's own role cannot do, tried with its own credentials."""

from collections.abc import Iterator

import pytest

from chalicelib.arns import boundary_arn
from tests.system.lambda_role import IDENTITY, Client, client_with, lambda_credentials, refused
from tests.system.running_sandbox import RunningSandbox

BOUNDARY = boundary_arn("aws", IDENTITY)
MEMBER, ADMIN = "held-member", "admin"


@pytest.fixture(scope="module")
def portal(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of the Lambda function's role."""
    sandbox.invite(MEMBER)
    with lambda_credentials(sandbox) as credentials:
        yield client_with(sandbox, credentials)


def test_it_may_do_what_the_journey_needs(portal: Client) -> None:
    iam = portal("iam")
    assert iam.get_user(UserName=MEMBER)["User"]["Path"] == "/members/"
    assert iam.list_mfa_devices(UserName=MEMBER)["MFADevices"] == []
    iam.add_user_to_group(UserName=MEMBER, GroupName="developers")
    iam.create_user(UserName="held-too", Path="/members/", PermissionsBoundary=BOUNDARY)


def test_it_may_read_the_rules_for_passwords_and_give_a_member_their_first(portal: Client) -> None:
    assert portal("iam").get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 14
    portal("iam").create_login_profile(UserName=MEMBER, Password="correct Horse battery 1")
    assert portal("iam").get_login_profile(UserName=MEMBER)["LoginProfile"]["UserName"] == MEMBER


@pytest.mark.parametrize(
    "arguments",
    [
        {"UserName": "out", "PermissionsBoundary": BOUNDARY},
        {"UserName": "out", "Path": "/admins/", "PermissionsBoundary": BOUNDARY},
        {"UserName": "out", "Path": "/members/"},
        {
            "UserName": "out",
            "Path": "/members/",
            "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
    ],
    ids=["no path", "another path", "no boundary", "another boundary"],
)
def test_it_creates_users_only_among_the_members_and_bounded(portal: Client, arguments: dict[str, str]) -> None:
    refused(portal("iam").create_user, **arguments)


def test_it_adds_nobody_to_any_other_group(portal: Client, sandbox: RunningSandbox) -> None:
    sandbox.root("iam").create_group(GroupName="admins")
    sandbox.root("iam").create_group(GroupName="look-alike", Path="/switch-role-not/")
    for group in ("admins", "look-alike"):
        refused(portal("iam").add_user_to_group, UserName=MEMBER, GroupName=group)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_access_key", {}),
        ("delete_access_key", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        ("list_access_keys", {}),
        ("list_mfa_devices", {}),
        ("get_user", {}),
        ("delete_user", {}),
        ("list_groups_for_user", {}),
        ("update_access_key", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active"}),
        ("get_login_profile", {}),
        ("create_login_profile", {"Password": "correct horse battery staple"}),
        ("delete_login_profile", {}),
        ("list_user_policies", {}),
        ("delete_user_policy", {"PolicyName": "administer"}),
        ("detach_user_policy", {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("list_ssh_public_keys", {}),
        ("delete_ssh_public_key", {"SSHPublicKeyId": "APKAEXAMPLE0000000001"}),
        ("delete_signing_certificate", {"CertificateId": "EXAMPLE00000000000000001"}),
        ("delete_service_specific_credential", {"ServiceSpecificCredentialId": "ACCAEXAMPLE0000000001"}),
        ("deactivate_mfa_device", {"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/admin"}),
        (
            "enable_mfa_device",
            {
                "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/admin",
                "AuthenticationCode1": "123456",
                "AuthenticationCode2": "654321",
            },
        ),
        (
            "resync_mfa_device",
            {
                "SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/admin",
                "AuthenticationCode1": "123456",
                "AuthenticationCode2": "654321",
            },
        ),
    ],
)
def test_it_touches_no_user_outside_the_members(portal: Client, operation: str, arguments: dict[str, str]) -> None:
    refused(getattr(portal("iam"), operation), UserName=ADMIN, **arguments)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("attach_user_policy", {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("put_user_policy", {"PolicyName": "p", "PolicyDocument": '{"Version": "2012-10-17", "Statement": []}'}),
        ("put_user_permissions_boundary", {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("delete_user_permissions_boundary", {}),
        ("update_login_profile", {"Password": "correct horse battery staple"}),
        ("update_user", {"NewPath": "/admins/"}),
        ("tag_user", {"Tags": [{"Key": "a", "Value": "b"}]}),
    ],
)
def test_it_does_no_more_than_needed_even_to_members(
    portal: Client, operation: str, arguments: dict[str, str]
) -> None:
    refused(getattr(portal("iam"), operation), UserName=MEMBER, **arguments)


def test_it_takes_nobody_out_of_any_other_group(portal: Client, sandbox: RunningSandbox) -> None:
    sandbox.root("iam").create_group(GroupName="guards")
    refused(portal("iam").remove_user_from_group, UserName=MEMBER, GroupName="guards")


def test_it_looks_at_roles_and_at_the_policies_of_switch_role_groups_only(
    portal: Client, sandbox: RunningSandbox
) -> None:
    iam = portal("iam")
    assert iam.get_role(RoleName="dev-SwitchRole-S3FullAccess")["Role"]["MaxSessionDuration"] == 43200
    assert iam.get_group_policy(GroupName="developers", PolicyName="firstday")["PolicyDocument"]["Statement"]
    sandbox.root("iam").create_group(GroupName="seen-by-nobody")
    refused(iam.get_group_policy, GroupName="seen-by-nobody", PolicyName="firstday")
    refused(iam.get_group_policy, GroupName="firstday-members", PolicyName="firstday")
    refused(iam.list_roles)
    refused(iam.list_role_policies, RoleName="dev-SwitchRole-S3FullAccess")
    refused(iam.list_group_policies, GroupName="developers")
    refused(iam.update_assume_role_policy, RoleName="dev-SwitchRole-S3FullAccess", PolicyDocument="{}")
    refused(iam.delete_role, RoleName="dev-SwitchRole-S3FullAccess")


def test_it_makes_and_changes_no_role_group_or_policy(portal: Client) -> None:
    iam = portal("iam")
    document = '{"Version": "2012-10-17", "Statement": []}'
    refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=document)
    refused(iam.create_group, GroupName="g", Path="/switch-role/")
    refused(iam.put_group_policy, GroupName="developers", PolicyName="p", PolicyDocument=document)
    refused(iam.create_policy, PolicyName="p", PolicyDocument=document)
    refused(iam.create_policy_version, PolicyArn=BOUNDARY, PolicyDocument=document, SetAsDefault=True)
    refused(
        portal("sts").assume_role,
        RoleArn=f"arn:aws:iam::{IDENTITY}:role/dev-SwitchRole-S3FullAccess",
        RoleSessionName="intruder",
    )


def test_it_removes_and_rewrites_nothing_that_is_recorded(portal: Client, sandbox: RunningSandbox) -> None:
    tables = sandbox.root("dynamodb").list_tables()["TableNames"]
    members, console, audit = (
        next(name for name in tables if part in name) for part in ("Members", "Console", "Audit")
    )
    dynamodb = portal("dynamodb")
    event = {"pk": {"S": f"member#{MEMBER}"}, "sk": {"S": "x"}}
    refused(dynamodb.delete_item, TableName=audit, Key=event)
    refused(dynamodb.update_item, TableName=audit, Key=event, UpdateExpression="REMOVE actor")
    refused(dynamodb.scan, TableName=audit)
    refused(dynamodb.get_item, TableName=audit, Key=event)
    refused(dynamodb.scan, TableName=members)
    refused(dynamodb.scan, TableName=console)
    refused(dynamodb.delete_item, TableName=console, Key={"pk": {"S": "x"}})
    refused(dynamodb.delete_table, TableName=audit)


def test_it_reaches_nothing_else(portal: Client) -> None:
    refused(portal("s3").list_buckets)
    refused(portal("lambda").list_functions)
    refused(portal("cloudformation").list_stacks)
    refused(portal("iam").list_roles)
    refused(portal("iam").get_account_authorization_details)
