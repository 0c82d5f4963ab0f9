"""What each statement of a trust policy that lets IAM users in leaves open, under all of its Deny statements."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.callers import Caller, principals, users_meant
from chalicelib.admin.policy_evaluation.conditions import Policy, Statement
from chalicelib.admin.policy_evaluation.mfa_contexts import AGE as MFA_AGE
from chalicelib.admin.policy_evaluation.mfa_contexts import PRESENT as MFA
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa, trusts
from firstday.existing_roles.condition_words import Condition, conditions_of
from firstday.existing_roles.external_ids import demanded_external_id
from firstday.existing_roles.trust_limits import limits_accounts
from firstday.existing_roles.trust_principals import EVERYBODY, denying

# Not real session names: the question is about any other than the user's, and about some that contain it.
OTHER_NAMES = ("another-name", "{}-x", "x-{}")


@dataclass(frozen=True, slots=True)
class Admission:
    """One statement. ``why_without_mfa`` says why users get in without MFA; None if they do not.

    ``is_unlimited``: everybody in AWS gets in.
    """

    statement: Statement
    mfa: MFADemand
    why_without_mfa: str | None
    has_free_name: bool
    is_unlimited: bool

    def gaps(self) -> Iterator[str]:
        """What it leaves open, in sentences."""
        if self.why_without_mfa:
            yield f"No MFA: {self.why_without_mfa}."
        elif self.mfa is MFADemand.UNKNOWN:
            yield "Whether it asks for MFA cannot be told from its conditions."
        if self.has_free_name:
            yield "Any session name: CloudTrail may show one user's actions under another's name."
        if self.is_unlimited:
            yield "It trusts everybody (*), and no condition limits it to accounts or an organisation."
        for one in conditions_of(self.statement):
            if one.is_met_by_absence and one.may_be_absent and one.name != MFA:
                yield f"{one.operator} {one.key} is met by a request without that key."


def admission(trust: Policy, statement: Statement, caller: Caller) -> Admission:
    """What one statement of ``trust`` means for the IAM users of the caller's account."""
    alone = {**trust, "Statement": [statement, *denying(trust)]}
    demand = requires_mfa(alone, caller)
    return Admission(
        statement=statement,
        mfa=demand,
        why_without_mfa=_why_without_mfa(statement, trust) if demand is MFADemand.NO else None,
        has_free_name=_has_free_name(alone, caller),
        is_unlimited=EVERYBODY in principals(statement) and not limits_accounts(alone),
    )


def _has_free_name(alone: Policy, caller: Caller) -> bool:
    """Whether an IAM user of the caller's account may get in under another session name than their own."""
    external_id = demanded_external_id(alone, caller.account_id) or None
    users = (user for user in users_meant(alone, caller) if user.account_id == caller.account_id)
    asked = ((user, name.format(user.user_name)) for user in users for name in OTHER_NAMES)
    return any(trusts(alone, user, session_name=name, external_id=external_id) is not False for user, name in asked)


def _why_without_mfa(statement: Statement, trust: Policy) -> str:
    """Which condition on MFA lets somebody in without it; that there is none, else."""
    for one in (one for one in conditions_of(statement) if one.name == MFA):
        if one.operator.endswith("IfExists"):
            return f"{one.operator} is met by an access key alone, whose requests have no {one.key}"
        if one.operator.startswith("ForAllValues:"):
            return f"{one.operator} is met by an access key alone, as a request without {one.key} meets it"
        if len({value.lower() for value in one.values}) > 1:
            return f"{one} is met by sessions without MFA"
        return f"{one} is met without MFA"
    for found in (list(conditions_of(one)) for one in denying(trust)):
        if missed := _whom_misses(found):
            return missed
    return "no condition asks for it"


def _whom_misses(found: list[Condition]) -> str | None:
    """Whom a Deny on MFA with these conditions leaves out."""
    one = next((one for one in found if one.name in (MFA, MFA_AGE)), None)
    if one is None:
        return None
    if len(found) > 1:
        return f"the Deny with {one} is for some requests only"
    if one.plain == "Null":
        return f"the Deny with {one} misses sessions without MFA"
    if not one.is_met_by_absence:
        return f"the Deny with {one} misses access keys, whose requests have no {one.key}"
    return None
