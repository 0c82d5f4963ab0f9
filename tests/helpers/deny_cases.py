"""Policies with a Deny that depends on MFA, as organisations have them, and what each denies a member.

The names and lists are of public repositories and of AWS's documentation, as of November 2026, retyped.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.settings.records import ALLOWED_WITHOUT_MFA
from firstday.doctor.left_actions import EVERYTHING, Left
from firstday.doctor.mfa_denies import Asked, Denied, WithoutMFA

IDENTITY = "123456789012"
NAME = "dev-simple-user"
DEV, STG = f"arn:aws:iam::{IDENTITY}:role/dev-deploy", "arn:aws:iam::210987654321:role/stg-read"
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ASKED = Asked(Caller("aws", IDENTITY, NAME, NOW), ALLOWED_WITHOUT_MFA, (DEV, STG))
PRESENT, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
IF_EXISTS = {"BoolIfExists": {PRESENT: "false"}}
FALSE, ABSENT = {"Bool": {PRESENT: "false"}}, {"Null": {PRESENT: "true"}}
ITSELF = "arn:aws:iam::*:user/members/${aws:username}"
OWN = [f"arn:aws:iam::*:{kind}/${{aws:username}}" for kind in ("mfa", "user")]
DEVICE = ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
DOCUMENTED = [
    *DEVICE,
    "iam:GetUser",
    "iam:GetMFADevice",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
]
# What older pages of AWS leave to users without MFA, among others.
FORMER = ["iam:ListVirtualMFADevices", "iam:ListMFADevices", "iam:ListUsers", *DEVICE, "iam:ResyncMFADevice"]


@dataclass(frozen=True)
class Case:
    """``denied`` is None of a policy that has nothing to be told."""

    policy: dict[str, Any]
    denied: Denied | None
    apart: bool = field(default=False)


def deny(condition: Any = None, **elements: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Resource": "*", **elements}
    statement = {name: value for name, value in statement.items() if value is not None}
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def alike(more: tuple[str, ...] = (), left: Left = Left(), **others: Any) -> Denied:  # noqa: B008  # it is frozen
    """The same by access key and in a session without MFA."""
    without = WithoutMFA(more, left)
    return Denied(by_key=without, in_session=without, **others)


SAME = WithoutMFA((), Left())
NOTHING = alike((), EVERYTHING)
CHANGE = ("iam:ChangePassword",)


def only(*patterns: str) -> Left:
    return Left(patterns, is_all_but=True)


def _in_order(*actions: str) -> tuple[str, ...]:
    return tuple(action for action in ALLOWED_WITHOUT_MFA if action in actions)


FORMS = {
    "AWS's own": Case(policy(deny(IF_EXISTS, NotAction=DOCUMENTED)), alike(CHANGE, Left(("iam:GetMFADevice",)))),
    "the settings' own": Case(policy(deny(IF_EXISTS, NotAction=list(ALLOWED_WITHOUT_MFA))), alike()),
    "other capitals, another order, false without quotes": Case(
        policy(
            deny(
                {"BoolIfExists": {"AWS:multifactorauthpresent": [False]}},
                NotAction=[action.upper() for action in reversed(ALLOWED_WITHOUT_MFA)],
            )
        ),
        alike(),
    ),
    "the old version": Case(
        policy(deny(IF_EXISTS, NotAction=list(ALLOWED_WITHOUT_MFA)), version="2008-10-17"), alike()
    ),
    "one statement, not in a list": Case(
        {"Version": "2012-10-17", "Statement": deny(IF_EXISTS, NotAction="iam:ChangePassword")},
        alike(_in_order(*(one for one in ALLOWED_WITHOUT_MFA if one != "iam:ChangePassword"))),
    ),
    "beside a Deny for a service": Case(
        policy(deny({"BoolIfExists": {PRESENT: "false", "aws:ViaAWSService": "false"}}, NotAction=DOCUMENTED)),
        alike(CHANGE, Left(("iam:GetMFADevice",))),
    ),
    "the settings' own, beside an action that is denied to everybody": Case(
        policy(deny(IF_EXISTS, NotAction=list(ALLOWED_WITHOUT_MFA)), deny(Action="iam:ChangePassword")),
        alike(CHANGE),
    ),
    "everything": Case(policy(deny(IF_EXISTS, Action="*")), alike(ALLOWED_WITHOUT_MFA)),
    "everything, with a colon": Case(policy(deny(IF_EXISTS, Action=["*:*"])), alike(ALLOWED_WITHOUT_MFA)),
    "one service": Case(policy(deny(IF_EXISTS, Action=["s3:*"])), alike((), only("s3:*"))),
    "services in statements": Case(
        policy(deny(IF_EXISTS, Action="s3:*"), deny(IF_EXISTS, Action=["ec2:TerminateInstances", "s3:*"])),
        alike((), only("ec2:TerminateInstances", "s3:*")),
    ),
    "roles alone": Case(policy(deny(IF_EXISTS, Action="sts:AssumeRole")), alike((), only("sts:AssumeRole"))),
    "one action of the first day": Case(
        policy(deny(IF_EXISTS, Action="iam:changepassword")), alike(CHANGE, only("iam:changepassword"))
    ),
    "wildcards that are left": Case(
        policy(deny(IF_EXISTS, NotAction=["iam:List*", "iam:*MFADevice", "iam:GetUser", "sts:GetSessionToken"])),
        alike(CHANGE, Left(("iam:*MFADevice", "iam:List*"))),
    ),
    "one service that is left": Case(
        policy(deny(ABSENT_AGE := {"Null": {AGE: "true"}}, NotAction="iam:*")),
        alike(("sts:GetSessionToken",), Left(("iam:*",))),
    ),
    "what two statements leave": Case(
        policy(deny(ABSENT_AGE, NotAction="iam:*"), deny(ABSENT_AGE, NotAction=[*FORMER, "iam:ChangePassword"])),
        alike(_in_order("iam:GetUser", "sts:GetSessionToken"), Left(("iam:ListUsers",))),
    ),
    "wildcards that may meet": Case(
        policy(
            deny(IF_EXISTS, NotAction=["iam:*MFADevices", "iam:ChangePassword"]),
            deny(IF_EXISTS, NotAction=["iam:List*", "s3:*"]),
        ),
        alike(
            _in_order(*DEVICE, "iam:GetUser", "iam:ResyncMFADevice", "iam:ChangePassword", "sts:GetSessionToken"),
            Left(("iam:*MFADevices that are iam:List* too",)),
        ),
    ),
    "what is left, and denied by another": Case(
        policy(deny(IF_EXISTS, NotAction=DOCUMENTED), deny(IF_EXISTS, Action="iam:Get*")),
        alike(_in_order("iam:GetUser", "iam:ChangePassword")),
    ),
}
OPERATORS = {
    "Bool": Case(
        policy(deny(FALSE, NotAction=DOCUMENTED)),
        Denied(by_key=WithoutMFA(), in_session=WithoutMFA(CHANGE, Left(("iam:GetMFADevice",)))),
    ),
    "Null": Case(
        policy(deny(ABSENT, NotAction=DOCUMENTED)),
        Denied(by_key=WithoutMFA(CHANGE, Left(("iam:GetMFADevice",))), in_session=WithoutMFA()),
    ),
    "Bool and Null in one statement": Case(
        policy(deny({**FALSE, **ABSENT}, NotAction=DOCUMENTED)), replace(NOTHING, is_never=True)
    ),
    "Bool and Null in two statements": Case(
        policy(deny(FALSE, NotAction=list(ALLOWED_WITHOUT_MFA)), deny(ABSENT, NotAction=list(ALLOWED_WITHOUT_MFA))),
        alike(),
    ),
    "not true": Case(
        policy(deny({"StringNotEquals": {PRESENT: "true"}}, NotAction=DOCUMENTED)),
        alike(CHANGE, Left(("iam:GetMFADevice",))),
    ),
    "ForAllValues": Case(
        policy(deny({"ForAllValues:Bool": {PRESENT: "false"}}, NotAction=list(ALLOWED_WITHOUT_MFA))), alike()
    ),
    "with MFA, by mistake": Case(
        policy(deny({"BoolIfExists": {PRESENT: "true"}}, NotAction=DOCUMENTED)),
        Denied(
            by_key=WithoutMFA(CHANGE, Left(("iam:GetMFADevice",))),
            in_session=WithoutMFA(),
            closed=(DEV, STG),
        ),
    ),
    "MFA of a lesser age": Case(
        policy(deny({"NumericLessThan": {AGE: "60"}}, Action="sts:AssumeRole")), replace(NOTHING, closed=(DEV, STG))
    ),
    "MFA of an hour": Case(
        policy(deny({"NumericGreaterThan": {AGE: "3600"}}, Action="sts:*")), replace(NOTHING, closed_after=3600)
    ),
    "MFA of an hour, or none": Case(
        policy(deny({"NumericGreaterThanIfExists": {AGE: 3600}}, NotAction=list(ALLOWED_WITHOUT_MFA))),
        alike(closed_after=3600),
    ),
    "MFA of an hour, for one role": Case(
        policy(deny({"NumericGreaterThanEquals": {AGE: ["3600"]}}, Action="sts:AssumeRole", Resource=STG)),
        replace(NOTHING, closed_after=3600),
    ),
    "MFA of an hour, for S3 alone": Case(
        policy(deny({"NumericGreaterThan": {AGE: "3600"}}, Action="s3:*")), NOTHING
    ),
    "MFA of a day": Case(policy(deny({"NumericGreaterThan": {AGE: "86400"}}, Action="*")), NOTHING),
}
RESOURCES = {
    "some buckets": Case(
        policy(deny(IF_EXISTS, Action="s3:*", Resource=["arn:aws:s3:::example/*"])),
        replace(NOTHING, limited=("arn:aws:s3:::example/*",)),
    ),
    "everything on some buckets": Case(
        policy(deny(IF_EXISTS, NotAction="iam:*", Resource="arn:aws:s3:::example")),
        replace(NOTHING, limited=("arn:aws:s3:::example",)),
    ),
    "members themselves": Case(
        policy(deny(IF_EXISTS, Action="iam:ChangePassword", Resource=ITSELF)),
        alike(CHANGE, EVERYTHING, limited=(ITSELF,)),
    ),
    "users and devices of others, whom a path makes of members": Case(
        policy(deny(ABSENT_AGE, Action=[*DEVICE, "iam:ResyncMFADevice"], Resource=None, NotResource=OWN)),
        alike(
            _in_order("iam:EnableMFADevice", "iam:ResyncMFADevice"),
            EVERYTHING,
            limited=(f"all but {OWN[0]}, {OWN[1]}",),
        ),
    ),
    "a variable in the old version": Case(
        policy(
            deny(IF_EXISTS, Action=DEVICE[0], Resource="arn:aws:iam::*:mfa/${aws:username}"), version="2008-10-17"
        ),
        replace(NOTHING, limited=("arn:aws:iam::*:mfa/${aws:username}",)),
    ),
    "one user": Case(
        policy(deny(IF_EXISTS, Action="iam:*", Resource=f"arn:aws:iam::{IDENTITY}:user/members/{NAME}")),
        alike(
            _in_order("iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice", *CHANGE),
            EVERYTHING,
            limited=(f"arn:aws:iam::{IDENTITY}:user/members/{NAME}",),
        ),
        apart=True,
    ),
    "an action whose resource is not known": Case(
        policy(deny(IF_EXISTS, Action="sts:GetSessionToken", Resource="arn:aws:iam::*:user/*")),
        replace(NOTHING, limited=("arn:aws:iam::*:user/*",)),
    ),
}
WITH_MFA_TOO = {
    "a role": Case(
        policy(deny(Action="sts:AssumeRole", Resource=DEV)),
        replace(NOTHING, closed=(DEV,), has_mfa=False, is_never=True),
    ),
    "all roles but one": Case(
        policy(deny(Action="sts:Assume*", Resource=None, NotResource="arn:aws:iam::*:role/stg-*")),
        replace(NOTHING, closed=(DEV,), has_mfa=False, is_never=True),
    ),
    "everything at all": Case(
        policy(deny(Action="*")), replace(NOTHING, closed=(DEV, STG), has_mfa=False, is_never=True)
    ),
    "another session name": Case(
        policy(deny({"StringNotLike": {"sts:RoleSessionName": "${aws:username}"}}, Action="sts:AssumeRole")), None
    ),
    "a session name that the member has": Case(
        policy(deny({"StringNotLike": {"sts:RoleSessionName": "dev-*"}}, Action="sts:AssumeRole")), None, apart=True
    ),
    "a session name that the member does not have": Case(
        policy(deny({"StringNotLike": {"sts:RoleSessionName": "ops-*"}}, Action="sts:AssumeRole")),
        replace(NOTHING, closed=(DEV, STG), has_mfa=False, is_never=True),
        apart=True,
    ),
    "all roles but that of the member's name": Case(
        policy(deny(Action="sts:AssumeRole", Resource=None, NotResource="arn:aws:iam::*:role/${aws:username}")),
        replace(NOTHING, closed=(DEV, STG), has_mfa=False, is_never=True),
        apart=True,
    ),
    "something else": Case(policy(deny(Action="s3:DeleteBucket")), None),
    "no Deny": Case(policy({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": FALSE}), None),
    "no policy": Case({}, None),
}
UNKNOWN = {
    "outside an office": Case(
        policy(deny({"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}, NotAction="iam:*")),
        replace(NOTHING, unknown=("aws:SourceIp",), has_mfa=False, is_never=True),
    ),
    "without MFA outside an office": Case(
        policy(deny({**IF_EXISTS, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, NotAction=DOCUMENTED)),
        replace(NOTHING, unknown=("aws:SourceIp",), is_never=True),
    ),
    "without MFA, and by a tag": Case(
        policy(
            deny(IF_EXISTS, NotAction=DOCUMENTED),
            deny({**IF_EXISTS, "StringEquals": {"aws:PrincipalTag/team": "x"}}, Action="iam:GetUser"),
        ),
        alike(CHANGE, Left(("iam:GetMFADevice",)), unknown=("aws:PrincipalTag/team",)),
    ),
    "an operator that nobody knows": Case(
        policy(deny({"BoolWhatever": {PRESENT: "false"}}, NotAction=DOCUMENTED)),
        replace(NOTHING, unknown=("something that cannot be judged",), is_never=True),
    ),
    "an unknown condition on what does not concern members": Case(
        policy(deny({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, Action="ec2:*")), None
    ),
}
USERS = {
    "everybody but one": Case(
        policy(
            deny(
                {**IF_EXISTS, "StringNotEquals": {"aws:username": "break-glass"}},
                NotAction=list(ALLOWED_WITHOUT_MFA),
            )
        ),
        alike(),
        apart=True,
    ),
    "one alone": Case(
        policy(deny({**IF_EXISTS, "StringEquals": {"aws:username": "break-glass"}}, NotAction=DOCUMENTED)),
        replace(NOTHING, is_never=True),
        apart=True,
    ),
}
CASES = {**FORMS, **OPERATORS, **RESOURCES, **WITH_MFA_TOO, **UNKNOWN, **USERS}
