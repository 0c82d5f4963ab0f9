"""What the trust policy of a role that others manage demands, and what it leaves open, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.callers import Caller, principals, users_meant
from chalicelib.admin.policy_evaluation.conditions import VERSION_WITH_VARIABLES, Policy, Statement, statements
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa, trusts
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from firstday.existing_roles.condition_words import ALSO, MFA, MFA_AGE, Condition, conditions_of, demand, denials
from firstday.existing_roles.external_ids import demanded_external_id
from firstday.existing_roles.trust_limits import limits_accounts
from firstday.existing_roles.trust_principals import (
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

# Not a real session name: the question is about any other than the user's.
OTHER_NAME = "another-name"


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
    own = [one for one in admitting(trust) if is_for_users(one, account)]
    allows = [one for one in statements(trust) or [] if one.get("Effect") == "Allow"]
    others = dict.fromkeys(one for statement in allows for one in other_words(statement, account))
    external_id = demanded_external_id(trust, account)
    return TrustDescription(
        ways=tuple(_way(one, account, has_variables=has_variables) for one in own),
        denials=tuple(dict.fromkeys(one for statement in denying(trust) for one in _denied(statement))),
        others=tuple(others),
        gaps=tuple(dict.fromkeys(_gaps(trust, own, caller, role_account, external_id))),
        mfa=requires_mfa(trust, caller),
        without_mfa=tuple(dict.fromkeys(why for one in own if (why := _why_without_mfa(trust, one, caller)))),
        has_free_name=any(_has_free_name(trust, one, caller) for one in own),
        external_id=external_id,
    )


def _way(statement: Statement, account_id: str, *, has_variables: bool) -> Way:
    demands = [demand(one, has_variables=has_variables) for one in conditions_of(statement)]
    # What is known first, MFA before all.
    demands.sort(key=lambda one: (one.startswith(ALSO), not one.startswith("MFA")))
    return Way(tuple(own_words(statement, account_id)), tuple(demands))


def _denied(statement: Statement) -> list[str]:
    return denials(list(conditions_of(statement))) or ["nothing that helps: a Deny has no condition"]


def _gaps(
    trust: Policy, own: list[Statement], caller: Caller, role_account: str, external_id: str
) -> Iterator[str]:
    why = list(map(str, reasons(trust, caller, external_id or None)))
    yield from why
    for statement in own:
        yield from _of_way(trust, statement, caller)
    if _is_past_grants(own, caller, role_account):
        yield (
            "It names users themselves, or everybody, in the members' own account: they need no grant, so the"
            " conditions of the group's policy do not hold for them."
        )
    for one in deleted(trust):
        yield f"It trusts {deleted_words(one)}: a new one of that name does not get in."
    for one in foreign_accounts(trust, caller.account_id):
        yield f"It lets in users or roles of the account {one}."
    if trust.get("Version") != VERSION_WITH_VARIABLES and _has_variables(trust) and "Version" not in " ".join(why):
        yield "Its Version is not 2012-10-17, so that policy variables such as ${aws:username} are plain text."


def _of_way(trust: Policy, statement: Statement, caller: Caller) -> Iterator[str]:
    """What one statement leaves open, under all Deny statements."""
    alone = _alone(trust, statement)
    found = list(conditions_of(statement))
    if why := _why_without_mfa(trust, statement, caller):
        yield f"No MFA: {why}."
    elif requires_mfa(alone, caller) is MFADemand.UNKNOWN:
        yield "Whether it asks for MFA cannot be told from its conditions."
    if _has_free_name(trust, statement, caller):
        yield "Any session name: CloudTrail may show one user's actions under another's name."
    is_for_everybody = any(whom(one, caller.account_id) is Whom.EVERYBODY for one in principals(statement))
    if is_for_everybody and not limits_accounts(alone):
        yield "It trusts everybody (*), and no condition limits it to accounts or an organisation."
    for one in found:
        if one.is_met_by_absence and one.may_be_absent and one.name != MFA:
            yield f"{one.operator} {one.key} is met by a request without that key."


def _alone(trust: Policy, statement: Statement) -> Policy:
    return {**trust, "Statement": [statement, *denying(trust)]}


def _has_free_name(trust: Policy, statement: Statement, caller: Caller) -> bool:
    """Whether an IAM user of the caller's account may get in under another session name than their own."""
    alone = _alone(trust, statement)
    external_id = demanded_external_id(alone, caller.account_id) or None
    users = (user for user in users_meant(alone, caller) if user.account_id == caller.account_id)
    return any(trusts(alone, user, session_name=OTHER_NAME, external_id=external_id) is not False for user in users)


def _why_without_mfa(trust: Policy, statement: Statement, caller: Caller) -> str | None:
    if requires_mfa(_alone(trust, statement), caller) is not MFADemand.NO:
        return None
    return _why_no_mfa(list(conditions_of(statement)), trust)


def _why_no_mfa(found: list[Condition], trust: Policy) -> str:
    """Which condition on MFA lets somebody in without it; that there is none, else."""
    for one in (one for one in found if one.name == MFA):
        if one.operator.endswith("IfExists"):
            return f"{one.operator} is met by an access key alone, whose requests have no {one.key}"
        if one.operator.startswith("ForAllValues:"):
            return f"{one.operator} is met by an access key alone, as a request without {one.key} meets it"
        if len({value.lower() for value in one.values}) > 1:
            return f"{one} is met by sessions without MFA"
        return f"{one} is met without MFA"
    return _why_denials_miss(trust) or "no condition asks for it"


def _why_denials_miss(trust: Policy) -> str | None:
    """Whom the Deny statements on MFA leave out."""
    for found in (list(conditions_of(one)) for one in denying(trust)):
        for one in found:
            if one.name not in (MFA, MFA_AGE):
                continue
            if len(found) > 1:
                return f"the Deny with {one} is for some requests only"
            if one.plain == "Null":
                return f"the Deny with {one} misses sessions without MFA"
            if not one.is_met_by_absence:
                return f"the Deny with {one} misses access keys, whose requests have no {one.key}"
    return None


def _is_past_grants(own: list[Statement], caller: Caller, role_account: str) -> bool:
    kinds = {whom(one, caller.account_id) for statement in own for one in principals(statement)}
    return role_account == caller.account_id and bool(kinds & {Whom.EVERYBODY, Whom.USER})


def _has_variables(trust: Policy) -> bool:
    found = [one for statement in [*admitting(trust), *denying(trust)] for one in conditions_of(statement)]
    return any("${" in value for one in found for value in one.values)
