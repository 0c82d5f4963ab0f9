"""The external id that a trust policy demands of IAM users.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from chalicelib.admin.policy_evaluation.callers import principals
from chalicelib.admin.policy_evaluation.conditions import VERSION_WITH_VARIABLES, Policy, Statement
from chalicelib.settings.switch_role_groups import external_id_rule
from firstday.existing_roles.condition_words import EXTERNAL_ID, Condition, conditions_of
from firstday.existing_roles.trust_principals import Whom, admitting, is_for_users, whom


def demanded_external_id(trust: Policy, account_id: str) -> str:
    """The external id with which most IAM users of the account get in; "" if they need none, or it is a pattern.

    Statements for the whole account come before those for single users.
    """
    own = [one for one in admitting(trust) if is_for_users(one, account_id)]
    own.sort(key=lambda one: not _is_wide(one, account_id))
    wide = [one for one in own if _is_wide(one, account_id)] or own
    if any(not _conditions(one) for one in wide):
        return ""
    found = [value for one in own for condition in _conditions(one) for value in _values(condition, trust)]
    return found[0] if found else ""


def has_external_id_condition(trust: Policy) -> bool:
    """Whether any statement looks at the external id."""
    return any(_conditions(one) for one in admitting(trust))


def _is_wide(statement: Statement, account_id: str) -> bool:
    return any(whom(one, account_id) in (Whom.ACCOUNT, Whom.EVERYBODY) for one in principals(statement))


def _conditions(statement: Statement) -> list[Condition]:
    """Those that a request without an external id does not meet."""
    found = (one for one in conditions_of(statement) if one.name == EXTERNAL_ID and not one.is_met_by_absence)
    return [one for one in found if not (one.plain == "Null" and one.values == ("true",))]


def _values(condition: Condition, trust: Policy) -> list[str]:
    """The values that can be sent as they stand."""
    if not condition.is_equality:
        return []
    is_pattern = condition.plain in ("StringLike", "ArnLike", "ArnEquals")
    has_variables = trust.get("Version") == VERSION_WITH_VARIABLES
    return [
        value
        for value in condition.values
        if external_id_rule(value) is None
        and not (is_pattern and set(value) & {"*", "?"})
        and not (has_variables and "${" in value)
    ]
