"""What other Deny statements do to members: policies as organisations have them, each with its answer."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings.records import Settings
from firstday.doctor.mfa_denies import denied_by, tells_users_apart
from firstday.stack.policies import member_baseline
from tests.helpers.deny_cases import ASKED, CASES, IF_EXISTS, deny, policy
from tests.helpers.settings_makers import any_settings


@pytest.mark.parametrize("name", CASES)
def test_each_policy_denies_what_the_table_says(name: str) -> None:
    assert denied_by(CASES[name].policy, ASKED) == CASES[name].denied


@pytest.mark.parametrize("name", CASES)
def test_only_some_policies_tell_users_apart(name: str) -> None:
    assert tells_users_apart(CASES[name].policy) is CASES[name].apart


@given(any_settings())
def test_the_settings_own_deny_says_the_same(settings: Settings) -> None:
    denied = denied_by(member_baseline(settings), replace(ASKED, allowed=settings.allowed_without_mfa))
    assert denied is not None
    assert denied.is_same


CONDITIONS = st.dictionaries(st.text(max_size=3), st.dictionaries(st.text(max_size=3), st.text(max_size=3)))


@given(CONDITIONS)
def test_conditions_that_nobody_understands_are_never_a_certain_answer(condition: dict[str, Any]) -> None:
    office = {"IpAddress": {"aws:SourceIp": "192.0.2.1"}}
    denied = denied_by(policy(deny({**IF_EXISTS, **office, **condition}, Action="*")), ASKED)
    assert denied is None or not (denied.more or denied.closed)
