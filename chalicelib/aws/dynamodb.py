"""DynamoDB, as far as the portal needs it: reads, and conditional writes together with their audit events."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.audit import AuditEvent
from chalicelib.aws.error_codes import translated
from chalicelib.aws.items import Item, event_item, item, mark_item
from chalicelib.aws_errors import AWSBusy
from chalicelib.cursors import unknown_cursor
from chalicelib.errors import FirstdayError
from chalicelib.logs import log_event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Write = dict[str, Any]
# The condition for a new item of the trail or the console's table.
NEW = "attribute_not_exists(pk)"
# Attributes with names that DynamoDB reserves: an expression has to use another name for them.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
_RESERVED = re.compile(r"(?<![:#\w])(groups|language|name|until|version|year)\b")


class ConditionFailed(FirstdayError):
    """The condition of a write was not met; ``found`` is the record as it was, if it was there.

    ``positions`` are those of the writes of a transaction whose conditions failed.
    """

    def __init__(self, found: Mapping[str, Any] | None = None, positions: Iterable[int] = ()) -> None:
        super().__init__()
        self.found = found
        self.positions = frozenset(positions)


class Conflict(AWSBusy):
    """Another write was under way at the ``positions`` of a transaction."""

    def __init__(self, positions: Iterable[int]) -> None:
        super().__init__()
        self.positions = frozenset(positions)


class Database:
    """One client, and the names of the portal's tables. Every method may raise AWSBusy.

    Without a ``mail_table``, no mail is sent.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        members_table: str,
        audit_table: str,
        console_table: str,
        mail_table: str = "",
    ) -> None:
        self.client = client
        self.members_table = members_table
        self.audit_table = audit_table
        self.console_table = console_table
        self.mail_table = mail_table
        if mail_table:  # now, as Lambda gives full speed only while it initialises; others do without
            import chalicelib.aws.mail_items  # noqa: F401

    def find(self, table: str, key: Item) -> Mapping[str, Any] | None:
        with translated():
            answer = self.client.get_item(TableName=table, Key=key, ConsistentRead=True)
        return answer.get("Item")

    def query(self, table: str, **request: Any) -> Mapping[str, Any]:
        """One page, as DynamoDB answers: ``Items``, and ``LastEvaluatedKey`` if there are more.

        InvalidInput if it rejects the starting point, the only part of a request that comes from outside.
        """
        with translated({"ValidationException": unknown_cursor()}):
            return self.client.query(TableName=table, **request)

    def updated(self, write: Write) -> Mapping[str, Any]:
        """Carry out an ``update`` by itself; returns the whole item after it. ConditionFailed if it is not met."""
        with translated(), _conditional():
            answer = self.client.update_item(
                **write, ReturnValues="ALL_NEW", ReturnValuesOnConditionCheckFailure="ALL_OLD"
            )
        return answer["Attributes"]

    def transact(self, writes: Iterable[Write], events: Iterable[AuditEvent], *, is_told: bool = True) -> None:
        """All or nothing. AWSBusy if a record has changed meanwhile: the next try reads it again."""
        try:
            self.transact_if(writes, events, is_told=is_told)
        except ConditionFailed:
            raise AWSBusy from None

    def transact_if(self, writes: Iterable[Write], events: Iterable[AuditEvent], *, is_told: bool = True) -> None:
        """All or nothing; ConditionFailed if a record does not meet its condition.

        Events that anybody can repeat are written once a minute: the rest is then done alone, also while another
        request writes it. Each event that was written is also a line of the log. What members are told by mail
        waits in the same transaction, unless it is to be told later.
        """
        records, told = list(writes), list(events)
        marks = [put(self.console_table, mark, NEW) for event in told if (mark := mark_item(event))]
        items = [event_item(event, position) for position, event in enumerate(told)]
        trail = [put(self.audit_table, new, NEW) for new in items]
        try:
            self._commit([*marks, *records, *trail, *(self._mails(told) if is_told else ())])
        except (ConditionFailed, Conflict) as refused:
            if not refused.positions or not refused.positions <= frozenset(range(len(marks))):
                raise
            self.transact_if(records, [event for event in told if mark_item(event) is None], is_told=is_told)
            return
        for event, new in zip(told, items, strict=True):
            log_event(event, new["sk"]["S"])

    def tell(self, events: Iterable[AuditEvent]) -> None:
        """Have members told by mail of ``events`` that were written before."""
        self._commit(self._mails(events))

    def _mails(self, events: Iterable[AuditEvent]) -> list[Write]:
        if not self.mail_table:
            return []
        from chalicelib.aws.mail_items import waiting_item

        mails = [waiting_item(event, position) for position, event in enumerate(events)]
        return [put(self.mail_table, mail, "attribute_not_exists(box)") for mail in mails if mail]

    def _commit(self, writes: Iterable[Write]) -> None:
        changes: list[Any] = [{_kind(write): write} for write in writes]
        if changes:
            with translated(), _conditional():
                self.client.transact_write_items(TransactItems=changes)


def put(table: str, new: Item, condition: str) -> Write:
    return {"TableName": table, "Item": new, "ConditionExpression": condition}


def update(table: str, key: Item, change: str, condition: str, **values: object) -> Write:
    """``change`` and ``condition`` are DynamoDB's expressions, with each of ``values`` as ``:name``."""
    return {"TableName": table, "Key": key} | expressions(
        {"UpdateExpression": change, "ConditionExpression": condition}, **values
    )


def delete(table: str, key: Item, condition: str) -> Write:
    return {"TableName": table, "Key": key} | expressions({"ConditionExpression": condition})


def expressions(written: Mapping[str, str], **values: object) -> dict[str, Any]:
    """The part of a request that holds expressions: placeholder names for the attributes, and the values."""
    request: dict[str, Any] = {kind: _RESERVED.sub(r"#\1", text) for kind, text in written.items()}
    if names := {name for text in written.values() for name in _RESERVED.findall(text)}:
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if values:
        request["ExpressionAttributeValues"] = item({f":{name}": value for name, value in values.items()})
    return request


def setting(changes: Mapping[str, object]) -> str:
    """The update expression for ``changes``; ``None`` and () remove an attribute.

    The values are to be given under the attributes' own names.
    """
    kept = [f"{name} = :{name}" for name, value in changes.items() if value not in (None, ())]
    gone = [name for name, value in changes.items() if value in (None, ())]
    parts = [f"SET {', '.join(kept)}"] if kept else []
    return " ".join([*parts, f"REMOVE {', '.join(gone)}"] if gone else parts)


def as_read(name: str, value: object) -> tuple[str, dict[str, object]]:
    """The condition that an attribute still has the value that was read, and that value: () may be absent."""
    if value is None:
        return f"attribute_not_exists({name})", {}
    if value == ():
        return f"(attribute_not_exists({name}) OR size({name}) = :none)", {"none": 0}
    return f"{name} = :read_{name}", {f"read_{name}": value}


def unchanged(condition: str, record: object, *names: str) -> tuple[str, dict[str, object]]:
    """``condition``, and that these attributes are as they were read; and the values that this needs."""
    conditions, values = [condition], dict[str, object]()
    for name in names:
        same, value = as_read(name, getattr(record, name))
        conditions.append(same)
        values |= value
    return " AND ".join(conditions), values


def values_of(changes: Mapping[str, object]) -> dict[str, object]:
    """The values that go with ``setting(changes)``."""
    return {name: value for name, value in changes.items() if value not in (None, ())}


def _kind(write: Write) -> str:
    if "Item" in write:
        return "Put"
    return "Update" if "UpdateExpression" in write else "Delete"


@contextmanager
def _conditional() -> Iterator[None]:
    """Tell a failed condition apart from everything else that DynamoDB may answer."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise ConditionFailed(error.response.get("Item")) from None
        if code != "TransactionCanceledException":
            raise
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        failed, others = (
            [position for position, reason in enumerate(reasons) if reason == code]
            for code in ("ConditionalCheckFailed", "TransactionConflict")
        )
        if failed:
            raise ConditionFailed(positions=failed) from None
        raise Conflict(others) if others else AWSBusy from None
