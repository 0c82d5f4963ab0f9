"""Puts back what CloudFormation does not put back by itself when a deployment fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from firstday.aws_calls import Client, DeploymentError, explained


@dataclass(frozen=True, slots=True)
class LogRole:
    """The role that API Gateway writes the logs of an account and region with: there is one, for all APIs."""

    arn: str
    gateway: Client

    def is_of(self, stack_name: str) -> bool:
        """Whether an earlier deployment of this stack made the role and left it."""
        return f"/{stack_name}-AccessLogRole-" in self.arn

    def put_back(self) -> None:
        """Have API Gateway take it again; raises DeploymentError."""
        patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": self.arn}
        with explained(f"Putting back API Gateway's logging role {self.arn}"):
            if self.gateway.get_account().get("cloudwatchRoleArn") != self.arn:
                self.gateway.update_account(patchOperations=[patch])


@dataclass(slots=True)
class Former:
    """The state before a deployment: ``users`` are pairs of a group and a user who was taken out of it."""

    iam: Client
    log_role: LogRole | None = None
    users: list[tuple[str, str]] = field(default_factory=list)

    def empty(self, group: str) -> None:
        """Take all users out of ``group``, and remember them; raises DeploymentError."""
        for user_name in users_in(self.iam, group):
            with explained(f"Taking {user_name} out of the group {group}"):
                self.iam.remove_user_from_group(GroupName=group, UserName=user_name)
            self.users.append((group, user_name))

    def put_back(self) -> list[str]:
        """Put everything back; returns what could not be put back, a sentence each."""
        return [words for attempt in self._attempts() if (words := _problem(attempt))]

    def words(self) -> list[str]:
        """What was not put back, a sentence each."""
        users = [f"{user} was taken out of the group {group}." for group, user in self.users]
        roles = [f"API Gateway's logging role was {self.log_role.arn}."] if self.log_role else []
        return users + roles

    def _attempts(self) -> Iterator[Callable[[], None]]:
        for group, user_name in self.users:
            yield partial(self._add, group, user_name)
        if self.log_role:
            yield self.log_role.put_back

    def _add(self, group: str, user_name: str) -> None:
        with explained(f"{user_name} was taken out of the group {group}, and could not be put back"):
            self.iam.add_user_to_group(GroupName=group, UserName=user_name)


def users_in(iam: Client, group: str) -> list[str]:
    """The names of the users in an IAM group; none where somebody has deleted it."""
    with explained(f"Looking at the group {group}"):
        try:
            pages = list(iam.get_paginator("get_group").paginate(GroupName=group))
        except iam.exceptions.NoSuchEntityException:
            return []
        return [user["UserName"] for page in pages for user in page["Users"]]


def log_role_of(gateway: Client) -> LogRole | None:
    """The role that API Gateway writes logs with now, None without one; raises DeploymentError."""
    with explained("Looking at API Gateway's logging role"):
        arn = gateway.get_account().get("cloudwatchRoleArn")
    return LogRole(arn, gateway) if arn else None


def _problem(attempt: Callable[[], None]) -> str | None:
    try:
        attempt()
    except DeploymentError as error:
        return str(error)
    return None
