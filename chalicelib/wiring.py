"""Puts the portal together from its parts, which happens nowhere else.

Lambda runs at full speed only while it initialises, so ``app.py`` calls
``portal()`` then; anywhere else, importing makes no client.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.aws.access_key_claims import AccessKeyClaims
from chalicelib.aws.device_proofs import DeviceProofs
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.iam import IAM
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.patience import Patience
from chalicelib.settings.reader import load
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from botocore.session import Session

    from chalicelib.aws.audit_table import AuditTable
    from chalicelib.aws.console_table import ConsoleTable
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.mail_table import MailTable
    from chalicelib.aws.own_page_table import OwnPageTable
    from chalicelib.aws.suspensions_table import SuspensionsTable

# With so many, some may wait for AWS without keeping others out.
ENOUGH_EXECUTIONS = 50
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


def portal(on_client: Callable[[Any], None] | None = None) -> Portal:
    """The portal of this process; made from its environment unless ``use`` was called.

    ``on_client`` is told of each client that is made for it.
    """
    if _Process.portal is None:
        # botocore rather than boto3: the clients are the same, and it is half the import time.
        from chalicelib.aws.packaged_data import new_session

        settings = load(SETTINGS_FILE)
        _Process.portal = assemble(
            settings,
            new_session(settings.partition),
            members_table=os.environ["MEMBERS_TABLE"],
            audit_table=os.environ["AUDIT_TABLE"],
            console_table=os.environ["CONSOLE_TABLE"],
            mail_table=os.environ.get("MAIL_TABLE", ""),
            patience=patience_with(int(os.environ.get("RESERVED_CONCURRENCY", "0"))),
            on_client=on_client,
        )
    return _Process.portal


def patience_with(executions: int) -> Patience:
    """Where only few requests may be under way at once, one that waits keeps others out: its page waits instead."""
    return Patience() if executions >= ENOUGH_EXECUTIONS else Patience(seconds=0.0)


def use(portal: Portal | None) -> None:
    """Make ``portal`` the one of this process; None forgets it."""
    _Process.portal = portal


def assemble(
    settings: Settings,
    session: "Session",
    *,
    members_table: str,
    audit_table: str,
    console_table: str,
    mail_table: str = "",
    patience: Patience = Patience(),  # noqa: B008 -- it has no state
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_client: Callable[[Any], None] | None = None,
) -> Portal:
    """A portal whose clients come from ``session`` and make a call again as ``patience`` says."""

    def client(service: str) -> Any:
        made = session.create_client(service, settings.region, config=client_config())
        patience.guard(made)
        if on_client:
            on_client(made)
        return made

    iam = client("iam")  # first, as the connection to it takes longest
    database = Database(client("dynamodb"), members_table, audit_table, console_table, mail_table)
    return Portal(
        settings,
        MembersTable(database),
        IAM(iam, partition=settings.partition, account_id=settings.identity_account),
        patience,
        clock,
    )


def client_config() -> Any:
    """An attempt without an answer ends after 5 s. ``Patience`` makes the next one, if there is one."""
    from botocore.config import Config

    return Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
