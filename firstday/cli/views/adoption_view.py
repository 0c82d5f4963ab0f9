"""The plan and the outcome of ``firstday adopt``, for people and for programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from chalicelib.arns import BASELINE_GROUP, BOUNDARY_NAME
from firstday.adoption.adopting import Outcome, Status
from firstday.adoption.adoption_plan import AdoptionPlan, Credentials, KeyFacts, Stage
from firstday.adoption.mentions import PRINCIPAL, Effect, Mention
from firstday.adoption.resource_policies import NOT_LOOKED_AT
from firstday.adoption.service_losses import TRACKED, ServiceLoss
from firstday.text_tables import plain

# Names of actions in one line, and services of one policy that have a line each.
SHOWN, FEW = 6, 4
INVITED_BY_NAME = 10
WORDS = {
    Status.ADOPTED: "adopted",
    Status.RELEASED: "released",
    Status.ALREADY: "nothing to do",
    Status.REFUSED: "refused",
    Status.LEFT_ALONE: "left alone",
    Status.FAILED: "failed",
    Status.NOT_TRIED: "not tried",
}
EFFECTS = {
    Effect.FOLLOWS: "goes on: AWS stores the user's id, and the boundary does not limit it",
    Effect.STOPS: "no longer allows: it goes by name; change it there",
    Effect.OPENS: "no longer denies: it goes by name; change it there",
}


def plan_text(plan: AdoptionPlan) -> str:
    """One user's plan."""
    heading = click.style(plan.user_name, bold=True)
    if plan.stage is Stage.DONE:
        return f"{heading}  is a member already"
    if plan.stage is Stage.REFUSED:
        return "\n".join([f"{heading}  cannot be adopted", *(f"  {plain(one)}" for one in plan.refusals)])
    begun = "  begun, and goes on" if plan.stage is Stage.BEGUN else ""
    sections = (
        ("changes", _changes(plan)),
        ("STOPS", _stopping(plan)),
        ("no longer possible, and not used", _unused(plan)),
        ("stays", _staying(plan)),
    )
    lines = [f"{heading}{begun}"]
    for title, found in sections:
        if listed := [f"    {plain(line)}" for line in found]:
            lines += [f"  {click.style(title, fg='red') if title == 'STOPS' else title}", *listed]
    return "\n".join(lines)


def _changes(plan: AdoptionPlan) -> Iterator[str]:
    yield f"ARN now: {plan.arn_before}"
    yield f"ARN then: {plan.arn_after}"
    former = f"; it replaces {plan.former_boundary}" if plan.former_boundary else ""
    yield f"permissions boundary: {BOUNDARY_NAME}{former}"
    if plan.opened:
        yield f"possible without the former boundary: {', '.join(plan.opened)}"
    if plan.opened is None:
        yield "what the former boundary kept the user from is not known: it could not be read"
    yield f"groups: {BASELINE_GROUP} now; with the proof of MFA {', '.join(plan.groups)}"
    if plan.entered:
        yield f"opens at once, by their own policies, whatever their groups: {', '.join(plan.entered)}"
    devices = plan.credentials.devices
    if devices == ():
        yield "MFA device: none; AWS denies nearly everything until the member has registered one"
    if plan.may_add_device and any(key.is_active for key in plan.credentials.keys or ()):
        yield "by their own policies, whoever has an access key alone may register a further MFA device with it"
    elif devices == () and any(key.is_active for key in plan.credentials.keys or ()):
        yield "until then, whoever has the access key may register a device of their own: invite soon"


def _stopping(plan: AdoptionPlan) -> Iterator[str]:
    for loss in plan.lost:
        if loss.stops:
            yield _loss_words(loss, plan.unknown_usage)
    for pattern in plan.roles.stop:
        but = ", other than those of the settings" if "*" in pattern or "?" in pattern else ""
        yield f"assuming roles: {pattern}{but}"
    yield from (f"{name}: what this policy allows could not be read; it stops" for name in plan.unread)
    yield from (_mention_words(one) for one in plan.mentions if one.effect is not Effect.FOLLOWS)
    keys = plan.credentials.keys
    if keys is None:
        yield "access keys: not permitted to look; any use without MFA stops"
    yield from (_key_words(key) for key in keys or () if _key_stops(key))
    others = plan.credentials.others
    if others is None:
        yield "SSH keys, signing certificates and service-specific credentials: not permitted to look; they stop"
    yield from (f"{one}: it knows no MFA" for one in others or ())


def _unused(plan: AdoptionPlan) -> Iterator[str]:
    """One line for each service, or, where a policy allows many, one for the policy."""
    by_policy: dict[tuple[str, ...], list[ServiceLoss]] = {}
    for loss in plan.lost:
        if not loss.stops:
            by_policy.setdefault(loss.policies, []).append(loss)
    for policies, found in by_policy.items():
        if len(found) <= FEW:
            yield from (_loss_words(loss, "") for loss in found)
        else:
            names = ", ".join("all others" if loss.service == "*" else loss.service for loss in found)
            yield f"{len(found)} services: allowed, not used in {TRACKED}: {names} (by {_few(policies)})"


def _staying(plan: AdoptionPlan) -> Iterator[str]:
    if plan.kept_groups:
        yield f"groups, as far as the boundary leaves what they allow: {', '.join(plan.kept_groups)}"
    if stay := [arn for arn in plan.roles.stay if arn not in plan.entered]:
        yield f"assuming roles of the settings: {', '.join(stay)}"
    yield from (_mention_words(one) for one in plan.mentions if one.effect is Effect.FOLLOWS)
    yield from _credential_words(plan.credentials)


def _credential_words(credentials: Credentials) -> Iterator[str]:
    if credentials.devices is None:
        yield "MFA devices: not permitted to look"
    yield from (f"MFA device {serial}, {_device_kind(serial)}" for serial in credentials.devices or ())
    yield from (_key_words(key) for key in credentials.keys or () if not _key_stops(key))
    if credentials.has_password is not False:
        is_known = credentials.has_password is not None
        yield "console password" if is_known else "console password: not permitted to look"


def _device_kind(serial: str) -> str:
    if ":u2f/" in serial:
        return "a passkey or security key: it shows no codes, so the member will register a device that does"
    return "virtual" if ":mfa/" in serial else "hardware"


def _key_stops(key: KeyFacts) -> bool:
    return key.is_active and (key.used_at is not None or not key.is_known)


def _key_words(key: KeyFacts) -> str:
    name = f"access key {key.access_key_id}"
    if not key.is_active:
        return f"{name}, inactive"
    if not key.is_known:
        return f"{name}: whether it is used is not known: not permitted; without MFA it can do nothing any more"
    if key.used_at is None:
        return f"{name}, never used; without MFA it can do nothing any more"
    of_service = f" for {key.used_for}" if key.used_for else ""
    return f"{name}: used {_day(key.used_at)}{of_service}; without MFA it can do nothing any more"


def _loss_words(loss: ServiceLoss, unknown: str) -> str:
    where = "all other services" if loss.service == "*" and loss.is_known else loss.service
    where = "all services" if where == "*" else where
    what = f"{_few(loss.actions)}; by {_few(loss.policies)}"
    left = f"; what stays, on the own user alone: {', '.join(loss.left)}" if loss.left else ""
    if loss.used_at:
        return f"{where}: used {_day(loss.used_at)}, stops ({what}){left}"
    if not loss.is_known:
        return (
            f"{where}: stops; whether it was used is not known: {unknown or 'IAM did not list it'} ({what}){left}"
        )
    return f"{where}: allowed, not used in {TRACKED} ({what}){left}"


def _mention_words(mention: Mention) -> str:
    named = "" if mention.element == PRINCIPAL else f" {mention.pattern}"
    return f"{mention.where}, {mention.element}{named}: {EFFECTS[mention.effect]}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def limits_text(not_permitted: Iterable[str]) -> str:
    """What the plan could not see."""
    lines = ["Not looked at:", *(f"  {one}" for one in NOT_LOOKED_AT)]
    if missing := sorted(not_permitted):
        lines += ["Not permitted, so not known:", *(f"  {one}" for one in missing)]
    return "\n".join(lines)


def counts_text(plans: Sequence[AdoptionPlan]) -> str:
    """How many of which kind."""
    open_ones = [plan for plan in plans if plan.is_open]
    stopping = sum(plan.stops for plan in open_ones)
    counted = {
        "to be adopted, nothing stops": len(open_ones) - stopping,
        "to be adopted, something stops": stopping,
        "already done": sum(plan.stage is Stage.DONE for plan in plans),
        "cannot be adopted": sum(plan.stage is Stage.REFUSED for plan in plans),
    }
    return f"{'; '.join(f'{count} {words}' for words, count in counted.items() if count)}."


def plan_record(plans: Sequence[AdoptionPlan], not_permitted: Iterable[str]) -> dict[str, Any]:
    """The same, for programs."""
    users = [{**asdict(plan), "stops": plan.stops} for plan in plans]
    limits = {"not_looked_at": list(NOT_LOOKED_AT), "not_permitted": sorted(not_permitted)}
    found: dict[str, Any] = _plain({"users": users, **limits})
    return found


def outcome_text(outcomes: Sequence[Outcome], following: str = "") -> str:
    """What became of everybody, those first who need something."""
    wrong = [one for one in outcomes if not one.is_right]
    lines = [
        f"{one.user_name}: {WORDS[one.status]}{f': {plain(one.message)}' if one.message else ''}" for one in wrong
    ]
    counts = Counter(one.status for one in outcomes)
    counted = ", ".join(f"{counts[status]} {words}" for status, words in WORDS.items() if counts[status])
    is_all_right = not wrong and following
    return "\n".join([*lines, f"{counted}.", *([following] if is_all_right else [])])


def next_text(user_names: Sequence[str]) -> str:
    """What to do with those who are members now."""
    if not user_names:
        return ""
    names = " ".join(user_names) if len(user_names) <= INVITED_BY_NAME else "USER...; for many, firstday import"
    return f"What comes next: firstday invite {names}"


def outcome_record(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The same, for programs."""
    return {
        "users": [{"user_name": one.user_name, "status": one.status, "message": one.message} for one in outcomes]
    }


def _plain(value: Any) -> Any:
    """``value`` as JSON has it."""
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
