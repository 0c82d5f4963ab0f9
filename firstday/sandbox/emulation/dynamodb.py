"""DynamoDB's parts that ministack 1.5.33 lacks.

- TimeToLiveSpecification of AWS::DynamoDB::Table in CloudFormation;
- a Query's filter that names a key is refused: everything that works here has to work on AWS;
- CloudFormation deletes no table that is protected against deletion either, and DeleteTable says so in AWS's words.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
"""

from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_TABLE = "AWS::DynamoDB::Table"
_query = dynamodb._query
_delete_table = dynamodb._delete_table
_PROTECTED = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
)


def install() -> None:
    """Wrap Query and DeleteTable, and CloudFormation's creation, update and deletion of tables."""
    dynamodb._query = _query_without_filtered_keys
    dynamodb._delete_table = _delete_unprotected_table
    handlers = provisioners._RESOURCE_HANDLERS[_TABLE]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def create_with_ttl(logical_id: str, properties: Properties, stack_name: str) -> Any:
        name, attributes = create(logical_id, properties, stack_name)
        _set_ttl(name, {}, properties)
        return name, attributes

    def update_with_ttl(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
    ) -> Any:
        name, attributes = update(physical_id, old, new, stack_name, logical_id=logical_id)
        _set_ttl(name, old if name == physical_id else {}, new)
        return name, attributes

    def delete_unprotected(physical_id: str, properties: Properties) -> None:
        if _is_protected(physical_id):
            raise ValueError(f'Resource handler returned message: "{_PROTECTED}"')
        delete(physical_id, properties)

    own = {"create": create_with_ttl, "update": update_with_ttl, "delete": delete_unprotected}
    provisioners._RESOURCE_HANDLERS[_TABLE] = {**handlers, **own}


def _is_protected(name: str) -> bool:
    return str((dynamodb._tables.get(name) or {}).get("DeletionProtectionEnabled")).lower() == "true"


def _delete_unprotected_table(request: dict[str, Any]) -> Any:
    if _is_protected(dynamodb._normalize_table_name(request.get("TableName"))):
        return error_response_json("ValidationException", _PROTECTED, 400)
    return _delete_table(request)


def _set_ttl(table_name: str, old: Properties, new: Properties) -> None:
    """Change the time to live from that of the old template to that of the new one."""
    before, after = old.get("TimeToLiveSpecification"), new.get("TimeToLiveSpecification")
    wanted = after or (before and {**before, "Enabled": False})
    if wanted is None or after == before:
        return
    # A template's booleans may be words.
    is_enabled = str(wanted["Enabled"]).lower() == "true"
    specification = {"AttributeName": wanted["AttributeName"], "Enabled": is_enabled}
    status, _, body = dynamodb._update_ttl({"TableName": table_name, "TimeToLiveSpecification": specification})
    if status >= 400:
        raise ValueError(f"{_TABLE}: {body!r}")


def _query_without_filtered_keys(request: dict[str, Any]) -> Any:
    table = dynamodb._tables.get(dynamodb._normalize_table_name(request.get("TableName")))
    named = _attributes(request.get("FilterExpression") or "", request.get("ExpressionAttributeNames") or {})
    if table and named:
        partition, sort, _ = dynamodb._resolve_index_keys(table, request.get("IndexName"))
        for key in (partition, sort):
            if key in named:
                return error_response_json(
                    "ValidationException",
                    f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {key}",
                    400,
                )
    return _query(request)


def _attributes(expression: str, names: dict[str, str]) -> set[str]:
    """The top-level attributes that an expression names, among the names of its functions."""
    tokens = dynamodb._tokenize(expression)
    befores = [None, *(kind for kind, _ in tokens)]
    return {
        names.get(text, text)
        for before, (kind, text) in zip(befores, tokens, strict=False)
        if kind in ("IDENT", "NAME_REF") and before != "DOT"
    }
