"""Callers of the admin API: who they are, and settings that let some of them administer."""

from chalicelib.admin.authority import Rank
from chalicelib.settings.records import Administrators
from tests.helpers.worlds import ADMIN

ADMINISTRATORS = Administrators(("AWSReservedSSO_Admin_*",), ("AWSReservedSSO_HelpDesk_*",))
SESSIONS = "arn:aws:sts::123456789012:assumed-role"
FEDERATED_ADMIN = f"{SESSIONS}/AWSReservedSSO_Admin_0123456789abcdef/someone@example.com"
HELP_DESK = f"{SESSIONS}/AWSReservedSSO_HelpDesk_0123456789abcdef/someone@example.com"
STRANGER = f"{SESSIONS}/AWSReservedSSO_Developer_0123456789abcdef/someone@example.com"
# What each caller is to the portal.
CALLERS: dict[str, Rank | None] = {
    ADMIN: Rank.ADMINISTRATOR,
    FEDERATED_ADMIN: Rank.ADMINISTRATOR,
    HELP_DESK: Rank.HELP_DESK,
    STRANGER: None,
}
