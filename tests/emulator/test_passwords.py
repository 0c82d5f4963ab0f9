"""Console passwords of the embedded AWS's users, under the policy of their account."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.members.passwords import PasswordPolicy, broken
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.stack import policies
from tests.helpers.embedded_aws import (
    IDENTITY,
    PlainMinistack,
    Refused,
    User,
    allow,
    document,
    new_user,
    root_client,
)
from tests.helpers.settings_makers import example_settings

GOOD, BETTER = "correct Horse battery 1", "correct Horse battery 2"


@pytest.fixture
def iam(aws: EmbeddedAWS) -> Iterator[Any]:
    client = root_client(aws, "iam")
    yield client
    try:
        client.delete_account_password_policy()
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchEntity"  # noqa: PT017


@pytest.mark.parametrize("password", ["aB3$aB3", "only small letters", "Capitals and small", "12345678 abcdef"])
def test_without_a_policy_of_the_account_aws_asks_for_three_kinds_of_characters(
    aws: EmbeddedAWS, iam: Any, password: str
) -> None:
    user = new_user(aws)
    with Refused("NoSuchEntity") as refused:
        iam.get_account_password_policy()
    assert refused.status == 404
    with Refused("PasswordPolicyViolation") as refused:
        iam.create_login_profile(UserName=user.name, Password=password)
    assert (refused.status, password in refused.message) == (400, False)
    iam.create_login_profile(UserName=user.name, Password=GOOD)


@pytest.mark.parametrize(
    ("demand", "password"),
    [
        ({"MinimumPasswordLength": 24}, GOOD),
        ({"RequireSymbols": True}, GOOD),
        ({"RequireNumbers": True}, "correct Horse battery"),
        ({"RequireUppercaseCharacters": True}, "correct horse battery 1"),
        ({"RequireLowercaseCharacters": True}, "CORRECT HORSE BATTERY 1"),
    ],
)
def test_the_policy_of_the_account_takes_the_place_of_aws_own(
    aws: EmbeddedAWS, iam: Any, demand: dict[str, Any], password: str
) -> None:
    user = new_user(aws)
    iam.update_account_password_policy(**demand)
    assert iam.get_account_password_policy()["PasswordPolicy"].items() >= demand.items()
    with Refused("PasswordPolicyViolation"):
        iam.create_login_profile(UserName=user.name, Password=password)
    iam.update_account_password_policy()
    iam.create_login_profile(UserName=user.name, Password="simple")
    with Refused("PasswordPolicyViolation"):
        iam.update_login_profile(UserName=user.name, Password="tiny")


def test_a_new_policy_says_all_and_keeps_nothing_of_the_one_before(iam: Any) -> None:
    iam.update_account_password_policy(MinimumPasswordLength=24, RequireSymbols=True, MaxPasswordAge=90)
    iam.update_account_password_policy(RequireNumbers=True)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["RequireSymbols"], policy["RequireNumbers"]) == (6, False, True)
    assert "MaxPasswordAge" not in policy


@pytest.mark.parametrize("password", ["aB3$" * 33, "パスワード-Abc123", "aB3$aB3$\x00"])
def test_what_is_no_password_is_refused_without_being_repeated(aws: EmbeddedAWS, iam: Any, password: str) -> None:
    user = new_user(aws)
    with Refused("ValidationError") as refused:
        iam.create_login_profile(UserName=user.name, Password=password)
    assert password not in refused.message
    with Refused("NoSuchEntity"):
        iam.get_login_profile(UserName=user.name)


def test_there_is_one_password_and_nobody_is_told_it(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    made = iam.create_login_profile(UserName=user.name, Password=GOOD)["LoginProfile"]
    assert (made["UserName"], made["PasswordResetRequired"]) == (user.name, False)
    with Refused("EntityAlreadyExists") as refused:
        iam.create_login_profile(UserName=user.name, Password="another-One-2")
    assert refused.status == 409
    found = iam.get_login_profile(UserName=user.name)["LoginProfile"]
    assert found.keys() == {"UserName", "CreateDate", "PasswordResetRequired"}
    assert GOOD not in aws.log_path.read_text(errors="replace")


def test_nobody_gets_a_password_who_does_not_exist(iam: Any) -> None:
    with Refused("NoSuchEntity") as refused:
        iam.create_login_profile(UserName="nobody-at-all", Password=GOOD)
    assert refused.status == 404


def test_a_permission_on_members_gives_no_password_to_others(aws: EmbeddedAWS) -> None:
    member, admin = new_user(aws), new_user(aws, path="/admins/")
    creating = allow("iam:CreateLoginProfile", resource=f"arn:aws:iam::{IDENTITY}:user/members/*")
    caller = new_user(aws, creating, allow("iam:GetAccountPasswordPolicy"), path="/portal/").client("iam")
    with Refused("NoSuchEntity"):
        caller.get_account_password_policy()
    caller.create_login_profile(UserName=member.name, Password=GOOD)
    with Refused("AccessDenied"):
        caller.create_login_profile(UserName=admin.name, Password=GOOD)
    with Refused("AccessDenied"):
        member.client("iam").get_account_password_policy()


def own(user: User) -> dict[str, Any]:
    return allow("iam:ChangePassword", resource=user.arn)


def test_a_user_changes_their_own_password_and_needs_the_old_one(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    iam.put_user_policy(UserName=user.name, PolicyName="own", PolicyDocument=document(own(user)))
    change = user.client("iam").change_password
    with Refused("NoSuchEntity"):
        change(OldPassword=GOOD, NewPassword=BETTER)
    iam.create_login_profile(UserName=user.name, Password=GOOD, PasswordResetRequired=True)
    with Refused("AccessDenied") as refused:
        change(OldPassword="guessed-One-1", NewPassword=BETTER)
    assert "old password was incorrect" in refused.message
    with Refused("PasswordPolicyViolation"):
        change(OldPassword=GOOD, NewPassword="tiny")
    change(OldPassword=GOOD, NewPassword=BETTER)
    assert iam.get_login_profile(UserName=user.name)["LoginProfile"]["PasswordResetRequired"] is False
    with Refused("AccessDenied"):
        change(OldPassword=GOOD, NewPassword=GOOD)
    iam.update_account_password_policy(PasswordReusePrevention=2)
    with Refused("PasswordPolicyViolation"):
        change(OldPassword=BETTER, NewPassword=GOOD)


def test_changing_a_password_is_authorised_on_the_caller_whatever_user_is_named(aws: EmbeddedAWS, iam: Any) -> None:
    other, user = new_user(aws), new_user(aws)
    iam.put_user_policy(UserName=user.name, PolicyName="other", PolicyDocument=document(own(other)))
    iam.create_login_profile(UserName=user.name, Password=GOOD)
    with Refused("AccessDenied") as refused:
        user.client("iam").change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert refused.message.startswith(f"User: {user.arn} is not authorized to perform: iam:ChangePassword on ")
    assert f"on resource: {user.arn} " in refused.message


def test_whoever_is_no_user_has_no_password_to_change(aws: EmbeddedAWS) -> None:
    with Refused("InvalidUserType"):
        root_client(aws, "iam").change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_an_expired_password_is_changed_with_mfa_and_without_it_the_rules_for_it_stay_hidden(
    aws: EmbeddedAWS, iam: Any
) -> None:
    """The console's page for an expired password reads the rules first, so it asks for MFA under the Deny."""
    settings = example_settings()
    user = new_user(aws, *settled(policies.member_baseline(settings)), device=True)
    boundary = {"Version": "2012-10-17", "Statement": settled(policies.member_boundary(settings))}
    made = iam.create_policy(PolicyName=f"of-{user.name}", PolicyDocument=json.dumps(boundary))
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=made["Policy"]["Arn"])
    iam.update_account_password_policy(MaxPasswordAge=1, AllowUsersToChangePassword=True)
    # No password expires before tomorrow: for the console, one that has to be reset is the same.
    iam.create_login_profile(UserName=user.name, Password=GOOD, PasswordResetRequired=True)
    key = user.client("iam")
    with Refused("AccessDenied") as refused:
        key.get_account_password_policy()
    assert "explicit deny" in refused.message
    key.change_password(OldPassword=GOOD, NewPassword=BETTER)
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    with_mfa = user.with_session("iam", session)
    assert with_mfa.get_account_password_policy()["PasswordPolicy"]["ExpirePasswords"] is True
    with_mfa.change_password(OldPassword=BETTER, NewPassword=GOOD)
    assert iam.get_login_profile(UserName=user.name)["LoginProfile"]["PasswordResetRequired"] is False


def settled(policy: Any) -> list[dict[str, Any]]:
    """The statements of a member's policy, except the one about the portal's API, which is not there."""
    return [statement for statement in policy["Statement"] if statement["Sid"] != "OwnPage"]


@given(password=st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_portal_foresees_what_is_refused(iam: Any, password: str) -> None:
    name = "password-chooser"
    if name not in {user["UserName"] for user in iam.list_users()["Users"]}:
        iam.create_user(UserName=name)
    is_taken = True
    try:
        iam.create_login_profile(UserName=name, Password=password)
        iam.delete_login_profile(UserName=name)
    except ClientError:
        is_taken = False
    # The portal refuses a space at either end, which IAM takes.
    assert (broken(PasswordPolicy(), password) == ()) is (is_taken and password == password.strip())


def test_plain_ministack_still_takes_any_password(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    iam.create_user(UserName="careless")
    iam.create_login_profile(UserName="careless", Password="a")
    iam.update_account_password_policy(MinimumPasswordLength=24)
    iam.update_account_password_policy(RequireNumbers=True)
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 24
