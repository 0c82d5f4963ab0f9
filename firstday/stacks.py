"""Creating, updating and deleting a CloudFormation stack, and explaining failures."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import FirstdayError
from firstday.stack_events import News, Report, reasons_of

# What CloudFormation takes within the request; beyond, the template has to be in S3.
LONGEST_TEMPLATE_BODY = 51_200
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
EARLY_VALIDATION = "EarlyValidation"
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
# There is a name, and nothing in it: it was only planned, or its creation failed.
HOLLOW = (None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
# What is kept of a stack then: its resources are listed no more, or only in part.
_REMOVED = ("DELETE_FAILED", "DELETE_COMPLETE")
PATIENCE_SECONDS = 900
_DELETE = (
    "aws cloudformation delete-stack --stack-name {name}, then "
    "aws cloudformation wait stack-delete-complete --stack-name {name}, then deploy again."
)
# What CloudFormation does not update, by status: how to get out of it. All in the stack's account and region.
_WAYS_OUT = {
    "UPDATE_ROLLBACK_FAILED": "A change failed, and so did going back to what was. Mend what hinders it, then run "
    "aws cloudformation continue-update-rollback --stack-name {name}, then "
    "aws cloudformation wait stack-rollback-complete --stack-name {name}, then deploy again.",
    "ROLLBACK_FAILED": f"Its creation failed, and so did removing what there was of it. Run {_DELETE}",
    "CREATE_FAILED": f"Its creation failed, and what there is of it was left. Run {_DELETE}",
    "UPDATE_FAILED": "A change failed, and nobody has gone back to what was. Run "
    "aws cloudformation rollback-stack --stack-name {name}, then "
    "aws cloudformation wait stack-rollback-complete --stack-name {name}, then deploy again.",
    "DELETE_FAILED": "Its removal has failed half-way. firstday remove goes on, and names what hinders it. "
    f"If only this stack was to be removed, run {_DELETE}",
}

Client = Any  # botocore makes its clients' classes at run time
Pause = Callable[[float], None]
# Puts a template that is too long into S3 and returns its URL.
Upload = Callable[[str], str]


class Session(Protocol):
    """What is needed of a session of boto3: clients with credentials and endpoint settled."""

    def client(self, service_name: str, region_name: str | None = None) -> Client: ...


class DeploymentError(FirstdayError):
    """AWS refused, or could not do, part of a deployment; the message says which and why."""

    code = "deployment"


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn botocore's errors into DeploymentError, beginning with what was being done."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise DeploymentError(f"{doing}: {error}") from error


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What CloudFormation would do; ``changes`` are those of DescribeChangeSet, all pages of them.

    ``follows_failure`` says that what a failed creation had left was deleted for it: there was no other way.
    """

    change_set_id: str
    stack_id: str
    is_new: bool
    changes: tuple[Mapping[str, Any], ...]
    follows_failure: bool = False


class Stack:
    """One stack, by name, in the account and region of ``client``. All methods raise DeploymentError."""

    def __init__(self, client: Client, name: str, pause: Pause = time.sleep, stack_id: str | None = None) -> None:
        """``stack_id`` is that of a stack that is gone, which by its name is not found any more."""
        self.name = name
        self._client = client
        self._pause = pause
        self._id = stack_id or name

    def plan(
        self, template: Mapping[str, object], upload: Upload, tags: Mapping[str, str] | None = None
    ) -> ChangeSet | None:
        """What bringing the stack up to ``template`` would do, None if there is nothing to change."""
        with explained(f"Deploying the stack {self.name}"):
            status = self._settled_status()
            if status in _WAYS_OUT:
                words = f"The stack {self.name} cannot be deployed as it is ({status})."
                raise DeploymentError(f"{words} {self._out(status)}")
            if follows_failure := status == "ROLLBACK_COMPLETE":
                self._forget()
                status = None
            body = json.dumps(template, separators=(",", ":"))
            is_long = len(body.encode()) > LONGEST_TEMPLATE_BODY
            source = {"TemplateURL": upload(body)} if is_long else {"TemplateBody": body}
            given = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
            change_set = self._change_set({**source, "Tags": given}, is_new=status in HOLLOW)
            return replace(change_set, follows_failure=follows_failure) if change_set else None

    def begin(self, change_set: ChangeSet, report: Report | None = None) -> Callable[[], None]:
        """Have CloudFormation do what was planned; returns what waits for it. An error means: nothing was begun."""
        with explained(f"Deploying the stack {self.name}"):
            news = News(self._events, report)
            self._client.execute_change_set(
                ChangeSetName=change_set.change_set_id,
                ClientRequestToken=uuid.uuid4().hex,  # botocore may send it twice: then it is the same request
                # What a creation that fails has made goes again, also what outlives the stack later on.
                RetainExceptOnCreate=True,
            )
        return partial(self._wait_until_deployed, news)

    def _wait_until_deployed(self, news: News) -> None:
        with explained(f"Deploying the stack {self.name}"):
            status = self._wait(self._describe, "StackStatus", news.report)["StackStatus"]
            if status not in DONE:
                reasons = reasons_of(news.all())
                words = f"The stack {self.name} could not be deployed ({status}). {reasons} {self._out(status)}"
                raise DeploymentError(words.rstrip())

    def discard(self, change_set: ChangeSet) -> None:
        """Leave everything as it is; a stack that was only planned goes, unless somebody else has deployed it."""
        with explained(f"Discarding the changes of the stack {self.name}"):
            try:
                self._client.delete_change_set(ChangeSetName=change_set.change_set_id)
            finally:  # one that is still being made cannot be deleted; it goes with its stack
                if change_set.is_new and self._status(change_set.stack_id) == "REVIEW_IN_PROGRESS":
                    self._client.delete_stack(StackName=change_set.stack_id)

    def delete(self, report: Report | None = None) -> None:
        """Delete the stack, and wait for it. What outlives it is left."""
        with explained(f"Removing the stack {self.name}"):
            if self._settled_status() is None:
                return
            stack_id = self._describe()["StackId"]  # by its name it will not be found in the end
            news = News(lambda: self._events(stack_id), report)
            self._client.delete_stack(StackName=stack_id)
            status = self._wait(lambda: self._describe(stack_id), "StackStatus", news.report)["StackStatus"]
            if status != "DELETE_COMPLETE":
                reasons = reasons_of(news.all())
                raise DeploymentError(f"The stack {self.name} could not be removed ({status}). {reasons}")

    def outputs(self) -> dict[str, str] | None:
        """The stack's outputs, None if there is no such stack."""
        with explained(f"Looking at the stack {self.name}"):
            try:
                outputs = self._describe().get("Outputs", [])
            except ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
            return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def parameters(self) -> dict[str, str]:
        """The stack's parameters, none if there is no such stack."""
        with explained(f"Looking at the stack {self.name}"):
            if self._status() is None:
                return {}
            parameters = self._describe().get("Parameters", [])
            return {each["ParameterKey"]: each["ParameterValue"] for each in parameters}

    def status(self) -> str | None:
        """The stack's status, None if there is no such stack."""
        with explained(f"Looking at the stack {self.name}"):
            return self._status()

    def is_hollow(self) -> bool:
        """Whether nothing is deployed in it: there is no such stack, or only its name."""
        return self.status() in HOLLOW

    def template(self) -> Mapping[str, Any]:
        """The template that the stack was deployed with; empty for one that was only planned."""
        with explained(f"Looking at the stack {self.name}"):
            found = self._client.get_template(StackName=self._id).get("TemplateBody") or {}
        if not isinstance(found, dict):
            raise DeploymentError(
                f"The stack {self.name} was deployed with a template that is no JSON, so not by firstday deploy. "
                "Run firstday deploy first: then it is known what is in it."
            )
        return found

    def resources(self) -> dict[str, str]:
        """The physical ids of what there is of the stack, by logical ids; of one that is removed, what was kept."""
        with explained(f"Looking at the stack {self.name}"):
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self._id)
            found = [resource for page in pages for resource in page["StackResourceSummaries"]]
            if self._status() in _REMOVED:
                kept = [event for event in self._events() if event["ResourceStatus"] == "DELETE_SKIPPED"]
                found = [*reversed(kept), *found]
            return {
                each["LogicalResourceId"]: each["PhysicalResourceId"]
                for each in found
                if each.get("PhysicalResourceId") and each["ResourceStatus"] != "DELETE_COMPLETE"
            }

    def removed(self) -> list["Stack"]:
        """The stacks of this name that are gone, of which CloudFormation still tells: those of the last 90 days."""
        with explained(f"Looking for stacks called {self.name} that were removed"):
            pages = self._client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
            found = [each for page in pages for each in page["StackSummaries"] if each["StackName"] == self.name]
            return [Stack(self._client, self.name, self._pause, each["StackId"]) for each in found]

    def _settled_status(self) -> str | None:
        status = self._status()
        if status and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise DeploymentError(f"The stack {self.name} is being changed ({status}). Try again when it is done.")
        return status

    def _out(self, status: str) -> str:
        """How to get out of a status that CloudFormation does not update; empty for any other."""
        return _WAYS_OUT.get(status, "").format(name=self.name)

    def _status(self, stack_id: str | None = None) -> str | None:
        try:
            return str(self._describe(stack_id)["StackStatus"])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _describe(self, stack_id: str | None = None) -> Any:
        return self._client.describe_stacks(StackName=stack_id or self._id)["Stacks"][0]

    def _change_set(self, options: Mapping[str, object], *, is_new: bool) -> ChangeSet | None:
        made = self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"firstday-{uuid.uuid4().hex}",
            ChangeSetType="CREATE" if is_new else "UPDATE",
            Capabilities=CAPABILITIES,
            **options,
        )
        planned = ChangeSet(str(made["Id"]), str(made["StackId"]), is_new, ())
        try:
            found = self._wait(lambda: self._client.describe_change_set(ChangeSetName=made["Id"]), "Status")
            if found["Status"] != "FAILED":
                return replace(planned, changes=tuple(self._changes(planned.change_set_id, found)))
            reason = found.get("StatusReason", "no reason given")
            if any(text in reason for text in NO_CHANGES):
                self.discard(planned)
                return None
            invalid = []
            if EARLY_VALIDATION in reason:
                with suppress(ClientError):  # who may not ask for more is told what there is
                    invalid = self._invalid(planned.change_set_id)
            raise DeploymentError(
                f"CloudFormation does not accept the template of {self.name}: {' '.join(invalid) or reason}"
            )
        except BaseException:  # also Ctrl-C: nobody else knows of it
            with suppress(DeploymentError):
                self.discard(planned)
            raise

    def _invalid(self, change_set_id: str) -> list[str]:
        """What is wrong with each resource that CloudFormation has looked at beforehand, a sentence each."""
        options = {"ChangeSetName": change_set_id, "Filters": {"FailedEvents": True}}
        pages = self._client.get_paginator("describe_events").paginate(**options)
        return [
            f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): {event['ValidationStatusReason']}"
            for page in pages
            for event in page["OperationEvents"]
            if event.get("ValidationStatusReason")
        ]

    def _changes(self, change_set: str, page: Any) -> Iterator[Mapping[str, Any]]:
        yield from page.get("Changes", [])
        while token := page.get("NextToken"):
            page = self._client.describe_change_set(ChangeSetName=change_set, NextToken=token)
            yield from page["Changes"]

    def _forget(self) -> None:
        """Remove what is left of a creation that failed: it can only be deleted."""
        found = self._describe()
        if found["StackStatus"] != "ROLLBACK_COMPLETE":
            raise DeploymentError(f"Somebody else has deployed the stack {self.name} meanwhile. Deploy again.")
        self._client.delete_stack(StackName=found["StackId"])
        self._wait(lambda: {"Status": self._status() or "DELETE_COMPLETE"}, "Status")

    def _events(self, stack_id: str | None = None) -> Iterator[Any]:
        """All events, newest first."""
        page: Any = {"NextToken": None}
        while "NextToken" in page:
            token = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
            page = self._client.describe_stack_events(StackName=stack_id or self._id, **token)
            yield from page["StackEvents"]

    def _wait(self, look: Callable[[], Any], field: str, meanwhile: Callable[[], None] = lambda: None) -> Any:
        """Look until ``field`` has settled: soon at first, then less and less often."""
        waited, seconds = 0.0, 0.1
        while (found := look())[field].endswith(("_IN_PROGRESS", "_PENDING")):
            if waited > PATIENCE_SECONDS:
                raise DeploymentError(f"The stack {self.name} takes longer than usual. Look at it in the console.")
            meanwhile()
            self._pause(seconds)
            waited += seconds
            seconds = min(seconds * 1.5, 5.0)
        meanwhile()
        return found
