"""How a stack is created, updated and explained, against a CloudFormation that does as it is told."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from firstday.stacks import DeploymentError, Stack

TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
MISSING = "missing"


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class FakeCloudFormation:
    """Says that the stack has one of ``statuses`` after the other; remembers what it was asked to do."""

    def __init__(
        self,
        statuses: Sequence[str],
        change_set: tuple[str, str] = ("CREATE_COMPLETE", ""),
        events: Sequence[dict[str, str]] = (),
    ) -> None:
        self.statuses = list(statuses)
        self.change_set = change_set
        self.events = list(events)
        self.asked: list[tuple[str, Any]] = []

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == MISSING:
            raise error("ValidationError", "Stack with id firstday does not exist")
        return {"Stacks": [{"StackStatus": status, "Outputs": [{"OutputKey": "Name", "OutputValue": "value"}]}]}

    def create_change_set(self, **options: Any) -> dict[str, str]:
        self.asked.append(("create_change_set", options))
        return {"Id": "change-set"}

    def describe_change_set(self, **_: str) -> dict[str, str]:
        return {"Status": self.change_set[0], "StatusReason": self.change_set[1]}

    def delete_change_set(self, **_: str) -> None:
        self.asked.append(("delete_change_set", None))

    def execute_change_set(self, **_: str) -> None:
        self.asked.append(("execute_change_set", None))

    def delete_stack(self, **_: str) -> None:
        self.asked.append(("delete_stack", None))

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        was_executed = ("execute_change_set", None) in self.asked
        return {"StackEvents": self.events if was_executed else self.events[-1:]}


class Pauses(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def no_upload(body: str) -> str:
    raise AssertionError(body)


def deploy(client: FakeCloudFormation) -> dict[str, str]:
    return Stack(client, "firstday", Pauses()).deploy(TEMPLATE, no_upload)


def asked(client: FakeCloudFormation) -> list[str]:
    return [name for name, _ in client.asked]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (MISSING, "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("UPDATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
    ],
)
def test_a_stack_that_is_there_is_updated_and_any_other_created(status: str, kind: str) -> None:
    client = FakeCloudFormation([status, "CREATE_COMPLETE"])
    assert deploy(client) == {"Name": "value"}
    assert client.asked[0][1]["ChangeSetType"] == kind
    assert asked(client) == ["create_change_set", "execute_change_set"]


def test_where_nothing_has_changed_nothing_is_done() -> None:
    reason = "The submitted information didn't contain changes."
    client = FakeCloudFormation(["CREATE_COMPLETE"], ("FAILED", reason))
    assert deploy(client) == {"Name": "value"}
    assert asked(client) == ["create_change_set", "delete_change_set"]


def test_a_template_that_is_not_accepted_is_explained() -> None:
    client = FakeCloudFormation(["CREATE_COMPLETE"], ("FAILED", "Transform failed"))
    with pytest.raises(DeploymentError, match="does not accept the template of firstday: Transform failed"):
        deploy(client)


def test_what_is_left_of_a_failed_creation_is_deleted_first() -> None:
    client = FakeCloudFormation(["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", MISSING, "CREATE_COMPLETE"])
    deploy(client)
    assert asked(client) == ["delete_stack", "create_change_set", "execute_change_set"]
    assert client.asked[1][1]["ChangeSetType"] == "CREATE"


def test_a_stack_that_somebody_else_is_changing_is_left_alone() -> None:
    client = FakeCloudFormation(["UPDATE_IN_PROGRESS"])
    with pytest.raises(DeploymentError, match=r"is being changed \(UPDATE_IN_PROGRESS\). Try again"):
        deploy(client)
    assert client.asked == []


def test_a_failure_names_the_resource_that_failed_first_and_its_reason() -> None:
    def event(number: int, resource: str, status: str, reason: str) -> dict[str, str]:
        texts = {"ResourceType": "AWS::IAM::Group", "ResourceStatusReason": reason}
        return {"EventId": str(number), "LogicalResourceId": resource, "ResourceStatus": status, **texts}

    newest_first = [
        event(5, "firstday", "UPDATE_ROLLBACK_COMPLETE", ""),
        event(4, "Other", "UPDATE_FAILED", "Resource update cancelled"),
        event(3, "Third", "CREATE_FAILED", "Also wrong"),
        event(2, "MembersGroup", "CREATE_FAILED", "firstday-members already exists"),
        event(1, "Old", "CREATE_FAILED", "Of a year ago"),
    ]
    client = FakeCloudFormation(["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], events=newest_first)
    with pytest.raises(DeploymentError) as caught:
        deploy(client)
    assert str(caught.value) == (
        "The stack firstday could not be deployed (UPDATE_ROLLBACK_COMPLETE). "
        "MembersGroup (AWS::IAM::Group): firstday-members already exists"
    )


def test_waiting_begins_with_quick_looks_and_slows_down() -> None:
    pauses = Pauses()
    client = FakeCloudFormation([MISSING, *["CREATE_IN_PROGRESS"] * 20, "CREATE_COMPLETE"])
    Stack(client, "firstday", pauses).deploy(TEMPLATE, no_upload)
    assert pauses[0] == 0.1
    assert pauses == sorted(pauses)
    assert pauses[-1] == 5.0


def test_waiting_ends_some_day() -> None:
    client = FakeCloudFormation([MISSING, "CREATE_IN_PROGRESS"])
    with pytest.raises(DeploymentError, match="takes longer than usual"):
        deploy(client)


def test_an_error_of_aws_says_what_was_being_done() -> None:
    class Denied(FakeCloudFormation):
        def create_change_set(self, **_: Any) -> dict[str, str]:
            raise error("AccessDenied", "User is not authorized")

    with pytest.raises(DeploymentError, match=r"Deploying the stack firstday: .*User is not authorized"):
        deploy(Denied([MISSING]))


def test_a_template_too_long_for_a_request_is_uploaded() -> None:
    client = FakeCloudFormation([MISSING, "CREATE_COMPLETE"])
    bodies: list[str] = []

    def upload(body: str) -> str:
        bodies.append(body)
        return "https://example.com/template"

    Stack(client, "firstday", Pauses()).deploy({"Description": "x" * 60_000}, upload)
    assert client.asked[0][1]["TemplateURL"] == "https://example.com/template"
    assert "TemplateBody" not in client.asked[0][1]
    assert len(bodies) == 1
