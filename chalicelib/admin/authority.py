"""Who may administer, and who may do what: one table of routes, for the API and the console alike.

A caller who is in nobody's list, and a route that is not in the table, get nothing.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from chalicelib.arns import ADMIN_ROLE_NAME, matches_role, role_of_session
from chalicelib.settings.records import Settings

# The names of Firstday's own roles begin so: those of its functions, and of the administrators.
OWN_ROLES = "firstday-"


class Rank(StrEnum):
    """What the role of an administrator may do: everything, or what a help desk does."""

    ADMINISTRATOR = "administrator"
    HELP_DESK = "help-desk"


_ALL = frozenset(Rank)
_ADMINISTRATORS = frozenset({Rank.ADMINISTRATOR})
# Signing in and out is not in here: those pages of the console are open, and the link is fetched by the API.
WHO_MAY: Mapping[str, frozenset[Rank]] = {
    "GET /admin/members": _ALL,
    "POST /admin/members": _ADMINISTRATORS,
    "GET /admin/members/{user_name}": _ALL,
    "GET /admin/members/{user_name}/check": _ALL,
    "PUT /admin/members/{user_name}/groups": _ADMINISTRATORS,
    "PUT /admin/members/{user_name}/details": _ADMINISTRATORS,
    "POST /admin/members/{user_name}/mfa-reset": _ALL,
    "POST /admin/members/{user_name}/password-reset": _ALL,
    "POST /admin/members/{user_name}/suspension": _ADMINISTRATORS,
    "POST /admin/members/{user_name}/resumption": _ADMINISTRATORS,
    "GET /admin/members/{user_name}/offboarding": _ADMINISTRATORS,
    "DELETE /admin/members/{user_name}": _ADMINISTRATORS,
    "POST /admin/invitations": _ADMINISTRATORS,
    "POST /admin/invitations/revoke": _ADMINISTRATORS,
    "POST /admin/imports/check": _ADMINISTRATORS,
    "POST /admin/refresh": _ADMINISTRATORS,
    "GET /admin/audit-events": _ALL,
    "POST /admin/console-links": _ALL,
    "GET /console": _ALL,
    "GET /console/members": _ALL,
    "GET /console/member": _ALL,
    "POST /console/check": _ALL,
    "GET /console/new-member": _ADMINISTRATORS,
    "POST /console/new-member": _ADMINISTRATORS,
    "POST /console/invite": _ADMINISTRATORS,
    "POST /console/revoke": _ADMINISTRATORS,
    "POST /console/groups": _ADMINISTRATORS,
    "POST /console/details": _ADMINISTRATORS,
    "GET /console/reset-mfa": _ALL,
    "POST /console/reset-mfa": _ALL,
    "GET /console/reset-password": _ALL,
    "POST /console/reset-password": _ALL,
    "GET /console/suspend": _ADMINISTRATORS,
    "POST /console/suspend": _ADMINISTRATORS,
    "GET /console/resume": _ADMINISTRATORS,
    "POST /console/resume": _ADMINISTRATORS,
    "GET /console/offboard": _ADMINISTRATORS,
    "POST /console/offboard": _ADMINISTRATORS,
    "GET /console/import": _ADMINISTRATORS,
    "POST /console/import": _ADMINISTRATORS,
    "POST /console/import-check": _ADMINISTRATORS,
    "GET /console/audit": _ALL,
}


def tasks_of(rank: Rank | None) -> frozenset[str]:
    """The routes that administrators of this rank may call; none without a rank."""
    return frozenset(task for task, ranks in WHO_MAY.items() if rank in ranks)


def may(rank: Rank, task: str) -> bool:
    """Whether administrators of this rank may call the route ``task``, such as ``GET /admin/members``."""
    return rank in WHO_MAY.get(task, ())


def rank_of(arn: str, settings: Settings) -> Rank | None:
    """The rank of the caller ``arn``; None for everybody who is no administrator.

    Only sessions of roles of the identity account have one: of the portal's own role, whose trust policy insists
    on MFA, and of those that the settings name.
    """
    role_name = role_of_session(arn, settings.partition, settings.identity_account)
    if role_name == ADMIN_ROLE_NAME:
        return Rank.ADMINISTRATOR
    return rank_of_role(role_name, settings) if role_name else None


def rank_of_role(role_name: str, settings: Settings) -> Rank | None:
    """The rank that the settings give a role of the identity account; the lower one if its name fits both lists.

    Never to a role that members switch to, nor to one of Firstday's own, whatever the patterns.
    """
    if role_name.lower().startswith(OWN_ROLES) or is_switch_role(role_name, settings):
        return None
    if _fits(role_name, settings.administrators.help_desk):
        return Rank.HELP_DESK
    return Rank.ADMINISTRATOR if _fits(role_name, settings.administrators.roles) else None


def is_switch_role(role_name: str, settings: Settings) -> bool:
    """Whether members may switch to the role of the identity account; IAM tells no names apart by their case."""
    roles = (role for role in settings.roles if role.account_id == settings.identity_account)
    return role_name.lower() in {role.role_name.lower() for role in roles}


def _fits(role_name: str, patterns: Iterable[str]) -> bool:
    return any(matches_role(pattern, role_name) for pattern in patterns)
