"""Deploying the portal and the roles that members switch to: what would change, and changing it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, Client, DeploymentError
from firstday.deployment.change_sets import ChangeSet, discarded_on_failure
from firstday.deployment.change_words import Change, ChangeKind, groups_given_up, read_changes
from firstday.deployment.code_bucket import CodeBucket
from firstday.deployment.events import Report
from firstday.deployment.kept_resources import kept_tables
from firstday.deployment.obstacles import check_replacements, portal_stack, target_stack
from firstday.deployment.portal import PORTAL_STACK
from firstday.deployment.putting_back import Former, LogRole, log_role_of, users_in
from firstday.deployment.reservation import Reservation, best_reservation
from firstday.deployment.resource_words import LOG_ROLE, TABLE
from firstday.deployment.stack import Stack
from firstday.deployment.states import DONE
from firstday.deployment.table_protection import protect_tables, unprotected_tables
from firstday.packaging import Package, merge
from firstday.stack.templates import target_template


@dataclass(slots=True)
class StackPlan:
    """What deploying would change in one stack of the account ``account_id``; no ``change_set`` for nothing.

    ``users_of`` says who is in each IAM group that would not be there any more, ``log_role`` which role API Gateway
    would no longer write logs with, ``reservation`` what Lambda is to reserve if the settings leave that open. Once
    it ``is_executed``, whether that went well or not, there is nothing to discard. ``again`` makes the plan again.
    ``protects`` says whether a table that the stack keeps is not protected against deletion yet.
    """

    account_id: str
    stack: Stack
    change_set: ChangeSet | None
    template: Mapping[str, Any]
    changes: tuple[Change, ...]
    users_of: Mapping[str, Sequence[str]]
    iam: Any
    log_role: LogRole | None = None
    reservation: Reservation | None = None
    again: Callable[[], "StackPlan"] | None = None
    is_executed: bool = False
    protects: bool = False
    database: Any = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.change_set or self.protects)

    @property
    def announced(self) -> frozenset[str]:
        """The logical ids of what would change; a new version of the API has an id of its own each time."""
        changes = self.change_set.changes if self.change_set else ()
        return frozenset(change["ResourceChange"]["LogicalResourceId"] for change in changes)

    def execute(self, report: Report | None = None) -> dict[str, str]:
        """Do it; returns the stack's outputs. Takes users out of groups that will be deleted, as IAM requires.

        If it fails, it puts back what CloudFormation does not put back: these users, and ``log_role``.
        """
        if self.change_set is not None:
            former = Former(self.iam)
            try:
                for group in self.users_of:
                    former.empty(group)
                wait = self.stack.begin(self.change_set, report)
            except DeploymentError as error:  # nothing has changed yet, so everybody is put back
                raise DeploymentError("\n".join([str(error), *former.put_back()])) from error
            except BaseException:  # also Ctrl-C
                former.put_back()
                raise
            self.is_executed = True
            former.log_role = self.log_role
            try:
                wait()
            except DeploymentError as error:
                raise self._after(error, former) from error
        self.is_executed = True
        if self.protects:
            protect_tables(self.database, kept_tables(self.stack))
        return self.stack.outputs() or {}

    def check_unchanged(self) -> None:
        """Raises DeploymentError where somebody has changed the stack since this was planned."""
        if self.change_set is not None:
            self.stack.check_as_planned(self.change_set)

    def _after(self, error: DeploymentError, former: Former) -> DeploymentError:
        """``error``, with what could not be put back; while CloudFormation still works, nothing can be put back."""
        try:
            status = self.stack.status() or ""
        except DeploymentError:
            status = "UNKNOWN_IN_PROGRESS"
        if status in DONE:  # only the waiting failed
            former.log_role = None
        is_over = not status.endswith("_IN_PROGRESS")
        return type(error)("\n".join([str(error), *(former.put_back() if is_over else former.words())]))

    def discard(self) -> None:
        """Leave everything as it is."""
        if self.change_set is not None:
            self.stack.discard(self.change_set)


def plan_portal(
    session: AccountSession, package: Package, settings: Settings, stack_name: str = PORTAL_STACK
) -> StackPlan:
    """What would change in the portal's stack, in the identity account, to which ``session`` belongs.

    The code is uploaded already. Raises DeploymentError; before the upload if the stack cannot become this one.
    """
    account_id = settings.identity_account
    stack = portal_stack(session, package.template, settings, stack_name)
    bucket = CodeBucket(session, settings, account_id)
    bucket.make_sure_it_exists()
    code = bucket.put(package.zip_path.read_bytes(), "zip")
    location = {"Bucket": bucket.name, "Key": code.key, "Version": code.version_id}
    template = _with_code(package.template, location)
    is_open = settings.maximum_concurrency is None
    reservation = best_reservation(session.client("lambda", settings.region), stack) if is_open else None
    return _plan(session, settings, account_id, stack, template, bucket, reservation)


def plan_target(session: AccountSession, settings: Settings, account_id: str) -> StackPlan:
    """What would change among the roles of one account, to which ``session`` belongs; raises DeploymentError."""
    template = target_template(settings, account_id)
    stack = target_stack(session, template, settings, account_id)
    bucket = CodeBucket(session, settings, account_id)
    return _plan(session, settings, account_id, stack, template, bucket)


def _plan(
    session: AccountSession,
    settings: Settings,
    account_id: str,
    stack: Stack,
    template: Mapping[str, Any],
    bucket: CodeBucket,
    reservation: Reservation | None = None,
) -> StackPlan:
    again = partial(_plan, session, settings, account_id, stack, template, bucket, reservation)
    iam, gateway, database = (session.client(name, settings.region) for name in ("iam", "apigateway", "dynamodb"))
    parameters = reservation.parameters if reservation else {}
    plan = StackPlan(account_id, stack, None, template, (), {}, iam, None, reservation, database=database)
    plan.protects = _protects(stack, template, database)
    change_set = stack.plan(template, bucket.upload_template, settings.tags, parameters)
    if change_set is None:
        return plan
    with discarded_on_failure(partial(stack.discard, change_set)):
        plan.change_set, plan.again = change_set, again
        plan.changes = changes = read_changes(change_set.changes, template)
        check_replacements(stack, changes, template)
        plan.users_of = {name: users for name in groups_given_up(changes) if (users := users_in(iam, name))}
        takes_role = any(change.logical_id == LOG_ROLE and change.kind is ChangeKind.CREATED for change in changes)
        plan.log_role = log_role_of(gateway) if takes_role else None
    return plan


def _protects(stack: Stack, template: Mapping[str, Any], database: Client) -> bool:
    """Whether tables are to be protected against deletion once ``stack`` is what ``template`` says."""
    if not any(found["Type"] == TABLE for found in template["Resources"].values()):
        return False
    return stack.is_hollow() or any(unprotected_tables(database, kept_tables(stack)))


def _with_code(template: Mapping[str, Any], code: Mapping[str, str]) -> dict[str, Any]:
    """Every function of the portal runs the same package."""
    resources = template["Resources"]
    functions = [name for name, found in resources.items() if found["Type"] == "AWS::Serverless::Function"]
    return merge(template, {"Resources": {name: {"Properties": {"CodeUri": dict(code)}} for name in functions}})
