"""What stops, service by service, beside what was used lately."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from firstday.adoption.voided_permissions import EVERYTHING, VoidedAction

# What IAM looks back on: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
TRACKED = "the tracking period (400 days)"


@dataclass(frozen=True, slots=True)
class Usage:
    """When each service was used last, None of never; the whole is None where ``unknown`` says why.

    A service that IAM did not list is not known.
    """

    services: Mapping[str, datetime | None] | None = None
    unknown: str = ""

    def is_known(self, service: str) -> bool:
        return self.services is not None and service in self.services

    def used_at(self, service: str) -> datetime | None:
        return (self.services or {}).get(service)


@dataclass(frozen=True, slots=True)
class ServiceLoss:
    """Actions of one service that stop. ``service`` is ``*`` for all that were not used, or are not known.

    ``left`` are actions that stay, on the member's own user and devices alone.
    """

    service: str
    actions: tuple[str, ...]
    policies: tuple[str, ...]
    left: tuple[str, ...]
    used_at: datetime | None
    is_known: bool

    @property
    def stops(self) -> bool:
        """Whether somebody may miss it."""
        return self.used_at is not None or not self.is_known


def losses(voided: Sequence[VoidedAction], usage: Usage) -> tuple[ServiceLoss, ...]:
    """By service: what was used first, the latest first."""
    by_service: dict[str, list[VoidedAction]] = {}
    for one in voided:
        by_service.setdefault(one.service, []).append(one)
    if wide := by_service.pop(EVERYTHING, []):  # what was used of everything, by its name
        used = (name for name, used_at in (usage.services or {}).items() if used_at)
        by_service = dict.fromkeys(used, wide) | by_service
    found = [_loss(service, actions, usage) for service, actions in by_service.items()]
    return tuple(sorted([*found, *_rest(wide, usage)], key=_place))


def _loss(service: str, voided: Sequence[VoidedAction], usage: Usage) -> ServiceLoss:
    return ServiceLoss(
        service,
        _once(_action(one) for one in voided),
        _once(one.policy for one in voided),
        _once(name for one in voided for name in one.left if name.startswith(f"{service}:")),
        usage.used_at(service),
        usage.is_known(service),
    )


def _rest(wide: Sequence[VoidedAction], usage: Usage) -> Iterator[ServiceLoss]:
    """Everything that a policy for all services allows besides what was used."""
    if wide:
        left = _once(name for one in wide for name in one.left)
        policies = _once(one.policy for one in wide)
        yield ServiceLoss(EVERYTHING, _once(map(_action, wide)), policies, left, None, bool(usage.services))


def _action(voided: VoidedAction) -> str:
    return f"all but {voided.action}" if voided.is_all_but else voided.action.partition(":")[2] or voided.action


def _place(loss: ServiceLoss) -> tuple[int, float, str]:
    if loss.used_at:
        return 0, -loss.used_at.timestamp(), loss.service
    return (2 if loss.is_known else 1), 0.0, loss.service


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
