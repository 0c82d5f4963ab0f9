"""Records as the admin API's JSON: times in ISO 8601, UTC, to the second."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.admin.directory import Facts
from chalicelib.admin.inviting import NewInvitation
from chalicelib.admin.mail_state import MailState
from chalicelib.admin.resetting import Reset
from chalicelib.audit import AuditEvent
from chalicelib.members.belongings import Belonging
from chalicelib.members.enabled_devices import device_count, enabled_devices
from chalicelib.members.key_ages import ageing_keys, is_old
from chalicelib.members.record import Member, state_of
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.admin.import_plan import Checked
    from chalicelib.admin.member_access import Check
    from chalicelib.web.api.contract import member_records, outcome_records


def time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def time_or_none(at: datetime | None) -> str | None:
    return time(at) if at else None


def member_answer(member: Member, now: datetime, settings: Settings) -> "member_records.Member":
    """It contains no hash and nothing about the session; of ages, nothing that the settings have turned off."""
    limit = settings.access_key_days
    return {
        "user_name": member.user_name,
        "state": state_of(member, now).value,
        "groups": list(member.groups),
        "invited_by": member.invited_by,
        "serial_number": member.serial_number,
        "device_count": device_count(member),
        "access_key_id": member.access_key_id,
        "created_at": time(member.created_at),
        "adopted_at": time_or_none(member.adopted_at),
        "former_path": member.former_path,
        "invited_at": time_or_none(member.invited_at),
        "expires_at": time_or_none(member.expires_at),
        "opened_at": time_or_none(member.opened_at),
        "registering_at": time_or_none(member.registering_at),
        "proved_at": time_or_none(member.proved_at),
        "reset_at": time_or_none(member.reset_at),
        "last_seen_at": time_or_none(member.last_seen_at),
        "suspended_at": time_or_none(member.suspended_at),
        "suspended_by": member.suspended_by,
        "access_key_created_at": time_or_none(member.access_key_created_at),
        "is_key_old": is_old(member.access_key_created_at, now, limit),
        "email": member.email,
        "until": member.until,
        "is_mailed": member.is_mailed,
        "ageing_keys": [
            {"access_key_id": key.access_key_id, "ends_on": str(key.ends_on), "has_ended": key.has_ended}
            for key in (ageing_keys(member) if limit else ())
        ],
    }


def mail_answer(state: MailState | None) -> "member_records.MailState | None":
    if state is None:
        return None
    return {
        "invitation": state.invitation.value if state.invitation else None,
        "troubles": [
            {"action": trouble.action, "reason": trouble.reason, "failed_at": time(trouble.failed_at)}
            for trouble in state.troubles
        ],
    }


def roles_answer(settings: Settings, member: Member) -> "list[member_records.MemberRole]":
    return [
        {"profile": role.profile, "account_id": role.account_id, "role_name": role.role_name}
        for role in settings.roles_of(settings.present(member.groups))
    ]


def facts_answer(member: Member, facts: Facts) -> "member_records.IAMFacts":
    return {
        "groups": list(facts.groups),
        "devices": [
            {
                "serial_number": device.serial_number,
                "enabled_at": time(device.enabled_at),
                "is_passkey": device.is_passkey,
                "is_registered": device.is_registered,
                "is_in_config": device.is_in_config,
            }
            for device in enabled_devices(member, facts.devices)
        ],
        "access_keys": [
            {
                "access_key_id": key.access_key_id,
                "is_active": key.is_active,
                "created_at": time(key.created_at),
                "last_used_at": time_or_none(key.last_used_at),
            }
            for key in facts.access_keys
        ],
        "has_console_password": facts.has_console_password,
        "is_held": facts.is_held,
        "is_suspended": facts.is_suspended,
    }


def check_answer(found: "Check") -> "member_records.Check":
    return {
        "user_name": found.user_name,
        "is_right": found.is_right,
        "may_be_propagating": found.may_be_propagating,
        "user": {
            "is_there": found.user.is_there,
            "has_boundary": found.user.has_boundary,
            "has_mfa_device": found.user.has_mfa_device,
            "is_held": found.user.is_held,
            "is_suspended": found.user.is_suspended,
        },
        "groups": [{"name": group.name, "is_in": group.is_in} for group in found.groups],
        "roles": [
            {
                "profile": one.role.profile,
                "role_arn": one.role_arn,
                "in_place": one.in_place,
                "requires_mfa": one.requires_mfa,
                "is_mfa_left_to_group": one.is_mfa_left_to_group,
                "may_assume": one.may_assume,
                "maximum_session_seconds": one.maximum_session_seconds,
                "promised_session_seconds": one.promised_session_seconds,
                "note": str(one.note) if one.note else None,
            }
            for one in found.roles
        ],
    }


def invitation_answer(settings: Settings, new: NewInvitation) -> "outcome_records.Invitation":
    answer: outcome_records.Invitation = {
        "user_name": new.member.user_name,
        "is_new": new.is_new,
        "groups": list(new.member.groups),
        "expires_at": str(time_or_none(new.member.expires_at)),
        "organisation": settings.organisation,
        "languages": list(settings.languages),
        "passcode": new.passcode,
        "sends_mail": settings.mail is not None,
        "mailed_to": new.mailed_to,
    }
    if new.mailed_to is None:
        answer["token"] = new.token
    return answer


def reset_answer(settings: Settings, reset: Reset) -> "outcome_records.Reset":
    return {**invitation_answer(settings, reset.invitation), "removed": belongings_answer(reset.removed)}


def belongings_answer(belongings: Iterable[Belonging]) -> "list[outcome_records.Belonging]":
    return [{"kind": belonging.kind.value, "name": belonging.name} for belonging in belongings]


def import_answer(checked: "Checked") -> "outcome_records.CheckedImport":
    return {
        "lines": [
            {
                "line": planned.row.line,
                "user_name": planned.row.user_name,
                "groups": list(planned.row.groups),
                "passcode": planned.row.with_passcode,
                "plan": planned.plan.value,
                "basis": planned.basis,
                "message": str(planned.words),
                "email": planned.row.email or None,
                "until": planned.row.until or None,
            }
            for planned in checked.lines
        ],
        "problems": [{"line": problem.line, "message": str(problem.words)} for problem in checked.problems],
        "unknown_columns": list(checked.unknown_columns),
    }


def event_answer(event: AuditEvent) -> "outcome_records.AuditEvent":
    return {
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "occurred_at": time(event.occurred_at),
        "details": dict(event.details),
    }
