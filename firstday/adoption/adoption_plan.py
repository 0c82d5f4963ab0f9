"""The plan of an adoption: for each user what changes, what stops and what stays. Nothing is asked of AWS here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.arns import BASELINE_GROUP, SWITCH_ROLE_PATH, boundary_arn
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings
from firstday.adoption.found_account import FoundAccount, FoundUser, HeldPolicy, Policy
from firstday.adoption.mentions import Effect, Mention
from firstday.adoption.moving_user import MovingUser
from firstday.adoption.service_losses import ServiceLoss, Usage, losses
from firstday.adoption.voided_permissions import Assumable, allows, assumable, voided, widened

# What the boundary leaves, and the Deny without MFA, so that only a grant is missing.
REGISTERING = "iam:EnableMFADevice"


class Stage(StrEnum):
    """NEW: to be adopted. BEGUN: an adoption was cut off and goes on. DONE: a member already. REFUSED: neither."""

    NEW = "new"
    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to be adopted, and the switch-role groups that the proof of MFA grants."""

    user_name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """An access key; ``used_at`` is None of a key that never was, or where its use ``is_known`` not."""

    access_key_id: str
    is_active: bool
    used_at: datetime | None = None
    used_for: str | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the user signs in with; None where that is not permitted to be seen.

    ``others`` are, in words, those that know no MFA at all: SSH keys, signing certificates, those of one service.
    """

    devices: tuple[str, ...] | None = None
    keys: tuple[KeyFacts, ...] | None = None
    has_password: bool | None = None
    others: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AdoptionPlan:
    """What the adoption of one user does.

    ``groups`` are the switch-role groups to be, ``kept_groups`` the others, in which the user stays.
    ``former_boundary`` is what the members' boundary replaces, ``opened`` what becomes possible by that;
    None if the former one could not be read. ``entered`` are Firstday's roles that the user's own policies allow to
    assume: their trust policies let members in, so they open at once. ``may_add_device``: these policies also
    allow to register a device, which takes no MFA. ``unread`` are policies that could not be read.
    """

    user_name: str
    stage: Stage
    groups: tuple[str, ...]
    refusals: tuple[str, ...] = ()
    former_path: str = ""
    arn_before: str = ""
    arn_after: str = ""
    kept_groups: tuple[str, ...] = ()
    former_boundary: str | None = None
    opened: tuple[str, ...] | None = ()
    lost: tuple[ServiceLoss, ...] = ()
    unknown_usage: str = ""
    roles: Assumable = field(default_factory=Assumable)
    entered: tuple[str, ...] = ()
    may_add_device: bool = False
    mentions: tuple[Mention, ...] = ()
    unread: tuple[str, ...] = ()
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def is_open(self) -> bool:
        """Whether there is something to do."""
        return self.stage in (Stage.NEW, Stage.BEGUN)

    @property
    def stops(self) -> bool:
        """Whether something that is used, or may be used, stops: then this user is asked about alone."""
        keys = self.credentials.keys
        return bool(
            any(loss.stops for loss in self.lost)
            or self.unread
            or self.roles.stop
            or self.credentials.others != ()
            or any(mention.effect is not Effect.FOLLOWS for mention in self.mentions)
            or self.opened != ()
            or self.entered
            or self.may_add_device
            or keys is None
            or any(key.is_active and (key.used_at or not key.is_known) for key in keys)
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of one user beyond the account's IAM. ``record`` is the portal's."""

    record: Member | None
    credentials: Credentials
    usage: Usage


def moving_user(settings: Settings, user: FoundUser, record: Member | None) -> MovingUser:
    """The user on the way to the members' path; a record knows the path from before."""
    path = (record.former_path if record else None) or user.path
    return MovingUser(settings.partition, settings.identity_account, user.user_name, path)


def settled(wanted: Wanted, stage: Stage, refusals: tuple[str, ...] = ()) -> AdoptionPlan:
    """The plan for somebody with whom nothing is done."""
    return AdoptionPlan(wanted.user_name, stage, wanted.groups, refusals)


def planned(
    settings: Settings,
    account: FoundAccount,
    user: FoundUser,
    groups: tuple[str, ...],
    facts: Facts,
    mentioned: tuple[Mention, ...],
) -> AdoptionPlan:
    """The plan for a user who can be adopted, or whose adoption has begun."""
    record, moving = facts.record, moving_user(settings, user, facts.record)
    held = account.policies_of(user)
    boundary = account.policies[boundary_arn(settings.partition, settings.identity_account)]
    role_arns = [role.arn(settings.partition) for role in settings.roles]
    made = {role.arn(settings.partition) for role in settings.roles if not role.is_existing}
    former = record.former_boundary if record else user.boundary
    roles = assumable(held, role_arns)
    return AdoptionPlan(
        user_name=user.user_name,
        stage=Stage.BEGUN if record else Stage.NEW,
        groups=record.groups if record else groups,
        former_path=moving.path,
        arn_before=moving.arn_before,
        arn_after=moving.arn_after,
        kept_groups=kept_groups(account.groups_paths, user) if record is None else record.former_groups,
        former_boundary=former,
        opened=_opened(account, held, former, boundary, role_arns),
        lost=losses(voided(held, boundary, moving), _with_keys(facts)),
        unknown_usage=facts.usage.unknown,
        roles=roles,
        entered=tuple(arn for arn in roles.stay if arn in made),
        may_add_device=allows(held, REGISTERING, moving.arn_after),
        mentions=mentioned,
        unread=tuple(policy.name for policy in held if policy.document is None),
        credentials=facts.credentials,
    )


def _with_keys(facts: Facts) -> Usage:
    """The report lags by some hours, so what a key was used for lately counts as well."""
    if facts.usage.services is None:
        return facts.usage
    services = dict(facts.usage.services)
    for key in facts.credentials.keys or ():
        before = services.get(key.used_for or "")
        if key.used_at and key.used_for and (before is None or before < key.used_at):
            services[key.used_for] = key.used_at
    return replace(facts.usage, services=services)


def kept_groups(paths: Mapping[str, str], user: FoundUser) -> tuple[str, ...]:
    """The groups of the user's that are not Firstday's."""
    own = (name for name in user.groups if paths.get(name) != SWITCH_ROLE_PATH and name != BASELINE_GROUP)
    return tuple(sorted(own))


def _opened(
    account: FoundAccount,
    held: tuple[HeldPolicy, ...],
    former: str | None,
    boundary: Policy,
    role_arns: list[str],
) -> tuple[str, ...] | None:
    if former is None:
        return ()
    document = account.policies.get(former)
    return None if document is None else widened(held, document, boundary, role_arns)
