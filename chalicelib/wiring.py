"""Puts the portal together from its parts, which happens nowhere else.

Lambda runs at full speed only while it initialises, so ``app.py`` calls
``portal`` then; anywhere else, importing makes no client.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.aws.access_key_claims import AccessKeyClaims
from chalicelib.aws.clients import Clients, own_clients
from chalicelib.aws.device_proofs import DeviceProofs
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.iam import IAM
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.patience import Patience
from chalicelib.settings.reader import load
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.audit_table import AuditTable
    from chalicelib.aws.console_table import ConsoleTable
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.mail_table import MailTable
    from chalicelib.aws.own_page_table import OwnPageTable
    from chalicelib.aws.suspensions_table import SuspensionsTable

_ROOT = Path(__file__).resolve().parent.parent
# In the package only.
_PACKAGED = _ROOT / "firstday.json"
SETTINGS_FILE = _PACKAGED if _PACKAGED.exists() else _ROOT / "firstday.toml"


@dataclass(frozen=True, slots=True)
class Portal:
    """``clock`` tells the time in UTC."""

    settings: Settings
    members: MembersTable
    iam: IAM
    patience: Patience
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        return self.clock()

    # Five that a member's first page does without are imported here, to keep them off the cold start.
    @property
    def audit(self) -> "AuditTable":
        from chalicelib.aws.audit_table import AuditTable

        return AuditTable(self.members.database)

    @property
    def console(self) -> "ConsoleTable":
        from chalicelib.aws.console_table import ConsoleTable

        return ConsoleTable(self.members.database)

    @property
    def mails(self) -> "MailTable | None":
        """None where no mail is sent."""
        if not self.members.database.mail_table:
            return None
        from chalicelib.aws.mail_table import MailTable

        return MailTable(self.members.database)

    @property
    def own_page(self) -> "OwnPageTable":
        from chalicelib.aws.own_page_table import OwnPageTable

        return OwnPageTable(self.members)

    @property
    def suspensions(self) -> "SuspensionsTable":
        from chalicelib.aws.suspensions_table import SuspensionsTable

        return SuspensionsTable(self.members)

    @property
    def iam_administration(self) -> "IAMAdministration":
        from chalicelib.aws.iam_administration import IAMAdministration

        return IAMAdministration(
            self.iam.client, partition=self.settings.partition, account_id=self.settings.identity_account
        )

    @property
    def access_key_claims(self) -> AccessKeyClaims:
        return AccessKeyClaims(self.members)

    @property
    def device_proofs(self) -> DeviceProofs:
        return DeviceProofs(self.members)


class _Process:
    portal: Portal | None = None


def portal(clients: Clients | None = None) -> Portal:
    """The portal of this process; made from its environment unless ``use`` was called.

    ``clients`` are those that it is to have; else it makes them.
    """
    if _Process.portal is None:
        settings = load(SETTINGS_FILE)
        _Process.portal = assemble(
            settings,
            clients or own_clients(settings.region),
            members_table=os.environ["MEMBERS_TABLE"],
            audit_table=os.environ["AUDIT_TABLE"],
            console_table=os.environ["CONSOLE_TABLE"],
            mail_table=os.environ.get("MAIL_TABLE", ""),
        )
    return _Process.portal


def use(portal: Portal | None) -> None:
    """Make ``portal`` the one of this process; None forgets it."""
    _Process.portal = portal


def assemble(
    settings: Settings,
    clients: Clients,
    *,
    members_table: str,
    audit_table: str,
    console_table: str,
    mail_table: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Portal:
    """A portal that uses these ``clients`` and tables."""
    return Portal(
        settings,
        MembersTable(Database(clients.dynamodb, members_table, audit_table, console_table, mail_table)),
        IAM(clients.iam, partition=settings.partition, account_id=settings.identity_account),
        clients.patience,
        clock,
    )
