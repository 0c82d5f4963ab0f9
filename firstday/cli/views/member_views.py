"""Members and audit events as a terminal shows them. Input is the admin API's answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from chalicelib.audit import named, short
from chalicelib.members.suspensions import LONG
from firstday.cli.views.check_view import HELD, SUSPENDED
from firstday.text_tables import Paint, plain, table
from firstday.times import age, ago, day, shown

if TYPE_CHECKING:
    from chalicelib.web.api.contract.member_records import (
        AgeingKey,
        Device,
        IAMFacts,
        MailState,
        Member,
        ShownMember,
    )
    from chalicelib.web.api.contract.outcome_records import AuditEvent, Difference

HEADER = ("USER", "STATE", "GROUPS", "UNTIL / PROVED", "LAST SIGN OF LIFE", "KEY AGE")
COLOURS = {
    "active": "green",
    "expired": "red",
    "locked": "red",
    "suspended": "red",
    "revoked": "red",
    "offboarding": "red",
    "reset": "yellow",
    "opened": "yellow",
    "registering": "yellow",
}
INVITATION_MAIL = {
    "waiting": "waits to be sent",
    "sent": "sent",
    "failed": "did not arrive",
    "withheld": "not sent, as there is no address",
}
PENDING = {"invited", "opened", "registering", "reset"}


def members_text(members: "Sequence[Member]", now: datetime, width: int | None, *, is_filtered: bool) -> str:
    """A table of all, and how many are in which state. ``is_filtered``: not everybody was asked for."""
    if not members and is_filtered:
        return "There are no such members."
    if not members:
        return "There are no members yet. Invite the first one: firstday invite NAME"
    rows = [_row(member, now) for member in members]
    old = {number for number, member in enumerate(members) if member.get("is_key_old")}

    def paint(row: int, column: int) -> Paint | None:
        if HEADER[column] == "STATE" and (colour := COLOURS.get(members[row]["state"])):
            return lambda cell: click.style(cell, fg=colour)
        if HEADER[column] == "KEY AGE" and row in old:
            return lambda cell: click.style(cell, fg="yellow")
        return None

    counts = Counter(member["state"] for member in members)
    counted = ", ".join(f"{count} {state}" for state, count in counts.most_common())
    lines = table(HEADER, rows, width=width, paint=paint)
    return "\n".join([*lines, "", f"{len(members)} member{'s' if len(members) > 1 else ''}: {counted}."])


def _row(member: "Member", now: datetime) -> tuple[str, ...]:
    return (
        member["user_name"],
        member["state"],
        ", ".join(member["groups"]),
        ", ".join(_days(member, now)),
        ago(member["last_seen_at"], now),
        _key_age(member, now),
    )


def _key_age(member: "Member", now: datetime) -> str:
    """And when it ends. A portal that is yet to be upgraded does not tell."""
    ends = [_end(key) for key in member.get("ageing_keys", [])]
    return ", ".join([age(member["access_key_created_at"], now), *ends])


def _end(key: "AgeingKey") -> str:
    return "ended" if key["has_ended"] else f"ends {key['ends_on']}"


def _milestone(member: "Member", now: datetime) -> str:
    """Until when a link is valid, or since when none is needed, or is good for anything."""
    if member["state"] == "suspended":
        return f"suspended {day(member['suspended_at'])}{_long(member, now)}"
    if member["proved_at"]:
        count = member.get("device_count", 0)  # a portal that is yet to be upgraded does not tell
        return f"proved {day(member['proved_at'])}{f', {count} devices' if count > 1 else ''}"
    if member["state"] == "expired":
        return f"expired {day(member['expires_at'])}"
    return f"until {day(member['expires_at'])}" if member["state"] in PENDING and member["expires_at"] else "-"


def _long(member: "Member", now: datetime) -> str:
    """Whether somebody should decide what becomes of a suspended member."""
    since = member["suspended_at"]
    return ", over 90 days" if since and now - datetime.fromisoformat(since) >= LONG else ""


def _days(member: "Member", now: datetime) -> list[str]:
    """The most urgent first, as a narrow terminal cuts off the rest."""
    until = member.get("until")  # a portal that is yet to be upgraded does not tell
    ends = [f"ends {until}"] if until else []
    milestone = _milestone(member, now)
    return [milestone, *ends] if member["state"] == "suspended" else [*ends, milestone]


def differences_text(found: "Sequence[Difference]") -> str:
    """What a refresh has found."""
    if not found:
        return "IAM and the portal agree."
    lines = [f"  {one['user_name']}: {plain(one['message'])}" for one in found]
    return "\n".join(
        [f"{len(found)} difference{'s' if len(found) > 1 else ''} between IAM and the portal:", *lines]
    )


def member_text(answer: "ShownMember", now: datetime) -> str:
    """What is recorded of one member, and what IAM says now."""
    member, iam = answer["member"], answer["iam"]
    times = {
        "created": shown(member["created_at"]),
        "adopted": _adopted(member),
        "invited": shown(member["invited_at"])
        + (f" by {short(member['invited_by'])}" if member["invited_by"] else ""),
        "link is open until": shown(member["expires_at"] if member["state"] in PENDING else None),
        "link opened": shown(member["opened_at"]),
        "began to register": shown(member["registering_at"]),
        "MFA proved": shown(member["proved_at"]),
        "MFA reset": shown(member["reset_at"]),
        "suspended": _suspended(member),
        "last sign of life": ago(member["last_seen_at"], now),
        **{f"key {key['access_key_id']}": _end(key) for key in member.get("ageing_keys", [])},
    }
    said = {"email": member.get("email"), "access ends on": member.get("until")}
    mail = answer.get("mail")
    said["link by mail"] = INVITATION_MAIL.get(mail["invitation"] or "") if mail else None
    facts = {"groups": ", ".join(member["groups"])}
    facts |= {name: text for name, text in said.items() if text}
    facts |= {name: text for name, text in times.items() if text != "-"}
    state = click.style(member["state"], fg=COLOURS.get(member["state"]), bold=True)
    lines = [f"{click.style(member['user_name'], bold=True)}  {state}", "", *_facts(facts), "", "In IAM now", ""]
    lines += _iam_lines(iam, now) if iam else []  # the differences say why there are no facts
    held = [HELD] if iam and iam.get("is_held") else []  # a portal that is yet to be upgraded does not tell
    held += [SUSPENDED] if iam and iam.get("is_suspended") else []
    notes = [*held, *answer["differences"], *_troubles(mail)]
    lines += [click.style(f"  ! {plain(text)}", fg="yellow") for text in notes]
    return "\n".join(lines)


def _troubles(mail: "MailState | None") -> list[str]:
    found = mail["troubles"] if mail else []
    return [f"{shown(one['failed_at'])} mail did not arrive ({one['action']}): {one['reason']}" for one in found]


def _adopted(member: "Member") -> str:
    """When, and from which path. A portal that is yet to be upgraded does not tell."""
    adopted_at = member.get("adopted_at")
    return f"{shown(adopted_at)} from {member['former_path']}" if adopted_at else "-"


def _suspended(member: "Member") -> str:
    """Since when, and by whom. A portal that is yet to be upgraded does not tell."""
    suspended_at = member.get("suspended_at")
    return f"{shown(suspended_at)} by {named(member['suspended_by'] or '')}" if suspended_at else "-"


def _iam_lines(iam: "IAMFacts", now: datetime) -> list[str]:
    facts = [("groups", ", ".join(iam["groups"]) or "-")]
    facts += [_device_line(device, is_only=len(iam["devices"]) == 1) for device in iam["devices"]]
    for key in iam["access_keys"]:
        state = "active" if key["is_active"] else "inactive"
        used = f"last used {ago(key['last_used_at'], now)}" if key["last_used_at"] else "never used"
        facts.append(
            ("access key", f"{key['access_key_id']}, {state}, issued {ago(key['created_at'], now)}, {used}")
        )
    has_password = iam.get("has_console_password")  # a portal that is yet to be upgraded does not tell
    if has_password is not None:
        facts.append(("console password", "set" if has_password else "not set"))
    return _facts(facts)


def _device_line(device: "Device", *, is_only: bool) -> tuple[str, str]:
    """What an administrator may not expect is said: a portal that is yet to be upgraded does not tell."""
    notes = [f"since {shown(device['enabled_at'])}"]
    notes += ["in the config"] if device.get("is_in_config") and not is_only else []
    notes += [] if device.get("is_registered", True) else ["not registered through the portal"]
    name = "passkey" if device.get("is_passkey") else "MFA device"
    return name, ", ".join([device["serial_number"], *notes])


def _facts(facts: Mapping[str, str] | Sequence[tuple[str, str]]) -> list[str]:
    pairs = list(facts.items()) if isinstance(facts, Mapping) else facts
    return [f"  {name:<20}{plain(text)}" for name, text in pairs]


def events_text(events: "Sequence[AuditEvent]", width: int | None, *, has_subject: bool) -> str:
    """Audit events, one on a line, in the order given."""
    if not events:
        return "There are no such events."
    header = ("WHEN", "WHO", "WHAT", *(("WHOM",) if has_subject else ()), "DETAILS")
    rows = [
        (
            shown(event["occurred_at"]),
            named(event["actor"]),
            event["action"],
            *((event["subject"] or "-",) if has_subject else ()),
            ", ".join(f"{name}: {value}" for name, value in event["details"].items()),
        )
        for event in events
    ]
    return "\n".join(table(header, rows, width=width))
