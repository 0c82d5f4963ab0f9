"""The watcher of the audit trail and its event bus, in process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.session import get_session
from moto import mock_aws
from moto.core.models import botocore_stubber

from tests.helpers.aws_faults import Wire
from tests.helpers.worlds import LOADER

BUS = "arn:aws:events:ap-northeast-1:123456789012:event-bus/default"
KEY = {"pk": {"S": "member#dev-simple-user"}, "sk": {"S": "2026-11-30T09:00:00.000000+00:00#1"}}


def record(event_name: str, **more: Any) -> dict[str, Any]:
    return {"eventName": event_name, "dynamodb": {"Keys": KEY}, **more}


@contextmanager
def event_bus() -> Iterator[Any]:
    """A client of a moto that has the default bus."""
    session = get_session()
    session.register_component("data_loader", LOADER)
    session.set_credentials("testing", "testing")
    with mock_aws():
        yield session.create_client("events", "ap-northeast-1")


def carried(client: Any, wire: Wire) -> None:
    """Let ``wire`` carry what ``client`` sends."""

    def carry(request: Any, event_name: str, **_: Any) -> Any:
        return wire.send(event_name.rpartition(".")[2], request)

    client.meta.events.unregister("before-send", botocore_stubber)
    client.meta.events.register("before-send", carry)
