"""The texts of ``firstday deploy``: the plan beforehand, and where to go afterwards."""

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chalicelib.settings.records import Settings
from firstday.account_names import account_name, account_words
from firstday.deployment.change_words import change_lines, losses
from firstday.deployment.plan import StackPlan
from firstday.deployment.portal import TARGET_STACK, DeployedPortal

NOTHING = "Nothing to change."
# More accounts than these are told of together.
_ONE_BY_ONE = 5


def plan_text(plans: Iterable[StackPlan], settings: Settings) -> str:
    """What would change, stack by stack."""
    return "\n\n".join("\n".join(_plan_lines(plan, settings)) for plan in plans if not plan.is_empty) or NOTHING


def all_losses(plans: Iterable[StackPlan]) -> list[str]:
    """What all the plans would lose, a sentence each."""
    return [loss for plan in plans for loss in losses(plan.changes, plan.users_of)]


def loss_text(lost: Iterable[str]) -> str:
    """What would be lost."""
    return "\n".join(["This would lose something:", *(f"  {loss}" for loss in lost)])


def target_commands(settings: Settings, account_id: str) -> list[str]:
    """How the administrators of another account deploy its roles without Firstday."""
    return _commands(settings, account_name(settings, account_id))


def _commands(settings: Settings, name: str) -> list[str]:
    file = f"{name}.json"
    return [
        f"firstday template target --account {name} > {file}",
        f"aws cloudformation deploy --stack-name {TARGET_STACK} --template-file {file} "
        f"--capabilities CAPABILITY_NAMED_IAM --region {settings.region} --profile PROFILE",
    ]


def left_text(settings: Settings, left: Iterable[str]) -> Iterator[str]:
    """What to do about the accounts ``left``, which had no profile."""
    accounts = list(left)
    if len(accounts) > _ONE_BY_ONE:
        yield from _many_left(settings, accounts)
        return
    for account_id in accounts:
        yield f"The roles of {account_words(settings, account_id)} were not looked at."
        yield "With a profile of that account, run again and add"
        yield f"  --account-profile {account_name(settings, account_id)}=PROFILE"
        yield "or its administrators run"
        yield from (f"  {command}" for command in target_commands(settings, account_id))
        yield ""


def _many_left(settings: Settings, accounts: Sequence[str]) -> Iterator[str]:
    names = ", ".join(account_name(settings, account_id) for account_id in accounts)
    yield f"The roles of {len(accounts)} accounts were not looked at:"
    yield textwrap.fill(names, 76, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    yield "With profiles of them, run again and add for each"
    yield "  --account-profile NAME=PROFILE"
    yield "or the administrators of each run"
    yield from (f"  {command}" for command in _commands(settings, "NAME"))
    yield "or a stack set deploys one template into many accounts: docs/stacksets.md says how."
    yield ""


def next_text(
    settings: Settings, portal: DeployedPortal, outputs: Mapping[str, str], *, is_changed: bool
) -> Iterator[str]:
    """Where the portal is, and what comes next."""
    yield f"The portal is at {portal.portal_url}"
    yield ""
    if record := dns_record(settings, outputs):
        yield "It needs this DNS record, once (in Route 53, an alias record to the same name):"
        yield f"  {record['name']} {record['type']} {record['value']}"
        yield f"Until then it can be reached at {outputs['EndpointURL'].rstrip('/')}"
        yield ""
    if not is_changed:
        return
    yield "Next, with a profile that may assume the role"
    yield f"{portal.admin_role_arn}, invite somebody:"
    yield f"  export FIRSTDAY_PORTAL_URL={shlex.quote(portal.portal_url)}"
    if settings.domain:  # a domain does not tell the region that requests are signed for
        yield f"  export AWS_DEFAULT_REGION={settings.region}"
    yield "  firstday invite NAME"


def dns_record(settings: Settings, outputs: Mapping[str, str]) -> dict[str, str] | None:
    """The record that leads the portal's own domain to AWS, None without one."""
    if settings.domain is None:
        return None
    zone = outputs.get("DNSTargetZone", "")
    return {"name": settings.domain.name, "type": "CNAME", "value": outputs["DNSTarget"], "alias_zone": zone}


def deploy_record(
    settings: Settings,
    portal: DeployedPortal,
    outputs: Mapping[str, str],
    plans: Sequence[StackPlan],
    left: Iterable[str],
) -> dict[str, Any]:
    """The same, for programs."""
    return {
        "portal_url": portal.portal_url,
        "is_changed": any(not plan.is_empty for plan in plans),
        "outputs": dict(outputs),
        "dns_record": dns_record(settings, outputs),
        "stacks": [_record(plan) for plan in plans],
        "not_deployed": [
            {"account_id": account_id, "commands": target_commands(settings, account_id)} for account_id in left
        ],
    }


def _plan_lines(plan: StackPlan, settings: Settings) -> Iterator[str]:
    yield f"The stack {plan.stack.name} in {account_words(settings, plan.account_id)}:"
    if plan.change_set:
        lines = list(change_lines(plan.changes)) or ["Only what the stack tells about itself."]
        yield from (f"  {line}" for line in lines)
    if plan.log_role and not plan.log_role.is_of(plan.stack.name):
        yield f"  API Gateway's logging role of the account, now {plan.log_role.arn}, is replaced."
    if plan.reservation:
        yield f"  {plan.reservation.words}"
    if plan.protects:
        yield "  The tables that outlive the stack are protected against deletion."
    if plan.change_set and plan.change_set.follows_failure:
        yield "  What a failed first deployment had left of this stack, nothing but its name, was deleted."


def _record(plan: StackPlan) -> dict[str, Any]:
    changes = [
        {
            "kind": change.kind.name.lower(),
            "resource": change.words,
            "logical_id": change.logical_id,
            "resource_type": change.resource_type,
            "details": list(change.details),
        }
        for change in plan.changes
    ]
    reservation = asdict(plan.reservation) if plan.reservation else None
    return {"name": plan.stack.name, "account_id": plan.account_id, "changes": changes, "reservation": reservation}
