"""The rules of a console password, and which of them a password breaks."""

import re

import pytest
from botocore.loaders import create_loader
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.members.passwords import MAXIMUM_LENGTH, SYMBOLS, PasswordPolicy, broken, rules

OWN = PasswordPolicy(
    minimum_length=12,
    needs_uppercase=True,
    needs_lowercase=True,
    needs_numbers=True,
    needs_symbols=True,
    kinds_needed=0,
    maximum_age_days=90,
)
POLICIES = st.builds(
    PasswordPolicy,
    minimum_length=st.integers(6, 128),
    needs_uppercase=st.booleans(),
    needs_lowercase=st.booleans(),
    needs_numbers=st.booleans(),
    needs_symbols=st.booleans(),
    kinds_needed=st.sampled_from([0, 3]),
    maximum_age_days=st.sampled_from([None, 90]),
)
# IAM's model of the parameter.
SHAPE = create_loader().load_service_model("iam", "service-2")["shapes"]["passwordType"]


def said(policy: PasswordPolicy, password: str | None = None) -> list[str]:
    return [str(words) for words in (rules(policy) if password is None else broken(policy, password))]


def test_the_rules_of_an_account_without_a_policy_are_those_of_aws() -> None:
    assert said(PasswordPolicy()) == [
        "8 to 128 characters",
        "at least 3 of these four: capital letters, small letters, digits, symbols out of !@#$%^&*()_+-=[]{}|'",
        "not the name or the email address of the AWS account",
        "no kanji, kana, full-width characters, emoji, or signs such as €",
        "no space at the beginning or at the end",
    ]


def test_the_rules_of_an_account_with_a_policy_are_its_own() -> None:
    assert said(OWN) == [
        "12 to 128 characters",
        "at least one capital letter, A to Z",
        "at least one small letter, a to z",
        "at least one digit, 0 to 9",
        "at least one of these symbols: !@#$%^&*()_+-=[]{}|'",
        "no kanji, kana, full-width characters, emoji, or signs such as €",
        "no space at the beginning or at the end",
        "to be changed in the console within 90 days, when it expires",
    ]


@pytest.mark.parametrize(
    ("policy", "password", "number"),
    [
        (PasswordPolicy(), "aB3$aB3", 0),
        (PasswordPolicy(), "aB3$" * 33, 0),
        (PasswordPolicy(), "only small letters", 1),
        (PasswordPolicy(), "Accents äÖ and spaces", 1),
        (OWN, "small-letters-1", 1),
        (OWN, "CAPITAL-LETTERS-1", 2),
        (OWN, "No-digit-in-this", 3),
        (OWN, "No symbol in this 1", 4),
        (OWN, "Ｆullwidth-Letter-1", 5),
        (OWN, "A-line\nbreak-in-it-1", 5),
        (OWN, "A-tab\tin-it-12345", 5),
        (OWN, "Copied-with-space-1 ", 6),
        (OWN, " Copied-with-space-1", 6),
    ],
)
def test_a_password_breaks_exactly_this_rule(policy: PasswordPolicy, password: str, number: int) -> None:
    assert said(policy, password) == [said(policy)[number]]


@pytest.mark.parametrize(
    "password", ["Aa345678", "aaaa-111", "Zürich 1873", "correct Horse battery 1", "aB3'\"\\;<>`~?/"]
)
def test_a_good_password_breaks_none(password: str) -> None:
    assert broken(PasswordPolicy(), password) == ()


def test_an_empty_password_is_no_password() -> None:
    assert said(PasswordPolicy(), "")[0] == "8 to 128 characters"


@given(policy=POLICIES, password=st.text(max_size=140))
def test_what_is_broken_is_among_what_was_shown(policy: PasswordPolicy, password: str) -> None:
    shown, found = said(policy), said(policy, password)
    assert [rule for rule in shown if rule in found] == found
    assert len(set(shown)) == len(shown)


@given(policy=POLICIES, password=st.text(max_size=140) | st.text(st.characters(max_codepoint=0x120), max_size=140))
def test_what_breaks_no_rule_is_what_iam_takes(policy: PasswordPolicy, password: str) -> None:
    if broken(policy, password):
        return
    assert re.fullmatch(SHAPE["pattern"], password)
    assert SHAPE["min"] <= policy.minimum_length <= len(password) <= SHAPE["max"] == MAXIMUM_LENGTH


@given(
    policy=POLICIES,
    parts=st.permutations(["A", "a", "0", "!"]),
    rest=st.text(st.sampled_from(f"Zz9{SYMBOLS}~ é"), max_size=120),
)
def test_a_long_password_with_all_four_kinds_keeps_to_every_policy(
    policy: PasswordPolicy, parts: list[str], rest: str
) -> None:
    password = parts[0] + rest + "".join(parts[1:])
    assert broken(policy, password + parts[3] * (policy.minimum_length - len(password))) == ()


@given(policy=POLICIES, password=st.text(min_size=1, max_size=60))
def test_no_rule_repeats_the_password(policy: PasswordPolicy, password: str) -> None:
    assert set(said(policy, password)) <= set(said(policy))
