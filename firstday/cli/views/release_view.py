"""The plan of ``firstday release``, for people and for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from firstday.adoption.releasing import ReleasePlan
from firstday.text_tables import plain


def plan_text(plan: ReleasePlan) -> str:
    """One member's plan."""
    heading = click.style(plan.user_name, bold=True)
    if plan.refusals:
        return "\n".join([f"{heading}  cannot be released", *(f"  {plain(one)}" for one in plan.refusals)])
    lines = [f"{heading}{'  begun, and goes on' if plan.is_begun else ''}", "  is put back"]
    lines += [f"    {plain(line)}" for line in _put_back(plan)]
    if notes := [f"    {plain(line)}" for line in _notes(plan)]:
        lines += ["  to know", *notes]
    return "\n".join(lines)


def _put_back(plan: ReleasePlan) -> Iterator[str]:
    if plan.path_now != plan.former_path:
        yield f"path: {plan.path_now} becomes {plan.former_path}"
    if plan.groups:
        yield f"leaves the groups: {', '.join(plan.groups)}"
    yield f"permissions boundary: {plan.former_boundary or 'none, as before'}"
    yield "the portal's record, its link and its sessions are removed"


def _notes(plan: ReleasePlan) -> Iterator[str]:
    yield "everything of theirs works without MFA again, as far as other policies allow it"
    for key in plan.credentials.keys or ():
        if not key.is_active:
            yield (
                f"access key {key.access_key_id} is inactive. To activate it: aws iam update-access-key "
                f"--user-name {plan.user_name} --access-key-id {key.access_key_id} --status Active"
            )
        elif key.access_key_id == plan.issued_key:
            yield f"access key {key.access_key_id}, which the portal issued, stays active"
    for serial in plan.credentials.devices or ():
        if serial in plan.registered:
            yield f"MFA device {serial}, registered through the portal, stays"
    if plan.left_groups:
        yield f"was in these groups before, and somebody took them away since: {', '.join(plan.left_groups)}"


def plan_record(plans: Sequence[ReleasePlan]) -> list[dict[str, Any]]:
    """The same, for programs."""
    return [
        {
            "user_name": plan.user_name,
            "refusals": list(plan.refusals),
            "is_begun": plan.is_begun,
            "former_path": plan.former_path,
            "former_boundary": plan.former_boundary,
            "groups": list(plan.groups),
            "inactive_keys": [key.access_key_id for key in plan.credentials.keys or () if not key.is_active],
        }
        for plan in plans
    ]
