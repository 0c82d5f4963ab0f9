"""The mail table: what waits, what was sent, what never arrived, and the links in mailed invitations.

Every change is conditional, so that of two functions at once one makes it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.audit import MAILER, Action, AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed, Database, Write, delete, expressions, put, update
from chalicelib.aws.items import Item, event_from, item, value_of
from chalicelib.aws.mail_items import Box, box_key
from chalicelib.mail.outgoing import Outgoing, Trouble
from chalicelib.members.record import comparable

NEW = "attribute_not_exists(box)"
STILL_THERE = "attribute_exists(box)"
# Bounces come within days; administrators look at what did not arrive within weeks.
SENT_KEPT, TROUBLE_KEPT = timedelta(days=30), timedelta(days=90)
# For this long after an invitation's end, the owner of its link is told what became of it.
LINKS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MailTable:
    """Every method may raise AWSBusy."""

    database: Database

    def due(self, now: datetime) -> Iterator[Outgoing]:
        """What waits and is nobody's at ``now``, in order of time; read page by page."""
        free = "attribute_not_exists(held_until) OR held_until <= :now"
        for found in self._in_box(Box.WAITING, free, now=now):
            yield from _readable(found)

    def claim(self, mail: Outgoing, claim: str, now: datetime, until: datetime) -> Outgoing | None:
        """The mail, which is this attempt's until then; None if it is another's, or not waiting any more."""
        change = (
            "SET held_until = :until, claim = :claim, tried_at = if_not_exists(tried_at, :now) ADD attempts :one"
        )
        free = f"{STILL_THERE} AND (attribute_not_exists(held_until) OR held_until <= :now)"
        write = self._update(mail, change, free, until=until, claim=claim, now=now, one=1)
        try:
            return _outgoing(self.database.updated(write))
        except ConditionFailed:
            return None

    def copy_for_administrators(self, mail: Outgoing) -> None:
        """Once, their own mail waits beside the member's."""
        copied = self._update(
            mail, "SET is_copied = :yes", f"{STILL_THERE} AND attribute_not_exists(is_copied)", yes=True
        )
        found = self.database.find(self._table, box_key(Box.WAITING, mail.mail_id)) or {}
        left_out = ("held_until", "claim", "tried_at", "attempts", "address", "is_copied")
        kept = {name: value for name, value in found.items() if name not in left_out}
        key = box_key(Box.WAITING, f"{mail.mail_id}#administrators")
        copy: Item = {**kept, **key, **item({"for_administrators": True})}
        with suppress(ConditionFailed):
            self.database.transact_if([copied, put(self._table, copy, NEW)], [])

    def put_off(self, mail: Outgoing, until: datetime, *, is_counted: bool = True) -> None:
        """The attempt is over; another may begin at ``until``. One that is not counted never was."""
        change = "SET held_until = :until REMOVE claim"
        if not is_counted:
            change += ", tried_at" if mail.attempts == 1 else ""
            change += " ADD attempts :less"
        values = {} if is_counted else {"less": -1}
        with suppress(ConditionFailed):
            self.database.updated(
                self._update(mail, change, "claim = :mine", until=until, mine=mail.claim, **values)
            )

    def drop(self, mail: Outgoing) -> None:
        """Nobody needs it any more."""
        with suppress(ConditionFailed):
            self.database.transact_if([self._gone(mail)], [])

    def sent(self, mail: Outgoing, message_id: str, now: datetime, invitation_hash: str | None = None) -> None:
        """SES has taken it as ``message_id``: from then on, it is found by its own id and by that one.

        The mail of an invitation is found by the invitation's hash as well.
        """
        over = {"expires_at_ttl": int((now + SENT_KEPT).timestamp()), "sent_at": now}
        known = {**_about(mail), "message_id": message_id, **over}
        ids = [mail.mail_id, message_id, *([_of_invitation(invitation_hash)] if invitation_hash else [])]
        new = [put(self._table, box_key(Box.SENT, each) | item(known), NEW) for each in ids]
        try:
            self.database.transact_if([self._gone(mail), *new], [])
        except ConditionFailed:  # a repeated call, or another's: it was sent all the same
            self.drop(mail)

    def failed(self, mail: Outgoing, reason: str, now: datetime, *, was_sent: bool = False) -> bool:
        """It never arrives, for that ``reason``. False if that is known already: nothing is recorded twice."""
        key = box_key(Box.TROUBLE, f"{comparable(mail.event.subject)}#{mail.mail_id}")
        over = {"expires_at_ttl": int((now + TROUBLE_KEPT).timestamp()), "failed_at": now}
        trouble = put(self._table, key | item({**_about(mail), "reason": reason, **over}), NEW)
        gone = [] if was_sent else [self._gone(mail)]
        try:
            self.database.transact_if([trouble, *gone], [_failure(mail, reason, now)])
        except ConditionFailed:
            if not was_sent:  # what is known of it already came from SES, before the mailer had recorded it
                self.drop(mail)
            return False
        return True

    def sent_as(self, known_id: str) -> Outgoing | None:
        """The mail that SES took as the message ``known_id``, or that has this id; None if it is not known."""
        found = self.database.find(self._table, box_key(Box.SENT, known_id))
        return _outgoing(found) if found else None

    def is_sent(self, invitation_hash: str) -> bool:
        """Whether SES has taken the mail of the invitation, as far as that is kept."""
        return self.database.find(self._table, box_key(Box.SENT, _of_invitation(invitation_hash))) is not None

    def waiting(self, mail_id: str) -> Outgoing | None:
        found = self.database.find(self._table, box_key(Box.WAITING, mail_id))
        return next(iter(_readable(found)), None) if found else None

    def add_link(self, link_hash: str, invitation_hash: str, ends_at: datetime) -> None:
        """The link opens that invitation, whose end is ``ends_at``."""
        over = {"expires_at_ttl": int((ends_at + LINKS_KEPT).timestamp())}
        link = box_key(Box.LINKS, link_hash) | item({"invitation_hash": invitation_hash, **over})
        self.database.transact([put(self._table, link, NEW)], [])

    def invitation_of(self, link_hash: str) -> str | None:
        """The hash of the invitation that the mailed link opens; None if there is no such link."""
        found = self.database.find(self._table, box_key(Box.LINKS, link_hash))
        return value_of("invitation_hash", found["invitation_hash"]) if found else None

    def waiting_of(self, user_name: str) -> list[Outgoing]:
        """What the member will be told, the earliest first."""
        found = self._in_box(Box.WAITING, "subject = :subject", subject=user_name)
        return [mail for each in found for mail in _readable(each)]

    def trouble_of(self, user_name: str) -> list[Trouble]:
        """What did not reach the member, the earliest first."""
        return [_trouble(each) for each in self._in_box(Box.TROUBLE, begins=f"{comparable(user_name)}#")]

    def forget_troubles(self, user_name: str) -> None:
        """What did not reach the member is settled, or about nobody any more. Those of administrators stay."""
        for found in list(self._in_box(Box.TROUBLE, begins=f"{comparable(user_name)}#")):
            if "for_administrators" not in found:
                key = {name: found[name] for name in ("box", "id")}
                with suppress(ConditionFailed):  # another call was quicker
                    self.database.transact_if([delete(self._table, key, STILL_THERE)], [])

    def troubles(self) -> list[Trouble]:
        """What did not reach anybody, by user name."""
        return [_trouble(each) for each in self._in_box(Box.TROUBLE)]

    def _in_box(
        self, box: Box, condition: str = "", begins: str = "", **values: object
    ) -> Iterator[Mapping[str, Any]]:
        written = {"KeyConditionExpression": "box = :box" + (" AND begins_with(id, :begins)" if begins else "")}
        if condition:
            written["FilterExpression"] = condition
        known = {"box": box.value, **({"begins": begins} if begins else {}), **values}
        after: dict[str, Any] = {}
        while True:
            answer = self.database.query(self._table, ConsistentRead=True, **after, **expressions(written, **known))
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            after = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    @property
    def _table(self) -> str:
        return self.database.mail_table

    def _update(self, mail: Outgoing, change: str, condition: str, **values: object) -> Write:
        return update(self._table, box_key(Box.WAITING, mail.mail_id), change, condition, **values)

    def _gone(self, mail: Outgoing) -> Write:
        return delete(self._table, box_key(Box.WAITING, mail.mail_id), STILL_THERE)


def _of_invitation(invitation_hash: str) -> str:
    return f"invitation#{invitation_hash}"


def _about(mail: Outgoing) -> dict[str, object]:
    """What is kept of a mail: whom it told, and of what; no address."""
    event = mail.event
    return {
        "mail_id": mail.mail_id,
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "occurred_at": event.occurred_at,
        "for_administrators": mail.for_administrators or None,
    }


def _failure(mail: Outgoing, reason: str, now: datetime) -> AuditEvent:
    to = {"to": "administrators"} if mail.for_administrators else {}
    details = {"about": str(mail.event.action), "reason": reason, **to}
    return AuditEvent(MAILER, Action.MAIL_FAILED, mail.event.subject, now, details)


def _readable(found: Mapping[str, Any]) -> list[Outgoing]:
    """The mail; none where the item is nothing that the portal has written: it must not keep others waiting."""
    try:
        return [_outgoing(found)]
    except (KeyError, ValueError):
        return []


def _outgoing(found: Mapping[str, Any]) -> Outgoing:
    address = found.get("address", {}).get("S", "")
    event = event_from(found)
    tried_at = found.get("tried_at")
    return Outgoing(
        found["mail_id"]["S"] if "mail_id" in found else found["id"]["S"],
        AuditEvent(event.actor, event.action, event.subject, event.occurred_at, event.details, address),
        claim=found.get("claim", {}).get("S", ""),
        attempts=int(found.get("attempts", {}).get("N", "0")),
        tried_at=value_of("tried_at", tried_at) if tried_at else None,
        is_copied="is_copied" in found,
        for_administrators="for_administrators" in found,
    )


def _trouble(found: Mapping[str, Any]) -> Trouble:
    return Trouble(
        found["subject"]["S"],
        found["action"]["S"],
        found["reason"]["S"],
        value_of("failed_at", found["failed_at"]),
        "for_administrators" in found,
    )
