"""Checking the statements of an inline permissions policy, as administrators write them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Mapping

from chalicelib.settings.table import Complaint, Rule, Table

_OPERATOR = (
    r"(ForAllValues:|ForAnyValue:)?"
    r"(String(Not)?Equals(IgnoreCase)?|String(Not)?Like|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)"
    r"|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null"
)


def read_statement(table: Table, partition: str) -> Mapping[str, object]:
    """The statement as it was written, its mistakes reported to ``table``."""
    table.text("Sid", _sid, default="")
    table.text("Effect", _effect)
    _read_either(table, "Action", _action)
    _read_either(table, "Resource", _resource_in(partition))
    if "Condition" in table.values:
        _read_condition(table.table("Condition"))
    table.close()
    return table.values


def _read_either(table: Table, name: str, rule: Rule) -> None:
    """IAM wants exactly one of, say, Action and NotAction."""
    opposite = f"Not{name}"
    if name in table.values and opposite in table.values:
        table.complain(opposite, f"It cannot stand beside {name}.", "Keep one of the two.")
    chosen = opposite if opposite in table.values and name not in table.values else name
    table.texts(chosen, rule, one_alone=True)
    if table.values.get(chosen) == []:
        table.complain(chosen, "The list is empty.", "List at least one.")
    table.ignore(opposite if chosen == name else name)


def _read_condition(table: Table) -> None:
    for operator in table.values:
        if not re.fullmatch(_OPERATOR, operator):
            remedy = 'Use one of IAM\'s, such as "StringEquals" or "Bool".'
            table.complain(operator, "There is no such condition operator.", remedy)
        keys = table.table(operator)
        for key, value in keys.values.items():
            if not _is_condition_value(value):
                keys.complain(key, "IAM cannot compare with this.", "Write text, or a list of texts.")


def _is_condition_value(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(
        isinstance(one, bool) or (isinstance(one, str) and _is_policy_text(one)) for one in values
    )


def _is_policy_text(value: str) -> bool:
    """Policy documents hold Latin-1 only; a line break in a value is never meant."""
    return re.fullmatch("[\x20-\x7e\xa1-\xff]+", value) is not None


def _sid(value: str) -> Complaint | None:
    if re.fullmatch("[A-Za-z0-9]+", value):
        return None
    return Complaint("IAM does not take this Sid.", "Use letters and digits only.")


def _effect(value: str) -> Complaint | None:
    if value in ("Allow", "Deny"):
        return None
    return Complaint("IAM does not know this effect.", 'Write "Allow" or "Deny".')


def _action(value: str) -> Complaint | None:
    if value == "*" or re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*?]+", value):
        return None
    return Complaint("This is not an action.", 'Write service and action: "s3:GetObject".')


def _resource_in(partition: str) -> Rule:
    def rule(value: str) -> Complaint | None:
        beginning = f"arn:{partition or 'aws[a-z-]*'}(:[^:]*){{3}}:."
        if value == "*" or (re.match(beginning, value) and _is_policy_text(value)):
            return None
        return Complaint("This is not the ARN of a resource here.", f'Write "*" or "arn:{partition}:...".')

    return rule
