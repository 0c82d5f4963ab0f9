"""Whom the statements of a trust policy let in: the identity account's IAM users, and others.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from chalicelib.admin.policy_evaluation.callers import principals
from chalicelib.admin.policy_evaluation.conditions import Policy, Statement, like, statements, texts

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?", re.ASCII)
_ARN = re.compile(r"arn:[\w-]+:(?:iam|sts)::(\d{12}):(user|role|assumed-role|federated-user)/(.+)", re.ASCII)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_DELETED = re.compile(r"(AIDA|AROA)\w+", re.ASCII)
EVERYBODY = "*"
_KINDS = {"role": "the role", "assumed-role": "a session of the role", "federated-user": "the federated user"}


class Whom(StrEnum):
    """What a principal means for the IAM users of the identity account."""

    EVERYBODY = "everybody"
    ACCOUNT = "account"
    USER = "user"
    OTHER = "other"


def admitting(policy: Policy) -> list[Statement]:
    """The statements that allow AssumeRole."""
    return [one for one in statements(policy) or [] if one.get("Effect") == "Allow" and is_about_assuming(one)]


def denying(policy: Policy) -> list[Statement]:
    """The statements that deny AssumeRole."""
    return [one for one in statements(policy) or [] if one.get("Effect") == "Deny" and is_about_assuming(one)]


def is_about_assuming(statement: Statement) -> bool:
    """Whether a statement is about AssumeRole, and not only about federation or tags."""
    for element in ("Action", "NotAction"):
        if element in statement:
            has = any(like(text.lower(), "sts:assumerole") for text in texts(statement[element]))
            return has == (element == "Action")
    return False


def whom(principal: str, account_id: str) -> Whom:
    """What an AWS principal means for the IAM users of that account."""
    if principal == EVERYBODY:
        return Whom.EVERYBODY
    if (account := _ACCOUNT.fullmatch(principal)) and account[1] == account_id:
        return Whom.ACCOUNT
    arn = _ARN.fullmatch(principal)
    return Whom.USER if arn and arn[1] == account_id and arn[2] == "user" else Whom.OTHER


def is_for_users(statement: Statement, account_id: str) -> bool:
    """Whether IAM users of that account are among the principals."""
    return any(whom(one, account_id) is not Whom.OTHER for one in principals(statement))


def own_words(statement: Statement, account_id: str) -> Iterator[str]:
    """The principals that are, or include, IAM users of that account."""
    found = principals(statement)
    kinds = [whom(one, account_id) for one in found]
    if Whom.EVERYBODY in kinds:
        yield "everybody in AWS, whatever their account"
    if Whom.ACCOUNT in kinds:
        yield f"each IAM user of {account_id} to whom policies there grant the role"
    for one, kind in zip(found, kinds, strict=True):
        if kind is Whom.USER:
            yield f"the IAM user {one.partition(':user/')[2]}"


def other_words(statement: Statement, account_id: str) -> Iterator[str]:
    """The principals that are no IAM users of that account."""
    for one in principals(statement):
        if whom(one, account_id) is Whom.OTHER:
            yield _other(one, account_id)
    named = statement.get("Principal")
    for kind, values in named.items() if isinstance(named, Mapping) else ():
        if kind != "AWS":
            words = {"Service": "the service", "Federated": "the identity provider"}.get(kind, kind)
            yield from (f"{words} {one}" for one in texts(values))


def foreign_accounts(policy: Policy, account_id: str) -> tuple[str, ...]:
    """The other accounts that are trusted with their users or roles, each once."""
    found = [_account_of(one) for statement in admitting(policy) for one in principals(statement)]
    return tuple(dict.fromkeys(one for one in found if one and one != account_id))


def deleted(policy: Policy) -> tuple[str, ...]:
    """The unique ids of principals that were deleted."""
    found = [one for statement in admitting(policy) for one in principals(statement) if _DELETED.fullmatch(one)]
    return tuple(dict.fromkeys(found))


def deleted_words(unique_id: str) -> str:
    return f"{'a user' if unique_id.startswith('AIDA') else 'a role'} that was deleted ({unique_id})"


def _account_of(principal: str) -> str | None:
    found = _ACCOUNT.fullmatch(principal) or _ARN.fullmatch(principal)
    return found[1] if found else None


def _other(principal: str, account_id: str) -> str:
    if _DELETED.fullmatch(principal):
        return deleted_words(principal)
    if account := _ACCOUNT.fullmatch(principal):
        return f"the account {account[1]}"
    arn = _ARN.fullmatch(principal)
    if arn is None:
        return principal
    elsewhere = "" if arn[1] == account_id else f" of {arn[1]}"
    return f"{_KINDS.get(arn[2], 'the IAM user')} {arn[3]}{elsewhere}"
