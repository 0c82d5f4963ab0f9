"""The watcher of the audit trail: its lines, and its events on a bus, for anything that the stream contains."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws
from moto.core.models import botocore_stubber

from chalicelib.audit_watcher import NotForwarded, tampering, watch
from tests.integration.conftest import LOADER
from tests.integration.faults import Call, Fault, Wire

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


class Answers:
    """A stand-in for EventBridge: it keeps what was sent, and refuses some entries."""

    def __init__(self, *codes: str) -> None:
        self.sent: list[Any] = []
        self._codes = codes

    def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803  # as botocore has it
        self.sent += Entries
        failed = [{"ErrorCode": code} for code in self._codes]
        return {"FailedEntryCount": len(failed), "Entries": [*failed, {"EventId": "1"}]}


@pytest.mark.parametrize(("event_name", "outcome"), [("MODIFY", "changed"), ("REMOVE", "removed")])
def test_what_happened_to_which_event_is_a_line(
    event_name: str, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    watch([record(event_name)], "request", None, None)
    assert json.loads(capsys.readouterr().out) == {
        "level": "warning",
        "request_id": "request",
        "actor": None,
        "action": "audit.tampered",
        "outcome": outcome,
        "subject": "dev-simple-user",
        "id": KEY["sk"]["S"],
    }


def test_an_event_that_concerns_no_member_has_no_subject() -> None:
    keys = {**KEY, "pk": {"S": "portal"}}
    assert tampering({"eventName": "REMOVE", "dynamodb": {"Keys": keys}})["subject"] is None


def test_a_time_to_live_that_somebody_set_is_tampering_and_names_dynamodb() -> None:
    identity = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert tampering(record("REMOVE", userIdentity=identity))["actor"] == "dynamodb.amazonaws.com"


def test_the_changed_items_other_attributes_are_in_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody who can write anything into the table cannot write it into the log."""
    image = {**KEY, "actor": {"S": "forged"}}
    watch([{"eventName": "MODIFY", "dynamodb": {"Keys": KEY, "NewImage": image}}], "request", None, None)
    assert "forged" not in capsys.readouterr().out


def test_with_a_bus_it_is_an_event_with_a_type_of_its_own() -> None:
    bus = Answers()
    watch([record("MODIFY"), record("REMOVE")], "request", bus, BUS)
    assert [(entry["EventBusName"], entry["Source"], entry["DetailType"]) for entry in bus.sent] == [
        (BUS, "firstday", "audit.tampered")
    ] * 2
    assert [json.loads(entry["Detail"])["event"]["outcome"] for entry in bus.sent] == ["changed", "removed"]


def test_what_a_bus_refuses_is_tried_again_by_lambda_and_its_line_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(NotForwarded, match="InternalFailure, ThrottlingException"):
        watch([record("REMOVE")], "request", Answers("ThrottlingException", "InternalFailure"), BUS)
    assert "audit.tampered" in capsys.readouterr().out


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.FAILED, Fault.CUT_AFTER])
def test_a_call_that_fails_is_botocores_to_repeat_and_then_lambdas(
    fault: Fault, capsys: pytest.CaptureFixture[str]
) -> None:
    with event_bus() as events:
        wire = Wire(Call("PutEvents", 1), fault)
        carried(events, wire)
        try:
            watch([record("REMOVE")], "request", events, BUS)
        except ClientError:
            watch([record("REMOVE")], "request", events, BUS)
        assert len(wire.calls) == 2
    assert "audit.tampered" in capsys.readouterr().out
