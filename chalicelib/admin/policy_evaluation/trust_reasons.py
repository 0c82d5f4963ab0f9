"""Why a role's trust policy does not let a member in, as far as the policy tells."""

import re
from collections.abc import Iterator

from chalicelib.admin.policy_evaluation.callers import Caller, principals
from chalicelib.admin.policy_evaluation.conditions import VERSION_WITH_VARIABLES, Policy, conditions, statements
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa, trusts
from chalicelib.words import Words

_NO_EXTERNAL_ID = Words(
    "The role’s trust policy asks for an external ID, and the member’s config gives none: with the ID, it lets the"
    " member in."
)
_OTHER_EXTERNAL_ID = Words("The role’s trust policy asks for another external ID than the settings have.")
# The unique IDs that IAM puts in the place of a user or role that is deleted:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_DELETED = re.compile(r"(?:AIDA|AROA)[A-Z0-9]+")


def reasons(policy: Policy | None, caller: Caller, external_id: str | None = None) -> list[Words]:
    """Sentences that say why the caller does not get in, the likeliest first; none if they do or may.

    ``external_id`` is what the member's config gives.
    """
    if policy is None or statements(policy) is None:
        return []
    if trusts(policy, caller, external_id=external_id) is not False:
        return []
    return list(_found(policy, caller, external_id))


def _found(policy: Policy, caller: Caller, external_id: str | None) -> Iterator[Words]:
    version = str(policy.get("Version", "2008-10-17"))
    with_variables = {**policy, "Version": VERSION_WITH_VARIABLES}
    lets_in = trusts(with_variables, caller, external_id=external_id)
    if version != VERSION_WITH_VARIABLES and lets_in is not False:
        yield Words(
            "The role’s trust policy has the Version %(version)s, in which policy variables are plain text:"
            " it needs 2012-10-17.",
            version=version,
        )
    if any(trusts(policy, caller, external_id=value) is not False for value in _external_ids(policy)):
        yield _OTHER_EXTERNAL_ID if external_id else _NO_EXTERNAL_ID
    for name in _named(policy):
        if _DELETED.fullmatch(name):
            yield Words(
                "The role’s trust policy names %(id)s, a user or role that was deleted. A new one of the same name"
                " is not let in.",
                id=name,
            )
        elif name != caller.arn and name.rpartition("/")[2].lower() == caller.user_name.lower():
            yield Words(
                "The role’s trust policy names %(other)s, which is another user than %(own)s.",
                other=name,
                own=caller.arn,
            )
    if requires_mfa(policy, caller) is MFADemand.NOBODY:
        yield Words("The role’s trust policy lets in no IAM user of the member’s account.")


def _external_ids(policy: Policy) -> Iterator[str]:
    for statement in statements(policy) or []:
        yield from (
            value for _, key, values in conditions(statement) if key == "sts:externalid" for value in values
        )


def _named(policy: Policy) -> Iterator[str]:
    """The principals, and the ARNs of conditions on them."""
    for statement in statements(policy) or []:
        yield from (name for name in principals(statement) if ":user/" in name or _DELETED.fullmatch(name))
        for _, key, values in conditions(statement):
            yield from (value for value in values if key == "aws:principalarn" and ":user/" in value)
