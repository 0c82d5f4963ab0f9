"""Reads what plans are made from, and makes them: once for the account, then some calls for each user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.arns import boundary_arn
from chalicelib.members.record import comparable
from chalicelib.settings.records import Settings
from firstday.adoption.account_reading import with_managed_policies
from firstday.adoption.adoption_plan import (
    AdoptionPlan,
    Credentials,
    Facts,
    Stage,
    Wanted,
    moving_user,
    planned,
    settled,
)
from firstday.adoption.adoption_records import AdoptionRecords
from firstday.adoption.found_account import FoundAccount, FoundUser
from firstday.adoption.mentions import PlacedPolicy, mentions, placed_policies
from firstday.adoption.patient_reading import PatientReader
from firstday.adoption.releasing import ReleasePlan, planned_release, release_refusals
from firstday.adoption.resource_policies import placed_resource_policies
from firstday.adoption.unadoptable import group_problems, record_refusals, stage_of, user_refusals
from firstday.adoption.user_reading import credentials_of, usage_of
from firstday.aws_calls import DeploymentError


@dataclass(frozen=True, slots=True)
class Planner:
    """``caller_arn`` is whose credentials these are; ``on_planned`` is told of each user."""

    settings: Settings
    reader: PatientReader
    records: AdoptionRecords
    account: FoundAccount
    caller_arn: str
    now: datetime
    on_planned: Callable[[str], None] = lambda _: None

    def adoptions(self, wanted: Sequence[Wanted], *, with_administrators: bool = False) -> tuple[AdoptionPlan, ...]:
        """A plan for each, in the same order. DeploymentError where the portal is not deployed as it has to be."""
        self._check_deployed(wanted)
        account = with_managed_policies(self.reader, self.account, [one.user_name for one in wanted])
        placed = (*placed_policies(account), *placed_resource_policies(self.reader, self.settings.region))
        whole = replace(self, account=account)

        def plan(one: Wanted) -> AdoptionPlan:
            return whole._adoption(one, placed, with_administrators)

        return tuple(self.reader.of_each(wanted, plan, lambda found: self.on_planned(found.user_name)))

    def releases(self, user_names: Sequence[str]) -> tuple[ReleasePlan, ...]:
        """A plan for each, in the same order."""
        return tuple(self.reader.of_each(user_names, self._release))

    def _check_deployed(self, wanted: Sequence[Wanted]) -> None:
        boundary = boundary_arn(self.settings.partition, self.settings.identity_account)
        if boundary not in self.account.policies:
            raise DeploymentError(f"The members' permissions boundary {boundary} is missing: run firstday deploy.")
        groups = dict.fromkeys(name for one in wanted for name in one.groups)
        if problems := list(group_problems(self.account, tuple(groups))):
            raise DeploymentError("\n".join(problems))

    def _adoption(self, wanted: Wanted, placed: Sequence[PlacedPolicy], with_administrators: bool) -> AdoptionPlan:
        user, record = self._user(wanted.user_name), self.records.find(wanted.user_name)
        stage = stage_of(user, record)
        if user is None or stage is Stage.REFUSED:
            return settled(wanted, Stage.REFUSED, tuple(record_refusals(wanted, user, record)))
        if stage is Stage.NEW and (refusals := self._refusals(user, wanted, with_administrators)):
            return settled(wanted, Stage.REFUSED, refusals)
        if stage is Stage.DONE:
            return settled(wanted, stage)
        moving = moving_user(self.settings, user, record)
        mentioned = mentions(placed, moving)
        facts = Facts(record, self._credentials(user), usage_of(self.reader, user.arn))
        return planned(self.settings, self.account, user, wanted.groups, facts, mentioned)

    def _refusals(self, user: FoundUser, wanted: Wanted, with_administrators: bool) -> tuple[str, ...]:
        return tuple(
            user_refusals(
                self.settings,
                self.account,
                user,
                wanted.groups,
                caller_arn=self.caller_arn,
                at=self.now,
                with_administrators=with_administrators,
            )
        )

    def _release(self, user_name: str) -> ReleasePlan:
        user, record = self._user(user_name), self.records.find(user_name)
        refusals = tuple(release_refusals(user_name, record, user, user.groups if user else ()))
        if refusals or user is None or record is None:
            return ReleasePlan(user_name, refusals)
        return planned_release(self.settings, record, user, self._credentials(user))

    def _credentials(self, user: FoundUser) -> Credentials:
        return credentials_of(self.reader, user.user_name)

    def _user(self, user_name: str) -> FoundUser | None:
        """The user of this name, as IAM tells names apart."""
        return self.account.users.get(comparable(user_name))
