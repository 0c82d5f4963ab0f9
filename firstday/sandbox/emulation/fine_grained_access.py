"""The condition keys with which DynamoDB's items and attributes are guarded: LeadingKeys, Attributes, and two more.

ministack 1.5.33 knows the attributes of a projection only, and none of a transaction's parts.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

- LeadingKeys are the partition keys that a request names; of an index, those of the index.
- Attributes are the top-level ones that it names: in keys, items, projections, updates, conditions and filters.
- A key that a request has no value for is absent, and ``ForAllValues`` is true then: who may ``Scan`` under a condition
  on LeadingKeys reads everything, and who may read without a projection reads every attribute.
- Select is always there for reads, ReturnValues for single writes, and each is absent from the others.
"""

import json
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from firstday.sandbox.emulation import served_request

_EXPRESSIONS = (
    "ProjectionExpression",
    "UpdateExpression",
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
)
# Of the API before expressions: attributes as the keys of an object.
_OBJECTS = ("Key", "Item", "AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter")
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
_SINGLE_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
# Words of expressions that are no attributes, unless behind a "#".
_WORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})
_transaction_checks = iam_actions.dynamodb_transaction_checks
Record = dict[str, Any]


class _PartOfTransaction(str):
    """The action of one part, with the condition keys of that part."""

    keys: Record


def install() -> None:
    """Replace ministack's condition keys, and give each part of a transaction its own."""
    enforce = iam_evaluator.enforce

    def enforced(key_id: str, action: str, *arguments: Any, **options: Any) -> Any:
        if isinstance(action, _PartOfTransaction):
            options["service_context"] = (options.get("service_context") or {}) | action.keys
        return enforce(key_id, action, *arguments, **options)

    iam_evaluator.enforce = enforced
    iam_actions.dynamodb_service_context = _keys_of_request
    iam_actions.dynamodb_transaction_checks = _checks_with_keys


def _keys_of_request(body: bytes) -> Record:
    current, request = served_request.current(), _read(body)
    action = current.action if current else ""
    if action.startswith("Transact"):
        return {}
    keys = condition_keys(request)
    if action in _READS:
        is_limited = any(request.get(name) for name in ("ProjectionExpression", "AttributesToGet"))
        default = "SPECIFIC_ATTRIBUTES" if is_limited else "ALL_ATTRIBUTES"
        keys["dynamodb:Select"] = request.get("Select") or default
    if action in _SINGLE_WRITES:
        keys["dynamodb:ReturnValues"] = request.get("ReturnValues") or "NONE"
    return keys


def _checks_with_keys(iam_action: str, body: bytes, *arguments: Any) -> list[tuple[str, str]]:
    items = _read(body).get("TransactItems")
    parts = [
        (name, part)
        for item in (items if isinstance(items, list) else ())
        for name in iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS
        if isinstance(item, dict) and isinstance(part := item.get(name), dict)
    ]
    return [
        (_with_keys(action, part), arn)
        for name, part in parts
        for action, arn in _transaction_checks(iam_action, _alone(name, part), *arguments)
    ]


def _alone(name: str, part: Record) -> bytes:
    return json.dumps({"TransactItems": [{name: part}]}).encode()


def _with_keys(action: str, part: Record) -> str:
    found = _PartOfTransaction(action)
    found.keys = condition_keys(part)
    return found


def condition_keys(request: Record) -> Record:
    """The leading keys and attributes of a request, or of one part of a transaction."""
    named = list(_single_requests(request))
    leading = sorted({key for one in named for key in _leading_keys(one)})
    attributes = sorted({name for one in named for name in _attributes(one)})
    found = {"dynamodb:LeadingKeys": leading, "dynamodb:Attributes": attributes}
    return {name: values for name, values in found.items() if values}


def _single_requests(request: Record) -> Iterator[Record]:
    """The request itself; of a batch, each of its items."""
    batches = request.get("RequestItems")
    if not isinstance(batches, dict):
        yield request
        return
    for table, batch in batches.items():
        if isinstance(batch, list):
            for write in batch:
                yield from ({**part, "TableName": table} for part in write.values())
        else:
            yield from ({**batch, "TableName": table, "Key": key} for key in batch.get("Keys") or ())


def _leading_keys(request: Record) -> Iterator[str]:
    table = dynamodb._tables.get(dynamodb._normalize_table_name(request.get("TableName")))
    if not table:
        return
    partition, *_ = dynamodb._resolve_index_keys(table, request.get("IndexName"))
    for holder in ("Key", "Item"):
        yield from _values([(request.get(holder) or {}).get(partition)])
    legacy = (request.get("KeyConditions") or {}).get(partition) or {}
    yield from _values(legacy.get("AttributeValueList") or [])
    values = request.get("ExpressionAttributeValues") or {}
    tokens = dynamodb._tokenize(request.get("KeyConditionExpression") or "")
    for clause in dynamodb._key_condition_clauses(tokens):
        if partition in _named_in(clause, request):
            yield from _values([values.get(text) for kind, text in clause if kind == "VALUE_REF"])


def _values(found: list[Any]) -> Iterator[str]:
    """Keys are strings, numbers or binaries, in DynamoDB's writing."""
    for one in found:
        yield from (str(value) for value in (one or {}).values())


def _attributes(request: Record) -> Iterator[str]:
    for name in _OBJECTS:
        yield from request.get(name) or {}
    yield from request.get("AttributesToGet") or ()
    for name in _EXPRESSIONS:
        yield from _named_in(dynamodb._tokenize(request.get(name) or ""), request)


def _named_in(tokens: list[tuple[str, str]], request: Record) -> set[str]:
    """The top-level attributes in the tokens of an expression, without the names of its functions and clauses."""
    names = request.get("ExpressionAttributeNames") or {}
    befores, afters = [("", ""), *tokens], [*tokens[1:], ("", "")]
    return {
        names.get(text, text)
        for (before, _), (kind, text), (after, _) in zip(befores, tokens, afters, strict=False)
        if before != "DOT"
        and (kind == "NAME_REF" or (kind == "IDENT" and after != "LPAREN" and text.upper() not in _WORDS))
    }


def _read(body: bytes) -> Record:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
