"""What a terminal shows of a member, also from a portal that is yet to be upgraded."""

from datetime import UTC, datetime
from typing import Any

import pytest

from firstday.cli.views.member_views import events_text, member_text, members_text

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AT = "2026-11-30T09:00:00+00:00"
ARN = "arn:aws:iam::123456789012:"
NAMES = (
    "invited_at",
    "expires_at",
    "opened_at",
    "registering_at",
    "reset_at",
    "last_seen_at",
    "access_key_created_at",
)


def member(**more: Any) -> Any:
    known = {"user_name": "dev-simple-user", "state": "active", "groups": ["developers"], "invited_by": None}
    return {**dict.fromkeys(NAMES), **known, "created_at": AT, "proved_at": AT, **more}


def shown(*devices: Any) -> str:
    iam: Any = {"groups": [], "devices": list(devices), "access_keys": []}
    return member_text(
        {"member": member(), "roles": [], "iam": iam, "differences": [], "basis": "", "mail": None}, NOW
    )


def device(name: str, **told: bool) -> dict[str, Any]:
    return {"serial_number": f"{ARN}{name}", "enabled_at": AT, **told}


def test_a_portal_that_is_yet_to_be_upgraded_tells_nothing_more_of_devices() -> None:
    lines = shown(device("mfa/dev-simple-user"), device("mfa/spare")).splitlines()
    found = [line.rpartition(", since ")[0] for line in lines if "MFA device" in line]
    assert found == [f"  MFA device          {ARN}mfa/dev-simple-user", f"  MFA device          {ARN}mfa/spare"]
    assert all(line.count(",") == 1 for line in lines if "MFA device" in line)
    assert "devices" not in members_text([member()], NOW, None, is_filtered=False)


def test_a_passkey_is_called_so_and_the_only_device_needs_no_note() -> None:
    told = {"is_registered": True, "is_in_config": True, "is_passkey": False}
    passkey = {"is_registered": False, "is_in_config": False, "is_passkey": True}
    assert "in the config" not in shown(device("mfa/dev-simple-user", **told))
    text = shown(device("mfa/dev-simple-user", **told), device("u2f/user/dev-simple-user/laptop", **passkey))
    assert f"  passkey             {ARN}u2f/user/dev-simple-user/laptop, since " in text
    assert text.count("in the config") == text.count("not registered through the portal") == 1


@pytest.mark.parametrize(("count", "told"), [(0, False), (1, False), (2, True), (8, True)])
def test_the_list_counts_devices_where_there_is_more_than_one(count: int, told: bool) -> None:
    text = members_text([member(device_count=count)], NOW, None, is_filtered=False)
    assert (f", {count} devices" in text) is told


def test_the_day_on_which_access_ends_is_whole_in_a_narrow_terminal() -> None:
    invited = member(state="invited", proved_at=None, expires_at=AT, until="2026-12-05")
    assert "  ends 2026-12-05" in members_text([invited], NOW, 80, is_filtered=False)
    assert "ends 2026-12-05, until 2026-11-30" in members_text([invited], NOW, None, is_filtered=False)


def test_who_did_it_is_told_first_and_then_the_role() -> None:
    """Sessions of two roles may have one name, and a narrow terminal cuts off the end."""
    sessions = "arn:aws:sts::123456789012:assumed-role"
    actors = [f"{sessions}/firstday-admin/admin", f"{sessions}/AWSReservedSSO_Admin_1/admin", "dev-simple-user"]
    events: Any = [
        {"actor": actor, "action": "mfa.reset", "subject": "dev-simple-user", "occurred_at": AT, "details": {}}
        for actor in (*actors, "arn:aws:iam::123456789012:user/staff/stranger")
    ]
    lines = events_text(events, None, has_subject=False).splitlines()[1:]
    assert [line.split("  ")[1] for line in lines] == [
        "admin (firstday-admin)",
        "admin (AWSReservedSSO_Admin_1)",
        "dev-simple-user",
        "stranger",
    ]
    assert all("admin" in line for line in events_text(events, 60, has_subject=True).splitlines()[1:3])
