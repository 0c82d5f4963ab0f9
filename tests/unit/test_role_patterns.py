"""Roles by pattern: room for hundreds of roles, and never one more than the settings list."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.trust import grants
from chalicelib.settings.quotas import GROUPS_A_MEMBER
from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import Role, Settings
from chalicelib.settings.role_patterns import MFA_AND_OWN_NAME, Conditions, Statement, assume_statements, characters
from chalicelib.settings.table import SettingsError
from firstday.doctor.diagnosis import findings_of
from firstday.doctor.expected_documents import documents, filled
from firstday.stack import policies
from firstday.stack.templates import portal_overlay
from tests.helpers.cfn_lint import findings
from tests.helpers.doctor_snapshots import PORTAL, good_snapshot
from tests.helpers.role_places import ELSEWHERE, OTHER_NAMES, PLACES, Place, any_places, arn, role
from tests.helpers.settings_makers import (
    HUNDRED_ACCOUNTS,
    SAME_NAMES,
    example_settings,
    many_accounts,
)

IDENTITY = "123456789012"
MEMBER = Caller("aws", IDENTITY, "dev", datetime(2026, 11, 30, 9, 0, tzinfo=UTC))


def roles(names: Iterable[str], accounts: Iterable[str]) -> list[Role]:
    return [role(name, account) for account, name in product(accounts, names)]


def shaped(found: list[Role], conditions: Conditions | None = None) -> list[Statement]:
    return assume_statements("aws", found, by_pattern=True, conditions=conditions)


def accepted(values: dict[str, Any]) -> Settings | None:
    """The settings; None if they have too many roles, and no other mistake."""
    try:
        return read_settings(values)
    except SettingsError as error:
        if all("The roles take" in one.message for one in error.problems):
            return None
        raise


def mistakes(values: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as found:
        read_settings(values)
    return str(found.value)


def policies_of(settings: Settings) -> Iterator[tuple[Any, int]]:
    """The policies that allow roles to be assumed, as they are in AWS, and the room that IAM has for each."""
    yield filled(policies.member_boundary(settings), settings, PORTAL), 6144
    for group in settings.groups:
        yield policies.switch_role_group(settings, group), 5120


def test_four_hundred_roles_in_a_hundred_accounts_fit() -> None:
    settings = read_settings(many_accounts(roles_by_pattern=True))
    assert len(settings.roles) == 400
    for policy, room in policies_of(settings):
        assert characters(policy) <= room
        assert all(grants([policy], one.arn("aws"), MEMBER) for one in settings.roles)


def test_the_complaint_about_too_many_roles_names_the_setting_where_it_helps() -> None:
    found = mistakes(many_accounts())
    assert "of 5070 in its policy." in found
    assert "of 5174 in the boundary." in found
    assert found.count("Write roles_by_pattern = true at the top of the file.") == 2


def test_it_names_another_remedy_where_the_setting_would_not_help() -> None:
    values = many_accounts(roles_by_pattern=True)
    for number, one in enumerate(values["groups"][0]["roles"]):
        one["role_name"] = f"role-{number}"
    for by_pattern in (True, False):
        found = mistakes({**values, "roles_by_pattern": by_pattern})
        assert "roles_by_pattern" not in found
        assert "Make two groups of it." in found
        assert "Give roles the same path and name in every account, or have fewer roles." in found


def test_eight_groups_of_a_member_have_room_too() -> None:
    settings = read_settings(many_accounts(groups=GROUPS_A_MEMBER, roles_by_pattern=True))
    assert len(settings.groups) == GROUPS_A_MEMBER
    for policy, room in policies_of(settings):
        assert characters(policy) <= room


def test_four_hundred_roles_make_the_portals_template_hardly_larger() -> None:
    """CloudFormation takes one of a megabyte."""
    settings = read_settings(many_accounts(groups=GROUPS_A_MEMBER, roles_by_pattern=True))
    assert characters(portal_overlay(settings)) < characters(portal_overlay(example_settings())) + 20_000


def test_cfn_lint_finds_nothing_but_question_marks_in_policies_by_pattern() -> None:
    """As an account it knows a star only. IAM: "You can use wildcard characters (* and ?)" within any such part."""
    settings = read_settings(many_accounts(roles_by_pattern=True))
    overlay: Any = portal_overlay(settings)["Resources"]
    kinds = ("AWS::IAM::Group", "AWS::IAM::ManagedPolicy")
    resources = {name: one for name, one in overlay.items() if one.get("Type") in kinds and name != "MembersGroup"}
    boundary = resources["MemberBoundary"]["Properties"]["PolicyDocument"]
    boundary["Statement"] = [one for one in boundary["Statement"] if one["Action"] == ["sts:AssumeRole"]]
    found = findings({"Resources": resources}, settings.region)
    assert [one for one in found if "arn:aws:iam::????????????:role/" not in one] == []


def test_the_doctor_takes_only_the_settings_own_patterns_for_right() -> None:
    settings = read_settings(many_accounts(roles_by_pattern=True))
    snapshot = good_snapshot(settings)
    assert list(findings_of(settings, documents(settings, PORTAL), snapshot)) == []
    fewer = read_settings(many_accounts(SAME_NAMES[:3], roles_by_pattern=True))
    found = findings_of(fewer, documents(fewer, PORTAL), snapshot)
    assert {one.check for one in found} >= {"boundary-differs", "group-policy-differs"}


def test_without_the_setting_every_role_is_named_by_its_arn() -> None:
    found = roles(SAME_NAMES, HUNDRED_ACCOUNTS)
    (statement,) = assume_statements("aws", found, by_pattern=False)
    assert statement["Resource"] == [one.arn("aws") for one in found]
    assert "Condition" not in statement


def test_names_with_the_same_accounts_share_a_statement() -> None:
    (statement,) = shaped(roles(SAME_NAMES, HUNDRED_ACCOUNTS), MFA_AND_OWN_NAME)
    assert statement == {
        "Sid": "SwitchRole1",
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Resource": [f"arn:aws:iam::????????????:role/{name}" for name in SAME_NAMES],
        "Condition": {**MFA_AND_OWN_NAME, "StringEquals": {"aws:ResourceAccount": HUNDRED_ACCOUNTS}},
    }


def test_a_few_roles_stay_named_by_their_arns() -> None:
    few = roles(["developer"], HUNDRED_ACCOUNTS[:3])
    assert shaped(few) == assume_statements("aws", few, by_pattern=False)


def test_a_role_that_is_missing_in_one_account_is_not_opened_there() -> None:
    found = roles(SAME_NAMES, HUNDRED_ACCOUNTS)
    left_out = found.pop(17)
    policy = {"Version": "2012-10-17", "Statement": shaped(found)}
    assert len(shaped(found)) == 2
    assert all(grants([policy], one.arn("aws"), MEMBER) for one in found)
    assert grants([policy], left_out.arn("aws"), MEMBER) is False


def test_conditions_are_in_every_statement() -> None:
    found = shaped([*roles(SAME_NAMES, HUNDRED_ACCOUNTS), role("alone", IDENTITY)], MFA_AND_OWN_NAME)
    assert [one["Sid"] for one in found] == ["SwitchRole", "SwitchRole1"]
    for one in found:
        condition = one["Condition"]
        assert isinstance(condition, dict)
        assert {name: condition[name] for name in MFA_AND_OWN_NAME} == MFA_AND_OWN_NAME


def test_a_condition_on_equal_texts_is_kept_beside_the_accounts() -> None:
    (statement,) = shaped(roles(SAME_NAMES, HUNDRED_ACCOUNTS), {"StringEquals": {"sts:ExternalId": "example"}})
    equals = {"sts:ExternalId": "example", "aws:ResourceAccount": HUNDRED_ACCOUNTS}
    assert statement["Condition"] == {"StringEquals": equals}


@given(any_places(), st.sampled_from([None, MFA_AND_OWN_NAME]))
def test_exactly_the_listed_roles_are_allowed(places: list[Place], conditions: Conditions | None) -> None:
    found = [role(name, account) for name, account in places]
    policy = {"Version": "2012-10-17", "Statement": shaped(found, conditions)}
    opened = {place for place in PLACES if grants([policy], arn(*place), MEMBER)}
    assert opened == set(places)
    names, accounts = {name for name, _ in PLACES}, {account for _, account in PLACES}
    others = [*product(OTHER_NAMES, accounts), *product(names, ELSEWHERE)]
    assert [place for place in others if grants([policy], arn(*place), MEMBER)] == []
    assert [place for place in PLACES if grants([policy], arn(*place, partition="aws-cn"), MEMBER)] == []
    assert characters(policy["Statement"]) <= characters(
        assume_statements("aws", found, by_pattern=False, conditions=conditions)
    )


@given(
    st.lists(st.sampled_from(list(product(SAME_NAMES, range(100)))), min_size=1, unique=True, max_size=120),
    st.sampled_from(["ap-northeast-1", "us-gov-west-1"]),
    st.booleans(),
    st.booleans(),
)
def test_settings_that_are_accepted_fit_and_open_what_they_list(
    places: list[tuple[str, int]], region: str, by_pattern: bool, has_aws_login: bool
) -> None:
    values = many_accounts(region=region, roles_by_pattern=by_pattern, console_password=True)
    values["credentials"] = ["aws-login"] if has_aws_login else ["access-key"]
    wanted = {f"account{number}-{name}" for name, number in places}
    whole = values["groups"][0]["roles"]
    values["groups"][0]["roles"] = [one for one in whole if one["profile"] in wanted]
    settings = accepted(values)
    for policy, room in policies_of(settings) if settings else ():
        assert settings
        assert characters(policy) <= room
        listed = {one.arn(settings.partition) for one in settings.roles}
        every = {
            arn(f"/{name}", account, settings.partition) for name, account in product(SAME_NAMES, HUNDRED_ACCOUNTS)
        }
        caller = Caller(settings.partition, IDENTITY, "dev", MEMBER.at)
        assert {one for one in every if grants([policy], one, caller)} == listed


def test_no_statement_has_a_wildcard_that_reaches_over_a_colon() -> None:
    resources = [text for one in shaped(roles(SAME_NAMES, HUNDRED_ACCOUNTS)) for text in one["Resource"]]  # type: ignore[attr-defined]
    assert all(re.fullmatch(r"arn:aws:iam::\?{12}:role/[\w-]+", text) for text in resources)
