"""IAM users as policies see them: the member, and other users that a role's trust policy may mean.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import TypeVar

from chalicelib.admin.policy_evaluation.conditions import (
    Context,
    Policy,
    Some,
    Statement,
    conditions,
    like,
    statements,
    texts,
)
from chalicelib.arns import MEMBERS_PATH, iam_arn

Item = TypeVar("Item")
# More users than this are not tried.
USERS_TRIED = 400
# A user and an account that no policy spells out.
_ANYBODY, _ELSEWHERE = "anybody-else-7q", "999999999999"
_USER = re.compile(r"arn:[\w-]+:iam::(\d{12}):user(/(?:.*/)?)([^/]+)", re.ASCII)
_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?", re.ASCII)
_NAME = re.compile(r"[\w+=,.@*?-]+", re.ASCII)
_VARIABLE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Caller:
    """An IAM user who wants to assume roles, by default a member; ``at`` is when."""

    partition: str
    account_id: str
    user_name: str
    at: datetime
    path: str = MEMBERS_PATH

    @property
    def arn(self) -> str:
        return iam_arn(self.partition, self.account_id, f"user{self.path}{self.user_name}")

    @property
    def principals(self) -> frozenset[str]:
        """What may stand for them in a policy; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
        root = iam_arn(self.partition, self.account_id, "root")
        return frozenset({"*", self.account_id, root, self.arn})

    @property
    def context(self) -> dict[str, str | Some | None]:
        """The keys that every request of the user has, and those that none has."""
        return {
            **_of_every_request(self.at),
            "aws:username": self.user_name,
            "aws:principalarn": self.arn,
            "aws:principalaccount": self.account_id,
        }


def _of_every_request(at: datetime) -> dict[str, str | Some | None]:
    return {
        "aws:principaltype": "User",
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "false",
        "aws:currenttime": at.isoformat(),
        "aws:epochtime": str(int(at.timestamp())),
        "aws:calledvia": None,
        "aws:federatedprovider": None,
        "aws:principalservicename": None,
        "aws:sourceaccount": None,
        "aws:sourcearn": None,
    }


# Any name that a role's session may have: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
ANY_NAME = Some(lambda pattern: _NAME.fullmatch(pattern) is not None)


def any_user(at: datetime, accounts: frozenset[str]) -> Context:
    """The keys of a request if only the ``accounts`` of its sender are known; "*" is every account."""

    def is_account(pattern: str) -> bool:
        return any(one == "*" or like(pattern, one) for one in accounts)

    return {
        **_of_every_request(at),
        "aws:username": ANY_NAME,
        "aws:principalarn": Some(lambda pattern: _is_user(pattern, is_account)),
        "aws:principalaccount": Some(is_account),
    }


def _is_user(pattern: str, is_account: Callable[[str], bool]) -> bool:
    """Whether the ARN of an IAM user may match, as far as that can be told."""
    if pattern.count(":") < 5:
        return True
    account, resource = pattern.split(":", 5)[4:]
    begins, last = re.split(r"[*?]", resource)[0], resource.rsplit("/", 1)[-1]
    is_users = "user/".startswith(begins) or begins.startswith("user/")
    return is_users and is_account(account) and _NAME.fullmatch(last) is not None


def whole_accounts(statement: Statement) -> frozenset[str]:
    """The accounts all of whose users are principals of a trust policy's statement; "*" is every account."""
    found = ((text, _ACCOUNT.fullmatch(text)) for text in principals(statement))
    return frozenset(match[1] if match else text for text, match in found if match or text == "*")


def principals(statement: Statement) -> list[str]:
    """The AWS principals; ["*"] if the statement means everybody."""
    principal = statement.get("Principal")
    if principal == "*":
        return ["*"]
    return texts(principal.get("AWS", [])) if isinstance(principal, Mapping) else []


def users_meant(policy: Policy, caller: Caller) -> list[Caller]:
    """The caller, the users that a trust policy names, and one for each group of users that it tells apart.

    At most ``USERS_TRIED``; those that the policy spells out come first.
    """
    named, accounts = [caller], [caller.account_id]
    for text in _principals(policy):
        if user := _USER.fullmatch(text):
            named.append(replace(caller, account_id=user[1], path=user[2], user_name=user[3]))
        elif account := _ACCOUNT.fullmatch(text):
            accounts.append(account[1])
    arns = [arn for text in _values(policy, "aws:principalarn") for arn in _examples(text)]
    paths = [caller.path, "/", *(one.path for one in named)]
    names = [name for text in _values(policy, "aws:username") for name in _examples(text)]
    for arn in arns:
        path, _, name = arn.split(":", 5)[-1].removeprefix("user").rpartition("/")
        paths.append(f"{path}/")
        names.append(name)
        accounts += [part for part in arn.split(":")[4:5] if _ACCOUNT.fullmatch(part)]
    accounts += [text for text in _values(policy, "aws:principalaccount") if _ACCOUNT.fullmatch(text)]
    names = [_ANYBODY, caller.user_name, *(one.user_name for one in named), *names]
    told_apart = product(_once([*accounts, _ELSEWHERE]), _once(names), _once(paths))
    users = (replace(caller, account_id=one, user_name=name, path=path) for one, name, path in told_apart if name)
    return _once([*named, *users])[:USERS_TRIED]


def _principals(policy: Policy) -> Iterator[str]:
    for statement in statements(policy) or []:
        yield from principals(statement)


def _values(policy: Policy, key: str) -> Iterator[str]:
    for statement in statements(policy) or []:
        yield from (value for _, found, values in conditions(statement) if found == key for value in values)


def _examples(pattern: str) -> Iterator[str]:
    """Texts that match a pattern: the shortest, and one that hardly anything else matches."""
    filled = _VARIABLE.sub(_ANYBODY, pattern).replace("?", "q")
    yield filled.replace("*", _ANYBODY)
    yield filled.replace("*", "")


def _once(items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
