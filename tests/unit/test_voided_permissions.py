"""What a user's policies allow and the members' boundary does not leave, and what of it was used."""

from datetime import UTC, datetime
from typing import Any

import pytest

from firstday.adoption.found_account import HeldPolicy
from firstday.adoption.moving_user import MovingUser
from firstday.adoption.service_losses import ServiceLoss, Usage, losses
from firstday.adoption.voided_permissions import Assumable, allows, assumable, voided, widened
from firstday.stack.policies import member_boundary
from tests.helpers.adoptable_user import allowing
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
BOUNDARY = member_boundary(SETTINGS)
ROLES = [role.arn(SETTINGS.partition) for role in SETTINGS.roles]
USER = MovingUser("aws", "123456789012", "legacy-user", "/dev/")
OWN = "arn:aws:iam::123456789012:user/${aws:username}"
USED = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def held(*actions: str, resource: Any = "*") -> HeldPolicy:
    return HeldPolicy("own", allowing(*actions, resource=resource))


def of(*policies: HeldPolicy) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.action, one.left) for one in voided(policies, BOUNDARY, USER)]


@pytest.mark.parametrize(
    "action", ["s3:GetObject", "s3:*", "ec2:Describe*", "iam:CreateAccessKey", "sts:GetFederationToken"]
)
def test_what_the_boundary_does_not_have_stops(action: str) -> None:
    assert of(held(action)) == [(action, ())]


@pytest.mark.parametrize(
    "action", ["sts:GetSessionToken", "iam:ListVirtualMFADevices", "IAM:getaccountpasswordpolicy"]
)
def test_what_the_boundary_has_for_everything_stays(action: str) -> None:
    assert of(held(action)) == []


@pytest.mark.parametrize("path", ["dev/legacy-user", "dev/${aws:username}"])
def test_what_concerns_the_own_user_stays(path: str) -> None:
    assert of(held("iam:ChangePassword", resource=f"arn:aws:iam::123456789012:user/{path}")) == []


@pytest.mark.parametrize("path", ["legacy-user", "dev/legacy-user", "dev/${aws:username}", "dev/*"])
def test_what_goes_by_the_former_path_stops_but_for_what_the_baseline_has(path: str) -> None:
    user = MovingUser("aws", "123456789012", "legacy-user", "/" if path == "legacy-user" else "/dev/")
    own = held("iam:EnableMFADevice", "iam:*", resource=f"arn:aws:iam::123456789012:user/{path}")
    found = {one.action: one.left for one in voided([own], BOUNDARY, user)}
    assert found["iam:EnableMFADevice"] == ()
    assert found["iam:*"] == ("iam:ChangePassword", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice")


def test_what_concerned_other_users_stops_and_says_what_stays() -> None:
    assert of(held("iam:GetUser")) == [("iam:GetUser", ("iam:GetUser",))]


def test_a_pattern_stops_but_for_what_is_in_the_boundary() -> None:
    ((action, left),) = of(held("iam:List*"))
    assert (action, left) == ("iam:List*", ("iam:ListMFADevices", "iam:ListVirtualMFADevices"))


def test_everything_and_all_but_something_stop() -> None:
    document = {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}
    wide = voided([held("*"), HeldPolicy("power", document)], BOUNDARY, USER)
    assert [(one.service, one.action, one.is_all_but) for one in wide] == [("*", "*", False), ("*", "iam:*", True)]


def test_what_is_denied_is_not_counted() -> None:
    document = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert of(HeldPolicy("deny", document)) == []


def test_roles_of_the_settings_stay_and_others_stop() -> None:
    other = "arn:aws:iam::123456789012:role/old-deployer"
    found = held("sts:AssumeRole", resource=[ROLES[0], other])
    assert of(found) == []
    assert assumable([found], ROLES) == Assumable((ROLES[0],), (other,))


def test_a_pattern_of_roles_stays_for_those_of_the_settings_and_stops_for_others() -> None:
    assert assumable([held("sts:*")], ROLES) == Assumable(tuple(ROLES), ("*",))


def test_what_the_former_boundary_kept_away_is_told() -> None:
    policies = [held("sts:AssumeRole", "iam:ChangePassword", "s3:*")]
    assert widened(policies, allowing("s3:*"), BOUNDARY, ROLES) == ("iam:ChangePassword", *ROLES)
    assert widened(policies, allowing("*"), BOUNDARY, ROLES) == ()


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*", "NotResource": ROLES[0]},
        {"Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
    ],
)
def test_a_limit_of_the_former_boundary_that_cannot_be_told_counts_as_one(statement: Any) -> None:
    former = {"Statement": [{"Effect": "Allow", **statement}]}
    assert ROLES[0] in widened([held("*")], former, BOUNDARY, ROLES)


def test_what_the_former_boundary_denied_is_told() -> None:
    former = allowing("*")
    former["Statement"] = [
        *([former["Statement"]] if isinstance(former["Statement"], dict) else former["Statement"]),
        {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": ROLES[0]},
    ]
    assert set(ROLES) <= set(widened([held("*")], former, BOUNDARY, ROLES))


def test_who_may_register_a_device_by_a_policy_of_their_own_is_found() -> None:
    assert allows([held("iam:*")], "iam:EnableMFADevice", USER.arn_after)
    assert not allows([held("s3:*")], "iam:EnableMFADevice", USER.arn_after)
    assert not allows([held("iam:*", resource=USER.arn_before)], "iam:EnableMFADevice", USER.arn_after)


# Beside what was used.
def lost(usage: Usage, *policies: HeldPolicy) -> tuple[ServiceLoss, ...]:
    return losses(voided(policies, BOUNDARY, USER), usage)


def test_what_was_used_comes_first_and_stops() -> None:
    found = lost(Usage({"s3": USED, "ec2": None}), held("ec2:*", "s3:GetObject", "s3:PutObject"))
    assert [(one.service, one.actions, one.used_at, one.stops) for one in found] == [
        ("s3", ("GetObject", "PutObject"), USED, True),
        ("ec2", ("*",), None, False),
    ]


@pytest.mark.parametrize("usage", [Usage(unknown="not permitted"), Usage({"ec2": None})])
def test_what_nobody_knows_counts_as_used(usage: Usage) -> None:
    (found,) = lost(usage, held("s3:*"))
    assert (found.is_known, found.stops) == (False, True)


def test_of_a_policy_for_everything_each_used_service_is_named() -> None:
    found = lost(Usage({"s3": USED, "ec2": None, "iam": None}), held("*"))
    assert [(one.service, one.stops) for one in found] == [("s3", True), ("*", False)]
    assert "iam:ChangePassword" in found[1].left


def test_of_a_policy_for_everything_nothing_is_known_without_the_report() -> None:
    (found,) = lost(Usage(unknown="not permitted"), held("*"))
    assert (found.service, found.stops) == ("*", True)
