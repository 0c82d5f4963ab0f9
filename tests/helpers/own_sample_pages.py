"""Every page of the member's own page with data to show, in all of its variants."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Record

from chalicelib.members.enabled_devices import EnabledDevice
from chalicelib.members.iam_records import AccessKeyInfo
from tests.helpers import sample_pages
from tests.helpers.sample_pages import CONSOLE_LINKS, REASONS, SERIAL_NUMBER, Sample
from tests.helpers.settings_makers import example_settings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FURTHER = f"{SERIAL_NUMBER}-x7k2m9qpwz"
ERRORS = (
    "own_link",
    "own_page_over",
    "suspended",
    "not_signed_in",
    "cookies_blocked",
    "other_session",
    "proof_missing",
    "not_theirs",
    "refused",
    "invalid",
    "user_missing",
    "user_elsewhere",
    "device_limit",
    "key_limit",
    "page_not_found",
    "internal",
)
COMMON: dict[str, object] = {
    "can_sign_out": True,
    "sign_out_page": "me/sign-out",
    "limits": {"link_seconds": 60, "session_minutes": 15},
}
FIRST, SECOND, PASSKEY = (
    EnabledDevice(SERIAL_NUMBER, NOW - timedelta(days=400), False, True, True),
    EnabledDevice(FURTHER, NOW - timedelta(days=1), False, True, False),
    EnabledDevice("arn:aws:iam::123456789012:u2f/user/dev-simple-user/key-1", NOW, True, False, False),
)
KEYS = (
    AccessKeyInfo("AKIAIOSFODNN7EXAMPLE", NOW - timedelta(days=93), last_used_at=NOW - timedelta(days=2)),
    AccessKeyInfo("AKIAI44QH8DHBEXAMPLE", NOW, is_active=True),
    AccessKeyInfo("AKIAJKLMNOPQREXAMPLE", NOW, is_active=False),
)


def samples() -> Iterator[Sample]:
    """Every page in every variant that looks different."""
    for sample in (*_opening(), *_overview(), *_proofs(), *_registration(), *_config(), *_errors()):
        yield Sample(sample.name, sample.page, None, {**COMMON, **sample.values}, sample.is_posted)
    yield Sample("own closed", "own/closed", None, {**COMMON, "can_sign_out": False, "switches": ()})


def _opening() -> Iterator[Sample]:
    link = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/api/me#0nbqw4ylln4…"
    for problem in (None, "missing", "none_found"):
        values = {"problem": problem, "token_value": "", "example_link": link, "can_sign_out": False}
        yield Sample(f"own opening {problem}", "own/opening", None, values)


def _overview() -> Iterator[Sample]:
    for name, devices, keys, former, done in (
        ("own overview", (FIRST,), KEYS[:1], None, None),
        ("own overview of several", (FIRST, SECOND, PASSKEY), KEYS[:2], KEYS[0].access_key_id, "removed"),
        ("own overview with eight devices", (FIRST, *[SECOND] * 7), KEYS[::2], None, "confirmed"),
        ("own overview without keys", (FIRST,), (), None, None),
    ):
        values = {
            "done": done,
            "devices": list(devices),
            "device_ages": {each.serial_number: (NOW - each.enabled_at).days for each in devices},
            "has_room": len(devices) < 8,
            "is_key_offered": True,
            "keys": keys,
            "ages": {key.access_key_id: (NOW - key.created_at).days for key in keys},
            "ends": {key.access_key_id: (key.created_at + timedelta(days=90)).date() for key in keys[1:]},
            "former_key_id": former,
            "former_ends_at": NOW + timedelta(hours=24) if former else None,
            "groups": ("developers",),
            "roles": example_settings().roles,
            "has_console": True,
            "sign_in_href": CONSOLE_LINKS["sign_in_href"],
        }
        yield Sample(name, "own/overview", None, values)


def _proofs() -> Iterator[Sample]:
    asked: dict[str, object] = {
        "fields": {},
        "refusal": None,
        "seconds_left": 17,
        "proved_by": None,
        "stays": False,
    }
    one, two = {"provable": [FIRST], "has_proof": False}, {"provable": [FIRST, SECOND], "has_proof": False}
    add = {"instead_of": "", "is_full": False}
    remove = {"serial_number": FURTHER, "fields": {"serial_number": FURTHER}, "stays": True}
    key = {
        "keys": KEYS[:1],
        "is_full": False,
        "deleted": None,
        "former_hours": 24,
    }
    for name, page, values in (
        ("own second device", "add-device", {**one, **add}),
        ("own new phone", "add-device", {**two, **add, "instead_of": SERIAL_NUMBER}),
        ("own device after a proof", "add-device", {**two, **add, "has_proof": True}),
        ("own ninth device", "add-device", {**one, **add, "is_full": True}),
        ("own device to remove", "remove-device", {**one, **remove}),
        ("own only device", "remove-device", {**one, **remove, "provable": []}),
        ("own key", "replace-key", {**one, **key}),
        ("own third key", "replace-key", {**two, **key, "keys": KEYS[::2], "is_full": True}),
    ):
        yield Sample(name, f"own/{page}", None, {**asked, **values})
    for reason in (*REASONS, "too_soon"):
        if reason != "device_replaced":
            refused = {**asked, **one, **add, "refusal": Record(reason=reason, minutes=3)}
            yield Sample(f"own device {reason}", "own/add-device", None, refused, True)


def _registration() -> Iterator[Sample]:
    passed = {"codes_page": "me/codes", "anew_page": "me/add-device", "also_kept": {"instead_of": SERIAL_NUMBER}}
    for sample in sample_pages.samples():
        if sample.page in ("qr-code", "fresh-codes"):
            yield Sample(f"own {sample.name}", sample.page, None, {**sample.values, **passed}, True)
    clock = Record(reason="clock_slow", minutes=12)
    for name, told, instead_of in (
        ("own device added", None, ""),
        ("own phone added", None, SERIAL_NUMBER),
        ("own phone with a slow clock added", clock, SERIAL_NUMBER),
    ):
        yield Sample(name, "own/device-added", None, {"clock": told, "instead_of": instead_of, "switches": ()})


def _config() -> Iterator[Sample]:
    for sample in sample_pages.samples():
        if sample.page == "config":
            own = {"done_href": "/me/overview", "key_href": "/me/replace-key", "is_own_page": True}
            yield Sample(f"own {sample.name}", "config", None, {**sample.values, **own})


def _errors() -> Iterator[Sample]:
    values: dict[str, object] = {"status": 400, "denied_action": None, "retry": None}
    for error in ERRORS:
        yield Sample(f"own error {error}", "own/error", None, {**values, "error": error})
    for error, seconds in (("busy", 3), ("busy", None), ("in_progress", 3), ("denied", None)):
        retry = Record(action="/me/codes", fields={"seed": "JBSWY3DP"}, seconds=seconds, method="post", of=None)
        denied = "iam:EnableMFADevice" if error == "denied" else None
        shown = {**values, "error": error, "retry": retry, "denied_action": denied}
        yield Sample(f"own error {error} {seconds}", "own/error", None, shown, True)
