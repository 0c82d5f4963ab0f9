"""The conditions of a trust policy in words. Each comes with itself as it stands in the policy: none is left out.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.conditions import Statement, texts
from chalicelib.admin.policy_evaluation.mfa_contexts import AGE as MFA_AGE
from chalicelib.admin.policy_evaluation.mfa_contexts import PRESENT as MFA
from chalicelib.settings.role_patterns import ITSELF
from chalicelib.words import hours
from firstday.existing_roles.escaping import quoted

EXTERNAL_ID, SESSION_NAME = "sts:externalid", "sts:rolesessionname"
# Before a key for which there are no words.
ALSO = "also demands"
EXTERNAL_ID_PATTERN = "an external id of a pattern"
# Every request of an IAM user has these.
_ALWAYS_THERE = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:securetransport",
        "aws:userid",
        "aws:username",
        SESSION_NAME,
    }
)
_EQUAL = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it is written; ``operator`` and ``key`` are "" for what is no condition."""

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """The key in small letters, as IAM compares it."""
        return self.key.lower()

    @property
    def plain(self) -> str:
        """The operator without set operator and ``IfExists``."""
        return self.operator.rpartition(":")[2].removesuffix("IfExists")

    @property
    def is_met_by_absence(self) -> bool:
        """Whether a request without the key meets it."""
        is_for_all = self.operator.startswith("ForAllValues:")
        is_negated = "Not" in self.plain and not self.operator.startswith("ForAnyValue:")
        return self.operator.endswith("IfExists") or is_for_all or is_negated

    @property
    def may_be_absent(self) -> bool:
        """Whether an IAM user's request may lack the key."""
        return self.name not in _ALWAYS_THERE

    @property
    def is_equality(self) -> bool:
        """Whether it asks for one of its values, and a request without the key does not meet it."""
        return self.plain in _EQUAL and not self.is_met_by_absence

    def __str__(self) -> str:
        return " ".join([self.operator, self.key, ", ".join(map(quoted, self.values))]).strip()


def conditions_of(statement: Statement) -> Iterator[Condition]:
    """All conditions of a statement as they are written, also what cannot be read as one."""
    blocks = statement.get("Condition", {})
    if not isinstance(blocks, Mapping):
        yield Condition("", "Condition", tuple(texts(blocks)))
        return
    for operator, block in blocks.items():
        if not isinstance(block, Mapping):
            yield Condition(str(operator), "", tuple(texts(block)))
            continue
        for key, values in block.items():
            yield Condition(str(operator), str(key), tuple(texts(values)))


def demand(condition: Condition, *, has_variables: bool) -> str:
    """What an Allow with this condition demands."""
    words = None
    if not condition.is_met_by_absence:
        words = _words(condition, has_variables)
    elif condition.name == MFA:
        words = "MFA, where the request tells of it"
    if words is None:
        return f"{ALSO} {condition.key or 'a condition'} ({condition})"
    return f"{words} ({condition})"


def denials(found: Sequence[Condition], to: str = "") -> list[str]:
    """What a Deny with all of these conditions demands; ``to`` is whom it denies, "" for everybody."""
    denied = f"denied to {to}" if to else "denied"
    if not found:
        return [f"all is {denied}"]
    where = f"{denied} where {' and '.join(map(str, found))}"
    if len(found) == 1 and _is_mfa_denial(found[0]):
        return [f"MFA ({where})"]
    return [f"{ALSO} {one.key or 'a condition'} ({where})" for one in found]


def _is_mfa_denial(condition: Condition) -> bool:
    return condition.name == MFA and condition.operator == "BoolIfExists" and condition.values == ("false",)


def _words(condition: Condition, has_variables: bool) -> str | None:
    name, values = condition.name, condition.values
    if name == SESSION_NAME:
        return _session_name(condition, has_variables)
    if name.startswith("aws:principaltag/"):
        return f"the tag {condition.key.partition('/')[2]} of the IAM user" if condition.is_equality else None
    if name.startswith("aws:requesttag/") or name in ("aws:tagkeys", "sts:transitivetagkeys"):
        return _not_sent("session tags")(condition.plain, values)
    known = _KNOWN.get(name)
    return known(condition.plain, values) if known else None


def _session_name(condition: Condition, has_variables: bool) -> str | None:
    if not condition.is_equality:
        return None
    if not all("${" in value for value in condition.values):
        return "one of certain session names"
    if not has_variables:
        return "a session name that contains the variable as plain text"
    return (
        "the user's own name as the session name"
        if condition.values == (ITSELF,)
        else "a session name of that form"
    )


def _mfa(operator: str, values: Sequence[str]) -> str | None:
    wanted = {value.lower() for value in values}
    match operator, sorted(wanted):
        case (("Bool" | "StringEquals" | "StringEqualsIgnoreCase" | "StringLike"), ["true"]):
            return "MFA"
        case "Bool", ["false", "true"]:
            return "a request that tells of MFA, be it yes or no"
        case "Bool", ["false"]:
            return "no MFA: whoever has used a code is refused"
        case "Null", ["false"]:
            return "a request that tells of MFA, which sessions without MFA do too"
    return None


def _age(operator: str, values: Sequence[str]) -> str | None:
    if operator == "Null" and [value.lower() for value in values] == ["false"]:
        return "MFA"
    if operator not in ("NumericLessThan", "NumericLessThanEquals") or len(values) != 1:
        return None
    return f"MFA that is not older than {_duration(values[0])}" if _is_number(values[0]) else None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d{1,9}", text, re.ASCII) is not None


def _duration(text: str) -> str:
    seconds = int(text)
    if seconds >= _DAY and seconds % _DAY == 0:
        days = seconds // _DAY
        return f"{days} day{'' if days == 1 else 's'}"
    return f"{hours(seconds)} h" if seconds % 900 == 0 else f"{seconds} seconds"


def _external_id(operator: str, values: Sequence[str]) -> str | None:
    if operator not in _EQUAL:
        return None
    if operator == "StringLike" and any(set(value) & {"*", "?"} for value in values):
        return EXTERNAL_ID_PATTERN
    return f"the external id {quoted(values[0])}" if len(values) == 1 else "one of several external ids"


def _dated(operator: str, values: Sequence[str]) -> str | None:
    kind = re.fullmatch(r"(?:Date|Numeric)(Less|Greater)Than(?:Equals)?", operator)
    if kind is None or len(values) != 1:
        return None
    return f"a date {'before' if kind[1] == 'Less' else 'after'} {values[0]}"


def _caller_type(operator: str, values: Sequence[str]) -> str | None:
    if operator not in _EQUAL:
        return None
    return "an IAM user" if list(values) == ["User"] else "a certain kind of caller"


def _if_equal(words: str) -> Callable[[str, Sequence[str]], str | None]:
    return lambda operator, _: words if operator in _EQUAL else None


def _not_sent(words: str) -> Callable[[str, Sequence[str]], str | None]:
    def demanded(operator: str, values: Sequence[str]) -> str | None:
        is_absence = operator == "Null" and list(values) != ["false"]
        return None if is_absence else f"{words}, which members' profiles do not send"

    return demanded


def _if_address(operator: str, _: Sequence[str]) -> str | None:
    return "certain addresses" if operator == "IpAddress" else None


def _transport(operator: str, values: Sequence[str]) -> str | None:
    return (
        "HTTPS, which all tools use" if operator == "Bool" and [one.lower() for one in values] == ["true"] else None
    )


_ORGANISATION = _if_equal("users of an organisation")
_KNOWN: Mapping[str, Callable[[str, Sequence[str]], str | None]] = {
    MFA: _mfa,
    MFA_AGE: _age,
    EXTERNAL_ID: _external_id,
    "sts:sourceidentity": _not_sent("a source identity"),
    "aws:sourceidentity": _not_sent("a source identity"),
    "aws:sourceip": _if_address,
    "aws:vpcsourceip": _if_address,
    "aws:sourcevpc": _if_equal("a certain VPC"),
    "aws:sourcevpcarn": _if_equal("a certain VPC"),
    "aws:sourcevpce": _if_equal("a certain VPC endpoint"),
    "aws:principalorgid": _ORGANISATION,
    "aws:principalorgpaths": _ORGANISATION,
    "aws:principalaccount": _if_equal("users of certain accounts"),
    "aws:principaltype": _caller_type,
    "aws:principalarn": _if_equal("certain users, by their ARN"),
    "aws:username": _if_equal("certain user names"),
    "aws:userid": _if_equal("certain users, by their unique id"),
    "aws:currenttime": _dated,
    "aws:epochtime": _dated,
    "aws:securetransport": _transport,
}
