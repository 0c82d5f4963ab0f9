"""Deploying the portal and the roles that members switch to: what would change, and changing it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.roles import ADMIN_ROLE_NAME
from chalicelib.settings import Settings
from firstday.aws_calls import DeploymentError, Session, explained
from firstday.aws_sessions import check_account
from firstday.change_sets import ChangeSet, discarded_on_failure
from firstday.change_words import LOG_ROLE, Change, Kind, groups_given_up, read_changes
from firstday.cloudformation import target_template
from firstday.code_bucket import CodeBucket
from firstday.deployed import PORTAL_STACK, TARGET_STACK
from firstday.packaging import Package, merge
from firstday.putting_back import Former, LogRole, log_role_of, users_in
from firstday.reservation import Reservation, best_reservation
from firstday.stack_events import Report
from firstday.stack_states import DONE
from firstday.stacks import Stack


@dataclass(slots=True)
class Plan:
    """What deploying would change in one stack of the account ``account_id``; no ``change_set`` for nothing.

    ``users_of`` says who is in each IAM group that would not be there any more, ``log_role`` which role API Gateway
    would no longer write logs with, ``reservation`` what Lambda is to reserve if the settings leave that open. Once
    it ``is_executed``, whether that went well or not, there is nothing to discard. ``again`` plans the same anew.
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
    again: Callable[[], "Plan"] | None = None
    is_executed: bool = False

    @property
    def announced(self) -> frozenset[str]:
        """The logical ids of what would change; a new version of the API has an id of its own each time."""
        changes = self.change_set.changes if self.change_set else ()
        return frozenset(change["ResourceChange"]["LogicalResourceId"] for change in changes)

    def execute(self, report: Report | None = None) -> dict[str, str]:
        """Do it; returns the stack's outputs. Whoever is in a group that is given up is taken out: IAM insists.

        Where it fails, what CloudFormation does not put back is put back: these users, and ``log_role``.
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
        return self.stack.outputs() or {}

    def _after(self, error: DeploymentError, former: Former) -> DeploymentError:
        """``error``, with what could not be put back; nothing can as long as CloudFormation is still at it."""
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
    session: Session,
    package: Package,
    settings: Settings,
    stack_name: str = PORTAL_STACK,
) -> Plan:
    """What would change in the portal's stack, in the identity account, to which ``session`` belongs.

    The code is uploaded already. Raises DeploymentError, before that if the account is another one or has a portal.
    """
    account_id = settings.identity_account
    check_account(session, settings, account_id)
    stack = Stack(session.client("cloudformation", settings.region), stack_name)
    if stack.is_hollow():
        _check_no_other_portal(session, settings, stack_name)
    bucket = CodeBucket(session, settings, account_id)
    bucket.make_sure_it_exists()
    code = bucket.put(package.zip_path.read_bytes(), "zip")
    location = {"Bucket": bucket.name, "Key": code.key, "Version": code.version_id}
    template = _with_code(package.template, location)
    is_open = settings.maximum_concurrency is None
    reservation = best_reservation(session.client("lambda", settings.region), stack) if is_open else None
    return _plan(session, settings, account_id, stack, template, bucket, reservation)


def plan_target(session: Session, settings: Settings, account_id: str) -> Plan:
    """What would change among the roles of one account, to which ``session`` belongs; raises DeploymentError."""
    check_account(session, settings, account_id)
    stack = Stack(session.client("cloudformation", settings.region), TARGET_STACK)
    check_identity_account(stack, settings, account_id)
    bucket = CodeBucket(session, settings, account_id)
    return _plan(session, settings, account_id, stack, target_template(settings, account_id), bucket)


def check_identity_account(stack: Stack, settings: Settings, account_id: str) -> None:
    """Raises DeploymentError where the roles of ``stack`` are there for the members of another identity account."""
    trusted = trusted_account(stack, settings)
    if trusted != settings.identity_account:
        raise DeploymentError(
            f"The roles in the account {account_id} (stack {stack.name}) are there for the members of the identity "
            f"account {trusted}, but these settings are of {settings.identity_account}: its portal would take them "
            "away. An account has the roles of one identity account. Nothing was changed. Give each stage accounts "
            f"of its own in [accounts]; if {trusted} gives this one up, remove its roles first: "
            f"aws cloudformation delete-stack --stack-name {stack.name} --region {settings.region}"
        )


def trusted_account(stack: Stack, settings: Settings) -> str:
    """The identity account whose members the roles of ``stack`` are there for; that of the settings if none are.

    Raises DeploymentError.
    """
    return stack.parameters().get("IdentityAccount", settings.identity_account)


def has_portal(session: Session, settings: Settings) -> bool:
    """Whether a portal is in this account, of whatever stage and in whatever region; raises DeploymentError."""
    with explained("Looking for a portal in this account"):
        try:
            session.client("iam", settings.region).get_role(RoleName=ADMIN_ROLE_NAME)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return False
            raise
    return True


def _plan(
    session: Session,
    settings: Settings,
    account_id: str,
    stack: Stack,
    template: Mapping[str, Any],
    bucket: CodeBucket,
    reservation: Reservation | None = None,
) -> Plan:
    again = partial(_plan, session, settings, account_id, stack, template, bucket, reservation)
    iam, gateway = session.client("iam", settings.region), session.client("apigateway", settings.region)
    parameters = reservation.parameters if reservation else {}
    change_set = stack.plan(template, bucket.upload_template, settings.tags, parameters)
    if change_set is None:
        return Plan(account_id, stack, None, template, (), {}, iam, None, reservation)
    with discarded_on_failure(partial(stack.discard, change_set)):
        changes = read_changes(change_set.changes, template)
        users_of = {name: users for name in groups_given_up(changes) if (users := users_in(iam, name))}
        takes_role = any(change.logical_id == LOG_ROLE and change.kind is Kind.CREATED for change in changes)
        log_role = log_role_of(gateway) if takes_role else None
    return Plan(account_id, stack, change_set, template, changes, users_of, iam, log_role, reservation, again)


def _with_code(template: Mapping[str, Any], code: Mapping[str, str]) -> dict[str, Any]:
    """Every function of the portal runs the same package."""
    resources = template["Resources"]
    functions = [name for name, found in resources.items() if found["Type"] == "AWS::Serverless::Function"]
    return merge(template, {"Resources": {name: {"Properties": {"CodeUri": dict(code)}} for name in functions}})


def _check_no_other_portal(session: Session, settings: Settings, stack_name: str) -> None:
    """IAM's names are one in an account, whatever the region: a second portal would want the first one's."""
    if not has_portal(session, settings):
        return
    raise DeploymentError(
        f"The account {settings.identity_account} has a portal already, in another stack or region than "
        f"{stack_name} in {settings.region}: its role {ADMIN_ROLE_NAME} is there. The names of IAM roles, groups "
        "and policies are one in an account, so each stage needs an identity account of its own, with a settings "
        "file of its own: firstday deploy --stage NAME --settings FILE."
    )
