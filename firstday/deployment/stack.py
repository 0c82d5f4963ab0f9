"""A CloudFormation stack: planning what would change, doing it, reading what there is, deleting it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from firstday.aws_calls import Client, DeploymentError, explained
from firstday.deployment import change_sets
from firstday.deployment.change_sets import ChangeSet
from firstday.deployment.events import News, Report, is_log_role_refused, reasons_of
from firstday.deployment.states import (
    DONE,
    HOLLOW,
    REMOVED,
    WAYS_OUT,
    Pause,
    described,
    protected_words,
    settled_state,
    state_of,
    waited_for,
    way_out,
)

# The most that CloudFormation takes within the request; a longer template has to be in S3.
LONGEST_TEMPLATE_BODY = 51_200
# Puts a template that is too long into S3 and returns its URL.
Upload = Callable[[str], str]


class LogRoleRefused(DeploymentError):
    """API Gateway did not know the role for its logs yet, which was just made: trying again may well succeed."""


class Stack:
    """One stack, by name, in the account and region of ``client``. All methods raise DeploymentError."""

    def __init__(self, client: Client, name: str, pause: Pause = time.sleep, stack_id: str | None = None) -> None:
        """``stack_id`` is that of a deleted stack, which cannot be found by its name any more."""
        self.name = name
        self._client = client
        self._pause = pause
        self._id = stack_id or name

    def plan(
        self,
        template: Mapping[str, object],
        upload: Upload,
        tags: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> ChangeSet | None:
        """What bringing the stack up to ``template`` would do, None if there is nothing to change.

        Parameters that are not given have the template's default.
        """
        with explained(f"Deploying the stack {self.name}"):
            status = self._deployable_state()
            if follows_failure := status == "ROLLBACK_COMPLETE":
                self._forget()
                status = None
            body = json.dumps(template, separators=(",", ":"))
            is_long = len(body.encode()) > LONGEST_TEMPLATE_BODY
            source = {"TemplateURL": upload(body)} if is_long else {"TemplateBody": body}
            given = [{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()]
            tagged = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
            options = {**source, "Tags": tagged, "Parameters": given}
            change_set = change_sets.make(self._client, self.name, options, self._pause, is_new=status in HOLLOW)
            return replace(change_set, follows_failure=follows_failure) if change_set else None

    def check_can_be_deployed(self) -> None:
        """Raises DeploymentError where the stack is in a state in which CloudFormation takes no deployment."""
        with explained(f"Looking at the stack {self.name}"):
            self._deployable_state()

    def check_can_be_deleted(self) -> None:
        """Raises DeploymentError where somebody is changing the stack, or it has termination protection."""
        with explained(f"Looking at the stack {self.name}"):
            settled_state(self._client, self.name)
            found = described(self._client, self._id)
            if found and found.get("EnableTerminationProtection"):
                raise DeploymentError(protected_words(self.name, self._client.meta.region_name))

    def check_as_planned(self, change_set: ChangeSet) -> None:
        """Raises DeploymentError where somebody has changed the stack since ``change_set`` was made of it."""
        with explained(f"Looking at the stack {self.name}"):
            settled_state(self._client, self.name)
            change_sets.check_available(self._client, self.name, change_set)

    def begin(self, change_set: ChangeSet, report: Report | None = None) -> Callable[[], None]:
        """Have CloudFormation do what was planned; returns a function that waits. An error: nothing was begun."""
        with explained(f"Deploying the stack {self.name}"):
            news = News(self._events, report)
            change_sets.execute(self._client, self.name, change_set)
        return partial(self._wait_until_deployed, news)

    def discard(self, change_set: ChangeSet) -> None:
        """Leave everything as it is; a stack that was only planned goes, unless somebody else has deployed it."""
        change_sets.discard(self._client, self.name, change_set)

    def delete(self, report: Report | None = None) -> None:
        """Delete the stack, and wait for it. Resources that outlive it stay."""
        with explained(f"Removing the stack {self.name}"):
            if settled_state(self._client, self.name) is None:
                return
            by_id = self._called(self._describe()["StackId"])  # by its name it will not be found in the end
            news = News(by_id._events, report)
            self._client.delete_stack(StackName=by_id._id)
            status = self._wait(by_id._describe, "StackStatus", news.report)["StackStatus"]
            if status != "DELETE_COMPLETE":
                reasons = reasons_of(news.all())
                raise DeploymentError(f"The stack {self.name} could not be removed ({status}). {reasons}")

    def outputs(self) -> dict[str, str] | None:
        """The stack's outputs, None if there is no such stack."""
        with explained(f"Looking at the stack {self.name}"):
            found = described(self._client, self._id)
        if found is None:
            return None
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def parameters(self) -> dict[str, str]:
        """The parameters that the stack was deployed with, none if nothing is deployed in it."""
        with explained(f"Looking at the stack {self.name}"):
            found = described(self._client, self._id)
        if found is None or found["StackStatus"] in HOLLOW:
            return {}
        return {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}

    def status(self) -> str | None:
        """The stack's status, None if there is no such stack."""
        with explained(f"Looking at the stack {self.name}"):
            return state_of(self._client, self._id)

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
        """The physical ids of the stack's resources by logical ids; for a removed stack, those that were kept."""
        with explained(f"Looking at the stack {self.name}"):
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self._id)
            found = [resource for page in pages for resource in page["StackResourceSummaries"]]
            if state_of(self._client, self._id) in REMOVED:
                kept = [event for event in self._events() if event["ResourceStatus"] == "DELETE_SKIPPED"]
                found = [*reversed(kept), *found]
            return {
                each["LogicalResourceId"]: each["PhysicalResourceId"]
                for each in found
                if each.get("PhysicalResourceId") and each["ResourceStatus"] != "DELETE_COMPLETE"
            }

    def removed(self) -> list["Stack"]:
        """The deleted stacks of this name that CloudFormation still lists: those of the last 90 days."""
        with explained(f"Looking for stacks called {self.name} that were removed"):
            pages = self._client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
            found = [each for page in pages for each in page["StackSummaries"] if each["StackName"] == self.name]
            return [self._called(each["StackId"]) for each in found]

    def _called(self, stack_id: str) -> "Stack":
        return Stack(self._client, self.name, self._pause, stack_id)

    def _deployable_state(self) -> str | None:
        """The state of a stack that can be deployed; raises DeploymentError for any other, with the way out."""
        status = settled_state(self._client, self.name)
        if status in WAYS_OUT:
            words = f"The stack {self.name} cannot be deployed as it is ({status})."
            raise DeploymentError(f"{words} {way_out(status, self.name)}")
        return status

    def _describe(self) -> Any:
        return self._client.describe_stacks(StackName=self._id)["Stacks"][0]

    def _forget(self) -> None:
        """Remove what is left of a creation that failed: it can only be deleted."""
        found = self._describe()
        if found["StackStatus"] != "ROLLBACK_COMPLETE":
            raise DeploymentError(f"Somebody else has deployed the stack {self.name} meanwhile. Deploy again.")
        self._client.delete_stack(StackName=found["StackId"])
        self._wait(lambda: {"Status": state_of(self._client, self._id) or "DELETE_COMPLETE"}, "Status")

    def _events(self) -> Iterator[Any]:
        """All events, newest first."""
        page: Any = {"NextToken": None}
        while "NextToken" in page:
            token = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
            page = self._client.describe_stack_events(StackName=self._id, **token)
            yield from page["StackEvents"]

    def _wait_until_deployed(self, news: News) -> None:
        with explained(f"Deploying the stack {self.name}"):
            status = self._wait(self._describe, "StackStatus", news.report)["StackStatus"]
            if status not in DONE:
                events = news.all()
                why = f"{reasons_of(events)} {way_out(status, self.name)}".rstrip()
                kind = LogRoleRefused if is_log_role_refused(events) else DeploymentError
                raise kind(f"The stack {self.name} could not be deployed ({status}). {why}")

    def _wait(self, look: Callable[[], Any], field: str, meanwhile: Callable[[], None] = lambda: None) -> Any:
        return waited_for(look, field, self.name, self._pause, meanwhile)
