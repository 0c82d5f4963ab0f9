"""What a plan does if CloudFormation refuses it or rolls back, against a stand-in for AWS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from firstday.aws_calls import DeploymentError
from firstday.cli.deploy_steps import ONCE_MORE, carried_out
from firstday.cli.views.deploy_view import plan_text
from firstday.deployment.change_sets import ChangeSet
from firstday.deployment.plan import StackPlan, plan_portal
from firstday.deployment.putting_back import LogRole
from firstday.deployment.stack import LogRoleRefused
from tests.helpers.faked_clients import FakedClient
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
ANOTHER = "arn:aws:iam::123456789012:role/another-log-role"
OURS = "arn:aws:iam::123456789012:role/firstday-AccessLogRole-1ABC"


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


class NoSuchEntity(Exception):
    pass


@dataclass
class FakeIAM(FakedClient, service="iam"):
    """Has one group, "old"; ``sticky`` cannot be taken out of it."""

    users: list[str] = field(default_factory=lambda: ["alice", "bob"])
    sticky: str = ""
    is_open: bool = True

    class exceptions:  # noqa: N801
        NoSuchEntityException = NoSuchEntity

    def get_paginator(self, _: str) -> "FakeIAM":
        return self

    def paginate(self, GroupName: str) -> list[dict[str, Any]]:  # noqa: N803
        assert GroupName == "old"
        return [{"Users": [{"UserName": name} for name in self.users]}]

    def remove_user_from_group(self, GroupName: str, UserName: str) -> None:  # noqa: N803
        assert GroupName == "old"
        if UserName == self.sticky:
            raise refused("AccessDenied")
        self.users.remove(UserName)

    def add_user_to_group(self, GroupName: str, UserName: str) -> None:  # noqa: N803
        assert GroupName == "old"
        if not self.is_open:
            raise refused("NoSuchEntity")
        self.users.append(UserName)

    def get_role(self, RoleName: str) -> None:  # noqa: N803
        """The admin role of some portal exists."""


@dataclass
class FakeGateway(FakedClient, service="apigateway"):
    role: str | None = OURS
    is_broken: bool = False

    def get_account(self) -> dict[str, str | None]:
        return {"cloudwatchRoleArn": self.role}

    def update_account(self, patchOperations: list[dict[str, str]]) -> None:  # noqa: N803
        (patch,) = patchOperations
        assert (patch["op"], patch["path"]) == ("replace", "/cloudwatchRoleArn")
        if self.is_broken:
            raise refused("BadRequest")
        self.role = patch["value"]


@dataclass
class FakeStack:
    """Executing ends with ``state``, and badly if ``is_refused``; ``refusal`` is why it does not begin."""

    state: str
    is_refused: bool = True
    refusal: BaseException | None = None
    name: str = "firstday"
    discarded: bool = False

    def discard(self, _: ChangeSet) -> None:
        self.discarded = True

    def begin(self, *_: Any) -> Callable[[], None]:
        if self.refusal:
            raise self.refusal
        return self.wait

    def check_as_planned(self, _: ChangeSet) -> None:
        """Nobody has changed it."""

    def wait(self) -> None:
        if self.is_refused:
            raise DeploymentError("It failed.")

    def status(self) -> str:
        if self.state == "unknown":
            raise DeploymentError("credentials have expired")
        return self.state

    def outputs(self) -> dict[str, str]:
        return {}


def plan_of(
    stack: FakeStack, iam: FakeIAM, log_role: LogRole | None = None, *, follows_failure: bool = False
) -> StackPlan:
    change_set = ChangeSet("change-set", "stack", False, (), follows_failure)
    made: Any = stack
    return StackPlan(SETTINGS.identity_account, made, change_set, {}, (), {"old": ["alice", "bob"]}, iam, log_role)


def failure(plan: StackPlan) -> str:
    with pytest.raises(DeploymentError) as caught:
        plan.execute()
    return str(caught.value)


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_whoever_was_taken_out_of_a_group_is_put_back_when_the_group_stays(status: str) -> None:
    iam = FakeIAM()
    plan = plan_of(FakeStack(status), iam)
    assert failure(plan) == "It failed."
    assert iam.users == ["alice", "bob"]
    assert plan.is_executed


def test_where_it_goes_well_nobody_is_put_back() -> None:
    iam = FakeIAM()
    plan_of(FakeStack("UPDATE_COMPLETE", is_refused=False), iam).execute()
    assert iam.users == []


def test_a_group_that_cannot_be_emptied_leaves_a_plan_to_discard() -> None:
    iam = FakeIAM(sticky="bob")
    plan = plan_of(FakeStack("UPDATE_COMPLETE"), iam)
    assert failure(plan).startswith("Taking bob out of the group old: ")
    assert sorted(iam.users) == ["alice", "bob"]
    assert not plan.is_executed


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "unknown"])
def test_as_long_as_it_goes_on_it_only_says_who_was_taken_out(status: str) -> None:
    iam = FakeIAM(["alice"])
    plan = plan_of(FakeStack(status), iam, LogRole(ANOTHER, FakeGateway()))
    assert failure(plan).splitlines() == [
        "It failed.",
        "alice was taken out of the group old.",
        f"API Gateway's logging role was {ANOTHER}.",
    ]
    assert iam.users == []


def test_where_cloudformation_refuses_to_begin_everybody_is_put_back_though_somebody_else_deploys() -> None:
    iam, gateway = FakeIAM(), FakeGateway()
    refusal = DeploymentError("The change set is not there any more.")
    plan = plan_of(FakeStack("UPDATE_IN_PROGRESS", refusal=refusal), iam, LogRole(ANOTHER, gateway))
    assert failure(plan) == str(refusal)
    assert iam.users == ["alice", "bob"]
    assert gateway.role == OURS
    assert not plan.is_executed


def test_whoever_interrupts_before_it_begins_leaves_everybody_in_the_group() -> None:
    iam = FakeIAM()
    plan = plan_of(FakeStack("UPDATE_COMPLETE", refusal=KeyboardInterrupt()), iam)
    with pytest.raises(KeyboardInterrupt):
        plan.execute()
    assert iam.users == ["alice", "bob"]
    assert not plan.is_executed


def test_what_cannot_be_put_back_is_named() -> None:
    gateway = FakeGateway(is_broken=True)
    said = failure(plan_of(FakeStack("ROLLBACK_COMPLETE"), FakeIAM(is_open=False), LogRole(ANOTHER, gateway)))
    assert "alice was taken out of the group old, and could not be put back: " in said
    assert "bob was taken out of the group old, and could not be put back: " in said
    assert f"Putting back API Gateway's logging role {ANOTHER}: " in said


@pytest.mark.parametrize(
    ("status", "role"),
    [("ROLLBACK_COMPLETE", ANOTHER), ("UPDATE_ROLLBACK_COMPLETE", ANOTHER), ("CREATE_COMPLETE", OURS)],
)
def test_the_accounts_logging_role_is_put_back_unless_the_new_one_is_there(status: str, role: str) -> None:
    gateway = FakeGateway()
    failure(plan_of(FakeStack(status), FakeIAM(), LogRole(ANOTHER, gateway)))
    assert gateway.role == role


def test_the_plan_tells_whose_logging_role_is_replaced_unless_it_is_a_former_one_of_the_stack() -> None:
    stack, iam = FakeStack("MISSING"), FakeIAM()
    assert f"logging role of the account, now {ANOTHER}, is replaced." in plan_text(
        [plan_of(stack, iam, LogRole(ANOTHER, FakeGateway()))], SETTINGS
    )
    assert "logging role" not in plan_text([plan_of(stack, iam, LogRole(OURS, FakeGateway()))], SETTINGS)


def test_the_plan_tells_that_what_a_failed_creation_had_left_was_deleted() -> None:
    plan = plan_of(FakeStack("MISSING"), FakeIAM(), follows_failure=True)
    assert "What a failed first deployment had left of this stack" in plan_text([plan], SETTINGS)


class FreshRole(FakeStack):
    """API Gateway does not know the stack's new log role yet."""

    def wait(self) -> None:
        raise LogRoleRefused("It failed.")


def changing(plan: StackPlan, *logical_ids: str) -> StackPlan:
    changes = [{"ResourceChange": {"LogicalResourceId": logical_id}} for logical_id in logical_ids]
    plan.change_set = ChangeSet("change-set", "stack", False, tuple(changes))
    return plan


def test_a_change_whose_log_role_is_not_known_yet_is_made_once_more_and_with_everybody_where_they_were() -> None:
    iam, told = FakeIAM(), list[str]()
    plan = changing(plan_of(FreshRole("UPDATE_ROLLBACK_COMPLETE"), iam), "AccessLogRole")

    def again() -> StackPlan:
        assert iam.users == ["alice", "bob"]
        return changing(plan_of(FakeStack("UPDATE_COMPLETE", is_refused=False), iam), "AccessLogRole")

    plan.again = again
    assert carried_out([plan], lambda _: lambda _: None, told.append) == {}
    assert told == [f"It failed.\n{ONCE_MORE}"]
    assert iam.users == []


def test_nothing_that_nobody_has_agreed_to_is_done_the_second_time() -> None:
    iam = FakeIAM()
    plan = changing(plan_of(FreshRole("UPDATE_ROLLBACK_COMPLETE"), iam), "AccessLogRole")
    other = changing(plan_of(FakeStack("UPDATE_COMPLETE", is_refused=False), iam), "AccessLogRole", "MembersTable")
    plan.again = lambda: other
    with pytest.raises(DeploymentError, match=r"It failed\."):
        carried_out([plan], lambda _: lambda _: None, lambda _: None)
    assert iam.users == ["alice", "bob"]
    assert other.stack.discarded  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_with_nothing_in_it_does_not_hide_that_another_portal_is_there(status: str) -> None:
    class Session(FakedClient, service="cloudformation"):
        def client(self, service: str, _: str | None = None) -> Any:
            return FakeIAM() if service == "iam" else self

        def get_caller_identity(self) -> dict[str, str]:
            account_id = SETTINGS.identity_account
            return {"Account": account_id, "Arn": f"arn:aws:iam::{account_id}:user/admin"}

        def describe_stacks(self, **_: str) -> dict[str, Any]:
            return {"Stacks": [{"StackStatus": status}]}

    never_packaged: Any = SimpleNamespace(template={})
    with pytest.raises(DeploymentError, match="has a portal already"):
        plan_portal(Session(), never_packaged, SETTINGS)
