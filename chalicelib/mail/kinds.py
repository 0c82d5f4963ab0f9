"""Which events members are told of by mail.

Notices of factors: https://pages.nist.gov/800-63-4/sp800-63b.html (Account Notifications), ASVS 5.0, 6.3.7.
"""

from chalicelib.audit import Action, AuditEvent

# In the details of INVITATION_CREATED: how the member gets the link.
BY_MAIL = "by mail"
NOTICES = frozenset(
    {
        Action.INVITATION_REMINDED,
        Action.MFA_ENABLED,
        Action.MFA_RESET,
        Action.DEVICE_ADDED,
        Action.DEVICE_REMOVED,
        Action.ACCESS_KEY_ISSUED,
        Action.ACCESS_KEY_AGEING,
        Action.ACCESS_KEY_DEACTIVATED,
        Action.ACCESS_KEY_DELETED,
        Action.PASSWORD_CREATED,
        Action.PASSWORD_RESET,
        Action.GROUPS_CHANGED,
        Action.ACCESS_ENDING,
        Action.ACCESS_SUSPENDED,
        Action.ACCESS_RESUMED,
        Action.OFFBOARDING_BEGUN,
    }
)


def is_told(event: AuditEvent) -> bool:
    """Whether the member is told of it by mail, if they have an address."""
    if event.action == Action.INVITATION_CREATED:
        return event.details.get("link") == BY_MAIL
    return event.action in NOTICES
