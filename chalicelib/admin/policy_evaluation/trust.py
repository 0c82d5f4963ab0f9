"""Evaluates a role's trust policy and groups' policies for IAM users: yes, no, or None if that is not known.

This module understands what such policies usually contain; any other condition is None, never a guess.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from chalicelib.admin.policy_evaluation.callers import (
    ANY_NAME,
    USERS_TRIED,
    Caller,
    any_user,
    principals,
    users_meant,
    whole_accounts,
)
from chalicelib.admin.policy_evaluation.conditions import (
    Answer,
    Context,
    Fill,
    Policy,
    Statement,
    all_of,
    any_of,
    conditions,
    filling,
    is_met,
    not_,
    statements,
)
from chalicelib.admin.policy_evaluation.mfa_contexts import AGE, PRESENT, WITH_MFA, WITHOUT_MFA
from chalicelib.admin.policy_evaluation.statement_elements import is_action, is_resource


class MFADemand(StrEnum):
    """Whether a role's trust policy asks IAM users for MFA; ``NOBODY`` where it lets none of them in anyway."""

    YES = "yes"
    NO = "no"
    NOBODY = "nobody"
    UNKNOWN = "unknown"

    @property
    def answer(self) -> Answer:
        """None where there is no answer, or none can be told."""
        return {MFADemand.YES: True, MFADemand.NO: False}.get(self)


def trusts(
    policy: Policy | None, caller: Caller, *, session_name: str | None = None, external_id: str | None = None
) -> Answer:
    """Whether a role's trust policy lets the caller in, with MFA and ``session_name``, by default their own."""
    return _lets_in(policy, caller, caller.principals, session_name, external_id)


def names(policy: Policy | None, caller: Caller, *, external_id: str | None = None) -> Answer:
    """As ``trusts``, but by a statement that names the caller's own ARN or everybody, and not only the account."""
    return _lets_in(policy, caller, frozenset({"*", caller.arn}), external_id=external_id)


def _lets_in(
    policy: Policy | None,
    caller: Caller,
    meant: frozenset[str],
    session_name: str | None = None,
    external_id: str | None = None,
) -> Answer:
    own = {
        "sts:rolesessionname": session_name or caller.user_name,
        "sts:externalid": external_id,
        "sts:sourceidentity": None,
    }
    context = {**caller.context, **own, **WITH_MFA}
    return _found([policy], context, lambda statement, _: _is_principal(statement, meant)).answer


def requires_mfa(policy: Policy | None, caller: Caller) -> MFADemand:
    """Whether no IAM user gets in without MFA, whatever else their requests may have.

    It asks about every user whom the policy may mean, of any account. A role that lets in nobody of the caller's
    account is for vendors, other roles or services, and the question has no answer.
    """
    if policy is None or statements(policy) is None:
        return MFADemand.UNKNOWN
    users = users_meant(policy, caller)
    without = {user: any_of(_may_enter(policy, user, mfa) for mfa in WITHOUT_MFA) for user in users}
    own = [user for user in users if user.account_id == caller.account_id]
    enters = any_of([*(without[one] for one in own), *(_may_enter(policy, one, WITH_MFA) for one in own)])
    is_complete = len(users) < USERS_TRIED
    if enters is False:
        has_others = not is_complete or _means_others(policy, own, (*WITHOUT_MFA, WITH_MFA), caller.account_id)
        return MFADemand.UNKNOWN if has_others else MFADemand.NOBODY
    answer = any_of(without.values())
    if answer is False and is_complete and not _means_others(policy, users, WITHOUT_MFA):
        return MFADemand.YES
    return MFADemand.NO if answer else MFADemand.UNKNOWN


def _may_enter(policy: Policy, user: Caller, mfa: Context) -> Answer:
    """Whether the user gets in if everything unknown about the request is in their favour."""
    context = {**user.context, "sts:rolesessionname": ANY_NAME, **mfa}
    return _found(
        [policy], context, lambda statement, _: _is_principal(statement, user.principals), is_lenient=True
    ).answer


def _means_others(
    policy: Policy, users: list[Caller], contexts: tuple[Context, ...], account_id: str = "*"
) -> bool:
    """Whether a statement may let in a user who is not among ``users``, as nobody there fits its patterns."""
    found = statements(policy) or []
    denies = [one for one in found if one.get("Effect") == "Deny"]
    for one, mfa in product(found, contexts):
        accounts = whole_accounts(one)
        if account_id != "*":
            accounts = frozenset({account_id} if accounts & {account_id, "*"} else ())
        if one.get("Effect") != "Allow" or not accounts:
            continue
        alone = {**policy, "Statement": [one]}
        if any(_may_enter(alone, user, mfa) for user in users):
            continue
        context = {**any_user(users[0].at, accounts), "sts:rolesessionname": ANY_NAME, **mfa}
        whole = {**policy, "Statement": [one, *denies]}
        if _found([whole], context, _is_all_of(accounts), is_lenient=True).answer is not False:
            return True
    return False


def _is_all_of(accounts: frozenset[str]) -> Callable[[Statement, Fill], Answer]:
    """An Allow is meant already; a Deny is certain for a user of these accounts if it is for all of them."""

    def is_meant(statement: Statement, _: Fill) -> Answer:
        denied = whole_accounts(statement)
        return statement.get("Effect") == "Allow" or "*" in denied or accounts <= denied

    return is_meant


def may_assume(
    trust: Policy | None,
    policies: Iterable[Policy | None],
    role_arn: str,
    caller: Caller,
    *,
    external_id: str | None = None,
) -> Answer:
    """Whether the caller gets into the role, with ``policies`` of their groups.

    In the same account, a trust policy that names the caller is enough without a grant, and no boundary limits
    it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    found = _of_groups(policies, role_arn, caller)
    is_same_account = role_arn.split(":")[4:5] == [caller.account_id]
    is_named = all_of([is_same_account, names(trust, caller, external_id=external_id)])
    is_trusted = trusts(trust, caller, external_id=external_id)
    return all_of([is_trusted, any_of([found.allows, is_named]), not_(found.denies)])


def grants(
    policies: Iterable[Policy | None],
    role_arn: str,
    caller: Caller,
    *,
    session_name: str | None = None,
    mfa: Context = WITH_MFA,
) -> Answer:
    """Whether the policies of the caller's groups together allow them to assume the role.

    With MFA and under their own name, unless another request is asked about.
    """
    return _of_groups(policies, role_arn, caller, session_name, mfa).answer


def _of_groups(
    policies: Iterable[Policy | None],
    role_arn: str,
    caller: Caller,
    session_name: str | None = None,
    mfa: Context = WITH_MFA,
) -> "_Found":
    own = {
        "sts:rolesessionname": session_name or caller.user_name,
        "sts:externalid": None,
        "sts:sourceidentity": None,
        # https://aws.amazon.com/about-aws/whats-new/2022/04/iam-access-resource-organization/
        "aws:resourceaccount": role_arn.split(":")[4],
    }
    context = {**caller.context, **own, **mfa}
    return _found(policies, context, lambda statement, fill: is_resource(statement, role_arn, fill))


@dataclass(frozen=True, slots=True)
class _Found:
    """Whether a statement allows, and whether one denies."""

    allows: Answer
    denies: Answer

    @property
    def answer(self) -> Answer:
        return all_of([self.allows, not_(self.denies)])


def _found(
    policies: Iterable[Policy | None],
    context: Context,
    is_meant: Callable[[Statement, Fill], Answer],
    *,
    is_lenient: bool = False,
) -> _Found:
    """What the policies say. Lenient: anything unknown about a request may be in its favour."""
    found: dict[object, list[Answer]] = {"Allow": [], "Deny": []}
    for policy in policies:
        listed = statements(policy)
        if policy is None or listed is None:
            return _Found(None, None)
        fill = filling(policy, context)
        for statement in listed:
            effect = statement.get("Effect")
            if effect not in ("Allow", "Deny"):
                return _Found(None, None)
            doubt = effect == "Allow" if is_lenient else None
            parts = [is_action(statement, "sts:AssumeRole"), is_meant(statement, fill)]
            found[effect].append(all_of([*parts, *_are_met(statement, context, fill, doubt)]))
    return _Found(any_of(found["Allow"]), any_of(found["Deny"]))


def _is_principal(statement: Statement, meant: frozenset[str]) -> Answer:
    principal = statement.get("Principal")  # IAM stores no NotPrincipal
    if principal != "*" and not isinstance(principal, Mapping):
        return None
    return not meant.isdisjoint(principals(statement))


def _are_met(statement: Statement, context: Context, fill: Fill, doubt: Answer) -> Iterator[Answer]:
    for name, key, values in conditions(statement):
        answer = is_met(name, key, values, context, fill)
        # Nothing about MFA may be taken for granted.
        yield doubt if answer is None and key not in (PRESENT, AGE) else answer
