"""Creating and updating a CloudFormation stack through a change set, and explaining failures."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import FirstdayError

# What CloudFormation takes within the request; beyond, the template has to be in S3.
LONGEST_TEMPLATE_BODY = 51_200
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
PATIENCE_SECONDS = 900

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


class Stack:
    """One stack, by name, in the account and region of ``client``."""

    def __init__(self, client: Client, name: str, pause: Pause = time.sleep) -> None:
        self.name = name
        self._client = client
        self._pause = pause

    def deploy(self, template: Mapping[str, object], upload: Upload) -> dict[str, str]:
        """Create the stack, or bring it up to ``template``; returns its outputs.

        Nothing is done where nothing has changed. Raises DeploymentError.
        """
        with explained(f"Deploying the stack {self.name}"):
            status = self._settled_status()
            if status == "ROLLBACK_COMPLETE":
                self._delete()
                status = None
            body = json.dumps(template, separators=(",", ":"))
            is_long = len(body.encode()) > LONGEST_TEMPLATE_BODY
            source = {"TemplateURL": upload(body)} if is_long else {"TemplateBody": body}
            is_new = status in (None, "REVIEW_IN_PROGRESS")
            change_set = self._change_set("CREATE" if is_new else "UPDATE", source)
            if change_set is not None:
                self._execute(change_set)
            return self._outputs()

    def _settled_status(self) -> str | None:
        """The stack's status, None if there is no such stack."""
        status = self._status()
        if status and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise DeploymentError(f"The stack {self.name} is being changed ({status}). Try again when it is done.")
        return status

    def _status(self) -> str | None:
        try:
            return str(self._describe()["StackStatus"])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _describe(self) -> Any:
        return self._client.describe_stacks(StackName=self.name)["Stacks"][0]

    def _outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self._describe().get("Outputs", [])}

    def _change_set(self, kind: str, source: Mapping[str, str]) -> str | None:
        """The id of a change set that is ready, None if there is nothing to change."""
        change_set = self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=f"firstday-{uuid.uuid4().hex}",
            ChangeSetType=kind,
            Capabilities=CAPABILITIES,
            **source,
        )["Id"]
        found = self._wait(lambda: self._client.describe_change_set(ChangeSetName=change_set), "Status")
        if found["Status"] != "FAILED":
            return str(change_set)
        self._client.delete_change_set(ChangeSetName=change_set)
        reason = found.get("StatusReason", "no reason given")
        if any(text in reason for text in NO_CHANGES):
            return None
        raise DeploymentError(f"CloudFormation does not accept the template of {self.name}: {reason}")

    def _execute(self, change_set: str) -> None:
        earlier = {event["EventId"] for event in self._events()}
        self._client.execute_change_set(ChangeSetName=change_set)
        status = self._wait(self._describe, "StackStatus")["StackStatus"]
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = [event for event in self._events() if event["EventId"] not in earlier]
            raise DeploymentError(f"The stack {self.name} could not be deployed ({status}). {_reasons(events)}")

    def _delete(self) -> None:
        """Remove what is left of a creation that failed: it can only be deleted."""
        self._client.delete_stack(StackName=self.name)
        self._wait(lambda: {"Status": self._status() or "DELETE_COMPLETE"}, "Status")

    def _events(self) -> list[Any]:
        """The latest events, newest first."""
        return list(self._client.describe_stack_events(StackName=self.name)["StackEvents"])

    def _wait(self, look: Callable[[], Any], field: str) -> Any:
        """Look until ``field`` has settled: soon at first, then less and less often."""
        waited, seconds = 0.0, 0.1
        while (found := look())[field].endswith(("_IN_PROGRESS", "_PENDING")):
            if waited > PATIENCE_SECONDS:
                raise DeploymentError(f"The stack {self.name} takes longer than usual. Look at it in the console.")
            self._pause(seconds)
            waited += seconds
            seconds = min(seconds * 1.5, 5.0)
        return found


def _reasons(events: list[Any]) -> str:
    """What failed first, with its reason; what was only cancelled on account of it is left out."""
    failed = [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
        and "cancelled" not in event.get("ResourceStatusReason", "cancelled")
    ]
    return failed[0] if failed else "CloudFormation gives no reason."
