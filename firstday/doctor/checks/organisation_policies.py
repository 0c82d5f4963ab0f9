"""Deny statements of the organisation's own: they hold for members beside Firstday's, or will for adopted ones."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.conditions import statements
from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH, QUARANTINE_GROUP, SUSPENDED_GROUP
from chalicelib.settings.records import Settings
from firstday.doctor import organisation_findings
from firstday.doctor.deny_sentences import counted, refused, remedies, sentences
from firstday.doctor.findings import Check, Finding
from firstday.doctor.mfa_denies import Asked, Denied, denied_by, tells_users_apart
from firstday.doctor.policy_comparison import Policy
from firstday.doctor.snapshot import IAMDetails, IAMGroup, IAMUser


@dataclass(slots=True)
class OwnPolicy:
    """A policy with a Deny, and the users who have it: by a group, attached, or inline under that name."""

    name: str
    document: Policy
    users: list[IAMUser] = field(default_factory=list)


def check_own_denies(settings: Settings, account: IAMDetails, now: datetime) -> Iterator[Finding]:
    """What each Deny of the organisation's own does to members, or would do to other users as members."""
    caller = Caller(settings.partition, settings.identity_account, "a-member", now)
    roles = tuple(role.arn(settings.partition) for role in settings.roles)
    asked = Asked(caller, settings.allowed_without_mfa, roles)
    for policy in own_denies(settings, account):
        for denied, users in _by_result(policy, asked):
            yield _finding(settings, policy.name, denied, users)


def own_denies(settings: Settings, account: IAMDetails) -> list[OwnPolicy]:
    """Every policy of users that has a Deny, once."""
    own = {BASELINE_GROUP, QUARANTINE_GROUP, SUSPENDED_GROUP, *(group.name for group in settings.groups)}
    groups = {group.name: group for group in account.groups if group.name not in own}
    found: dict[tuple[str, str], OwnPolicy] = {}
    for user in account.users:
        for name, document in _policies(user, groups, account):
            key = (name, json.dumps(document, sort_keys=True, default=str))
            users = found.setdefault(key, OwnPolicy(name, document)).users
            if user not in users[-1:]:
                users.append(user)
    return list(found.values())


def _policies(user: IAMUser, groups: dict[str, IAMGroup], account: IAMDetails) -> Iterator[tuple[str, Policy]]:
    named = [(f"the inline policy {name}", document) for name, document in user.inline.items()]
    attached = list(user.attached)
    for group in (groups[name] for name in user.groups if name in groups):
        named += [(f"{name} of the group {group.name}", document) for name, document in group.inline.items()]
        attached += group.attached
    named += [(arn, account.policies[arn]) for arn in attached if arn in account.policies]
    return ((name, document) for name, document in named if _has_deny(document))


def _has_deny(document: Policy) -> bool:
    return any(one.get("Effect") == "Deny" for one in statements(document) or [])


def _by_result(policy: OwnPolicy, asked: Asked) -> Iterator[tuple[Denied, list[IAMUser]]]:
    """What the policy denies, and whom: one answer for all, unless it tells users apart.

    Every user is asked about as a member, whatever their path is today.
    """
    users = [[user] for user in policy.users] if tells_users_apart(policy.document) else [policy.users]
    found: dict[Denied, list[IAMUser]] = {}
    for alike in users:
        caller = replace(asked.caller, user_name=alike[0].user_name)
        if denied := denied_by(policy.document, replace(asked, caller=caller)):
            found.setdefault(denied, []).extend(alike)
    yield from found.items()


def _finding(settings: Settings, name: str, denied: Denied, users: list[IAMUser]) -> Finding:
    members = [user.user_name for user in users if user.path == MEMBERS_PATH]
    others = [user.user_name for user in users if user.path != MEMBERS_PATH]
    check = _kind(denied) if members else organisation_findings.DENY_AHEAD
    whom = [
        f"{_number(names, kind)} ({counted(names)})"
        for names, kind in ((members, "member"), (others, "other user" if members else "user"))
        if names
    ]
    message = " ".join([f"It holds for {' and '.join(whom)}.", *sentences(settings, denied)])
    return check.found(name, message, *filter(None, remedies(settings, denied)))


def _number(names: list[str], kind: str) -> str:
    return f"{len(names)} {kind}{'' if len(names) == 1 else 's'}"


def _kind(denied: Denied) -> Check:
    if denied.closed:
        return organisation_findings.DENY_CLOSES_ROLES
    if refused(denied):
        return organisation_findings.DENY_SAYS_MORE
    if denied.closed_after is not None:
        return organisation_findings.DENY_ENDS_SESSIONS
    return organisation_findings.DENY_UNCLEAR if denied.unknown else organisation_findings.DENY_BESIDE
