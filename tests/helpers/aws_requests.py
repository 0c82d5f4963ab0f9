"""Every call to AWS that is made while somebody uses the portal, as IAM authorizes it: action, resource, keys.

Which type of resource an action has is the Service Authorization Reference's, in the copy that cfn-lint carries.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest
from moto.iam.models import iam_backends

from tests.helpers.aws_faults import Wire
from tests.helpers.iam_evaluation import Request
from tests.helpers.moto_gaps import xml

ACCOUNT, REGION = "123456789012", "ap-northeast-1"
REFERENCE = json.loads(files("cfnlint").joinpath("data/AdditionalSpecs/Policies.json").read_text())
IAM = f"arn:aws:iam::{ACCOUNT}"
# A write in a transaction needs the permission of the same write by itself.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
# Attributes in expressions, which are no values and no functions; then the words that are none.
_NAMES = re.compile(r"(?<![:#\w])#?[a-z_]\w*\b(?!\()", re.IGNORECASE)
_OF_EXPRESSIONS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT"})
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"


class Unmatched(LookupError):
    """The user or group does not exist, so IAM knows no path that a policy could match."""


class Recorder(Wire):
    """Notes each call with ``where`` it came from, and has moto answer it.

    ``where`` tells the use case. For a user or group that does not exist, IAM lets no policy
    with a path apply: here, too, the answer is AccessDenied, and the portal has to cope with it.
    """

    def __init__(self, where: Callable[[], str]) -> None:
        super().__init__()
        self.requests: defaultdict[Request, set[str]] = defaultdict(set)
        self.unmatched: set[str] = set()
        self._where = where

    @property
    def places(self) -> set[str]:
        return set().union(*self.requests.values())

    @property
    def operations(self) -> set[str]:
        """The calls, by botocore's names."""
        return {call.operation for call in self.calls}

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        try:
            for each in requests_of(operation, request):
                self.requests[each].add(self._where())
        except Unmatched:
            self.unmatched.add(operation)
            return xml(request, DENIED, 403)
        return super().send(operation, request)


def requests_of(operation: str, request: AWSPreparedRequest) -> Iterator[Request]:
    """IAM's requests for the call; Unmatched if it cannot say yes, KeyError if this module does not know them."""
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    if "://events." in request.url:
        for entry in json.loads(body)["Entries"]:
            yield Request(f"events:{operation}", entry["EventBusName"])
    elif "dynamodb" in request.url:
        yield from _of_dynamodb(operation, json.loads(body))
    else:
        yield _of_iam(operation, {name: values[0] for name, values in parse_qs(body).items()})


def _of_dynamodb(operation: str, sent: dict[str, Any]) -> Iterator[Request]:
    if operation == "TransactWriteItems":
        for item in sent["TransactItems"]:
            ((kind, write),) = item.items()
            action = f"dynamodb:{IN_TRANSACTIONS[kind]}"
            yield Request(action, table_arn(write["TableName"]), sets=tuple(_sets(write)))
        return
    assert "table" in REFERENCE["dynamodb"]["Actions"][operation.lower()]["Resources"], operation
    index = f"/index/{sent['IndexName']}" if "IndexName" in sent else ""
    yield Request(f"dynamodb:{operation}", table_arn(sent["TableName"]) + index, sets=tuple(_sets(sent)))


def _sets(sent: dict[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """The attributes that an update names, and the box of a mail: what policies of functions are limited to.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    if "UpdateExpression" in sent:
        names = sent.get("ExpressionAttributeNames", {})
        written = f"{sent['UpdateExpression']} {sent.get('ConditionExpression', '')}"
        words = {names.get(word, word) for word in _NAMES.findall(written)} - _OF_EXPRESSIONS
        yield "dynamodb:Attributes", frozenset({*sent["Key"], *words})
    if "Item" in sent and "box" in sent["Item"]:
        yield "dynamodb:LeadingKeys", frozenset({sent["Item"]["box"]["S"]})


def table_arn(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _of_iam(operation: str, sent: dict[str, str]) -> Request:
    types = REFERENCE["iam"]["Actions"][operation.lower()].get("Resources", [])
    keys = (("iam:PermissionsBoundary", sent["PermissionsBoundary"]),) if "PermissionsBoundary" in sent else ()
    return Request(f"iam:{operation}", _RESOURCES[types[0]](operation, sent) if types else "*", keys)


def _user(operation: str, sent: dict[str, str]) -> str:
    users = iam_backends[ACCOUNT]["aws"].users.values()
    if operation == "CreateUser":
        return f"{IAM}:user{sent['Path']}{sent['UserName']}"
    if operation == "GetAccessKeyLastUsed":
        found = [user for user in users for key in user.access_keys if key.access_key_id == sent["AccessKeyId"]]
    else:
        found = [user for user in users if user.name == sent["UserName"]]
    return _only(f"{IAM}:user{user.path}{user.name}" for user in found)


def _group(_: str, sent: dict[str, str]) -> str:
    groups = iam_backends[ACCOUNT]["aws"].groups.values()
    return _only(f"{IAM}:group{group.path}{group.name}" for group in groups if group.name == sent["GroupName"])


def _device(_: str, sent: dict[str, str]) -> str:
    return sent.get("SerialNumber") or f"{IAM}:mfa{sent.get('Path', '/')}{sent['VirtualMFADeviceName']}"


def _role(_: str, sent: dict[str, str]) -> str:
    """Roles may be read under any path, so also a role that does not exist."""
    roles = iam_backends[ACCOUNT]["aws"].roles.values()
    found = [f"{role.path}{role.name}" for role in roles if role.name == sent["RoleName"]]
    return f"{IAM}:role{(found or ['/' + sent['RoleName']])[0]}"


def _only(arns: Iterator[str]) -> str:
    for arn in arns:
        return arn
    raise Unmatched


_RESOURCES: dict[str, Callable[[str, dict[str, str]], str]] = {
    "user": _user,
    "group": _group,
    "mfa": _device,
    "role": _role,
}
