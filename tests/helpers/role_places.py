"""Roles in some accounts, with names that are easily mistaken for one another."""

from itertools import product

from hypothesis import strategies as st

from chalicelib.settings.records import Role
from tests.helpers.settings_makers import HUNDRED_ACCOUNTS

# A role's path and name, and its account. Of the names, one is within another, or below it, or differs by its path
# or capitals alone.
Place = tuple[str, str]
ROLE_NAMES = ("/a", "/aa", "/b/a", "/a/a", "/b/a/a", "/A", "/a.a", "/b", "/developer", "/x/developer")
PLACES = list(product(ROLE_NAMES, [*HUNDRED_ACCOUNTS[:7], "123456789012"]))
# What is never listed.
OTHER_NAMES = ("/a*", "/*", "/?", "/aaa", "/x:role/a", "/b/developer", "/developer/")
ELSEWHERE = ("999999999999", "00000000000", "0000000000011", "", "*", "????????????")


def any_places() -> st.SearchStrategy[list[Place]]:
    """A few of the places, or nearly all."""
    gone = st.sets(st.sampled_from(PLACES), max_size=12)
    return st.lists(st.sampled_from(PLACES), min_size=1, unique=True) | gone.map(
        lambda left_out: [place for place in PLACES if place not in left_out]
    )


def role(name: str, account: str) -> Role:
    """The role of that path and name."""
    path, _, last = name.rpartition("/")
    return Role(f"{account}-{last}", account, last, f"{path}/")


def arn(name: str, account: str, partition: str = "aws") -> str:
    """Its ARN, also where there can be no such role."""
    return f"arn:{partition}:iam::{account}:role{name}"
