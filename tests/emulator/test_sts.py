"""MFA, role sessions and policies in STS of the embedded AWS."""

import time
from typing import Any

import pytest

from chalicelib.members.mfa import code_at
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
    steady_step,
)

EIGHT = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
    "iam:ChangePassword",
]
DENY_ALL_EXCEPT_LISTED_IF_NO_MFA = {
    "Effect": "Deny",
    "NotAction": EIGHT,
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
MFA_IS_PRESENT = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
ASSUME = allow("sts:AssumeRole")


@pytest.fixture
def member(aws: EmbeddedAWS) -> User:
    """A user under the Deny statement who may assume roles and do anything with S3."""
    return new_user(aws, DENY_ALL_EXCEPT_LISTED_IF_NO_MFA, ASSUME, allow("s3:*"), device=True)


@pytest.fixture(scope="module")
def mfa_role(aws: EmbeddedAWS) -> str:
    """A role whose trust policy requires MFA and the member's name as session name."""
    condition = {**MFA_IS_PRESENT["Condition"], "StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    return new_role(aws, {"Condition": condition}, allow("s3:*"), MaxSessionDuration=7200)


def assume(user: User, role_arn: str, **parameters: Any) -> Any:
    request = {"RoleArn": role_arn, "RoleSessionName": user.name, **parameters}
    return user.client("sts").assume_role(**request)["Credentials"]


def test_the_deny_statement_denies_long_term_keys_explicitly(member: User) -> None:
    with Refused("AccessDenied") as refused:
        member.client("s3").list_buckets()
    assert "is not authorized to perform: s3:ListAllMyBuckets" in refused.message
    assert "with an explicit deny in an identity-based policy" in refused.message


def test_the_deny_statement_lets_the_listed_actions_through(aws: EmbeddedAWS) -> None:
    user = new_user(aws, DENY_ALL_EXCEPT_LISTED_IF_NO_MFA, allow("iam:GetUser"))
    assert user.client("iam").get_user()["User"]["Arn"] == user.arn


def test_an_mfa_code_opens_the_role_and_the_role_lists_the_buckets(member: User, mfa_role: str) -> None:
    session = assume(member, mfa_role, **member.mfa())
    assert "Buckets" in member.with_session("s3", session).list_buckets()
    arn = member.with_session("sts", session).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{IDENTITY}:assumed-role/{mfa_role.rsplit('/')[-1]}/{member.name}"


def test_without_a_code_the_role_is_denied_explicitly(member: User, mfa_role: str) -> None:
    with Refused("AccessDenied") as refused:
        assume(member, mfa_role)
    assert refused.message == (
        f"User: {member.arn} is not authorized to perform: sts:AssumeRole on resource: {mfa_role} "
        "with an explicit deny in an identity-based policy"
    )


def test_the_trust_policy_requires_mfa_by_itself(aws: EmbeddedAWS, mfa_role: str) -> None:
    user = new_user(aws, ASSUME)
    with Refused("AccessDenied") as refused:
        assume(user, mfa_role)
    assert "explicit deny" not in refused.message


def test_a_wrong_code_is_refused_in_awss_words(member: User, mfa_role: str) -> None:
    for code in (member.code(-3), member.code(4), "000000"):
        with Refused("AccessDenied") as refused:
            assume(member, mfa_role, SerialNumber=member.serial_number, TokenCode=code)
        assert refused.message.startswith("MultiFactorAuthentication failed with invalid MFA one time pass code.")
        assert refused.status == 403


def test_a_code_works_once_and_so_do_all_before_it(member: User, mfa_role: str) -> None:
    mfa = member.mfa(1)
    assume(member, mfa_role, **mfa)
    with Refused("AccessDenied"):
        assume(member, mfa_role, **mfa)
    with Refused("AccessDenied"):
        assume(member, mfa_role, **member.mfa(0))
    with Refused("AccessDenied"):
        member.client("sts").get_session_token(**mfa)


def test_the_codes_that_enabled_the_device_are_used_up(aws: EmbeddedAWS, member: User, mfa_role: str) -> None:
    iam = root_client(aws, "iam")
    step = steady_step()
    iam.resync_mfa_device(
        UserName=member.name,
        SerialNumber=member.serial_number,
        AuthenticationCode1=code_at(member.seed, step),
        AuthenticationCode2=code_at(member.seed, step + 1),
    )
    for used in (step, step + 1):
        with Refused("AccessDenied"):
            assume(member, mfa_role, SerialNumber=member.serial_number, TokenCode=code_at(member.seed, used))


def test_the_device_must_be_the_callers_own(aws: EmbeddedAWS, member: User, mfa_role: str) -> None:
    other = new_user(aws, ASSUME, device=True)
    with Refused("AccessDenied") as refused:
        assume(member, mfa_role, **other.mfa())
    assert "verify your MFA serial number is valid and associated with this user" in refused.message
    with Refused("AccessDenied"):
        assume(member, mfa_role, SerialNumber=f"arn:aws:iam::{IDENTITY}:mfa/none", TokenCode="123456")


def test_a_serial_number_without_a_code_is_refused_and_the_reverse(member: User, mfa_role: str) -> None:
    for half in ({"SerialNumber": member.serial_number}, {"TokenCode": member.code()}):
        with Refused("AccessDenied") as refused:
            assume(member, mfa_role, **half)
        assert "must provide both MFA serial number and one time pass code" in refused.message


def test_plain_ministack_still_ignores_mfa_codes(plain: PlainMinistack) -> None:
    user = plain.client("iam").create_user(UserName="no-mfa")["User"]
    key = plain.client("iam").create_access_key(UserName=user["UserName"])["AccessKey"]
    sts = plain.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    sts.get_session_token(SerialNumber=f"arn:aws:iam::{IDENTITY}:mfa/none", TokenCode="000000")


def test_a_session_token_with_mfa_carries_it_and_its_age(aws: EmbeddedAWS) -> None:
    young = {
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "300"},
        }
    }
    user = new_user(aws, allow("s3:*", **young), device=True)
    with Refused("AccessDenied"):
        user.client("s3").list_buckets()
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    assert "Buckets" in user.with_session("s3", session).list_buckets()


def test_a_role_that_wants_a_young_code_takes_a_session_while_it_is_young_and_a_code_at_any_time(
    aws: EmbeddedAWS,
) -> None:
    def role_that_wants_a_code_younger_than(seconds: str) -> str:
        younger = {"NumericLessThan": {"aws:MultiFactorAuthAge": seconds}}
        return new_role(aws, {"Condition": {**MFA_IS_PRESENT["Condition"], **younger}}, allow("s3:*"))

    user = new_user(aws, ASSUME, allow("sts:GetSessionToken"), device=True)
    of_the_hour, of_the_second = map(role_that_wants_a_code_younger_than, ("3600", "1"))
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    sts = user.with_session("sts", session)
    time.sleep(1.1)
    assert sts.assume_role(RoleArn=of_the_hour, RoleSessionName=user.name)["Credentials"]
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=of_the_second, RoleSessionName=user.name)
    with Refused("AccessDenied"):
        assume(user, of_the_hour)  # without MFA there is no age, and so none below an hour
    other = new_user(aws, ASSUME, device=True)
    assert assume(other, of_the_second, **other.mfa())


def test_a_session_token_without_mfa_says_false(aws: EmbeddedAWS) -> None:
    says_false = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    user = new_user(aws, allow("s3:*", **says_false))
    with Refused("AccessDenied"):
        user.client("s3").list_buckets()  # a long-term key does not say anything
    session = user.client("sts").get_session_token()["Credentials"]
    assert "Buckets" in user.with_session("s3", session).list_buckets()


def test_a_role_session_says_that_there_was_no_mfa(aws: EmbeddedAWS) -> None:
    user = new_user(aws, ASSUME, device=True)
    says_false = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    role = new_role(aws, MFA_IS_PRESENT, allow("s3:*", **says_false), allow("iam:ListUsers", **MFA_IS_PRESENT))
    session = assume(user, role, **user.mfa())
    user.with_session("s3", session).list_buckets()
    with Refused("AccessDenied"):
        user.with_session("iam", session).list_users()


def test_the_session_name_must_be_the_users_where_the_trust_policy_insists(member: User, mfa_role: str) -> None:
    with Refused("AccessDenied"):
        assume(member, mfa_role, RoleSessionName="somebody-else", **member.mfa())


def test_identity_policies_see_the_session_name(aws: EmbeddedAWS) -> None:
    named = {"Condition": {"StringEquals": {"sts:RoleSessionName": "expected"}}}
    user = new_user(aws, allow("sts:AssumeRole", **named))
    role = new_role(aws, {})
    assume(user, role, RoleSessionName="expected")
    with Refused("AccessDenied"):
        assume(user, role, RoleSessionName="other")


@pytest.mark.parametrize("name", ["with space", "a", "n" * 65, "名前"])
def test_a_session_name_outside_of_the_pattern_is_refused(member: User, mfa_role: str, name: str) -> None:
    with pytest.raises(Exception, match=r"ValidationError|Parameter validation failed"):
        assume(member, mfa_role, RoleSessionName=name, **member.mfa())


def test_a_role_lasts_no_longer_than_its_maximum(member: User, mfa_role: str) -> None:
    assume(member, mfa_role, DurationSeconds=7200, **member.mfa(0))
    with Refused("ValidationError") as refused:
        assume(member, mfa_role, DurationSeconds=7201, **member.mfa(1))
    assert refused.message == ("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


def test_role_chaining_ends_after_an_hour(aws: EmbeddedAWS) -> None:
    first = new_role(aws, {}, ASSUME)
    second = new_role(aws, {}, MaxSessionDuration=43200)
    user = new_user(aws, ASSUME)
    sts = user.with_session("sts", assume(user, first))
    sts.assume_role(RoleArn=second, RoleSessionName=user.name, DurationSeconds=3600)
    with Refused("ValidationError") as refused:
        sts.assume_role(RoleArn=second, RoleSessionName=user.name, DurationSeconds=3601)
    assert "1 hour session limit for roles assumed by role chaining" in refused.message


def test_a_role_in_another_account_acts_there(aws: EmbeddedAWS, member: User) -> None:
    bucket = f"only-in-target-{member.name}"
    aws.session(TARGET).client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region}
    )
    role = new_role(aws, MFA_IS_PRESENT, allow("s3:*"), account=TARGET)
    session = assume(member, role, **member.mfa())
    names = [found["Name"] for found in member.with_session("s3", session).list_buckets()["Buckets"]]
    assert bucket in names
    identity = member.with_session("sts", session).get_caller_identity()
    assert identity["Account"] == TARGET


def test_another_accounts_role_needs_both_policies(aws: EmbeddedAWS) -> None:
    open_role = new_role(aws, {}, account=TARGET)
    closed_role = new_role(aws, {"Principal": {"AWS": new_user(aws).arn}}, account=TARGET)
    with Refused("AccessDenied"):
        assume(new_user(aws), open_role)
    with Refused("AccessDenied"):
        assume(new_user(aws, ASSUME), closed_role)
    assume(new_user(aws, ASSUME), open_role)


def test_a_role_is_found_by_its_whole_arn_only(aws: EmbeddedAWS) -> None:
    role = new_role(aws, {}, Path="/hidden/")
    user = new_user(aws, ASSUME)
    with Refused("AccessDenied"):
        assume(user, role.replace("/hidden/", "/"))
    with Refused("AccessDenied"):
        assume(user, role + "-of-nobody")


def test_the_root_user_assumes_no_role(aws: EmbeddedAWS) -> None:
    with Refused("AccessDenied") as refused:
        root_client(aws, "sts").assume_role(RoleArn=new_role(aws, {}), RoleSessionName="root")
    assert refused.message == "Roles may not be assumed by root accounts."


def test_a_permissions_boundary_bounds_a_user_and_what_the_user_may_assume(aws: EmbeddedAWS) -> None:
    iam = root_client(aws, "iam")
    user = new_user(aws, ASSUME, allow("s3:*"))
    boundary = iam.create_policy(
        PolicyName=f"boundary-{user.name}", Path="/members/", PolicyDocument=document(allow("iam:GetUser"))
    )["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=boundary)
    with Refused("AccessDenied"):
        user.client("s3").list_buckets()
    with Refused("AccessDenied"):
        assume(user, new_role(aws, {}))


@pytest.mark.parametrize("account", [IDENTITY, TARGET])
def test_the_resources_account_is_the_roles(aws: EmbeddedAWS, account: str) -> None:
    condition = {"StringEquals": {"aws:ResourceAccount": account}}
    user = new_user(aws, allow("sts:*", Condition=condition))
    of = {one: new_role(aws, {}, account=one) for one in (IDENTITY, TARGET)}
    assume(user, of[account])
    (other,) = of.keys() - {account}
    with Refused("AccessDenied"):
        assume(user, of[other])


def test_a_trust_policy_sees_the_roles_account_too(aws: EmbeddedAWS) -> None:
    user = new_user(aws, ASSUME)
    for account, is_trusted in ((TARGET, True), (IDENTITY, False)):
        role = new_role(aws, {"Condition": {"StringEquals": {"aws:ResourceAccount": account}}}, account=TARGET)
        if is_trusted:
            assume(user, role)
        else:
            with Refused("AccessDenied"):
                assume(user, role)
