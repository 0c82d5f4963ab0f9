"""What the doctor says of roles that administer the portal by the settings."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.settings.records import Administrators, Role, SwitchRoleGroup
from firstday.doctor import administrator_findings
from firstday.doctor.findings import Check, Finding
from firstday.doctor.snapshot import IAMRole
from tests.helpers.doctor_snapshots import found_in, good_snapshot, with_identity
from tests.helpers.settings_makers import example_settings

ADMIN, DESK = "AWSReservedSSO_Admin_0123456789abcdef", "AWSReservedSSO_HelpDesk_0123456789abcdef"
SETTINGS = replace(
    example_settings(), administrators=Administrators(("AWSReservedSSO_Admin_*",), ("AWSReservedSSO_HelpDesk_*",))
)
IDENTITY_CENTER = "/aws-reserved/sso.amazonaws.com/ap-northeast-1/"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
BY_SAML = {"Federated": PROVIDER}
ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
MFA: dict[str, Any] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def allow(principal: object, action: str = "sts:AssumeRole", **condition: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action} | (
        {"Condition": condition} if condition else {}
    )


def made(name: str = ADMIN, path: str = IDENTITY_CENTER, *statements: object) -> IAMRole:
    by_saml = allow(
        BY_SAML, "sts:AssumeRoleWithSAML", StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"}
    )
    trust = {"Version": "2012-10-17", "Statement": list(statements) or [by_saml]}
    return IAMRole(name, f"arn:aws:iam::123456789012:role{path}{name}", trust)


def found(*roles: IAMRole) -> list[Finding]:
    snapshot = good_snapshot(SETTINGS)
    assert snapshot.identity is not None
    return found_in(SETTINGS, with_identity(snapshot, roles=(*snapshot.identity.roles, *roles)))


def test_each_role_of_an_identity_provider_is_listed_with_its_path_and_whom_it_trusts() -> None:
    admin, desk = found(made(), made(DESK))
    assert (admin.check, admin.severity, admin.subject) == ("administrators-role", "note", ADMIN)
    assert admin.message == (
        f"Its sessions may do everything in the portal. Its path is {IDENTITY_CENTER}. It trusts {PROVIDER}."
        " MFA is the provider's promise."
    )
    assert (desk.subject, desk.message.partition(".")[0]) == (DESK, "Its sessions are the help desk's")


def test_a_pattern_that_means_no_role_is_a_note() -> None:
    assert [(one.check, one.severity, one.subject) for one in found(made())[:1]] == [
        ("administrators-nobody", "note", "AWSReservedSSO_HelpDesk_*")
    ]
    assert len(found()) == 2


def test_a_role_with_the_name_of_identity_centers_that_somebody_else_made_is_a_warning() -> None:
    (one,) = [one for one in found(made(path="/"), made(DESK)) if one.subject == ADMIN]
    assert (one.check, one.severity) == ("administrators-made-by-hand", "warning")
    assert "Its path is /." in one.message


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (allow(ROOT), "IAM users get in without MFA."),
        (allow({"AWS": "123456789012"}, BoolIfExists={"aws:MultiFactorAuthPresent": "true"}), "without MFA."),
        (allow({"AWS": "arn:aws:iam::999999999999:root"}), "Whether IAM users need MFA cannot be told."),
        (allow({"AWS": "*"}), "Members of the portal may get in."),
        (
            allow({"AWS": "arn:aws:iam::123456789012:user/members/dev-simple-user"}, **MFA),
            "Members of the portal may",
        ),
        (
            allow({"AWS": "arn:aws:iam::123456789012:role/ci"}),
            "Sessions of arn:aws:iam::123456789012:role/ci get in",
        ),
        (allow({"Service": "ec2.amazonaws.com"}), "The service ec2.amazonaws.com gets in."),
        (
            allow({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity"),
            f"Whether {GITHUB} asks for MFA is not known",
        ),
    ],
)
def test_a_role_that_may_be_had_without_mfa_is_a_warning(statement: object, words: str) -> None:
    (one,) = [one for one in found(made(ADMIN, IDENTITY_CENTER, statement), made(DESK)) if one.subject == ADMIN]
    assert (one.check, one.severity) == ("administrators-without-mfa", "warning")
    assert words in one.message


def test_a_role_that_demands_mfa_is_none() -> None:
    found_ones = found(made(ADMIN, "/", allow(ROOT, **MFA)), made(DESK, IDENTITY_CENTER, allow(ROOT, **MFA)))
    assert [(one.check, one.subject) for one in found_ones] == [
        ("administrators-made-by-hand", ADMIN),
        ("administrators-role", DESK),
    ]
    assert found_ones[1].message.endswith("It trusts arn:aws:iam::123456789012:root. Users need MFA.")


def test_a_trust_policy_that_cannot_be_read_is_a_warning() -> None:
    unreadable = replace(made(), trust={})
    (one,) = [one for one in found(unreadable, made(DESK)) if one.subject == ADMIN]
    assert one.message.endswith("Its trust policy cannot be read.")


def test_a_role_that_members_switch_to_is_an_error_however_the_settings_write_its_name() -> None:
    switch_role = Role("admin", "123456789012", ADMIN.lower(), is_existing=True)
    settings = replace(SETTINGS, groups=(*SETTINGS.groups, SwitchRoleGroup("admins", (switch_role,))))
    snapshot = good_snapshot(SETTINGS)
    assert snapshot.identity is not None
    roles = (*snapshot.identity.roles, made(), made(DESK))
    (one,) = [one for one in found_in(settings, with_identity(snapshot, roles=roles)) if one.subject == ADMIN]
    assert (one.check, one.severity) == ("switch-role-administers", "error")


def test_firstdays_own_roles_are_none_of_these() -> None:
    wide = replace(SETTINGS, administrators=Administrators(("first*",)))
    roles = (made("firstday-ApiHandlerRole-X1Y2Z3", "/", allow({"Service": "lambda.amazonaws.com"})),)
    snapshot = good_snapshot(wide)
    assert snapshot.identity is not None
    assert found_in(wide, with_identity(snapshot, roles=(*snapshot.identity.roles, *roles))) == []


def test_every_kind_of_finding_says_why() -> None:
    kinds = [one for one in vars(administrator_findings).values() if isinstance(one, Check)]
    assert len(kinds) == 5
    assert all(one.why.endswith(".") for one in kinds)
