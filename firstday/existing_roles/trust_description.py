"""What the trust policy of a role that others manage demands, and what it leaves open, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.callers import Caller, principals, users_meant
from chalicelib.admin.policy_evaluation.conditions import VERSION_WITH_VARIABLES, Policy, Statement, statements
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa, trusts
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from firstday.existing_roles.admissions import Admission, admission
from firstday.existing_roles.condition_words import ALSO, conditions_of, demand, denials
from firstday.existing_roles.external_ids import demanded_external_id
from firstday.existing_roles.trust_principals import (
    EVERYBODY,
    Whom,
    admitting,
    deleted,
    deleted_words,
    denying,
    foreign_accounts,
    is_for_users,
    other_words,
    own_words,
    whom,
)


@dataclass(frozen=True, slots=True)
class Way:
    """One statement that lets IAM users of the identity account in: whom, and what it demands of them."""

    whom: tuple[str, ...]
    demands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustDescription:
    """``denials`` are what Deny statements demand, ``others`` who else gets in, ``gaps`` what is open.

    ``without_mfa`` says why IAM users get in without MFA, empty if they do not; ``has_free_name`` is about the
    session's name. ``external_id`` is what members have to send, "" for nothing.
    """

    ways: tuple[Way, ...]
    denials: tuple[str, ...]
    others: tuple[str, ...]
    gaps: tuple[str, ...]
    mfa: MFADemand
    without_mfa: tuple[str, ...]
    has_free_name: bool
    external_id: str


def described(trust: Policy, caller: Caller, role_account: str) -> TrustDescription:
    """The trust policy of a role of ``role_account``, for the IAM users of the caller's account."""
    account, has_variables = caller.account_id, trust.get("Version") == VERSION_WITH_VARIABLES
    own = [admission(trust, one, caller) for one in admitting(trust) if is_for_users(one, account)]
    allows = [one for one in statements(trust) or [] if one.get("Effect") == "Allow"]
    others = dict.fromkeys(one for statement in allows for one in other_words(statement, account))
    external_id = demanded_external_id(trust, account)
    return TrustDescription(
        ways=tuple(_way(one.statement, account, has_variables=has_variables) for one in own),
        denials=tuple(dict.fromkeys(one for statement in denying(trust) for one in _denied(statement, account))),
        others=tuple(others),
        gaps=tuple(dict.fromkeys(_gaps(trust, own, caller, role_account, external_id))),
        mfa=requires_mfa(trust, caller),
        without_mfa=tuple(dict.fromkeys(one.why_without_mfa for one in own if one.why_without_mfa)),
        has_free_name=any(one.has_free_name for one in own),
        external_id=external_id,
    )


def _way(statement: Statement, account_id: str, *, has_variables: bool) -> Way:
    demands = [demand(one, has_variables=has_variables) for one in conditions_of(statement)]
    # What is known first, MFA before all.
    demands.sort(key=lambda one: (one.startswith(ALSO), not one.startswith("MFA")))
    return Way(tuple(own_words(statement, account_id)), tuple(demands))


def _denied(statement: Statement, account_id: str) -> list[str]:
    is_for_all = EVERYBODY in principals(statement)
    whom = [] if is_for_all else [*own_words(statement, account_id), *other_words(statement, account_id)]
    return denials(list(conditions_of(statement)), ", ".join(whom))


def _gaps(
    trust: Policy, own: list[Admission], caller: Caller, role_account: str, external_id: str
) -> Iterator[str]:
    why = list(map(str, reasons(trust, caller, external_id or None)))
    yield from why or _of_members(trust, caller, external_id)
    for one in own:
        yield from one.gaps()
    if _is_past_grants(own, caller, role_account):
        yield (
            "It names users themselves, or everybody, in the members' own account: they need no grant, so the"
            " conditions of the group's policy do not hold for them."
        )
    for unique_id in deleted(trust):
        yield f"It trusts {deleted_words(unique_id)}: a new one of that name does not get in."
    for foreign in foreign_accounts(trust, caller.account_id):
        yield f"It lets in users or roles of the account {foreign}."
    if trust.get("Version") != VERSION_WITH_VARIABLES and _has_variables(trust) and "Version" not in " ".join(why):
        yield "Its Version is not 2012-10-17, so that policy variables such as ${aws:username} are plain text."


def _of_members(trust: Policy, caller: Caller, external_id: str) -> Iterator[str]:
    """That no member gets in, if that is certain for every one whom the policy may mean."""
    members = (
        one for one in users_meant(trust, caller) if (one.account_id, one.path) == (caller.account_id, caller.path)
    )
    if not any(trusts(trust, one, external_id=external_id or None) is not False for one in members):
        yield f"No member gets in as it is: they are IAM users under {caller.path}, with what profiles can send."


def _is_past_grants(own: list[Admission], caller: Caller, role_account: str) -> bool:
    kinds = {whom(text, caller.account_id) for one in own for text in principals(one.statement)}
    return role_account == caller.account_id and bool(kinds & {Whom.EVERYBODY, Whom.USER})


def _has_variables(trust: Policy) -> bool:
    found = [one for statement in [*admitting(trust), *denying(trust)] for one in conditions_of(statement)]
    return any("${" in value for one in found for value in one.values)
