"""How a stack is created, updated and explained, against a stand-in for CloudFormation."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from firstday.aws_calls import DeploymentError
from firstday.deployment.stack import Stack
from tests.helpers.deployments import deploy_stack
from tests.helpers.faked_clients import FakedClient

TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
MISSING = "missing"


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class FakeCloudFormation(FakedClient, service="cloudformation"):
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
        outputs = [{"OutputKey": "Name", "OutputValue": "value"}]
        return {"Stacks": [{"StackId": "stack", "StackStatus": status, "Outputs": outputs}]}

    def create_change_set(self, **options: Any) -> dict[str, str]:
        self.asked.append(("create_change_set", options))
        return {"Id": "change-set", "StackId": "stack"}

    def describe_change_set(self, **_: str) -> dict[str, str]:
        return {"Status": self.change_set[0], "StatusReason": self.change_set[1]}

    def delete_change_set(self, **_: str) -> None:
        self.asked.append(("delete_change_set", None))

    def execute_change_set(self, **_: str) -> None:
        self.asked.append(("execute_change_set", None))

    def delete_stack(self, **named: str) -> None:
        assert named == {"StackName": "stack"}, "by its name it may be another one by now"
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
    return deploy_stack(Stack(client, "firstday", Pauses()), TEMPLATE, no_upload)


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


def test_a_name_that_is_taken_is_named_with_its_resource_although_cloudformation_only_hints_at_it() -> None:
    hint = (
        "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot"
    )
    event = {
        "LogicalResourceId": "OperatorsGroup",
        "ResourceType": "AWS::IAM::Group",
        "ValidationStatusReason": "Resource of type 'AWS::IAM::Group' with identifier 'operators' already exists.",
    }

    class Validating(FakeCloudFormation):
        def get_paginator(self, operation: str) -> Any:
            assert operation == "describe_events"
            return self

        def paginate(self, **options: Any) -> list[dict[str, Any]]:
            assert options == {"ChangeSetName": "change-set", "Filters": {"FailedEvents": True}}
            assert asked(self) == ["create_change_set"], "the change set is what tells"
            return [{"OperationEvents": [{"EventType": "HOOK_INVOCATION_ERROR"}]}, {"OperationEvents": [event]}]

    client = Validating([MISSING, "REVIEW_IN_PROGRESS"], ("FAILED", hint))
    with pytest.raises(
        DeploymentError, match=r"OperatorsGroup \(AWS::IAM::Group\): Resource of type .* already exists"
    ):
        deploy(client)
    assert asked(client) == ["create_change_set", "delete_change_set", "delete_stack"]


def test_whoever_interrupts_the_planning_leaves_nothing_behind() -> None:
    class Interrupted(FakeCloudFormation):
        def describe_change_set(self, **_: str) -> dict[str, str]:
            raise KeyboardInterrupt

        def delete_change_set(self, **_: str) -> None:
            raise error("InvalidChangeSetStatus", "is in CREATE_IN_PROGRESS status")

    client = Interrupted([MISSING, "REVIEW_IN_PROGRESS"])
    with pytest.raises(KeyboardInterrupt):
        deploy(client)
    assert asked(client) == ["create_change_set", "delete_stack"]


def test_where_cloudformation_refuses_there_is_nothing_to_wait_for() -> None:
    class Busy(FakeCloudFormation):
        def execute_change_set(self, **_: str) -> None:
            raise error("InvalidChangeSetStatus", "is in UPDATE_IN_PROGRESS state")

    stack = Stack(Busy(["UPDATE_COMPLETE"]), "firstday", Pauses())
    change_set = stack.plan(TEMPLATE, no_upload)
    assert change_set
    with pytest.raises(DeploymentError, match=r"Deploying the stack firstday: .*UPDATE_IN_PROGRESS"):
        stack.begin(change_set)


class Listing(FakeCloudFormation):
    """Answers as AWS does in cases where the embedded AWS differs."""

    def __init__(
        self, status: str, *, summaries: Sequence[dict[str, str]] = (), body: Any = None, **more: Any
    ) -> None:
        super().__init__([status], **more)
        self.summaries, self.body = summaries, body

    def get_template(self, **_: str) -> dict[str, Any]:
        return {} if self.body is None else {"TemplateBody": self.body}

    def get_paginator(self, _: str) -> "Listing":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"StackResourceSummaries": self.summaries}]

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        return {"StackEvents": self.events}


def test_whoever_may_not_ask_for_the_details_is_told_what_there_is() -> None:
    class Silent(FakeCloudFormation):
        def get_paginator(self, _: str) -> Any:
            raise error("AccessDenied", "not authorized to perform: cloudformation:DescribeEvents")

    client = Silent([MISSING, "REVIEW_IN_PROGRESS"], ("FAILED", "[AWS::EarlyValidation::ResourceExistenceCheck]"))
    with pytest.raises(DeploymentError, match=r"does not accept the template of firstday: \[AWS::EarlyValidation"):
        deploy(client)


def test_a_template_that_firstday_has_not_made_is_told() -> None:
    with pytest.raises(DeploymentError, match="no JSON, so not by firstday deploy"):
        Stack(Listing("UPDATE_COMPLETE", body="Resources: {}"), "firstday").template()


@pytest.mark.parametrize("body", [None, ""])
def test_a_stack_that_was_only_planned_has_no_template(body: str | None) -> None:
    assert Stack(Listing("REVIEW_IN_PROGRESS", body=body), "firstday").template() == {}


def test_what_a_failed_creation_had_made_is_no_resource_of_the_stack_any_more() -> None:
    gone = {"LogicalResourceId": "MembersTable", "PhysicalResourceId": "x", "ResourceStatus": "DELETE_COMPLETE"}
    never = {"LogicalResourceId": "Operators", "ResourceStatus": "CREATE_FAILED"}
    assert Stack(Listing("ROLLBACK_COMPLETE", summaries=[gone, never]), "firstday").resources() == {}


def test_of_what_a_removal_has_kept_the_newest_counts() -> None:
    kept = {"LogicalResourceId": "MembersTable", "ResourceStatus": "DELETE_SKIPPED"}
    events = [kept | {"PhysicalResourceId": "new"}, kept | {"PhysicalResourceId": "replaced"}]
    assert Stack(Listing("DELETE_FAILED", events=events), "firstday").resources() == {"MembersTable": "new"}


def test_all_pages_of_what_would_change_are_read() -> None:
    class Paged(FakeCloudFormation):
        def describe_change_set(self, **asked: str) -> dict[str, Any]:
            token = asked.get("NextToken")
            following = {} if token else {"NextToken": "more"}
            return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": {"Page": token}}], **following}

    change_set = Stack(Paged(["UPDATE_COMPLETE"]), "firstday", Pauses()).plan(TEMPLATE, no_upload)
    assert change_set
    assert [change["ResourceChange"]["Page"] for change in change_set.changes] == [None, "more"]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([MISSING, "REVIEW_IN_PROGRESS"], ["delete_change_set", "delete_stack"]),
        (["UPDATE_COMPLETE"], ["delete_change_set"]),
        # Somebody else has deployed, or is about to, or has discarded it.
        ([MISSING, "CREATE_COMPLETE"], ["delete_change_set"]),
        ([MISSING, "CREATE_IN_PROGRESS"], ["delete_change_set"]),
        ([MISSING, MISSING], ["delete_change_set"]),
    ],
)
def test_a_plan_that_is_discarded_leaves_no_stack_that_was_only_planned(
    statuses: list[str], expected: list[str]
) -> None:
    client = FakeCloudFormation(statuses)
    stack = Stack(client, "firstday", Pauses())
    change_set = stack.plan(TEMPLATE, no_upload)
    assert change_set
    stack.discard(change_set)
    assert asked(client)[1:] == expected


def test_a_template_that_is_not_accepted_leaves_what_somebody_else_has_deployed_meanwhile() -> None:
    client = FakeCloudFormation([MISSING, "CREATE_COMPLETE"], ("FAILED", "Transform failed"))
    with pytest.raises(DeploymentError, match="Transform failed"):
        deploy(client)
    assert asked(client) == ["create_change_set", "delete_change_set"]


def test_tags_are_always_named_so_that_none_stays_that_the_settings_gave_up() -> None:
    for tags, expected in ({}, []), ({"Owner": "x"}, [{"Key": "Owner", "Value": "x"}]):
        client = FakeCloudFormation(["UPDATE_COMPLETE"])
        Stack(client, "firstday", Pauses()).plan(TEMPLATE, no_upload, tags)
        assert client.asked[0][1]["Tags"] == expected


def test_each_event_is_reported_once_and_none_of_former_times() -> None:
    def event(number: int) -> dict[str, str]:
        return {
            "EventId": str(number),
            "LogicalResourceId": f"Resource{number}",
            "ResourceStatus": "CREATE_COMPLETE",
        }

    class Busy(FakeCloudFormation):
        def describe_stacks(self, **named: str) -> dict[str, Any]:
            self.events.insert(0, event(len(self.events)))
            return super().describe_stacks(**named)

    client = Busy(
        ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], events=[event(0)]
    )
    stack = Stack(client, "firstday", Pauses())
    change_set = stack.plan(TEMPLATE, no_upload)
    assert change_set
    told: list[list[str]] = []
    stack.begin(change_set, lambda events: told.append([found["EventId"] for found in events]))()
    assert [number for part in told for number in part] == ["1", "2", "3", "4"]


def test_a_removal_says_what_holds_it_up() -> None:
    class Held(FakeCloudFormation):
        def describe_stacks(self, **named: str) -> dict[str, Any]:
            found = super().describe_stacks(**named)
            found["Stacks"][0]["StackId"] = "stack"
            return found

        def describe_stack_events(self, **_: str) -> dict[str, Any]:
            held = {
                "LogicalResourceId": "Group",
                "ResourceType": "AWS::IAM::Group",
                "ResourceStatus": "DELETE_FAILED",
            }
            events = [held | {"EventId": "2", "ResourceStatusReason": "must remove users first"}, {"EventId": "1"}]
            return {"StackEvents": events if ("delete_stack", None) in self.asked else events[1:]}

    stack = Stack(
        Held(["UPDATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"]), "x", Pauses()
    )
    with pytest.raises(DeploymentError) as caught:
        stack.delete()
    assert str(caught.value) == (
        "The stack x could not be removed (DELETE_FAILED). Group (AWS::IAM::Group): must remove users first"
    )


def test_removing_what_is_not_there_does_nothing() -> None:
    client = FakeCloudFormation([MISSING])
    Stack(client, "firstday", Pauses()).delete()
    assert asked(client) == []


def test_what_is_left_of_a_failed_creation_is_deleted_first() -> None:
    failed = "ROLLBACK_COMPLETE"
    client = FakeCloudFormation([failed, failed, "DELETE_IN_PROGRESS", MISSING, "CREATE_COMPLETE"])
    change_set = Stack(client, "firstday", Pauses()).plan(TEMPLATE, no_upload)
    assert change_set
    assert change_set.follows_failure
    assert asked(client) == ["delete_stack", "create_change_set"]
    assert client.asked[1][1]["ChangeSetType"] == "CREATE"


def test_what_somebody_else_has_mended_meanwhile_is_not_deleted() -> None:
    client = FakeCloudFormation(["ROLLBACK_COMPLETE", "CREATE_COMPLETE"])
    with pytest.raises(DeploymentError, match="Somebody else has deployed the stack firstday"):
        deploy(client)
    assert client.asked == []


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name firstday"),
        ("ROLLBACK_FAILED", "aws cloudformation delete-stack --stack-name firstday"),
        ("CREATE_FAILED", "aws cloudformation delete-stack --stack-name firstday"),
        ("DELETE_FAILED", "firstday remove"),
        ("UPDATE_FAILED", "aws cloudformation rollback-stack --stack-name firstday"),
    ],
)
def test_a_stack_that_cannot_be_deployed_as_it_is_comes_with_the_way_out(status: str, remedy: str) -> None:
    client = FakeCloudFormation([status])
    with pytest.raises(DeploymentError, match=rf"The stack firstday .*\({status}\).*{remedy}"):
        deploy(client)
    assert client.asked == []
    while_deploying = FakeCloudFormation(["UPDATE_COMPLETE", status])
    with pytest.raises(DeploymentError, match=rf"could not be deployed \({status}\).*{remedy}"):
        deploy(while_deploying)


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
    deploy_stack(Stack(client, "firstday", pauses), TEMPLATE, no_upload)
    assert pauses[0] == 0.02
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

    deploy_stack(Stack(client, "firstday", Pauses()), {"Description": "x" * 60_000}, upload)
    assert client.asked[0][1]["TemplateURL"] == "https://example.com/template"
    assert "TemplateBody" not in client.asked[0][1]
    assert len(bodies) == 1
