"""Sessions of the roles of the portal's functions, for tests of what these roles cannot do."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from chalicelib.aws.items import member_key
from tests.helpers.embedded_aws import root_session
from tests.helpers.running_sandbox import RunningSandbox

IDENTITY = "123456789012"
SWEEPER, KEY_RETIREMENT, KEY_AGEING, SUSPENSION = "sweeper", "key-retirement", "key-ageing", "firstday-suspension"
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Client = Callable[[str], Any]


def function_of(sandbox: RunningSandbox, name_part: str = "APIHandler") -> dict[str, Any]:
    """The function that answers the portal's requests, or the one with ``name_part`` in its name."""
    functions: list[dict[str, Any]] = sandbox.root("lambda").list_functions()["Functions"]
    (function,) = [one for one in functions if name_part in one["FunctionName"]]
    return function


@contextmanager
def lambda_credentials(sandbox: RunningSandbox, name_part: str = "APIHandler") -> Iterator[Credentials]:
    """Credentials of the Lambda function's role, whose trust policy lets an intruder in for the time being."""
    iam, intruder = sandbox.root("iam"), f"intruder-{uuid.uuid4().hex[:8]}"
    role = iam.get_role(RoleName=function_of(sandbox, name_part)["Role"].rpartition("/")[2])["Role"]
    trust = role["AssumeRolePolicyDocument"]
    opened = {"Effect": "Allow", "Principal": {"AWS": IDENTITY}, "Action": "sts:AssumeRole"}
    trust_too = {**trust, "Statement": [*trust["Statement"], opened]}
    iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=json.dumps(trust_too))
    # Root may not assume roles, so an administrator of everything does.
    iam.create_user(UserName=intruder)
    iam.put_user_policy(UserName=intruder, PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
    key = iam.create_access_key(UserName=intruder)["AccessKey"]
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    try:
        sts = client_with(sandbox, user)("sts")
        session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=intruder)["Credentials"]
        yield Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    finally:
        iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=json.dumps(trust))
        iam.delete_access_key(UserName=intruder, AccessKeyId=user.access_key)
        iam.delete_user_policy(UserName=intruder, PolicyName="all")
        iam.delete_user(UserName=intruder)


@contextmanager
def guardrail(sandbox: RunningSandbox, *actions: str) -> Iterator[None]:
    """An explicit Deny on the portal's role, as a service control policy would set it, for a while."""
    iam, role = sandbox.root("iam"), function_of(sandbox)["Role"].rpartition("/")[2]
    statement = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="guardrail", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="guardrail")


def client_with(sandbox: RunningSandbox, credentials: Credentials) -> Client:
    """Clients of the identity account with these credentials."""
    session = root_session(sandbox.aws)

    def client(service: str) -> Any:
        return session.client(
            service,
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
        )

    return client


def refused(call: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}, error.value


def assert_it_only_reads_records(role: Client, sandbox: RunningSandbox) -> None:
    """Of tables, the role reads the members'; it lists no users or devices, sees no log, becomes nobody else."""
    members, console, audit = (sandbox.table(part) for part in ("Members", "Console", "Audit"))
    dynamodb: Any = role("dynamodb")
    event = {"pk": {"S": "member#dev-simple-user"}, "sk": {"S": "x"}}
    assert dynamodb.get_item(TableName=members, Key=member_key("dev-simple-user"))
    refused(dynamodb.put_item, TableName=members, Item=member_key("dev-simple-user"))
    refused(dynamodb.delete_item, TableName=members, Key=member_key("dev-simple-user"))
    refused(dynamodb.get_item, TableName=audit, Key=event)
    refused(dynamodb.delete_item, TableName=audit, Key=event)
    refused(dynamodb.get_item, TableName=console, Key={"pk": {"S": "x"}})
    refused(role("iam").list_users)
    refused(role("iam").list_virtual_mfa_devices)
    refused(role("logs").describe_log_groups)
    admin = f"arn:aws:iam::{IDENTITY}:role/firstday-admin"
    refused(role("sts").assume_role, RoleArn=admin, RoleSessionName="intruder")
