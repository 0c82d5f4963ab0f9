"""Every kind of finding; ``CHECKS`` are in the order in which people read them, as is docs/doctor.md."""

from firstday.doctor import (
    access_findings,
    administrator_findings,
    mail_findings,
    member_findings,
    organisation_findings,
    upkeep_findings,
)
from firstday.doctor.findings import Check
from firstday.doctor.needed_actions import (
    DETAILS,
    MAIL_ACCOUNT,
    MAIL_IDENTITY,
    MAIL_SET,
    MAPPINGS,
    RECORDS,
    ROLES_STACK,
    STACK,
    STACK_RESOURCES,
    TABLES,
)

KINDS = (
    access_findings,
    administrator_findings,
    member_findings,
    upkeep_findings,
    organisation_findings,
    mail_findings,
)
CHECKS = tuple(
    sorted(
        (value for kinds in KINDS for value in vars(kinds).values() if isinstance(value, Check)),
        key=lambda check: check.severity.rank,
    )
)
# Where findings of a kind come among all others.
PLACES = {check.name: place for place, check in enumerate(CHECKS)}


def without(permission: str) -> tuple[str, ...]:
    """The names of the checks that are impossible without this permission."""
    needed = {DETAILS, RECORDS, ROLES_STACK, TABLES, MAPPINGS} if permission == STACK else {permission}
    return tuple(check.name for check in CHECKS if needed & set(check.needs))


def permissions(*, has_mail: bool = False) -> tuple[str, ...]:
    """All that the doctor needs; it looks at Amazon SES only where mail is sent."""
    needed = {permission for check in CHECKS for permission in check.needs}
    needed -= set() if has_mail else {MAIL_IDENTITY, MAIL_ACCOUNT, MAIL_SET}
    return tuple(sorted({STACK, STACK_RESOURCES, *needed} - {ROLES_STACK}))
