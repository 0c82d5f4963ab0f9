"""CloudFormation's change sets, which say what it would do to a stack: made, read, and discarded."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from firstday.aws_calls import Client, DeploymentError, explained
from firstday.deployment.states import Pause, state_of, waited_for

CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
EARLY_VALIDATION = "EarlyValidation"
# CloudFormation's codes for a change set that was overtaken by another.
NOT_EXECUTED = ("InvalidChangeSetStatus", "ChangeSetNotFound")
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What CloudFormation would do; ``changes`` are those of DescribeChangeSet, all pages of them.

    ``follows_failure`` says that the remains of a failed creation had to be deleted first.
    """

    change_set_id: str
    stack_id: str
    is_new: bool
    changes: tuple[Mapping[str, Any], ...]
    follows_failure: bool = False


def make(
    client: Client, stack: str, options: Mapping[str, object], pause: Pause, *, is_new: bool
) -> ChangeSet | None:
    """The change set of ``options``, None if there is nothing to change. Raises DeploymentError or ClientError."""
    made = client.create_change_set(
        StackName=stack,
        ChangeSetName=f"firstday-{uuid.uuid4().hex}",
        ChangeSetType="CREATE" if is_new else "UPDATE",
        Capabilities=CAPABILITIES,
        **options,
    )
    planned = ChangeSet(str(made["Id"]), str(made["StackId"]), is_new, ())
    with discarded_on_failure(partial(discard, client, stack, planned)):
        found = waited_for(
            lambda: client.describe_change_set(ChangeSetName=planned.change_set_id), "Status", stack, pause
        )
        if found["Status"] != "FAILED":
            return replace(planned, changes=tuple(_changes(client, planned.change_set_id, found)))
        reason = found.get("StatusReason", "no reason given")
        if any(text in reason for text in NO_CHANGES):
            discard(client, stack, planned)
            return None
        why = _invalid(client, planned.change_set_id) if EARLY_VALIDATION in reason else ""
        raise DeploymentError(f"CloudFormation does not accept the template of {stack}: {why or reason}")


def check_available(client: Client, stack: str, change_set: ChangeSet) -> None:
    """Raises DeploymentError where CloudFormation would not execute it any more: the stack is not what it was."""
    try:
        found = client.describe_change_set(ChangeSetName=change_set.change_set_id)
    except ClientError as error:
        if error.response["Error"]["Code"] in NOT_EXECUTED:
            raise DeploymentError(_meanwhile(stack, "gone")) from error
        raise
    if (status := found["ExecutionStatus"]) != "AVAILABLE":
        raise DeploymentError(_meanwhile(stack, status))


def execute(client: Client, stack: str, change_set: ChangeSet) -> None:
    """Have CloudFormation begin; raises DeploymentError where the stack is not what it was, or ClientError."""
    try:
        client.execute_change_set(
            ChangeSetName=change_set.change_set_id,
            ClientRequestToken=uuid.uuid4().hex,  # botocore may send it twice: then it is the same request
            # If the creation fails, CloudFormation removes what it made, also what outlives the stack later on.
            RetainExceptOnCreate=True,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in NOT_EXECUTED:
            raise
        raise DeploymentError(f"Deploying the stack {stack}: {_meanwhile(stack, str(error))}") from error


def _meanwhile(stack: str, status: str) -> str:
    return (
        f"Somebody has changed the stack {stack}, or is changing it, since the plan was made ({status}). Run this "
        "again: it shows what would change now."
    )


@contextmanager
def discarded_on_failure(discard_it: Callable[[], None]) -> Iterator[None]:
    """If anything ends the block, even Ctrl-C, the change set is discarded: nobody else knows about it yet."""
    try:
        yield
    except BaseException:
        with suppress(DeploymentError):
            discard_it()
        raise


def discard(client: Client, stack: str, change_set: ChangeSet) -> None:
    """Leave everything as it is; a stack that was only planned goes, unless somebody else has deployed it.

    Raises DeploymentError.
    """
    with explained(f"Discarding the changes of the stack {stack}"):
        try:
            client.delete_change_set(ChangeSetName=change_set.change_set_id)
        finally:  # one that is still being made cannot be deleted; it goes with its stack
            if change_set.is_new and state_of(client, change_set.stack_id) == "REVIEW_IN_PROGRESS":
                client.delete_stack(StackName=change_set.stack_id)


def _changes(client: Client, change_set_id: str, page: Any) -> Iterator[Mapping[str, Any]]:
    yield from page.get("Changes", [])
    while token := page.get("NextToken"):
        page = client.describe_change_set(ChangeSetName=change_set_id, NextToken=token)
        yield from page["Changes"]


def _invalid(client: Client, change_set_id: str) -> str:
    """What CloudFormation's own checks found wrong with the resources; empty if it does not tell."""
    try:
        options = {"ChangeSetName": change_set_id, "Filters": {"FailedEvents": True}}
        pages = list(client.get_paginator("describe_events").paginate(**options))
    except ClientError:  # without the permission to ask for more, the known reason has to be enough
        return ""
    return " ".join(
        f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {event['ValidationStatusReason']}"
        for page in pages
        for event in page["OperationEvents"]
        if event.get("ValidationStatusReason")
    )
