"""The result of a member's check, as a terminal shows it. Input is the admin API's answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from chalicelib.words import hours
from firstday.text_tables import Paint, plain, table

if TYPE_CHECKING:
    from chalicelib.web.api.contract.member_records import Check, CheckedRole

HEADER = ("PROFILE", "ROLE", "IN PLACE", "REQUIRES MFA", "MAY ASSUME", "MAXIMUM SESSION")
HELD = "An administrator of IAM holds this member: AWS denies them everything until they are released."
SUSPENDED = "This member is suspended: AWS denies them everything until they are resumed."
HELD_FACT, SUSPENDED_FACT = "held", "suspended"
COLOURS = {"yes": "green", "no": "red", "?": "yellow"}


def check_text(answer: "Check", width: int | None) -> str:
    """The user and the groups, a table of the roles, notes, and the verdict."""
    lines = [click.style(answer["user_name"], bold=True), "", *_facts(answer)]
    if roles := answer["roles"]:
        rows = [_row(role) for role in roles]

        def paint(row: int, column: int) -> Paint | None:
            colour = COLOURS.get(rows[row][column]) or ("red" if _is_short(roles[row]) and column == 5 else None)
            return (lambda cell: click.style(cell, fg=colour)) if colour else None

        lines += ["", *table(HEADER, rows, width=width, paint=paint)]
    if notes := [f"  {role['profile']}: {plain(role['note'])}" for role in roles if role["note"]]:
        lines += ["", *notes]
    return "\n".join([*lines, "", _verdict(answer)])


def _facts(answer: "Check") -> Iterator[str]:
    user = answer["user"]
    facts: dict[str, bool | None] = {"IAM user": user["is_there"]}
    if user["is_there"]:
        facts |= {"permissions boundary": user["has_boundary"], "MFA device": user["has_mfa_device"]}
    if user.get("is_held"):  # a portal of an earlier version does not tell
        facts |= {HELD_FACT: True}
    if user.get("is_suspended"):
        facts |= {SUSPENDED_FACT: True}
    facts |= {f"in the group {group['name']}": group["is_in"] for group in answer["groups"]}
    room = max(map(len, facts))
    for name, fact in facts.items():
        text = _word(fact)
        colour = "red" if name in (HELD_FACT, SUSPENDED_FACT) else COLOURS[text]
        yield f"  {plain(name):<{room}}  {click.style(text, fg=colour)}"


def _row(role: "CheckedRole") -> tuple[str, ...]:
    is_missing = role["in_place"] is False
    seconds = role["maximum_session_seconds"]
    return (
        role["profile"],
        role["role_arn"].rpartition(":role/")[2],
        _word(role["in_place"]),
        "-" if is_missing else "group" if role.get("is_mfa_left_to_group") else _word(role["requires_mfa"]),
        _word(role["may_assume"]),
        f"{hours(seconds)} h" if seconds else "-" if is_missing else "?",
    )


def _word(answer: bool | None) -> str:
    return "?" if answer is None else "yes" if answer else "no"


def _is_short(role: "CheckedRole") -> bool:
    seconds = role["maximum_session_seconds"]
    return seconds is not None and seconds < role["promised_session_seconds"]


def _is_seen(role: "CheckedRole") -> bool:
    """Whether the portal could see everything of it."""
    facts = (role["in_place"], role["requires_mfa"], role["may_assume"], role["maximum_session_seconds"])
    return None not in facts


def _verdict(answer: "Check") -> str:
    if answer["is_right"]:
        is_all_seen = all(map(_is_seen, answer["roles"]))
        return "Everything is right." if is_all_seen else "What the portal can see is right."
    if answer["user"].get("is_held"):
        return HELD
    if answer["user"].get("is_suspended"):
        return SUSPENDED
    if answer["may_be_propagating"]:
        return "Something is wrong. It was set up a moment ago: AWS may need longer. Check again in some minutes."
    if answer["user"]["has_mfa_device"] is False:
        return "Something is wrong. The groups are granted when an MFA device is proved."
    return "Something is wrong."
