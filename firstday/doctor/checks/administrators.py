"""The roles that administer the portal by the settings: which there are, who gets in, and whether with MFA."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.admin.authority import Rank, is_switch_role, rank_of_role
from chalicelib.arns import matches_role
from chalicelib.settings.records import Settings
from firstday.doctor import administrator_findings as kinds
from firstday.doctor.checks.role_principals import Principals, principals_of
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMDetails, IAMRole

# Roles of permission sets: https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
IDENTITY_CENTER_NAME, IDENTITY_CENTER_PATH = "AWSReservedSSO_", "/aws-reserved/sso.amazonaws.com/"
_MAY = {
    Rank.ADMINISTRATOR: "Its sessions may do everything in the portal.",
    Rank.HELP_DESK: "Its sessions are the help desk's.",
}
_LET_IN = "# Let nobody in but an identity provider that asks for MFA, or demand MFA in its trust policy."
_LOOK = "# Ask who made it. If nobody knows, delete it, and look for it in CloudTrail and firstday audit."
_RENAME = "# Change [administrators] in the settings to mean administrators' roles alone, and deploy."


def check_administrators(settings: Settings, account: IAMDetails, now: datetime) -> Iterator[Finding]:
    """What to know of each role of the identity account that a pattern of the settings means."""
    for pattern in settings.administrators.patterns:
        roles = [role for role in account.roles if matches_role(pattern, role.name)]
        if not roles:
            yield kinds.ADMINISTRATORS_NOBODY.found(pattern, "The account has no role of such a name.")
    for role in account.roles:
        if settings.administrators.mean(role.name):
            yield from _of_role(settings, role, now)


def _of_role(settings: Settings, role: IAMRole, now: datetime) -> Iterator[Finding]:
    if is_switch_role(role.name, settings):
        message = "It is in the settings' groups, and fits [administrators]."
        yield kinds.SWITCH_ROLE_ADMINISTERS.found(role.name, message, _RENAME)
        return
    rank = rank_of_role(role.name, settings)
    if rank is None:  # one of Firstday's own
        return
    trusted = principals_of(role.trust, settings, now)
    facts = f"{_MAY[rank]} Its path is {role.path}. {_who(trusted)}"
    is_by_hand = role.name.startswith(IDENTITY_CENTER_NAME) and not role.path.startswith(IDENTITY_CENTER_PATH)
    if is_by_hand:
        yield kinds.ADMINISTRATORS_MADE_BY_HAND.found(role.name, facts, _LOOK)
    if trusted.doubts:
        message = f"{_MAY[rank]} {' '.join(trusted.doubts)}"
        yield kinds.ADMINISTRATORS_WITHOUT_MFA.found(role.name, message, _LET_IN)
    elif not is_by_hand:
        yield kinds.ADMINISTRATORS_ROLE.found(role.name, facts)


def _who(trusted: Principals) -> str:
    if not trusted.names:
        return "Its trust policy lets nobody in."
    by_provider = " MFA is the provider's promise." if trusted.providers else ""
    with_mfa = " Users need MFA." if trusted.has_users and not trusted.doubts else ""
    return f"It trusts {', '.join(trusted.names)}.{by_provider}{with_mfa}"
