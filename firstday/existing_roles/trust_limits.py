"""Whether a trust policy that lets everybody in is limited to accounts or an organisation by its conditions."""

from chalicelib.admin.policy_evaluation.conditions import Policy
from firstday.existing_roles.condition_words import Condition, conditions_of
from firstday.existing_roles.trust_principals import admitting, denying

# Nobody can choose these for themselves. Names, tags and external ids, anybody can.
_OF_ACCOUNTS = frozenset(
    {"aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn"}
)
_NEGATIONS = frozenset(
    {"StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"}
)


def limits_accounts(trust: Policy) -> bool:
    """Whether every Allow, or one Deny for all of them, is limited to named accounts or organisations."""
    if any(_is_limiting_denial(list(conditions_of(one))) for one in denying(trust) if _is_for_all(one)):
        return True
    return all(any(map(_is_limit, conditions_of(one))) for one in admitting(trust))


def _is_for_all(statement: object) -> bool:
    principal = statement.get("Principal") if isinstance(statement, dict) else None
    return principal == "*" or (isinstance(principal, dict) and principal.get("AWS") in ("*", ["*"]))


def _is_limit(condition: Condition) -> bool:
    return condition.is_equality and _names_accounts(condition)


def _is_limiting_denial(found: list[Condition]) -> bool:
    """A second condition would leave others in, and one that needs its key, those without an organisation."""
    if len(found) != 1:
        return False
    return found[0].plain in _NEGATIONS and found[0].is_met_by_absence and _names_accounts(found[0])


def _names_accounts(condition: Condition) -> bool:
    if condition.name not in _OF_ACCOUNTS or condition.operator.startswith("ForAllValues:"):
        return False
    return all(map(_is_one, (_part(condition.name, value) for value in condition.values)))


def _part(name: str, value: str) -> str:
    """What has to be one account or organisation."""
    if name == "aws:principalarn":
        return "".join(value.split(":")[4:5])
    return value.partition("/")[0]


def _is_one(part: str) -> bool:
    """Also the role's own organisation or account, by a variable."""
    return part != "" and (part.lower().startswith("${aws:resource") or not set(part) & {"*", "?", "$"})
