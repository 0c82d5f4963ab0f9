"""An attacker with the portal's own credentials tries to get further than the portal, and is stopped each time.

Denials of ordinary calls on users, groups and records are in test_lambda_role.py; here are
the ways round that. Attempts that IAM cannot stop are at the end, with what stops them instead.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from firstday.stack import function_policies
from firstday.stack.census_resources import FUNCTION_NAME
from tests.helpers.admin_credentials import called
from tests.helpers.attempts import Attempt, Control
from tests.helpers.aws_requests import REFERENCE
from tests.helpers.embedded_aws import Refused, new_user
from tests.helpers.escalation_places import event_of_the_member, places_of
from tests.helpers.lambda_role import (
    ALLOW_ALL,
    IDENTITY,
    KEY_RETIREMENT,
    SUSPENSION,
    SWEEPER,
    Client,
    client_with,
    lambda_credentials,
)
from tests.helpers.portal_attempts import (
    ADMIN,
    ADMINISTRATOR,
    ATTEMPTS,
    HELD,
    MEMBER,
    QUARANTINE,
    ROLES,
)
from tests.helpers.running_sandbox import RunningSandbox

DENY_ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def places(sandbox: RunningSandbox) -> dict[str, str]:
    return places_of(sandbox)


@pytest.fixture(scope="module")
def credentials(sandbox: RunningSandbox) -> Iterator[Any]:
    with lambda_credentials(sandbox) as found:
        yield found


@pytest.fixture(scope="module")
def portal(sandbox: RunningSandbox, credentials: Any) -> Client:
    return client_with(sandbox, credentials)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_portal_gets_no_further(portal: Client, places: dict[str, str], attempt: Attempt) -> None:
    attempt.make(portal, places)


@pytest.fixture(scope="module")
def sweeper(sandbox: RunningSandbox) -> Iterator[Client]:
    with lambda_credentials(sandbox, SWEEPER) as found:
        yield client_with(sandbox, found)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nor_does_the_sweeper(sweeper: Client, places: dict[str, str], attempt: Attempt) -> None:
    """No statement allows what the portal must not do."""
    is_denied = attempt.stopped_by is Control.EXPLICIT_DENY
    (replace(attempt, stopped_by=Control.NO_ACTION) if is_denied else attempt).make(sweeper, places)


@pytest.fixture(scope="module")
def key_retirement(sandbox: RunningSandbox) -> Iterator[Client]:
    with lambda_credentials(sandbox, KEY_RETIREMENT) as found:
        yield client_with(sandbox, found)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nor_does_the_key_retirement(key_retirement: Client, places: dict[str, str], attempt: Attempt) -> None:
    attempt.make(key_retirement, places)


@pytest.fixture(scope="module")
def census(sandbox: RunningSandbox) -> Iterator[Client]:
    with lambda_credentials(sandbox, FUNCTION_NAME) as found:
        yield client_with(sandbox, found)


@pytest.fixture(scope="module")
def suspension(sandbox: RunningSandbox) -> Iterator[Client]:
    with lambda_credentials(sandbox, SUSPENSION) as found:
        yield client_with(sandbox, found)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nor_does_the_census(census: Client, places: dict[str, str], attempt: Attempt) -> None:
    """No statement allows what the portal must not do."""
    is_denied = attempt.stopped_by is Control.EXPLICIT_DENY
    (replace(attempt, stopped_by=Control.NO_ACTION) if is_denied else attempt).make(census, places)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nor_does_the_suspension(suspension: Client, places: dict[str, str], attempt: Attempt) -> None:
    attempt.make(suspension, places)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_table_names_what_really_stops_it(attempt: Attempt) -> None:
    """A missing Allow stops an action, also if the embedded AWS cannot be asked."""
    policy: Any = function_policies.portal_lambda()
    allowing = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    allowed = {action for statement in allowing for action in statement["Action"]}
    limited = {Control.OTHER_RESOURCE, Control.CONDITION, Control.EXPLICIT_DENY}
    absent = {Control.NO_ACTION, Control.NOT_HERE}
    limits = limited if attempt.action in allowed else absent
    assert attempt.stopped_by in limits
    service, _, action = attempt.action.partition(":")
    assert action.lower() in REFERENCE[service]["Actions"], "AWS has no such action"


@pytest.mark.parametrize("path", ["/admin/members", "/admin/audit-events", "/member/config"])
def test_the_portal_calls_none_of_its_own_routes(sandbox: RunningSandbox, credentials: Any, path: str) -> None:
    answer = called(sandbox, credentials, path)
    assert answer.status == 403
    assert "not authorized to perform: execute-api:Invoke" in answer.body


def test_a_held_member_is_not_set_free_by_being_made_anew(portal: Client, sandbox: RunningSandbox) -> None:
    """The portal may delete members, and take away policies that somebody has put on them: not this group."""
    iam, deny = sandbox.root("iam"), json.dumps({"Version": "2012-10-17", "Statement": [DENY_ALL]})
    iam.put_user_policy(UserName=HELD, PolicyName="hold", PolicyDocument=deny)
    portal("iam").delete_user_policy(UserName=HELD, PolicyName="hold")
    portal("iam").remove_user_from_group(UserName=HELD, GroupName="firstday-members")
    with pytest.raises(ClientError, match=r"DeleteConflict.* must remove users from group first"):
        portal("iam").delete_user(UserName=HELD)
    assert [one["GroupName"] for one in iam.list_groups_for_user(UserName=HELD)["Groups"]] == [QUARANTINE]


def test_what_the_portal_gives_to_a_held_member_opens_nothing(portal: Client, sandbox: RunningSandbox) -> None:
    portal("iam").add_user_to_group(UserName=HELD, GroupName="developers")
    key = portal("iam").create_access_key(UserName=HELD)["AccessKey"]
    held = client_with(sandbox, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    with Refused("AccessDenied") as refused:
        held("iam").get_user(UserName=HELD)
    assert "with an explicit deny" in refused.message


# What IAM cannot stop, and what does.
def test_an_event_that_is_there_is_kept_by_the_codes_own_condition_only(
    portal: Client, sandbox: RunningSandbox, places: dict[str, str]
) -> None:
    """IAM cannot demand the condition: a taken-over portal can overwrite an event if it knows the key.

    Earlier events are in the table's point-in-time recovery, which the attempts above could not turn off.
    """
    dynamodb, table = portal("dynamodb"), places["audit"]
    before = event_of_the_member(sandbox, table)
    forged = {**before, "actor": {"S": "nobody"}}
    as_the_code_does = {"TableName": table, "Item": forged, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(TransactItems=[{"Put": as_the_code_does}])
    assert event_of_the_member(sandbox, table) == before
    dynamodb.put_item(TableName=table, Item=forged)
    assert event_of_the_member(sandbox, table) == forged
    sandbox.root("dynamodb").put_item(TableName=table, Item=before)


def test_an_administrators_enabled_device_cannot_be_deleted(portal: Client, sandbox: RunningSandbox) -> None:
    """The policy allows it for every device, as their names have no owner: IAM's own rule refuses it."""
    serial_number = f"arn:aws:iam::{IDENTITY}:mfa/{ADMIN}"
    with pytest.raises(ClientError, match="DeleteConflict"):
        portal("iam").delete_virtual_mfa_device(SerialNumber=serial_number)
    devices = sandbox.root("iam").list_mfa_devices(UserName=ADMIN)["MFADevices"]
    assert serial_number in [device["SerialNumber"] for device in devices]


def test_an_outsider_in_a_switch_role_group_gains_nothing(portal: Client, sandbox: RunningSandbox) -> None:
    """AddUserToGroup knows the group only, not the user: the roles' trust policies know members only."""
    outsider = new_user(sandbox.aws, path="/contractors/", device=True)
    portal("iam").add_user_to_group(UserName=outsider.name, GroupName="developers")
    role = {"RoleArn": f"{ROLES}/dev-SwitchRole-S3FullAccess", "RoleSessionName": outsider.name}
    with Refused("AccessDenied"):
        outsider.client("sts").assume_role(**role, **outsider.mfa())
    portal("iam").remove_user_from_group(UserName=outsider.name, GroupName="developers")


@pytest.mark.usefixtures("places")
def test_a_members_password_is_replaced_by_deleting_it(portal: Client, sandbox: RunningSandbox) -> None:
    """The role may not change one; deleting and creating, which it may, comes to the same."""
    iam, passwords = portal("iam"), ("correct Horse battery 1", "another Horse battery 2")
    iam.create_login_profile(UserName=MEMBER, Password=passwords[0])
    with Refused("AccessDenied"):
        iam.update_login_profile(UserName=MEMBER, Password=passwords[1])
    iam.delete_login_profile(UserName=MEMBER)
    iam.create_login_profile(UserName=MEMBER, Password=passwords[1])
    sandbox.root("iam").delete_login_profile(UserName=MEMBER)


def test_a_user_without_a_boundary_among_the_members_leads_as_far_as_their_policies(
    portal: Client, sandbox: RunningSandbox
) -> None:
    """Users that the portal creates have the boundary, others may not: the doctor names those."""
    root, name = sandbox.root("iam"), "put-there-by-hand"
    root.create_user(UserName=name, Path="/members/")
    root.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR)
    issued = portal("iam").create_access_key(UserName=name)["AccessKey"]
    theirs = client_with(sandbox, Credentials(issued["AccessKeyId"], issued["SecretAccessKey"]))
    assert theirs("iam").list_roles()["Roles"]
    root.delete_access_key(UserName=name, AccessKeyId=issued["AccessKeyId"])
    root.detach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR)
    root.delete_user(UserName=name)


def test_whoever_is_below_the_members_path_gets_into_no_role(sandbox: RunningSandbox) -> None:
    """It gets into no role of members or administrators, even with policies and groups from somebody else."""
    below = new_user(sandbox.aws, path="/members/below/", device=True)
    sandbox.root("iam").add_user_to_group(UserName=below.name, GroupName="developers")
    sandbox.root("iam").put_user_policy(UserName=below.name, PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
    for role in ("dev-SwitchRole-S3FullAccess", "firstday-admin"):
        with Refused("AccessDenied"):
            below.client("sts").assume_role(RoleArn=f"{ROLES}/{role}", RoleSessionName=below.name, **below.mfa())
