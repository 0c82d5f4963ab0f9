"""The record of a member who is adopted or released: conditional writes, together with their audit events."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.audit import Action, AuditEvent
from chalicelib.aws.dynamodb import (
    NEW,
    ConditionFailed,
    Database,
    Write,
    delete,
    expressions,
    put,
    setting,
    update,
    values_of,
)
from chalicelib.aws.items import event_item, member_from, member_item, member_key
from chalicelib.aws_errors import AWSBusy, AWSRefused
from chalicelib.members.record import Member
from chalicelib.members.versions import new_version
from firstday.adoption.patient_reading import patient_client
from firstday.aws_calls import AccountSession, DeploymentError
from firstday.deployment.portal import DeployedPortal

# What lets somebody in by the portal: none of it outlives the beginning of a release.
_ENTRIES = (
    *("session_hash", "session_expires_at", "session_idle_ends_at", "enabled_at", "enabled_serial"),
    *("own_link_hash", "own_link_ends_at", "own_session_hash", "own_session_ends_at"),
    *("own_proof_serial", "own_proved_at"),
)
_IN_ADOPTION = "adopting_at = :adopting AND attribute_not_exists(offboarding_at)"


@dataclass(frozen=True, slots=True)
class AdoptionRecords:
    """The members table, as a deployer writes it. Every method may raise DeploymentError.

    An audit event is put beside the change, and is no line of a log here: this is not the portal.
    """

    database: Database

    def find(self, user_name: str) -> Member | None:
        with _explained(f"Reading the record of {user_name}"):
            found = self.database.find(self.database.members_table, member_key(user_name))
        return member_from(found) if found else None

    def begin(self, member: Member) -> bool:
        """Store who is to be adopted, with what they had; False if there is a record already."""
        new = put(self.database.members_table, member_item(member), "attribute_not_exists(directory)")
        return self._write("Recording the adoption", new, None)

    def finish(self, member: Member, event: AuditEvent) -> bool:
        """The adoption of ``member`` is through; False if it was already, or the record is another one now."""
        changes: Mapping[str, object] = {"adopted_at": event.occurred_at, "version": new_version()}
        condition = f"{_IN_ADOPTION} AND attribute_not_exists(adopted_at)"
        change = self._update(member, changes, condition)
        return self._write("Recording the adoption", change, event)

    def close(self, member: Member, now: datetime) -> Member | None:
        """End the link and the sessions of a member to be released, so that the portal does nothing more for them.

        The record with its new version; None if somebody has changed it meanwhile.
        """
        changes: Mapping[str, object] = {**dict.fromkeys(_ENTRIES), "revoked_at": now, "version": new_version()}
        change = self._update(member, changes, f"{_IN_ADOPTION} AND {_same_version(member)}")
        is_written = self._write("Ending the member's link and sessions", change, None)
        return replace(member, **changes) if is_written else None  # type: ignore[arg-type]  # of Member

    def forget(self, member: Member, event: AuditEvent) -> bool:
        """Remove the record of ``member``; False if it is gone, or another one now."""
        removal = delete(self.database.members_table, member_key(member.user_name), "")
        values = {"before": member.version} if member.version else {}
        removal |= expressions({"ConditionExpression": _same_version(member)}, **values)
        return self._write("Removing the record", removal, event)

    def _update(self, member: Member, changes: Mapping[str, object], condition: str) -> Write:
        values = {**values_of(changes), "adopting": member.adopting_at}
        if ":before" in condition:
            values["before"] = member.version
        table, key = self.database.members_table, member_key(member.user_name)
        return update(table, key, setting(changes), condition, **values)

    def _write(self, doing: str, change: Write, event: AuditEvent | None) -> bool:
        """Whether the condition of ``change`` was met."""
        told = [put(self.database.audit_table, event_item(event), NEW)] if event else []
        try:
            with _explained(doing):
                self.database.transact_if([change, *told], [])
        except ConditionFailed:
            return False
        return True


def records_of(session: AccountSession, region: str, portal: DeployedPortal) -> AdoptionRecords:
    """The records of a deployed portal."""
    client = patient_client(session, "dynamodb", region)
    return AdoptionRecords(Database(client, portal.members_table, portal.audit_table, portal.console_table))


def adopted_event(member: Member, actor: str, now: datetime) -> AuditEvent:
    details = {
        "groups": " ".join(member.groups),
        "former_path": member.former_path or "",
        "former_boundary": member.former_boundary or "",
    }
    return AuditEvent(actor, Action.MEMBER_ADOPTED, member.user_name, now, _without_empty(details))


def released_event(member: Member, actor: str, now: datetime) -> AuditEvent:
    details = {"path": member.former_path or "", "boundary": member.former_boundary or ""}
    return AuditEvent(actor, Action.MEMBER_RELEASED, member.user_name, now, _without_empty(details))


def _without_empty(details: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}


def _same_version(member: Member) -> str:
    return "version = :before" if member.version else "attribute_not_exists(version)"


@contextmanager
def _explained(doing: str) -> Iterator[None]:
    try:
        yield
    except AWSBusy:
        raise DeploymentError(f"{doing}: AWS is busy, or did not answer. Run the same command again.") from None
    except AWSRefused as error:
        raise DeploymentError(f"{doing}: {error}") from error
