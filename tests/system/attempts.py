"""Attempts to do more than a policy should allow, and what stops each of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.system.lambda_role import Client

# The fields of an Attempt.
Row = tuple[Any, ...]


class Control(StrEnum):
    """What refuses an attempt."""

    NO_ACTION = "no statement allows the action"
    OTHER_RESOURCE = "the action is allowed on other resources only"
    CONDITION = "the action is allowed on this resource, but not like this"
    EXPLICIT_DENY = "a statement denies it, whatever else is allowed"
    BOUNDARY = "the permissions boundary does not allow it, though a policy does"
    TRUST = "the trust policy of the role, though a policy allows it"
    SESSION = "AWS takes it from an access key only, whatever a policy says"
    # The embedded AWS lacks the operation and always refuses it: only the policy shows that AWS would refuse.
    NOT_HERE = "no statement allows the action; not tried, as the embedded AWS lacks it"


@dataclass(frozen=True)
class Attempt:
    """``call`` is a client's service and method. In ``arguments``, ``<word>`` stands for what a test knows."""

    sentence: str
    action: str
    call: str
    arguments: Mapping[str, Any]
    stopped_by: Control = Control.NO_ACTION

    def __str__(self) -> str:
        return self.sentence.replace(" ", "_")

    def make(self, client: Client, places: Mapping[str, str]) -> None:
        """Make the attempt and see it refused, for the reason that the table gives."""
        service, _, method = self.call.partition(".")
        with pytest.raises(ClientError) as caught:
            getattr(client(service), method)(**filled(self.arguments, places))
        self.check(caught.value.response["Error"]["Code"], str(caught.value))

    def check(self, code: str, message: str) -> None:
        if self.stopped_by is Control.NOT_HERE:
            assert code == "InvalidAction", f"the embedded AWS knows {self.action} by now: {message}"
            return
        assert code in {"AccessDenied", "AccessDeniedException"}, message
        if self.stopped_by is Control.SESSION:
            assert message.endswith(f"Cannot call {self.action.partition(':')[2]} with session credentials")
            return
        # It names the action that was evaluated, so it was not refused as unknown.
        assert re.search(rf"not authorized to perform: {re.escape(self.action)}\b", message), message
        assert ("with an explicit deny" in message) is (self.stopped_by is Control.EXPLICIT_DENY), message


def filled(value: Any, places: Mapping[str, str]) -> Any:
    """``value`` with every ``<word>`` replaced, however deep."""
    if isinstance(value, str):
        return re.sub("<([a-z_]+)>", lambda found: places[found[1]], value)
    if isinstance(value, Mapping):
        return {filled(key, places): filled(each, places) for key, each in value.items()}
    return [filled(each, places) for each in value] if isinstance(value, list) else value
