"""The texts of ``firstday remove``: what would go and what would stay, and what is left afterwards."""

from collections.abc import Iterator
from typing import Any

from chalicelib.settings.records import Settings
from firstday.account_names import account_words
from firstday.deployment.kept_resources import by_hand
from firstday.deployment.portal import TARGET_STACK
from firstday.deployment.removal import RemovalPlan
from firstday.deployment.resource_words import API_ACCOUNT

NOTHING = "Nothing to remove."


def plan_text(plan: RemovalPlan, settings: Settings) -> str:
    """What would go."""
    if plan.is_empty:
        return NOTHING
    lines = ["This would be removed:"]
    lines += [f"  the stack {name} in {account_words(settings, of)}" for of, name in plan.stacks]
    lines += [f"  the bucket {name}, with the packages in it" for _, name in plan.buckets]
    lines += [f"  {kept.words}, with all that is in it" for kept in plan.deleted_data]
    if plan.kept:
        hint = (
            " --delete-data would delete the tables and logs, too."
            if any(kept.is_data for kept in plan.kept)
            else ""
        )
        lines += ["", f"This would stay.{hint}"]
        lines += [f"  {kept.words}" for kept in plan.kept]
    for account_id in plan.unseen:
        lines += ["", f"The roles of {account_words(settings, account_id)} would stay: there is no profile for it."]
    return "\n".join(lines)


def removed_text(plan: RemovalPlan, settings: Settings) -> str:
    """What is left, and how to remove it by hand."""
    lines = [] if plan.is_empty else ["Removed."]
    if plan.kept:
        lines += [
            "",
            "Left. An administrator of the identity account can remove it by hand:",
            *_left(plan, settings),
        ]
    if any(kept.resource_type == API_ACCOUNT for kept in plan.kept):
        lines += ["", "The last two belong to the whole account: keep them while another API there writes logs."]
    for account_id in plan.unseen:
        lines += ["", f"The roles of {account_words(settings, account_id)} were not looked at. In that account:"]
        lines += [f"  {_delete_roles(settings)}"]
    return "\n".join(lines).lstrip("\n") or "Nothing is left."


def removal_record(plan: RemovalPlan, settings: Settings) -> dict[str, Any]:
    """The same, for programs."""
    return {
        "stacks": [{"account_id": account_id, "name": name} for account_id, name in plan.stacks],
        "buckets": [name for _, name in plan.buckets],
        "deleted_data": [kept.physical_id for kept in plan.deleted_data],
        "kept": [
            {
                "logical_id": kept.logical_id,
                "resource_type": kept.resource_type,
                "physical_id": kept.physical_id,
                "commands": by_hand(kept, settings),
            }
            for kept in plan.kept
        ],
        "not_removed": [
            {"account_id": account_id, "commands": [_delete_roles(settings)]} for account_id in plan.unseen
        ],
    }


def _left(plan: RemovalPlan, settings: Settings) -> Iterator[str]:
    for kept in sorted(plan.kept, key=lambda each: (not each.is_data, each.resource_type)):
        yield f"  {kept.words}"
        yield from (f"    {command}" for command in by_hand(kept, settings))


def _delete_roles(settings: Settings) -> str:
    where = f"--region {settings.region} --profile PROFILE"
    return f"aws cloudformation delete-stack --stack-name {TARGET_STACK} {where}"
