"""Reads an account's roles with their trust policies: one paged call.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.admin.policy_evaluation.conditions import Policy
from chalicelib.settings.records import Settings
from firstday.account_names import account_words
from firstday.aws_calls import AccountSession, DeploymentError, explained
from firstday.aws_sessions import SessionOf, check_account

PERMISSION = "iam:ListRoles"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
SHORTEST = 3600


@dataclass(frozen=True, slots=True)
class AccountRole:
    """A role of IAM, as the list has it; ``trust`` is empty where it is no policy."""

    account_id: str
    name: str
    path: str
    arn: str
    trust: Policy
    description: str = ""
    maximum_session_seconds: int = SHORTEST


def account_roles(session: AccountSession, settings: Settings, account_id: str) -> list[AccountRole]:
    """All roles of the account by their names; raises DeploymentError, also where that is not permitted."""
    account = account_words(settings, account_id)
    with explained(f"Listing the roles of {account}"):
        pages = session.client("iam", settings.region).get_paginator("list_roles")
        try:
            found = [role for page in pages.paginate() for role in page["Roles"]]
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
            message = error.response["Error"]["Message"]
            raise DeploymentError(
                f"AWS does not permit listing the roles of {account}. Allow {PERMISSION} there, on *, to the"
                f" profile that you named. AWS says: {message}"
            ) from None
    return sorted((_role(account_id, one) for one in found), key=lambda role: role.name.lower())


def _role(account_id: str, found: Mapping[str, Any]) -> AccountRole:
    trust = found.get("AssumeRolePolicyDocument")
    return AccountRole(
        account_id=account_id,
        name=found["RoleName"],
        path=found["Path"],
        arn=found["Arn"],
        trust=trust if isinstance(trust, Mapping) else {},
        description=found.get("Description") or "",
        maximum_session_seconds=int(found.get("MaxSessionDuration") or SHORTEST),
    )


def roles_of_accounts(settings: Settings, account_ids: Iterable[str], session_of: SessionOf) -> list[AccountRole]:
    """The roles of several accounts; raises DeploymentError, also where an account has no name in the settings."""
    wanted = list(dict.fromkeys(account_ids))
    for account_id in wanted:
        if account_id not in settings.accounts.values():
            account = account_words(settings, account_id)
            raise DeploymentError(f"In [accounts], there is no name for {account}. Add one: its roles need it.")
    found: list[AccountRole] = []
    for account_id in wanted:
        session = session_of(account_id)
        assert session is not None  # noqa: S101  # somebody has named a profile for it
        check_account(session, settings, account_id)
        found += account_roles(session, settings, account_id)
    return found
