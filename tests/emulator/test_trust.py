"""Roles' trust policies in the embedded AWS: what IAM stores, who gets in, and which grants that needs."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import (
    IDENTITY,
    TARGET,
    PlainMinistack,
    Refused,
    User,
    allow,
    document,
    new_role,
    new_user,
    root_client,
)

ASSUME = allow("sts:AssumeRole")
ROOT = {"AWS": f"arn:aws:iam::{IDENTITY}:root"}
MFA = "aws:MultiFactorAuthPresent"
VARIABLE = {"Condition": {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}}
OLD = "2008-10-17"


def assume(user: User, role_arn: str, **parameters: Any) -> Any:
    request = {"RoleArn": role_arn, "RoleSessionName": user.name, **parameters}
    return user.client("sts").assume_role(**request)["Credentials"]


def old_document(*statements: Mapping[str, Any], version: str | None = OLD) -> str:
    """A policy document that does not know policy variables; without Version, IAM takes it for such a one."""
    return json.dumps(({"Version": version} if version else {}) | {"Statement": list(statements)})


def trust(**changes: Any) -> dict[str, Any]:
    """A statement that lets everybody of the identity account in; None takes an element away."""
    statement = {"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole", **changes}
    return {name: value for name, value in statement.items() if value is not None}


def user_named(aws: EmbeddedAWS, name: str) -> str:
    """The ARN of a user, who is created if needed."""
    iam = root_client(aws, "iam")
    return str(iam.create_user(UserName=name, Path="/members/")["User"]["Arn"])


# Policy variables


@pytest.mark.parametrize("version", [OLD, None])
def test_variables_are_plain_text_in_a_trust_policy_of_the_old_version(
    aws: EmbeddedAWS, version: str | None
) -> None:
    iam = root_client(aws, "iam")
    user, role = new_user(aws, ASSUME), new_role(aws, {})
    name = role.rpartition("/")[2]
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=document(trust(**VARIABLE)))
    assume(user, role)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=old_document(trust(**VARIABLE), version=version))
    with Refused("AccessDenied"):
        assume(user, role)


@pytest.mark.parametrize("version", [OLD, None])
def test_variables_are_plain_text_in_a_users_policy_of_the_old_version(
    aws: EmbeddedAWS, version: str | None
) -> None:
    iam = root_client(aws, "iam")
    user = new_user(aws)
    itself = allow("iam:GetUser", resource=f"arn:aws:iam::{IDENTITY}:user/members/${{aws:username}}")
    named = allow("iam:ListUsers", Condition={"StringNotLike": {"aws:username": "${aws:username}"}})
    old = old_document(itself, named, version=version)
    for policy, is_filled in [(document(itself, named), True), (old, False)]:
        iam.put_user_policy(UserName=user.name, PolicyName="test", PolicyDocument=policy)
        for call, is_allowed in [("get_user", is_filled), ("list_users", not is_filled)]:
            if is_allowed:
                getattr(user.client("iam"), call)()
            else:
                with Refused("AccessDenied"):
                    getattr(user.client("iam"), call)()


@pytest.mark.parametrize(("policy_of", "is_allowed"), [(document, True), (old_document, False)])
def test_variables_of_a_buckets_policy_go_by_its_version_too(
    aws: EmbeddedAWS, policy_of: Any, is_allowed: bool
) -> None:
    bucket = f"own-{uuid.uuid4().hex[:8]}"
    s3 = root_client(aws, "s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
    user = new_user(aws)
    s3.put_object(Bucket=bucket, Key=user.name, Body=b"own")
    statement = allow("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/${{aws:username}}")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_of({**statement, "Principal": {"AWS": user.arn}}))
    if is_allowed:
        assert user.client("s3").get_object(Bucket=bucket, Key=user.name)["Body"].read() == b"own"
    else:
        with Refused("AccessDenied"):
            user.client("s3").get_object(Bucket=bucket, Key=user.name)


# Which grants are needed


@pytest.mark.parametrize("everybody", [{"AWS": "*"}, "*", None])
def test_a_users_arn_or_everybody_needs_no_grant_in_the_same_account(aws: EmbeddedAWS, everybody: Any) -> None:
    user, bounded = new_user(aws), new_user(aws)
    iam = root_client(aws, "iam")
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.put_user_permissions_boundary(UserName=bounded.name, PermissionsBoundary=boundary)
    for one in (user, bounded):
        assume(one, new_role(aws, {"Principal": everybody or {"AWS": one.arn}}))


def test_the_account_as_principal_needs_the_users_grant_and_the_boundarys(aws: EmbeddedAWS) -> None:
    for principal in (ROOT, {"AWS": IDENTITY}):
        with Refused("AccessDenied") as refused:
            assume(new_user(aws), new_role(aws, {"Principal": principal}))
        assert "because no identity-based policy allows the sts:AssumeRole action" in refused.message


def test_a_deny_of_the_users_own_outdoes_a_trust_policy_that_names_them(aws: EmbeddedAWS) -> None:
    user = new_user(aws, {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"})
    with Refused("AccessDenied") as refused:
        assume(user, new_role(aws, {"Principal": {"AWS": user.arn}}))
    assert "explicit deny" in refused.message


def test_the_conditions_of_a_trust_policy_that_names_the_user_hold(aws: EmbeddedAWS) -> None:
    user = new_user(aws, device=True)
    role = new_role(aws, {"Principal": {"AWS": user.arn}, "Condition": {"Bool": {MFA: "true"}}})
    with Refused("AccessDenied"):
        assume(user, role)
    assume(user, role, **user.mfa())


@pytest.mark.parametrize("is_everybody", [False, True])
def test_another_accounts_role_takes_a_grant_whoever_is_named(aws: EmbeddedAWS, is_everybody: bool) -> None:
    stranger, granted = new_user(aws), new_user(aws, ASSUME)
    principal = {"AWS": "*" if is_everybody else [stranger.arn, granted.arn]}
    role = new_role(aws, {"Principal": principal}, account=TARGET)
    with Refused("AccessDenied"):
        assume(stranger, role)
    assume(granted, role)


def test_plain_ministack_still_wants_a_grant_for_a_user_who_is_named(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    user = iam.create_user(UserName="named")["User"]
    key = iam.create_access_key(UserName="named")["AccessKey"]
    policy = document(trust(Principal={"AWS": user["Arn"]}))
    role = iam.create_role(RoleName="for-named", AssumeRolePolicyDocument=policy)["Role"]
    sts = plain.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=role["Arn"], RoleSessionName="named")


# The keys of every request


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:ViaAWSService": "false"}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, False),
        ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": "1767225600"}}, True),
        ({"StringLike": {"sts:RoleSessionName": "${aws:PrincipalTag/nick, 'user-'}*"}}, True),
    ],
)
def test_conditions_on_what_every_request_has_are_met_or_not(
    aws: EmbeddedAWS, condition: dict[str, Any], is_met: bool
) -> None:
    granted = new_user(aws, allow("sts:AssumeRole", Condition=condition))
    trusted = new_user(aws, ASSUME)
    for user, role in [(granted, new_role(aws, {})), (trusted, new_role(aws, {"Condition": condition}))]:
        if is_met:
            assume(user, role)
        else:
            with Refused("AccessDenied"):
                assume(user, role)


def test_plain_ministack_still_takes_a_request_for_one_without_tls(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    iam.create_user(UserName="over-tls")
    for operator, key, value in [
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:ViaAWSService", "false"),
        ("StringLike", "aws:username", "${aws:username}"),
    ]:
        policy = document(allow("iam:ListUsers", Condition={operator: {key: value}}))
        iam.put_user_policy(UserName="over-tls", PolicyName="test", PolicyDocument=policy)
        key_of = iam.create_access_key(UserName="over-tls")["AccessKey"]
        with Refused("AccessDenied"):
            plain.client("iam", key_of["AccessKeyId"], key_of["SecretAccessKey"]).list_users()


# A role's session


@pytest.mark.parametrize("condition", [{"BoolIfExists": {MFA: "true"}}, {"Null": {MFA: "true"}}])
def test_a_condition_on_mfa_lets_no_roles_session_on(aws: EmbeddedAWS, condition: dict[str, Any]) -> None:
    user = new_user(aws, ASSUME, device=True)
    first = new_role(aws, {}, ASSUME, allow("s3:*", Condition=condition))
    second = new_role(aws, {"Condition": condition})
    assume(user, second)  # an access key's requests lack the key
    session = assume(user, first, **user.mfa())
    with Refused("AccessDenied"):
        user.with_session("s3", session).list_buckets()
    with Refused("AccessDenied"):
        user.with_session("sts", session).assume_role(RoleArn=second, RoleSessionName=user.name)


def test_a_users_deny_without_mfa_does_not_follow_into_a_roles_session(aws: EmbeddedAWS) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {MFA: "false"}}}
    user = new_user(aws, ASSUME, deny, device=True)
    first, second = new_role(aws, {"Condition": {"Bool": {MFA: "true"}}}, ASSUME), new_role(aws, {})
    with Refused("AccessDenied"):
        assume(user, second)
    sts = user.with_session("sts", assume(user, first, **user.mfa()))
    sts.assume_role(RoleArn=second, RoleSessionName=user.name)


def test_a_users_session_has_the_users_name_and_a_roles_has_none(aws: EmbeddedAWS) -> None:
    user = new_user(aws, ASSUME)
    first = new_role(aws, {}, ASSUME)
    by_user, by_role = new_role(aws, VARIABLE), new_role(aws, {"Principal": {"AWS": first}, **VARIABLE})
    session = user.client("sts").get_session_token()["Credentials"]
    user.with_session("sts", session).assume_role(RoleArn=by_user, RoleSessionName=user.name)
    with Refused("AccessDenied"):
        user.with_session("sts", assume(user, first)).assume_role(RoleArn=by_role, RoleSessionName=user.name)


# Policies that IAM refuses to store

ARN = f"arn:aws:iam::{IDENTITY}"
MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "a group": ({"Principal": {"AWS": f"{ARN}:group/admins"}}, f'"AWS":"{ARN}:group/admins"'),
    "a group in a list": ({"Principal": {"AWS": [IDENTITY, f"{ARN}:group/admins"]}}, f'"AWS":"{ARN}:group/admins"'),
    "a wildcard in a user's ARN": ({"Principal": {"AWS": f"{ARN}:user/*"}}, f'"AWS":"{ARN}:user/*"'),
    "a wildcard in a name": ({"Principal": {"AWS": f"{ARN}:user/members/d?v"}}, "Invalid principal"),
    "a user who is not there": ({"Principal": {"AWS": f"{ARN}:user/nobody"}}, f'"AWS":"{ARN}:user/nobody"'),
    "a role that is not there": ({"Principal": {"AWS": f"{ARN}:role/nothing"}}, "Invalid principal"),
    "an id of nobody": ({"Principal": {"AWS": "AIDAEXAMPLE0000000001"}}, '"AWS":"AIDAEXAMPLE0000000001"'),
    "NotPrincipal": ({"Principal": None, "NotPrincipal": ROOT}, "Allow with NotPrincipal is not allowed."),
    "a Deny of NotPrincipal": ({"Effect": "Deny", "Principal": None, "NotPrincipal": ROOT}, "NotPrincipal"),
    "no Effect": ({"Effect": None}, "Missing required field Effect"),
    "no Action": ({"Action": None}, "Missing required field Action"),
    "no Principal": ({"Principal": None}, "Missing required field Principal"),
    "a Resource": ({"Resource": "*"}, "Has prohibited field Resource"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_trust_policy_that_iam_does_not_store_is_malformed(aws: EmbeddedAWS, what: str) -> None:
    iam = root_client(aws, "iam")
    changes, words = MALFORMED[what]
    name = new_role(aws, {}).rpartition("/")[2]
    policy = document(trust(**changes))
    with Refused("MalformedPolicyDocument") as refused:
        iam.create_role(RoleName=name + "-new", AssumeRolePolicyDocument=policy)
    assert (refused.status, words in refused.message) == (400, True), refused.message
    with Refused("MalformedPolicyDocument"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy)
    stored = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert stored["Statement"] == [trust()]


@pytest.mark.parametrize("junk", ["", "{", "[]", "{}", '{"Statement": []}', '{"Statement": ["x"]}'])
def test_what_is_no_policy_is_no_trust_policy(aws: EmbeddedAWS, junk: str) -> None:
    iam = root_client(aws, "iam")
    name = new_role(aws, {}).rpartition("/")[2]
    with pytest.raises(Exception, match=r"MalformedPolicyDocument|ParamValidation|Parameter validation"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=junk)


def test_other_principals_are_stored(aws: EmbeddedAWS) -> None:
    user, role = new_user(aws), new_role(aws, {})
    principals: tuple[Any, ...] = (
        "*",
        {"AWS": "*"},
        {"AWS": []},
        {"AWS": [user.arn, role, TARGET, "arn:aws:iam::999999999999:user/of-an-account-elsewhere"]},
        {"AWS": f"arn:aws:sts::{IDENTITY}:assumed-role/some-role/some-session"},
        {"AWS": "*", "Service": ["ec2.amazonaws.com"]},
        {"Federated": "arn:aws:iam::123456789012:saml-provider/sso"},
    )
    for principal in principals:
        new_role(aws, {"Principal": principal})


def test_a_policy_of_the_identity_side_names_no_principal(aws: EmbeddedAWS) -> None:
    iam = root_client(aws, "iam")
    policy = document({**ASSUME, "Principal": "*"})
    with Refused("MalformedPolicyDocument"):
        iam.put_user_policy(UserName=new_user(aws).name, PolicyName="test", PolicyDocument=policy)
    with Refused("MalformedPolicyDocument"):
        iam.create_policy(PolicyName="of-a-principal", PolicyDocument=policy)


def test_a_stack_does_not_make_such_a_role_either(aws: EmbeddedAWS) -> None:
    cloudformation = root_client(aws, "cloudformation")
    changes, words = MALFORMED["a user who is not there"]
    policy = {"Version": "2012-10-17", "Statement": [trust(**changes)]}
    resource = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy}}
    name = f"refused-{uuid.uuid4().hex[:8]}"
    cloudformation.create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": {"Role": resource}}), Capabilities=["CAPABILITY_IAM"]
    )
    with pytest.raises(Exception, match="Waiter"):
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert any(words in event.get("ResourceStatusReason", "") for event in events)


def test_plain_ministack_still_stores_such_trust_policies(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    for number, what in enumerate(MALFORMED):
        if "NotPrincipal" not in what:
            policy = document(trust(**MALFORMED[what][0]))
            iam.create_role(RoleName=f"malformed-{number}", AssumeRolePolicyDocument=policy)


# External ids


@pytest.mark.parametrize("version", ["2012-10-17", OLD, None])
@pytest.mark.parametrize("account", [IDENTITY, TARGET])
def test_an_external_id_that_is_asked_for_has_to_be_the_right_one(
    aws: EmbeddedAWS, version: str | None, account: str
) -> None:
    user, iam = new_user(aws, ASSUME), root_client(aws, "iam", account)
    role = new_role(aws, {}, account=account)
    statement = trust(Condition={"StringEquals": {"sts:ExternalId": "example:42/x=y"}})
    iam.update_assume_role_policy(
        RoleName=role.rpartition("/")[2], PolicyDocument=old_document(statement, version=version)
    )
    assume(user, role, ExternalId="example:42/x=y")
    for wrong in ({}, {"ExternalId": "example:42/X=y"}):
        with Refused("AccessDenied"):
            assume(user, role, **wrong)


def test_an_external_id_that_nobody_asks_for_does_no_harm(aws: EmbeddedAWS) -> None:
    assume(new_user(aws, ASSUME), new_role(aws, {}), ExternalId="example-42")


def test_an_external_id_of_other_characters_is_no_external_id(aws: EmbeddedAWS) -> None:
    with Refused("ValidationError") as refused:
        assume(new_user(aws, ASSUME), new_role(aws, {}), ExternalId="with space")
    assert "externalId" in refused.message


# A user who was deleted


def test_a_trust_policy_keeps_a_deleted_users_id_and_the_next_user_of_the_name_is_out(aws: EmbeddedAWS) -> None:
    iam = root_client(aws, "iam")
    name = f"user-{uuid.uuid4().hex[:8]}"
    arn = user_named(aws, name)
    first_id = iam.get_user(UserName=name)["User"]["UserId"]
    roles = [new_role(aws, {"Principal": {"AWS": arn}}), new_role(aws, {"Principal": {"AWS": [IDENTITY, arn]}})]
    by_name = new_role(aws, {"Principal": "*", "Condition": {"StringEquals": {"aws:username": name}}})
    by_arn = new_role(aws, {"Principal": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": arn}}})
    iam.delete_user(UserName=name)
    for role, principal in zip(roles, (first_id, [IDENTITY, first_id]), strict=True):
        found = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
        assert found["Statement"][0]["Principal"] == {"AWS": principal}
    assert user_named(aws, name) == arn
    key = iam.create_access_key(UserName=name)["AccessKey"]
    again = User(aws, name, arn, key["AccessKeyId"], key["SecretAccessKey"])
    for role in roles:
        with Refused("AccessDenied"):
            assume(again, role)
    assume(again, by_name)
    assume(again, by_arn)
