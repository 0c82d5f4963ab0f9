"""The statements that allow roles to be assumed, in few characters: a managed policy has room for 6,144.

Roles of the same path and name in many accounts are one block: every name of the block is in every one of its
accounts. A block takes one pattern for each name, and one id for each account::

    "Resource": ["arn:aws:iam::????????????:role/dev"]
    "Condition": {"StringEquals": {"aws:ResourceAccount": ["111122223333", "123456789012"]}}

An account's id has twelve digits, so the twelve ``?`` match it and nothing else. A ``*`` there would not do: at the
end of a part of an ARN it matches colons, too, so it would open ``role/x:role/dev``, since a path may have colons.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
For sts:AssumeRole, ``aws:ResourceAccount`` is the account of the role.
https://aws.amazon.com/about-aws/whats-new/2022/04/iam-access-resource-organization/
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from chalicelib.arns import iam_arn
from chalicelib.settings.records import Role

Statement = dict[str, object]
Conditions = Mapping[str, Mapping[str, object]]
# A role's path and name, and its account.
Place = tuple[str, str]

SID = "SwitchRole"
ANY_ACCOUNT = "?" * 12
# IAM replaces this with the name of the caller.
ITSELF = "${aws:username}"
# The name is what CloudTrail shows for the session. Bool rather than BoolIfExists: where a request lacks the key,
# nothing is allowed.
MFA_AND_OWN_NAME: Conditions = {
    "Bool": {"aws:MultiFactorAuthPresent": "true"},
    "StringLike": {"sts:RoleSessionName": ITSELF},
}


class Block(NamedTuple):
    """Every role of ``names``, which are paths and names, in every one of ``accounts``."""

    names: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def places(self) -> Iterator[Place]:
        """Every role of the block."""
        return product(self.names, self.accounts)


def assume_statements(
    partition: str, roles: Iterable[Role], *, by_pattern: bool, conditions: Conditions | None = None
) -> list[Statement]:
    """Allow exactly ``roles`` to be assumed, under ``conditions``; the same roles in the same order make the same.

    ``by_pattern`` makes blocks of them where that is shorter than their ARNs.
    """
    common = conditions or {}
    places = [(role.path + role.role_name, role.account_id) for role in roles]
    if not by_pattern:
        return [_of_arns(partition, places, common)]
    found, rest = blocks(places, _Lengths(partition, common))
    listed = [_of_arns(partition, rest, common)] if rest else []
    return listed + [_of_block(partition, one, common, number) for number, one in enumerate(found, 1)]


def characters(value: object) -> int:
    """How many characters of a policy it takes: IAM counts no white space."""
    return len(json.dumps(value, separators=(",", ":"), default=str))


class _Lengths:
    """What blocks take in a policy, and what the ARNs of their roles would take."""

    def __init__(self, partition: str, conditions: Conditions) -> None:
        self._frame = characters(_of_block(partition, Block((), ()), conditions, 10)) + 1
        # Each has its quotes and its comma. A pattern is as long as an ARN.
        self._arn = len(_arn(partition, "", ANY_ACCOUNT)) + 3
        self._account = len(ANY_ACCOUNT) + 3

    def saved(self, block: Block) -> int:
        """How many characters fewer than its ARNs the block takes."""
        names = sum(self._arn + len(name) for name in block.names)
        return names * (len(block.accounts) - 1) - self._account * len(block.accounts) - self._frame


def blocks(places: Iterable[Place], lengths: _Lengths) -> tuple[list[Block], list[Place]]:
    """Blocks that save most, each the best of what the earlier ones left, and the roles in none of them."""
    left, found = dict.fromkeys(places), []
    while left:
        best = max(_candidates(left), key=lengths.saved)
        if lengths.saved(best) <= 0:
            break
        found.append(best)
        for place in best.places:
            del left[place]
    return found, list(left)


def _candidates(places: Iterable[Place]) -> Iterator[Block]:
    """The blocks of all the accounts of a name, and of all the names of an account, as large as they can be."""
    accounts_of: dict[str, dict[str, None]] = {}
    names_of: dict[str, dict[str, None]] = {}
    for name, account in places:
        accounts_of.setdefault(name, {})[account] = None
        names_of.setdefault(account, {})[name] = None
    for accounts in _different(accounts_of.values()):
        yield Block(_having(accounts_of, accounts), tuple(accounts))
    for names in _different(names_of.values()):
        yield Block(tuple(names), _having(names_of, names))


def _different(found: Iterable[dict[str, None]]) -> Iterable[dict[str, None]]:
    """The first of each set."""
    different: dict[frozenset[str], dict[str, None]] = {}
    for one in found:
        different.setdefault(frozenset(one), one)
    return different.values()


def _having(found: Mapping[str, dict[str, None]], wanted: dict[str, None]) -> tuple[str, ...]:
    return tuple(name for name, has in found.items() if wanted.keys() <= has.keys())


def _of_arns(partition: str, places: Iterable[Place], conditions: Conditions) -> Statement:
    return _allow(SID, [_arn(partition, name, account) for name, account in places], conditions)


def _of_block(partition: str, block: Block, conditions: Conditions, number: int) -> Statement:
    patterns = [_arn(partition, name, ANY_ACCOUNT) for name in block.names]
    equals = {**conditions.get("StringEquals", {}), "aws:ResourceAccount": list(block.accounts)}
    return _allow(f"{SID}{number}", patterns, {**conditions, "StringEquals": equals})


def _allow(sid: str, resources: Sequence[str], conditions: Conditions) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": resources}
    return statement | ({"Condition": dict(conditions)} if conditions else {})


def _arn(partition: str, name: str, account: str) -> str:
    return iam_arn(partition, account, f"role{name}")
