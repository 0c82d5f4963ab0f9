"""A portal that sends mail, its mailer, and members who are invited by mail."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.admin.sending_mail import Post, Sent, send_waiting
from chalicelib.audit import Action, AuditEvent
from chalicelib.aws.dynamodb import Database, put
from chalicelib.aws.items import member_item
from chalicelib.aws.mail_table import MailTable
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.ses import SES
from chalicelib.mail.configuration_set import set_name
from chalicelib.mail.kinds import BY_MAIL
from chalicelib.mail.outgoing import Letter, Outgoing
from chalicelib.members.invitations import hashed, passcode_hashed, renewed
from chalicelib.members.link_tokens import new_secret
from chalicelib.members.record import Member
from chalicelib.wiring import Portal, use
from firstday.stack.table_resources import mail_table
from tests.helpers.strict_ses import MAIL, StrictSES
from tests.helpers.worlds import ADMIN, MEMBER, PORTAL_URL, invited

EMAIL = "dev-simple-user@example.com"


def with_mail(here: Portal) -> Portal:
    """The same portal, with mail, from now on that of this process."""
    old: Any = here.members.database
    table: Any = mail_table()["Properties"]
    keys = ("AttributeDefinitions", "BillingMode", "KeySchema")
    old.client.create_table(TableName="mail", **{key: table[key] for key in keys})
    database = Database(old.client, old.members_table, old.audit_table, old.console_table, "mail")
    portal = replace(here, settings=replace(here.settings, mail=MAIL), members=MembersTable(database))
    use(portal)
    return portal


def mails_of(here: Portal) -> MailTable:
    mails = here.mails
    assert mails is not None
    return mails


def record(here: Portal, member: Member, *events: AuditEvent) -> Member:
    """Store the whole record as it is."""
    write = put("members", member_item(member), "attribute_exists(directory)")
    here.members.database.transact([write], events)
    return member


def invited_by_mail(
    here: Portal, user_name: str = MEMBER, email: str | None = EMAIL, passcode: str | None = None, **fields: Any
) -> Member:
    """A member whose invitation waits to be sent; nobody has the secret of its own hash."""
    member, now = invited(here, user_name).member, here.now()
    token_hash = hashed(new_secret())
    again = renewed(member, token_hash=token_hash, invited_at=now, invited_by=ADMIN, lasts=timedelta(days=7))
    again = replace(
        again,
        email=email,
        is_mailed=True,
        passcode_hash=passcode and passcode_hashed(passcode, token_hash),
        **fields,
    )
    return record(here, again, AuditEvent(ADMIN, Action.INVITATION_CREATED, user_name, now, {"link": BY_MAIL}))


def told(here: Portal, action: Action, user_name: str = MEMBER, actor: str = ADMIN, **details: str) -> AuditEvent:
    return AuditEvent(actor, action, user_name, here.now(), details)


@dataclass
class Mailer:
    """The mailer's function in process; its clock is the portal's, and ``waited`` has passed besides."""

    portal: Portal
    ses: StrictSES
    write: Callable[[Outgoing, Member | None, str | None], Letter]
    waited: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.ses.clock = self.present

    def present(self) -> datetime:
        return self.portal.now() + self.waited

    def pause(self, seconds: float) -> None:
        self.waited += timedelta(seconds=seconds)

    def run(self, has_time: Callable[[], bool] = lambda: True) -> Sent:
        settings = self.portal.settings
        assert settings.mail is not None
        ses = SES(self.ses, settings.mail, set_name(settings))
        post = Post(settings, ses, PORTAL_URL, self.write, self.present, self.pause)
        return send_waiting(mails_of(self.portal), self.portal.members, post, has_time=has_time)


def plain(mail: Outgoing, _member: Member | None, link: str | None) -> Letter:
    """The least that a letter can say."""
    text = f"{mail.event.action}\n\n{link or ''}\n"
    return Letter(str(mail.event.action), text, f"<p>{text}</p>")


def mailer_of(here: Portal, **ses: Any) -> Mailer:
    return Mailer(here, StrictSES(**ses), plain)
