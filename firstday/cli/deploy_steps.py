"""The steps of ``firstday deploy``: look, package, plan every stack, carry it out, look again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.settings.records import Settings
from firstday import packaging
from firstday.aws_calls import DeploymentError
from firstday.aws_sessions import SessionOf
from firstday.deployment.events import Report
from firstday.deployment.obstacles import check_all, portal_stack, target_stack
from firstday.deployment.plan import StackPlan, plan_portal, plan_target
from firstday.deployment.portal import DeployedPortal, stack_name
from firstday.deployment.stack import LogRoleRefused
from firstday.doctor.diagnosis import diagnose
from firstday.doctor.findings import Finding, Severity
from firstday.packaging import Package
from firstday.stack.templates import target_accounts, target_template

ONCE_MORE = "API Gateway does not know the new role for its logs yet. Trying once more."


@contextmanager
def packaged(project: Path, settings: Settings, settings_file: Path | None, stage: str) -> Iterator[Package]:
    """The package, for as long as it takes to deploy it; raises PackagingError."""
    with TemporaryDirectory(prefix="firstday-") as built:
        yield packaging.build(project, settings, Path(built), settings_file, stage)


@contextmanager
def planned(package: Package, settings: Settings, session_of: SessionOf, stage: str) -> Iterator[list[StackPlan]]:
    """What would change: the portal's stack first, then the roles of each account that there is a session of.

    Plans that are not carried out are discarded in the end. Raises DeploymentError; before anything is touched,
    where a stack of any of the accounts cannot be deployed.
    """
    check_all(_looks(package, settings, session_of, stage))
    plans: list[StackPlan] = []
    try:
        identity = session_of(settings.identity_account)
        assert identity is not None  # noqa: S101  # account_sessions always has one
        plans.append(plan_portal(identity, package, settings, stack_name(stage)))
        for account_id in target_accounts(settings):
            if session := session_of(account_id):
                plans.append(plan_target(session, settings, account_id))
        yield plans
    finally:
        for plan in plans:
            if not plan.is_executed:
                with suppress(DeploymentError):  # the error before it matters more
                    plan.discard()


def carried_out(
    plans: Sequence[StackPlan], report_for: Callable[[StackPlan], Report], tell: Callable[[str], None]
) -> dict[str, str]:
    """Carry out every plan, in order; the outputs of the first, which is the portal's. Raises DeploymentError.

    Nothing is begun where somebody has changed one of the stacks since it was planned.
    ``tell`` gets the words for the one step that is tried a second time.
    """
    check_all(plan.check_unchanged for plan in plans)
    outputs = [_carried_out(plan, report_for, tell) for plan in plans]
    return outputs[0]


def _looks(
    package: Package, settings: Settings, session_of: SessionOf, stage: str
) -> Iterator[Callable[[], object]]:
    """At each stack that would be deployed, in the order of the plans."""
    identity, name = settings.identity_account, stack_name(stage)
    if session := session_of(identity):
        yield partial(portal_stack, session, package.template, settings, name)
    for account_id in target_accounts(settings):
        if session := session_of(account_id):
            template = target_template(settings, account_id)
            yield partial(target_stack, session, template, settings, account_id)


def _carried_out(
    plan: StackPlan, report_for: Callable[[StackPlan], Report], tell: Callable[[str], None]
) -> dict[str, str]:
    """Try once more if API Gateway does not know its new log role yet; IAM needs a moment to tell it."""
    try:
        return plan.execute(report_for(plan))
    except LogRoleRefused as error:
        if plan.again is None:
            raise
        tell(f"{error}\n{ONCE_MORE}")
        again = plan.again()
        try:
            if again.announced != plan.announced:  # the user has agreed to nothing else
                raise
            return again.execute(report_for(again))
        finally:
            if not again.is_executed:
                again.discard()


def found_before(settings: Settings, session_of: SessionOf) -> tuple[Finding, ...]:
    """The doctor's errors, which forbid deploying; notes and warnings are for afterwards."""
    found = diagnose(settings, session_of, None)
    return tuple(finding for finding in found if finding.severity is Severity.ERROR)


def found_after(settings: Settings, session_of: SessionOf, portal: DeployedPortal) -> tuple[Finding, ...]:
    """What the doctor finds in the deployed portal besides notes."""
    found = diagnose(settings, session_of, portal)
    return tuple(finding for finding in found if finding.severity is not Severity.NOTE)
