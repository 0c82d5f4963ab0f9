"""Creating, updating and deleting a CloudFormation stack, and explaining failures."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import FirstdayError
from firstday.stack_events import News, Report, reasons_of

# What CloudFormation takes within the request; beyond, the template has to be in S3.
LONGEST_TEMPLATE_BODY = 51_200
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
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

    def __init__(self, client: Client, name: str, pause: Pause = time.sleep) -> None:
        self.name = name
        self._client = client
        self._pause = pause

    def deploy(
        self, template: Mapping[str, object], upload: Upload, tags: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Create the stack, or bring it up to ``template``; returns its outputs.

        Nothing is done where nothing has changed.
        """
        change_set = self.plan(template, upload, tags)
        if change_set is not None:
            self.execute(change_set)
        return self.outputs() or {}

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
            is_new = status in (None, "REVIEW_IN_PROGRESS")
            change_set = self._change_set({**source, "Tags": given}, is_new=is_new)
            if change_set and is_long:
                self._check_template(change_set, body)
            return replace(change_set, follows_failure=follows_failure) if change_set else None

    def execute(self, change_set: ChangeSet, report: Report | None = None) -> None:
        """Do what was planned, and wait for it."""
        with explained(f"Deploying the stack {self.name}"):
            news = News(self._events, report)
            # What a creation that fails has made goes again, also what outlives the stack later on.
            self._client.execute_change_set(ChangeSetName=change_set.change_set_id, RetainExceptOnCreate=True)
            status = self._wait(self._describe, "StackStatus", news.report)["StackStatus"]
            if status not in DONE:
                reasons = reasons_of(news.all())
                words = f"The stack {self.name} could not be deployed ({status}). {reasons} {self._out(status)}"
                raise DeploymentError(words.rstrip())

    def discard(self, change_set: ChangeSet) -> None:
        """Leave everything as it is; a stack that was only planned goes, unless somebody else has deployed it."""
        with explained(f"Discarding the changes of the stack {self.name}"):
            self._client.delete_change_set(ChangeSetName=change_set.change_set_id)
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

    def template(self) -> Mapping[str, Any]:
        """The template that the stack was deployed with."""
        with explained(f"Looking at the stack {self.name}"):
            found: Mapping[str, Any] = self._client.get_template(StackName=self.name)["TemplateBody"]
            return found

    def resources(self) -> dict[str, str]:
        """The physical ids of the stack's resources, by logical ids; also of what a failed removal has kept."""
        with explained(f"Looking at the stack {self.name}"):
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self.name)
            found = [resource for page in pages for resource in page["StackResourceSummaries"]]
            if self._status() == "DELETE_FAILED":
                found += [event for event in self._events() if event["ResourceStatus"] == "DELETE_SKIPPED"]
            return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found}

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
        return self._client.describe_stacks(StackName=stack_id or self.name)["Stacks"][0]

    def _change_set(self, options: Mapping[str, object], *, is_new: bool) -> ChangeSet | None:
        made = self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"firstday-{uuid.uuid4().hex}",
            ChangeSetType="CREATE" if is_new else "UPDATE",
            Capabilities=CAPABILITIES,
            **options,
        )
        planned = ChangeSet(str(made["Id"]), str(made["StackId"]), is_new, ())
        found = self._wait(lambda: self._client.describe_change_set(ChangeSetName=planned.change_set_id), "Status")
        if found["Status"] != "FAILED":
            return replace(planned, changes=tuple(self._changes(planned.change_set_id, found)))
        self.discard(planned)
        reason = found.get("StatusReason", "no reason given")
        if any(text in reason for text in NO_CHANGES):
            return None
        raise DeploymentError(f"CloudFormation does not accept the template of {self.name}: {reason}")

    def _check_template(self, change_set: ChangeSet, body: str) -> None:
        """A template in S3 can be another one by the time that CloudFormation reads it."""
        taken = self._client.get_template(ChangeSetName=change_set.change_set_id, TemplateStage="Original")
        if taken["TemplateBody"] != json.loads(body):
            self.discard(change_set)
            raise DeploymentError(
                f"CloudFormation has read another template for {self.name} than was sent: somebody has written to "
                "the bucket meanwhile. Nothing was changed. Find out who, and deploy again."
            )

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
            page = self._client.describe_stack_events(StackName=stack_id or self.name, **token)
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
