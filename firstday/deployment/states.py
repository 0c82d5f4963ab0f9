"""The states of a CloudFormation stack: reading one, waiting for the next, and the ways out of stuck ones."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from firstday.aws_calls import Client, DeploymentError

DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
# The stack is only a name: it was only planned, or its creation failed.
HOLLOW = (None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
# In these states, CloudFormation lists the stack's resources no more, or only in part.
REMOVED = ("DELETE_FAILED", "DELETE_COMPLETE")
PATIENCE_SECONDS = 900
_DELETE = (
    "aws cloudformation delete-stack --stack-name {name}, then "
    "aws cloudformation wait stack-delete-complete --stack-name {name}, then deploy again."
)
# The ways out of states that CloudFormation does not update. All commands are for the stack's account and region.
WAYS_OUT = {
    "UPDATE_ROLLBACK_FAILED": "A change failed, and so did its rollback. Correct the cause, then run "
    "aws cloudformation continue-update-rollback --stack-name {name}, then "
    "aws cloudformation wait stack-rollback-complete --stack-name {name}, then deploy again.",
    "ROLLBACK_FAILED": f"Its creation failed, and so did removing its remains. Run {_DELETE}",
    "CREATE_FAILED": f"Its creation failed, and its remains were left. Run {_DELETE}",
    "UPDATE_FAILED": "A change failed, and was not rolled back. Run "
    "aws cloudformation rollback-stack --stack-name {name}, then "
    "aws cloudformation wait stack-rollback-complete --stack-name {name}, then deploy again.",
    "DELETE_FAILED": "Its removal has failed half-way. firstday remove goes on, and names the cause. "
    f"If only this stack was to be removed, run {_DELETE}",
}

Pause = Callable[[float], None]


def described(client: Client, stack: str) -> Any | None:
    """What DescribeStacks tells of a stack, by name or id; None if there is no such stack. Raises ClientError."""
    try:
        return client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def state_of(client: Client, stack: str) -> str | None:
    """The status of a stack, by name or id; None if there is no such stack. Raises ClientError."""
    found = described(client, stack)
    return None if found is None else str(found["StackStatus"])


def settled_state(client: Client, stack: str) -> str | None:
    """The same; raises DeploymentError if somebody is changing the stack."""
    state = state_of(client, stack)
    if state and state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS":
        raise DeploymentError(f"The stack {stack} is being changed ({state}). Try again when it is done.")
    return state


def way_out(state: str, stack: str) -> str:
    """How to get out of a state that CloudFormation does not update; empty for any other."""
    return WAYS_OUT.get(state, "").format(name=stack)


def protected_words(stack: str, region: str) -> str:
    """Says that termination protection prevents the removal, with the command that turns it off."""
    return (
        f"The stack {stack} has termination protection. If it is to go, lift it first, in the stack's account: "
        "aws cloudformation update-termination-protection --no-enable-termination-protection "
        f"--stack-name {stack} --region {region}"
    )


def waited_for(
    look: Callable[[], Any], field: str, stack: str, pause: Pause, meanwhile: Callable[[], None] = lambda: None
) -> Any:
    """Look until ``field`` has settled: soon at first, then less and less often. Raises DeploymentError."""
    waited, seconds = 0.0, 0.02
    while (found := look())[field].endswith(("_IN_PROGRESS", "_PENDING")):
        if waited > PATIENCE_SECONDS:
            raise DeploymentError(f"The stack {stack} takes longer than usual. Look at it in the console.")
        meanwhile()
        pause(seconds)
        waited += seconds
        seconds = min(seconds * 2, 5.0)
    meanwhile()
    return found
