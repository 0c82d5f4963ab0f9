"""The steps of ``firstday remove``: what would go and what would stay, then doing it. Each step can be repeated."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from chalicelib.arns import MEMBERS_PATH
from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, DeploymentError, explained
from firstday.aws_sessions import SessionOf, check_account
from firstday.deployment.code_bucket import CodeBucket
from firstday.deployment.events import Report
from firstday.deployment.kept_resources import Kept, by_hand, delete, is_there, kept_of
from firstday.deployment.obstacles import (
    check_all,
    check_identity_account,
    check_nothing_attached,
    has_portal,
    trusted_account,
)
from firstday.deployment.portal import TARGET_STACK, stack_name
from firstday.deployment.putting_back import users_in
from firstday.deployment.resource_words import GROUP
from firstday.deployment.stack import Stack
from firstday.stack.templates import known_accounts, target_accounts

NAMED = 5


class MembersRemain(DeploymentError):
    """Somebody is still in the portal's groups."""

    code = "members_remain"


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """What would go: ``stacks`` and ``buckets`` as pairs of an account id and a name, then ``deleted_data``.

    ``kept`` stays; the accounts ``unseen`` have roles, but had no profile.
    """

    stack_name: str
    stacks: tuple[tuple[str, str], ...]
    buckets: tuple[tuple[str, str], ...]
    kept: tuple[Kept, ...]
    deleted_data: tuple[Kept, ...]
    unseen: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.stacks or self.buckets or self.deleted_data)


class Removal:
    """Removes the portal of ``stage`` and all roles within reach. Its methods raise DeploymentError."""

    def __init__(self, settings: Settings, session_of: SessionOf, stage: str) -> None:
        self._settings = settings
        self._session_of = session_of
        self._portal = stack_name(stage)
        self._identity = settings.identity_account

    def plan(self, *, delete_data: bool) -> RemovalPlan:
        """What would be done; MembersRemain if it may not be."""
        for account_id in self._within_reach():
            check_account(self._session(account_id), self._settings, account_id)
        self._check_it_is_ours()
        self._check_nobody_remains()
        kept = tuple(self._kept())
        deleted = tuple(each for each in kept if each.is_data) if delete_data else ()
        buckets = [(account_id, self._bucket(account_id)) for account_id in self._accounts]
        targets = () if self._is_elsewhere else target_accounts(self._settings)
        stacks = tuple((of, name) for of, name in self._stacks() if self._stack(of, name).status())
        self._check_all_can_go(stacks)
        return RemovalPlan(
            stack_name=self._portal,
            stacks=stacks,
            buckets=tuple((account_id, bucket.name) for account_id, bucket in buckets if bucket.exists()),
            kept=tuple(each for each in kept if each not in deleted),
            deleted_data=deleted,
            unseen=tuple(each for each in targets if not self._session_of(each)),
        )

    def carry_out(self, plan: RemovalPlan, report_for: Callable[[str, Mapping[str, Any]], Report]) -> None:
        """Do it; ``report_for`` gets each stack's name and template.

        Somebody may have joined since the plan, so that is checked again. The data goes only after the stack:
        a stack that cannot be removed still has it.
        """
        self._check_nobody_remains()
        self._check_all_can_go(plan.stacks)
        for account_id, name in plan.stacks:
            stack = self._stack(account_id, name)
            stack.delete(report_for(name, stack.template()))
        self._delete_data(plan.deleted_data)
        for account_id, _ in plan.buckets:
            self._bucket(account_id).remove()

    @cached_property
    def _is_elsewhere(self) -> bool:
        """Whether the account has the portal of another stage or region: then the roles are that one's."""
        portal = self._stack(self._identity, self._portal)
        return portal.is_hollow() and has_portal(self._session(self._identity), self._settings)

    def _check_it_is_ours(self) -> None:
        """All stages name the roles' stack alike, so a wrong stage would remove another portal's roles."""
        settings = self._settings
        if self._is_elsewhere:
            if self._stack(self._identity, self._portal).status():
                return  # the remains of a failed deployment of this portal may go
            raise DeploymentError(
                f"There is no stack {self._portal} in {settings.region}, but the account {self._identity} has the "
                "portal of another stage or region, whose roles would go. Nothing was changed. Name that stage, "
                "with --stage, and its settings, with --settings."
            )
        for account_id in self._accounts:
            check_identity_account(self._stack(account_id, TARGET_STACK), settings, account_id)

    def _check_all_can_go(self, stacks: Iterable[tuple[str, str]]) -> None:
        """If one stack cannot go, none does. Raises DeploymentError."""
        check_all(partial(self._check_can_go, account_id, name) for account_id, name in stacks)

    def _check_can_go(self, account_id: str, name: str) -> None:
        stack = self._stack(account_id, name)
        stack.check_can_be_deleted()
        check_nothing_attached(self._session(account_id).client("iam", self._settings.region), stack)

    def _delete_data(self, data: tuple[Kept, ...]) -> None:
        """The stack is gone and cannot tell the names of what is left, so the error does."""
        for number, kept in enumerate(data):
            try:
                delete(kept, self._session(self._identity), self._settings)
            except DeploymentError as error:
                left = [command for each in data[number:] for command in by_hand(each, self._settings)]
                commands = "\n  ".join(left)
                raise DeploymentError(f"{error}\nThe stack is gone, so delete by hand:\n  {commands}") from error

    def _check_nobody_remains(self) -> None:
        if self._is_elsewhere:
            return
        iam = self._session(self._identity).client("iam", self._settings.region)
        with explained("Looking for members"):
            pages = iam.get_paginator("list_users").paginate(PathPrefix=MEMBERS_PATH)
            members = [user["UserName"] for page in pages for user in page["Users"]]
        if members:
            raise MembersRemain(
                f"{_remaining(len(members))} in the portal's groups: {_some(members)}. Nothing was changed. "
                "Offboard everybody first, with firstday offboard NAME; firstday members lists them."
            )
        for group in self._groups():
            if others := users_in(iam, group):
                raise MembersRemain(
                    f"{_some(others)} is still in the group {group}. Nothing was changed. Take everybody out "
                    f"first, each with aws iam remove-user-from-group --group-name {group} --user-name {others[0]}"
                )

    def _groups(self) -> list[str]:
        """The IAM groups of the portal's stack; a group's physical id is its name."""
        portal = self._stack(self._identity, self._portal)
        if portal.is_hollow():
            return []
        names, resources = portal.resources(), portal.template().get("Resources", {})
        groups = [logical_id for logical_id, found in resources.items() if found["Type"] == GROUP]
        return [names[logical_id] for logical_id in groups if logical_id in names]

    def _kept(self) -> Iterator[Kept]:
        """What outlives the portal's stack; if the stack is gone, what still exists of that."""
        portal = self._stack(self._identity, self._portal)
        if not portal.is_hollow():
            yield from kept_of(portal)
            return
        for each in dict.fromkeys(each for stack in portal.removed() for each in kept_of(stack)):
            if is_there(each, self._session(self._identity), self._settings):
                yield each

    def _within_reach(self) -> list[str]:
        """The accounts that have a session, the identity account first."""
        return [account_id for account_id in known_accounts(self._settings) if self._session_of(account_id)]

    @cached_property
    def _accounts(self) -> list[str]:
        """The accounts that have our roles, or may have had some, the identity account first."""
        if self._is_elsewhere:
            return []
        return [account_id for account_id in self._within_reach() if self._may_have_roles(account_id)]

    def _may_have_roles(self, account_id: str) -> bool:
        """An account without roles in the settings may still have their stack, or by now another portal's."""
        if account_id in (self._identity, *target_accounts(self._settings)):
            return True
        return trusted_account(self._stack(account_id, TARGET_STACK), self._settings) == self._identity

    def _stacks(self) -> Iterator[tuple[str, str]]:
        """The roles first: without them, the portal's groups lead nowhere."""
        yield from ((account_id, TARGET_STACK) for account_id in self._accounts)
        yield self._identity, self._portal

    def _session(self, account_id: str) -> AccountSession:
        session = self._session_of(account_id)
        assert session is not None  # noqa: S101  # of accounts within reach
        return session

    def _stack(self, account_id: str, name: str) -> Stack:
        return Stack(self._session(account_id).client("cloudformation", self._settings.region), name)

    def _bucket(self, account_id: str) -> CodeBucket:
        return CodeBucket(self._session(account_id), self._settings, account_id)


def _remaining(count: int) -> str:
    return "1 member remains, with an IAM user" if count == 1 else f"{count} members remain, with IAM users"


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
