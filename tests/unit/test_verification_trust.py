"""``firstday verify`` on each role's trust policy, with every view of the portal and of the role's account."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE
from firstday.verification.clock import Clock
from firstday.verification.result_lines import Line, Lines, Outcome
from firstday.verification.robot import Granted, Robot
from firstday.verification.trust_checks import check_trust
from tests.helpers.trust_cases import CASES

SETTINGS = load(SETTINGS_FILE)
ROLE = SETTINGS.groups[1].roles[0]
GRANTED = Granted(SETTINGS.groups[1], ROLE, "the account stg (210987654321)")
UNSEEN: dict[str, Any] = {"in_place": None, "requires_mfa": None, "may_assume": None, "note": "elsewhere"}


class Account:
    """A session of the role's account, in which every role has one trust policy."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def client(self, *_: object) -> Any:
        return SimpleNamespace(get_role=lambda **_: {"Role": {"AssumeRolePolicyDocument": self._policy}})


def line_of(policy: Any = None, granted: Granted = GRANTED, **seen: Any) -> Line:
    """The line about MFA; ``policy`` is the one in the role's account, ``seen`` is the portal's answer."""
    nothing: Any = None
    arn = granted.role.arn(SETTINGS.partition)
    robot = Robot(
        user_name="firstday-verify-0123abcd",
        settings=SETTINGS,
        aws=nothing,
        key=nothing,
        device=nothing,
        config={},
        granted=(granted,),
        portal_check={"roles": [{"role_arn": arn, "maximum_session_seconds": None, **UNSEEN, **seen}]},
        clock=Clock(0, now=lambda: 1_795_860_000.0),
        lines=Lines(lambda _: None),
    )
    check_trust(robot, lambda _: Account(policy) if policy else None)
    (line,) = robot.lines.all
    assert line.check == "trust_requires_mfa"
    return line


@pytest.mark.parametrize(
    ("case", "outcome", "words"),
    [
        ("MFA and its age", Outcome.PASSED, "asks for MFA by itself, as its own account sees it"),
        ("one's own name", Outcome.FAILED, "does not ask for MFA"),
        ("another user without MFA, by ARN", Outcome.FAILED, "does not ask for MFA"),
        ("an external ID and MFA", Outcome.PASSED, "asks for MFA by itself"),
        ("a vendor with MFA", Outcome.FAILED, "lets no IAM user of the identity account in"),
        ("a role with MFA", Outcome.FAILED, "lets no IAM user of the identity account in"),
        ("a service", Outcome.FAILED, "lets no IAM user of the identity account in"),
        ("variables in the old version", Outcome.FAILED, "lets no IAM user of the identity account in"),
    ],
)
def test_what_the_roles_own_account_shows_is_judged(case: str, outcome: Outcome, words: str) -> None:
    line = line_of(CASES[case].policy)
    assert (line.outcome, words in line.text) == (outcome, True), line


def test_the_reason_is_told_where_nobody_gets_in() -> None:
    remedy = line_of(CASES["variables in the old version"].policy).remedy
    assert "has the Version 2008-10-17, in which policy variables are plain text" in remedy
    assert "a user or role that was deleted" in line_of(CASES["a user who was deleted, and MFA"].policy).remedy


def test_the_portals_word_counts_where_it_has_one() -> None:
    assert line_of(in_place=True, requires_mfa=True).text.endswith("as the portal sees it")
    assert line_of(CASES["MFA and its age"].policy, requires_mfa=False).outcome is Outcome.FAILED


def test_what_the_portal_says_of_a_role_that_it_sees_is_not_lost() -> None:
    note = "The role’s trust policy lets in no IAM user of the member’s account."
    line = line_of(in_place=True, may_assume=False, note=note)
    assert (line.outcome, note in line.text) == (Outcome.UNSEEN, True)
    assert "the Deny answers first" in line_of().text


def test_what_is_no_policy_is_not_seen() -> None:
    assert line_of({"Statement": "?"}).outcome is Outcome.UNSEEN


def others(**changes: Any) -> Granted:
    """The role as one that others manage."""
    return replace(GRANTED, role=replace(ROLE, is_existing=True, **changes))


@pytest.mark.parametrize("case", ["one's own name", "an external ID", "BoolIfExists in an Allow"])
def test_a_role_of_others_without_mfa_is_told_and_not_failed(case: str) -> None:
    line = line_of(CASES[case].policy, others())
    assert line.outcome is Outcome.PASSED
    assert "which others manage, does not ask for MFA: the policy of the group operators does" in line.text


def test_what_the_portal_says_of_a_role_of_others_counts() -> None:
    told = line_of(None, others(), in_place=True, requires_mfa=False, is_mfa_left_to_group=True)
    assert (told.outcome, "which others manage" in told.text) == (Outcome.PASSED, True)
    past = line_of(None, others(), in_place=True, requires_mfa=False, is_mfa_left_to_group=False)
    assert past.outcome is Outcome.FAILED
    earlier = line_of(None, others(), in_place=True, requires_mfa=False)
    assert earlier.outcome is Outcome.FAILED


def test_a_role_of_others_in_the_members_own_account_that_needs_no_grant_is_a_failure() -> None:
    here = others(account_id=SETTINGS.identity_account)
    assert line_of(CASES["everybody"].policy, here).outcome is Outcome.FAILED
    assert line_of(CASES["everybody"].policy, others()).outcome is Outcome.PASSED
