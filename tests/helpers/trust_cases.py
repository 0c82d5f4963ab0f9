"""Trust policies and what AWS makes of each: one table for the judge and for the embedded AWS.

``real_policies.json`` has policies of public repositories, retyped with other names, as of 2026-11-28. The others
are made: each mistake that is easily made in reading a policy, in two forms or more.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.conditions import Answer
from chalicelib.admin.policy_evaluation.trust import MFADemand

IDENTITY, OTHER = "123456789012", "210987654321"
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MEMBER = Caller("aws", IDENTITY, "dev", NOW)
# Stands for the unique ID of the user GONE, who was deleted.
GONE_ID, GONE = "AIDAEXAMPLE0000000GONE", "gone"

ROOT, VENDOR = f"arn:aws:iam::{IDENTITY}:root", f"arn:aws:iam::{OTHER}:root"
DEV, OPS = f"arn:aws:iam::{IDENTITY}:user/members/dev", f"arn:aws:iam::{IDENTITY}:user/members/ops"
ROLE = f"arn:aws:iam::{IDENTITY}:role/example-admin"
PRESENT, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"
MFA = {"Bool": {PRESENT: "true"}}
NO_MFA = {"BoolIfExists": {PRESENT: "false"}}
OWN_NAME = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
YES, NO, NOBODY = MFADemand.YES, MFADemand.NO, MFADemand.NOBODY


@dataclass(frozen=True, slots=True)
class Case:
    """``trusts`` is about the member dev with MFA; ``alone`` is whether they get in without any grant of theirs.

    With ``external_id``, the role trusts everybody whom it trusts.
    """

    policy: dict[str, Any]
    trusts: Answer
    mfa: MFADemand
    alone: Answer = False
    account: str = IDENTITY
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class GroupCase:
    """Policies of the member's groups, and whether they grant the role."""

    policies: list[Any]
    role_arn: str
    grants: Answer


def allow(principal: Any = ROOT, condition: Any = None, **more: Any) -> dict[str, Any]:
    """A statement of a trust policy; text is an AWS principal."""
    principal = {"AWS": principal} if isinstance(principal, str | list) else principal
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return statement | ({"Condition": condition} if condition else {})


def deny(condition: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}


def policy(*statements: dict[str, Any], version: str | None = "2012-10-17") -> dict[str, Any]:
    return ({"Version": version} if version else {}) | {"Statement": list(statements)}


def under(condition: Any, *statements: dict[str, Any]) -> dict[str, Any]:
    return policy(allow(ROOT, condition), *statements)


EVERYBODY = {
    "everybody": Case(policy(allow("*")), True, NO, alone=True),
    "everybody, in one word": Case(policy({**allow(), "Principal": "*"}), True, NO, alone=True),
    "everybody of the account with MFA": Case(
        policy(allow("*", {**MFA, "StringEquals": {"aws:PrincipalAccount": IDENTITY}})), True, YES, alone=True
    ),
    "everybody under members": Case(
        policy(allow("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/members/*"}})),
        True,
        NO,
        alone=True,
    ),
    "everybody of an organisation": Case(
        policy(allow("*", {"StringEquals": {"aws:PrincipalOrgID": "o-example111"}})), None, NO, alone=None
    ),
    "everybody with MFA, from another account": Case(policy(allow("*", MFA)), True, YES, account=OTHER),
    "everybody of another account": Case(
        policy(allow("*", {"StringEquals": {"aws:PrincipalAccount": OTHER}})), False, NOBODY
    ),
}
ANOTHER_USER = {
    "another user without MFA, by ARN": Case(policy(allow(ROOT, MFA), allow(OPS)), True, NO),
    "another user without MFA, by a condition on the ARN": Case(
        policy(allow(ROOT, MFA), allow(ROOT, {"ArnEquals": {"aws:PrincipalArn": OPS}})), True, NO
    ),
    "another user without MFA, by name": Case(
        policy(allow(ROOT, MFA), allow(ROOT, {"StringEquals": {"aws:username": "ops"}})), True, NO
    ),
    "other users without MFA, by a pattern": Case(
        policy(allow(ROOT, MFA), allow(ROOT, {"StringLike": {"aws:username": "o?s*"}})), True, NO
    ),
    "another user with MFA, by ARN": Case(policy(allow(ROOT, MFA), allow(OPS, MFA)), True, YES),
    "MFA is asked of the member alone": Case(
        under(None, deny({**NO_MFA, "ArnEquals": {"aws:PrincipalArn": DEV}})), True, NO
    ),
    "MFA is asked of every user": Case(
        under(None, deny({**NO_MFA, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}})), True, YES
    ),
    "a pattern in the Allow, and a wider one in the Deny": Case(
        under({"StringLike": {"aws:username": "de*"}}, deny({**NO_MFA, "StringLike": {"aws:username": "d*"}})),
        True,
        YES,
    ),
}
NO_IAM_USER = {
    "a service": Case(policy(allow({"Service": "ec2.amazonaws.com"})), False, NOBODY),
    "a role": Case(policy(allow(ROLE)), False, NOBODY),
    "a role with MFA": Case(policy(allow(ROLE, MFA)), False, NOBODY),
    "SAML": Case(
        policy(allow({"Federated": f"arn:aws:iam::{IDENTITY}:saml-provider/sso"}, Action="sts:AssumeRoleWithSAML")),
        False,
        NOBODY,
    ),
    "a vendor": Case(policy(allow(VENDOR)), False, NOBODY),
    "a vendor with MFA": Case(policy(allow(VENDOR, MFA)), False, NOBODY),
    "a vendor without MFA beside users with": Case(policy(allow(ROOT, MFA), allow(VENDOR)), True, NO),
    "roles by a condition": Case(
        under({**MFA, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-reserved/*"}}), False, NOBODY
    ),
    "a vendor's account, and users of another": Case(
        policy(allow(VENDOR, {**MFA, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/members/*"}})),
        False,
        NOBODY,
    ),
    "a user's ARN, and another name": Case(
        policy(allow(OPS, {**MFA, "StringLike": {"aws:username": "d*"}})), False, NOBODY
    ),
    "roles by their type": Case(under({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}), False, NOBODY),
    "an empty list": Case(policy(allow([])), False, NOBODY),
    "an empty list beside a service": Case(
        policy(allow({"AWS": [], "Service": "ec2.amazonaws.com"})), False, NOBODY
    ),
    "a role, under a user's name": Case(policy(allow(ROLE, OWN_NAME)), False, NOBODY),
    "a role with MFA, under a user's name": Case(policy(allow(ROLE, {**MFA, **OWN_NAME})), False, NOBODY),
    "variables in the old version": Case(
        policy(allow(ROOT, {**MFA, **OWN_NAME}), version="2008-10-17"), False, NOBODY
    ),
    "variables without a version": Case(policy(allow(ROOT, OWN_NAME), version=None), False, NOBODY),
    "a variable in an ARN, without a version": Case(
        policy(
            allow(ROOT, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/members/${aws:username}"}}),
            version=None,
        ),
        False,
        NOBODY,
    ),
    "no variables in the old version": Case(policy(allow(ROOT, MFA), version="2008-10-17"), True, YES),
    "a variable that keeps nobody out in the old version": Case(
        policy(allow(ROOT, {"StringNotLike": {"sts:RoleSessionName": "${aws:username}"}}), version=None), True, NO
    ),
}
EXTERNAL_ID = {
    "an external ID": Case(
        under({"StringEquals": {"sts:ExternalId": "example-7"}}), False, NO, external_id="example-7"
    ),
    "an external ID and MFA": Case(
        under({**MFA, "StringEquals": {"sts:ExternalId": "example-7"}}), False, YES, external_id="example-7"
    ),
    "an external ID by a pattern": Case(
        policy(allow(DEV, {"StringLike": {"sts:ExternalId": "e*7"}})), False, NO, external_id="example-7"
    ),
    "an external ID if there is one": Case(
        under({"StringEqualsIfExists": {"sts:ExternalId": "example-7"}}), True, NO, external_id="example-7"
    ),
    "no external ID": Case(under({"Null": {"sts:ExternalId": "true"}}), True, NO),
    "another external ID than one": Case(under({"StringNotEquals": {"sts:ExternalId": "x"}}), True, NO),
}
MFA_AGE = {
    "MFA and its age": Case(under({**MFA, "NumericLessThan": {AGE: "3600"}}), True, YES),
    "MFA's age alone": Case(under({"NumericLessThanEquals": {AGE: 3600}}), True, YES),
    "MFA's age is there": Case(under({"Null": {AGE: "false"}}), True, YES),
    "MFA's age if there is one": Case(under({"NumericLessThanIfExists": {AGE: "3600"}}), True, NO),
    "a Deny of old MFA": Case(under(None, deny({"NumericGreaterThan": {AGE: "3600"}})), True, NO),
    "a Deny of old MFA or none": Case(under(None, deny({"NumericGreaterThanIfExists": {AGE: "3600"}})), True, YES),
}
OWN_ARN = {
    "the member's ARN": Case(policy(allow(DEV)), True, NO, alone=True),
    "the member's ARN with MFA": Case(policy(allow([OPS, DEV], MFA)), True, YES, alone=True),
    "the member's ARN, from another account": Case(policy(allow(DEV)), True, NO, account=OTHER),
    "the account, and the member's name": Case(under({**MFA, "ArnEquals": {"aws:PrincipalArn": DEV}}), True, YES),
}
ALWAYS_KNOWN = {
    "over TLS": Case(under({"Bool": {"aws:SecureTransport": "true"}}), True, NO),
    "not over TLS": Case(under({"Bool": {"aws:SecureTransport": "false"}}), False, NOBODY),
    "a Deny without TLS": Case(under(MFA, deny({"Bool": {"aws:SecureTransport": "false"}})), True, YES),
    "not by a service": Case(under({"Bool": {"aws:ViaAWSService": "false"}}), True, NO),
    "by a service": Case(under({"Bool": {"aws:ViaAWSService": "true"}}), False, NOBODY),
    "not as a service": Case(under({**MFA, "Bool": {"aws:PrincipalIsAWSService": "false"}}), True, NO),
    "as a service": Case(under({"Bool": {"aws:PrincipalIsAWSService": "true"}}), False, NOBODY),
    "since a date": Case(under({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}), True, NO),
    "until a date": Case(
        under({**MFA, "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}), False, NOBODY
    ),
    "since a second": Case(under({"NumericGreaterThan": {"aws:EpochTime": "1767225600"}}), True, NO),
    "until a second": Case(under({"DateLessThanEquals": {"aws:EpochTime": "1767225600"}}), False, NOBODY),
    "a variable that has a default": Case(
        under({"StringEquals": {"aws:username": "${aws:FederatedProvider, 'dev'}"}}), True, NO
    ),
    "a variable that needs no default": Case(
        under({**MFA, "StringEquals": {"aws:username": "${ aws:UserName , 'x' }"}}), True, YES
    ),
    "a variable without a value": Case(
        under({"StringEquals": {"aws:username": "${aws:FederatedProvider}"}}), False, NOBODY
    ),
}
SET_OPERATORS = {
    "ForAllValues on MFA": Case(under({"ForAllValues:Bool": {PRESENT: "true"}}), True, NO),
    "ForAnyValue on MFA": Case(under({"ForAnyValue:Bool": {PRESENT: "true"}}), True, YES),
    "ForAnyValue on MFA if there is any": Case(under({"ForAnyValue:BoolIfExists": {PRESENT: "true"}}), True, NO),
    "ForAllValues on a name": Case(
        under({**MFA, "ForAllValues:StringEquals": {"aws:username": ["dev", "ops"]}}), True, YES
    ),
    "ForAnyValue on a name": Case(under({"ForAnyValue:StringNotEquals": {"aws:username": ["dev"]}}), False, NO),
    "ForAllValues on an absent key": Case(
        under({"ForAllValues:StringEquals": {"sts:ExternalId": "example-7"}}), True, NO, external_id="example-7"
    ),
}
DELETED_OR_ANOTHER = {
    "a user who was deleted": Case(policy(allow(GONE_ID)), False, NOBODY),
    "a user who was deleted, and MFA": Case(policy(allow(GONE_ID, MFA)), False, NOBODY),
    "a user who was deleted, and another": Case(policy(allow([GONE_ID, OPS], MFA)), False, YES),
    "a user of the same name, by name": Case(
        policy(allow("*", {"StringEquals": {"aws:username": "dev"}})), True, NO, alone=True
    ),
    "a user of the same name, in another account": Case(
        policy(allow(f"arn:aws:iam::{OTHER}:user/dev", MFA)), False, NOBODY
    ),
    "a user of the same name, by a condition": Case(
        under({**MFA, "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/dev"}}), False, YES
    ),
}
TRAPS = {
    "MFA true or false": Case(under({"Bool": {PRESENT: ["true", "false"]}}), True, NO),
    "MFA true or true": Case(under({"Bool": {PRESENT: ["true", "true"]}}), True, YES),
    "MFA as JSON's true": Case(under({"Bool": {PRESENT: True}}), True, YES),
    "BoolIfExists in an Allow": Case(under({"BoolIfExists": {PRESENT: "true"}}), True, NO),
    "BoolIfExists in an Allow to a user": Case(
        policy(allow(DEV, {"BoolIfExists": {PRESENT: ["true"]}})), True, NO, alone=True
    ),
    "BoolIfExists in a Deny": Case(under(None, deny(NO_MFA)), True, YES),
    "BoolIfExists in a Deny, for everybody": Case(policy(allow("*"), deny(NO_MFA)), True, YES, alone=True),
    "a Deny by Bool": Case(under(None, deny({"Bool": {PRESENT: "false"}})), True, NO),
    "a Deny by Null": Case(under(None, deny({"Null": {PRESENT: "true"}})), True, NO),
    "a Deny by both in one": Case(
        under(None, deny({"Bool": {PRESENT: "false"}, "Null": {PRESENT: "true"}})), True, NO
    ),
    "a Deny by each": Case(
        under(None, deny({"Bool": {PRESENT: "false"}}), deny({"Null": {PRESENT: "true"}})), True, YES
    ),
    "MFA is not false": Case(under({"StringNotEquals": {PRESENT: "false"}}), True, NO),
    "MFA is there": Case(under({"Null": {PRESENT: "false"}}), True, NO),
    "MFA must be false": Case(under({"Bool": {PRESENT: "false"}}), False, NO),
    "a Sid is no condition": Case(policy(allow(ROOT, Sid="RequireMFA")), True, NO),
    "a Sid is no condition, beside one on TLS": Case(
        policy(allow(DEV, {"Bool": {"aws:SecureTransport": "true"}}, Sid="EnforceMFA")), True, NO, alone=True
    ),
    "tags merged into the statement with MFA": Case(
        policy(allow(ROOT, MFA, Action=["sts:AssumeRole", "sts:TagSession"])), True, YES
    ),
    "tags allowed apart from MFA": Case(policy(allow(ROOT, MFA), allow(ROOT, Action="sts:TagSession")), True, YES),
    "everybody beside a service": Case(
        policy(allow({"AWS": "*", "Service": "ec2.amazonaws.com"}, MFA)), True, YES, alone=True
    ),
    "everybody beside a service, without MFA": Case(
        policy(allow({"AWS": "*", "Service": "ec2.amazonaws.com"})), True, NO, alone=True
    ),
    "one's own name and MFA": Case(under({**MFA, **OWN_NAME}), True, YES),
    "one's own name": Case(under(OWN_NAME), True, NO),
    "a Deny of other names": Case(
        under(MFA, deny({"StringNotLike": {"sts:RoleSessionName": "${aws:username}"}})), True, YES
    ),
}
MADE = {
    name: group[name]
    for group in (
        EVERYBODY,
        ANOTHER_USER,
        NO_IAM_USER,
        EXTERNAL_ID,
        MFA_AGE,
        OWN_ARN,
        ALWAYS_KNOWN,
        SET_OPERATORS,
        DELETED_OR_ANOTHER,
        TRAPS,
    )
    for name in group
}


def _read() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name("real_policies.json").read_text())
    return found


def _real(found: dict[str, Any]) -> Case:
    """In the file, null means of MFA that nobody of the account gets in."""
    right = found["right"]
    mfa = {True: YES, False: NO, None: NOBODY}[right["requires_mfa"]]
    account = OTHER if found.get("role_account") == "other" else IDENTITY
    return Case(
        found["policy"],
        right["trusts"],
        mfa,
        alone=_UNSTATED,
        account=account,
        external_id=found.get("external_id"),
    )


# The file does not say what a member gets without a grant.
_UNSTATED = None
REAL = {f"{one['id']}: {one['shape']}": _real(one) for one in _read() if one["kind"] == "trust"}
CASES = {**MADE, **REAL}

_ROLE = f"arn:aws:iam::{OTHER}:role/Developer"


def _grant(condition: Any = None, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": _ROLE, **more}
    statement = {name: value for name, value in statement.items() if value is not None}
    return statement | ({"Condition": condition} if condition else {})


GROUP_CASES = {
    "a grant": GroupCase([policy(_grant())], _ROLE, True),
    "a grant of another role": GroupCase([policy(_grant(Resource=_ROLE + "s"))], _ROLE, False),
    "a grant of every other role": GroupCase([policy(_grant(Resource=None, NotResource=_ROLE))], _ROLE, False),
    "a grant under one's own name": GroupCase([policy(_grant(OWN_NAME))], _ROLE, True),
    "a grant under one's own name, with MFA": GroupCase(
        [policy(_grant({**MFA, "StringEquals": {"sts:RoleSessionName": ["${aws:username}"]}}))], _ROLE, True
    ),
    "a grant under another name": GroupCase(
        [policy(_grant({"StringEquals": {"sts:RoleSessionName": "x-${aws:username}"}}))], _ROLE, False
    ),
    "a grant with MFA and its age": GroupCase(
        [policy(_grant({**MFA, "NumericLessThan": {AGE: "3600"}}))], _ROLE, True
    ),
    "a grant with variables in the old version": GroupCase(
        [policy(_grant(OWN_NAME), version="2008-10-17")], _ROLE, False
    ),
    "a grant with MFA, from requests of any kind": GroupCase(
        [policy(_grant({"BoolIfExists": {PRESENT: "true"}}))], _ROLE, True
    ),
    "a grant with MFA that is there": GroupCase([policy(_grant({"Null": {PRESENT: "false"}}))], _ROLE, True),
    "a grant with MFA and tags": GroupCase(
        [policy(_grant({**MFA, **OWN_NAME}, Action=["sts:AssumeRole", "sts:TagSession"]))], _ROLE, True
    ),
    "a grant with MFA, and one under one's own name": GroupCase(
        [policy(_grant(MFA)), policy(_grant(OWN_NAME))], _ROLE, True
    ),
    "a grant without MFA": GroupCase([policy(_grant({"BoolIfExists": {PRESENT: "false"}}))], _ROLE, False),
    "a grant of everything but IAM": GroupCase(
        [policy(_grant(OWN_NAME, Action=None, NotAction="iam:*", Resource="*"))], _ROLE, True
    ),
    "a grant of a role of one's own name": GroupCase(
        [policy(_grant(Resource=f"arn:aws:iam::{OTHER}:role/${{aws:username}}"))], _ROLE, False
    ),
    "a grant of roles by a pattern, and a Deny of some": GroupCase(
        [
            policy(
                _grant(MFA, Resource="arn:aws:iam::*:role/Dev*"),
                _grant(Effect="Deny", Resource="arn:aws:iam::*:role/Ops*"),
            )
        ],
        _ROLE,
        True,
    ),
    "a grant with an external ID": GroupCase(
        [policy(_grant({"StringEquals": {"sts:ExternalId": "example-7"}}))], _ROLE, False
    ),
    "a Deny without MFA beside it, by Bool": GroupCase(
        [policy(_grant()), policy(_grant({"Bool": {PRESENT: "false"}}, Effect="Deny", Resource="*"))], _ROLE, True
    ),
    "a Deny without MFA beside it, by Null": GroupCase(
        [policy(_grant()), policy(_grant({"Null": {PRESENT: "true"}}, Effect="Deny", Resource="*"))], _ROLE, True
    ),
    "a Deny without MFA beside it, by both": GroupCase(
        [
            policy(_grant()),
            policy(_grant({"Bool": {PRESENT: "false"}, "Null": {PRESENT: "true"}}, Effect="Deny", Resource="*")),
        ],
        _ROLE,
        True,
    ),
    "a Deny of old MFA, or none": GroupCase(
        [policy(_grant()), policy(_grant({"NumericGreaterThanIfExists": {AGE: "3600"}}, Effect="Deny"))],
        _ROLE,
        True,
    ),
    "a Deny with MFA, by mistake": GroupCase(
        [policy(_grant()), policy(_grant({"BoolIfExists": {PRESENT: "true"}}, Effect="Deny"))], _ROLE, False
    ),
    "a Deny of one group": GroupCase([policy(_grant()), policy(_grant(Effect="Deny", Resource="*"))], _ROLE, False),
    "a Deny under other names": GroupCase(
        [
            policy(_grant()),
            policy(_grant({"StringNotLike": {"sts:RoleSessionName": "${aws:username}"}}, Effect="Deny")),
        ],
        _ROLE,
        True,
    ),
    **{
        f"{one['id']}: {one['shape']}": GroupCase(one["policies"], one["role"], one["right"]["grants"])
        for one in _read()
        if one["kind"] == "group"
    },
}
