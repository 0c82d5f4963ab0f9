"""Which roles of an account go into ``firstday.toml``, as what, and why the others do not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.conditions import VERSION_WITH_VARIABLES, statements
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa
from chalicelib.arns import ADMIN_ROLE_NAME
from chalicelib.settings import rules
from chalicelib.settings.quotas import ROLE_PATH_AND_NAME
from chalicelib.settings.records import Settings
from firstday.account_names import account_name
from firstday.existing_roles.account_roles import AccountRole
from firstday.existing_roles.profile_names import ProfileNames
from firstday.existing_roles.trust_description import TrustDescription, described
from firstday.stack.templates import ROLE_DESCRIPTION

# Not a real member: the question is about any.
ANYBODY = "a-member"
_OF_AWS = {
    "/aws-service-role/": "a service of AWS made it for itself",
    "/aws-reserved/": "AWS keeps it, as for SSO",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A role for ``firstday.toml``; ``profile`` is without the prefix, and ``account`` is its name there."""

    profile: str
    account: str
    role: AccountRole
    trust: TrustDescription


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A role that is not proposed; ``reason`` is a clause."""

    role: AccountRole
    reason: str


def proposals(
    settings: Settings, roles: Iterable[AccountRole], now: datetime
) -> tuple[list[Proposal], list[LeftOut]]:
    """The roles that IAM users of the identity account may assume, and all others."""
    names = ProfileNames(settings.profile_prefix, [role.profile for role in settings.roles])
    caller = Caller(settings.partition, settings.identity_account, ANYBODY, now)
    proposed: list[Proposal] = []
    left_out: list[LeftOut] = []
    for role in roles:
        account = account_name(settings, role.account_id)
        trust = described(role.trust, caller, role.account_id)
        reason = _why_not(settings, role, trust, caller)
        profile = "" if reason else names.propose(account, role.name)
        if profile:
            proposed.append(Proposal(profile, account, role, trust))
        else:
            left_out.append(LeftOut(role, reason or "no name is left for its profile"))
    return proposed, left_out


def _why_not(settings: Settings, role: AccountRole, trust: TrustDescription, caller: Caller) -> str | None:
    for path, reason in _OF_AWS.items():
        if role.path.startswith(path):
            return reason
    return _why_known(settings, role) or _why_closed(role, trust, caller) or _why_unwritable(role)


def _why_known(settings: Settings, role: AccountRole) -> str | None:
    known = {(one.account_id, one.role_name.lower()) for one in settings.roles}
    if (role.account_id, role.name.lower()) in known:
        return "firstday.toml has a role of that name there already"
    is_here = role.account_id == settings.identity_account
    if is_here and settings.administrators.mean(role.name):
        return "its sessions administer the portal, by [administrators] in firstday.toml"
    if (is_here and role.name == ADMIN_ROLE_NAME) or role.description.startswith(ROLE_DESCRIPTION):
        return "Firstday has made it"
    return None


def _why_closed(role: AccountRole, trust: TrustDescription, caller: Caller) -> str | None:
    """Why no IAM user of the identity account gets in; a Version that knows no variables is mended easily."""
    if statements(role.trust) is None:
        return "its trust policy cannot be read"
    if not trust.ways:
        return f"it trusts {_listed(trust.others)} only" if trust.others else "it lets nobody assume it"
    mended = {**role.trust, "Version": VERSION_WITH_VARIABLES}
    if trust.mfa is MFADemand.NOBODY and requires_mfa(mended, caller) is MFADemand.NOBODY:
        demands = [one for way in trust.ways for one in way.demands] + list(trust.denials)
        return f"its conditions let in no IAM user of {caller.account_id}: {_listed(dict.fromkeys(demands))}"
    return None


def _why_unwritable(role: AccountRole) -> str | None:
    complaint = rules.role_name(role.name) or rules.role_path(role.path)
    if complaint:
        return f"firstday.toml does not take it: {complaint.message}"
    length = len(role.path + role.name)
    if length > ROLE_PATH_AND_NAME:
        return (
            f"the AWS console cannot switch to it: path and name have {length} characters, of {ROLE_PATH_AND_NAME}"
        )
    return None


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
