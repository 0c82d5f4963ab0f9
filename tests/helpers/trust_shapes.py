"""Trust policies of any shape, and roles that have them, for tests of ``firstday roles import``."""

from typing import Any

from hypothesis import strategies as st

from firstday.existing_roles.account_roles import AccountRole
from firstday.existing_roles.proposals import LeftOut, Proposal, proposals
from firstday.existing_roles.toml_text import toml_text
from tests.helpers.settings_makers import example_settings
from tests.helpers.trust_cases import IDENTITY, NOW, OTHER, ROOT

SETTINGS = example_settings()


def role(trust: Any, name: str = "Deploy", *, account: str = OTHER, path: str = "/", **more: Any) -> AccountRole:
    return AccountRole(account, name, path, f"arn:aws:iam::{account}:role{path}{name}", trust, **more)


def proposed(*roles: AccountRole) -> tuple[list[Proposal], list[LeftOut]]:
    return proposals(SETTINGS, roles, NOW)


def written(*roles: AccountRole) -> str:
    return toml_text(SETTINGS, *proposed(*roles))


TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ['"""', "\n[x]", "# \r", "\u2028", "\\"]
)
KEYS = st.sampled_from(
    [
        "aws:MultiFactorAuthPresent",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
    ]
)
OPERATORS = st.sampled_from(
    ["Bool", "BoolIfExists", "StringEquals", "StringLike", "ForAllValues:StringEquals", "Null", "NumericLessThan"]
)
VALUES = TEXT | st.lists(TEXT, max_size=3) | st.booleans() | st.integers()
CONDITIONS = st.dictionaries(OPERATORS | TEXT, st.dictionaries(KEYS | TEXT, VALUES, max_size=3) | TEXT, max_size=3)
PRINCIPALS = st.sampled_from(
    ["*", {"AWS": ROOT}, {"AWS": "*"}, {"AWS": [IDENTITY, OTHER]}, {"Service": "ec2.amazonaws.com"}, {"AWS": []}]
) | st.dictionaries(st.sampled_from(["AWS", "Service", "Federated"]) | TEXT, TEXT | st.lists(TEXT), max_size=2)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Principal": PRINCIPALS,
        "Action": st.sampled_from(["sts:AssumeRole", "sts:*", ["sts:TagSession", "sts:AssumeRole"]]),
    },
    optional={"Condition": CONDITIONS | TEXT, "Sid": TEXT},
)
TRUSTS = st.fixed_dictionaries(
    {"Statement": st.lists(STATEMENTS, min_size=1, max_size=3)},
    optional={"Version": st.sampled_from(["2012-10-17", "2008-10-17"])},
)
