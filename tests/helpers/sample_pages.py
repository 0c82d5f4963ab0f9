"""Every page of the member's journey with data to show, in all of its variants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace as Record

from markupsafe import Markup

from chalicelib.admin.authority import Rank, tasks_of
from chalicelib.admin.member_access import Check, GroupCheck, RoleCheck, UserCheck
from chalicelib.members import passwords
from chalicelib.members.link_tokens import EXAMPLE_TOKEN
from chalicelib.members.passwords import PasswordPolicy
from chalicelib.settings.records import Daily
from chalicelib.web.html import LIMITS
from chalicelib.web.member import tools_page
from chalicelib.web.rendering import rendered
from chalicelib.words import Words, hours
from tests.helpers.settings_makers import example_settings

LANGUAGES = ("en", "ja")
STEPS = ("start", "register", "codes", "password", "access_key", "config", "done")
REASONS = (
    "same_code_twice",
    "wrong_order",
    "not_consecutive",
    "clock_slow",
    "clock_fast",
    "other_device",
    "device_replaced",
    "codes_used",
    "codes_aged",
    "not_a_code",
)
ERRORS = (
    "expired",
    "revoked",
    "suspended",
    "spent",
    "locked",
    "not_found",
    "busy",
    "not_signed_in",
    "cookies_blocked",
    "other_session",
    "session_ended",
    "refused",
    "invalid",
    "user_missing",
    "user_elsewhere",
    "group_missing",
    "device_limit",
    "key_limit",
    "device_taken",
    "group_limit",
    "in_progress",
    "page_not_found",
    "internal",
)
SERIAL_NUMBER = "arn:aws:iam::123456789012:mfa/dev-simple-user"
SEVERAL_DEVICES = [
    "arn:aws:iam::123456789012:mfa/tokyo/phones/An_old-Phone.with.a=Very+Long@Name",
    SERIAL_NUMBER,
    "GAHT12345678",
]
CONFIG = f"""[profile dev-simple-user]
region = ap-northeast-1
mfa_serial = {SERIAL_NUMBER}
aws_account_id = 123456789012
firstday = 123456789012

[profile dev]
region = ap-northeast-1
role_arn = arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess
source_profile = dev-simple-user-session
role_session_name = dev-simple-user
aws_account_id = 123456789012
firstday = 123456789012
"""
CREDENTIALS = """[dev-simple-user]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
"""
PROFILES = tuple(
    Record(name=name, account_id=account_id, role_name=f"{name}-SwitchRole-S3FullAccess", hours="1")
    for name, account_id in (("dev", "123456789012"), ("stg", "210987654321"))
)
SHELLS = tuple(
    Record(
        key=key,
        file_name=f"merge-config.{suffix}",
        run=f"sh merge-config.{suffix}",
        script_href="data:application/octet-stream;base64,W3Byb2ZpbGUgZGV2XQ==",
        scripts=Record(pasted="echo '<&>'\n"),
    )
    for key, suffix in (("posix", "sh"), ("powershell", "ps1"))
)
OWN_PAGE_COMMANDS = tuple(Record(key=key, text="sh <<'END_OF_COMMAND'\n") for key in ("posix", "powershell"))
SWITCH_ROLE = "https://signin.aws.amazon.com/switchrole?account=123456789012&roleName=dev&displayName=dev"
# What begins the day, by the kind of credentials and the way to work.
MORNINGS = {
    "session": "aws configure mfa-login --profile dev-simple-user --update-profile dev-simple-user-session",
    "prompt": None,
    "aws-login": "aws login --profile dev-simple-user --region ap-northeast-1",
}
CONSOLE_LINKS: dict[str, object] = {
    "account_id": "123456789012",
    "sign_in_href": "https://123456789012.signin.aws.amazon.com/console",
    "switch_roles": tuple(
        Record(name=profile.name, role_name=profile.role_name, account_id=profile.account_id, href=SWITCH_ROLE)
        for profile in PROFILES
    ),
}
QR = Markup('<svg viewBox="0 0 29 29" aria-hidden="true"><path d="M4 4h7v7H4z"/></svg>')


@dataclass(frozen=True)
class Sample:
    """One variant of a page: ``name`` is unique, ``values`` are the page's own values."""

    name: str
    page: str
    step: str | None
    values: Mapping[str, object] = field(default_factory=dict)
    is_posted: bool = False


def samples(qr_svg: Markup = QR) -> Iterator[Sample]:
    """Every page in every variant that looks different."""
    yield from _start()
    yield Sample("register-device", "register-device", "register")
    yield from _codes(qr_svg)
    yield from _existing_device()
    yield from _fresh_codes()
    yield from _password()
    yield from _access_key()
    yield from _config()
    yield from _done()
    yield from _check()
    for key in (None, "aws-cli", "cdk", "deltalake"):
        yield Sample(f"tools {key}", "tools/tools", None, tools_page.lines_of(key, Daily))
    yield Sample("signed-out", "signed-out", None, {"can_sign_out": False, "switches": ()})
    yield from _errors()


def _start() -> Iterator[Sample]:
    for name, passcode_asked, problem, tries_left in (
        ("start", False, None, None),
        ("start passcode", True, None, None),
        ("start wrong passcode", True, "passcode", 3),
        ("start last try", True, "passcode", 1),
        ("start uncounted", True, "passcode", None),
        ("start missing", False, "missing", None),
        ("start none found", False, "none_found", None),
        ("start several", False, "several", None),
    ):
        values = {
            "passcode_asked": passcode_asked,
            "problem": problem,
            "tries_left": tries_left,
            "token_value": "a-token" if passcode_asked or problem in ("none_found", "several") else "",
            "example_link": f"https://portal.example.com/start#{EXAMPLE_TOKEN}",
        }
        yield Sample(name, "start", "start", values, is_posted=passcode_asked)
    choice = (Record(key="start", state="current"), Record(key="sign_in", state="todo"))
    yield Sample("start with a choice", "start", "start", {**values, "steps": choice})


def _refusals() -> Iterator[tuple[str, Record | None]]:
    yield "", None
    for reason in REASONS:
        yield reason, Record(reason=reason, minutes=5 if reason.startswith("clock") else 0)
    for minutes in (1, 540):
        for reason in ("clock_slow", "clock_fast"):
            yield f"{reason} {minutes}", Record(reason=reason, minutes=minutes)


def _codes(qr_svg: Markup) -> Iterator[Sample]:
    for name, refusal in _refusals():
        values = {
            "qr_svg": qr_svg,
            "secret_key": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
            "seed": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "provisioning_uri": "otpauth://totp/Example:dev-simple-user?secret=JBSWY3DPEHPK3PXP",
            "refusal": refusal,
            "seconds_left": 17,
            "earlier_entry": None if name else "dev-simple-user",
        }
        yield Sample(f"qr-code {name}".strip(), "qr-code", "codes", values, is_posted=True)


def _existing_device() -> Iterator[Sample]:
    for name, refusal in _refusals():
        values = {"serial_numbers": [SERIAL_NUMBER], "refusal": refusal, "seconds_left": 30}
        yield Sample(f"existing-device {name}".strip(), "existing-device", "codes", values)
    several = {"serial_numbers": SEVERAL_DEVICES, "refusal": None, "seconds_left": 30}
    yield Sample("existing-device of several", "existing-device", "codes", several)


def _fresh_codes() -> Iterator[Sample]:
    kept = {"seed": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "drift": "-20"}
    late = Record(reason="clock_slow", minutes=10)
    clocks = {
        "": late,
        "a minute late": Record(reason="clock_slow", minutes=1),
        "hours late": Record(reason="clock_slow", minutes=540),
        "ahead": Record(reason="clock_fast", minutes=3),
        "of another seed": None,
    }
    for name, clock in clocks.items():
        values = {"kept": kept, "clock": clock, "refusal": None, "seconds_left": 17}
        yield Sample(f"fresh-codes {name}".strip(), "fresh-codes", "codes", values, is_posted=True)
    for name, refusal in _refusals():
        if name:
            values = {"kept": kept, "clock": late, "refusal": refusal, "seconds_left": 17}
            yield Sample(f"fresh-codes {name}", "fresh-codes", "codes", values, is_posted=True)
    yield Sample(
        "clock-noted", "clock-noted", "codes", {"refusal": late, "next_href": "/access-key", "switches": ()}
    )


def _password() -> Iterator[Sample]:
    policy = PasswordPolicy()
    rules, broken = passwords.rules(policy), passwords.broken(policy, "あいう ")
    variants: dict[str, dict[str, object]] = {
        "password": {},
        "password without a way round": {"may_skip": False},
        "password refused by rules": {"problem": "rules", "broken": broken},
        "password refused as mismatch": {"problem": "mismatch"},
        "password refused by AWS": {"problem": "refused"},
        "password refused as lost": {"problem": "lost"},
        "password set": {"rules": None, "is_new": True},
        "password set before": {"rules": None, "is_new": False},
        "password set without roles": {"rules": None, "is_new": True, "switch_roles": ()},
    }
    for name, shown in variants.items():
        values = {
            "rules": rules,
            "problem": None,
            "broken": (),
            "may_skip": True,
            "next_href": "/access-key",
            **CONSOLE_LINKS,
            **shown,
        }
        yield Sample(name, "password", "password", values)


def _access_key() -> Iterator[Sample]:
    key, other, idle = (
        Record(access_key_id=f"AKIAIOSFODNN{number}EXAMPLE", is_active=number < 9) for number in (7, 8, 9)
    )
    for name, offered, access_key, kept in (
        ("access-key", ("access-key",), None, []),
        ("access-key issued", ("access-key",), key, []),
        ("access-key from before", ("access-key",), key, [key]),
        ("access-key from before, both", ("access-key",), key, [key, other]),
        ("access-key from before, inactive", ("access-key",), None, [idle]),
        ("credentials to choose", ("aws-login", "access-key", "none"), None, []),
        ("credentials issued", ("access-key", "none"), key, []),
        ("credentials from before", ("aws-login", "access-key", "none"), key, [key]),
        ("credentials of a choice of two", ("aws-login", "none"), None, []),
        ("credentials issued beside a password", ("access-key", "aws-login"), key, []),
    ):
        values = {
            "offered": offered,
            "hrefs": {kind: f"/config?credentials={kind}" for kind in offered},
            "access_key": access_key,
            "kept_keys": kept,
            "has_room": len(kept) < 2,
            "ages": {one.access_key_id: age for one, age in ((key, 93), (other, 1), (idle, 1200))},
            "replace": "AKIAIOSFODNN7EXAMPLE" if access_key and not kept else None,
            "has_console": True,
            "has_password": name.endswith("a password"),
            "browser_href": "/done?credentials=none",
        }
        yield Sample(name, "access-key", "access_key", values)


def _done() -> Iterator[Sample]:
    arn = "arn:aws:sts::123456789012:assumed-role/dev-SwitchRole-S3FullAccess/dev-simple-user"
    for profile, credentials, daily in (
        ("dev", "access-key", "session"),
        ("dev", "access-key", "prompt"),
        ("dev", "aws-login", "aws-login"),
        ("dev", "none", "session"),
        (None, "access-key", "prompt"),
    ):
        values = {
            "profile": profile,
            "role_session_arn": arn if profile else None,
            "credentials": credentials,
            "serial_number": SERIAL_NUMBER,
            "source_profile": "dev-simple-user",
            "session_profile": "dev-simple-user-session",
            "asks": daily == "prompt" and profile is not None,
            "morning_command": MORNINGS[daily],
            "has_password": False,
            "ways": ("session", "prompt"),
            "config_href": "/config",
            "own_page_commands": OWN_PAGE_COMMANDS,
            "has_console": credentials != "access-key",
            **CONSOLE_LINKS,
        }
        yield Sample(f"done {profile} {credentials} {daily}", "done", "done", values)


def checks() -> Iterator[tuple[str, Check]]:
    """Every answer to every question, with all possible results."""
    role = example_settings().roles[0]
    note = Words("There is a role of this name, but it is another one: %(arn)s.", arn="arn:aws:iam::1:role/x")
    seen = [
        RoleCheck(role, "arn", answer, answer, answer, longest, None if answer else note)
        for answer, longest in ((True, 43200), (False, 3600), (None, None))
    ]
    right, wrong = UserCheck(True, True, True), UserCheck(True, False, False)
    for name, user, is_in, roles, is_settling in (
        ("right", right, True, seen[:1], False),
        ("right as far as seen", right, True, seen[::2], False),
        ("no roles", right, True, (), False),
        ("wrong", wrong, False, seen, False),
        ("held", UserCheck(True, True, True, is_held=True), True, [replace(seen[0], may_assume=False)], False),
        ("suspended", UserCheck(True, True, True, is_suspended=True), True, [], False),
        ("no user", UserCheck(False), False, seen, False),
        ("too early", wrong, False, seen, True),
    ):
        groups = (GroupCheck("developers", is_in),)
        yield name, Check("dev-simple-user", user, groups, tuple(roles), is_settling)


def _check() -> Iterator[Sample]:
    for name, check in checks():
        for automatic in {check.may_be_propagating, False}:
            values = {
                "check": check,
                "hours": hours,
                "retry": Record(
                    action="/check", fields={"tries": "1"}, seconds=3 if automatic else None, method="post", of=None
                ),
                "back_href": "/done",
            }
            yield Sample(
                f"check {name}{' by itself' if automatic else ''}", "check", "done", values, is_posted=True
            )


def _config() -> Iterator[Sample]:
    key = Record(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="wJalrXUtnFEMI")
    for name, access_key, profiles, credentials, daily in (
        ("config with key", key, PROFILES, "access-key", "session"),
        ("config with key and prompts", key, PROFILES, "access-key", "prompt"),
        ("config without key", None, PROFILES, "access-key", "session"),
        ("config again with key", None, PROFILES, "access-key", "prompt"),
        ("config for a key from before", None, PROFILES, "access-key", "session"),
        ("config without roles", None, (), "access-key", "session"),
        ("config to sign in", None, PROFILES, "aws-login", "session"),
        ("config of nothing", None, PROFILES, "none", "session"),
    ):
        values = {
            "access_key": access_key,
            "credentials": credentials,
            "has_console": credentials != "access-key",
            "is_key_offered": credentials == "access-key",
            "has_key": name.endswith("with key"),
            "keeps_key": name.endswith("from before"),
            "key_href": "/access-key",
            "credentials_href": "data:application/octet-stream;base64,W3Byb2ZpbGUgZGV2XQ==",
            "ways": ("session", "prompt"),
            "daily": daily,
            "daily_href": "/config",
            "has_changed": name == "config again with key",
            "asks": daily == "prompt",
            "done_href": "/done",
            "own_page_commands": OWN_PAGE_COMMANDS,
            "credentials_text": CREDENTIALS if access_key else None,
            "config_text": CONFIG,
            "config_href": "data:application/octet-stream;base64,W3Byb2ZpbGUgZGV2XQ==",
            "profiles": profiles,
            "shells": SHELLS,
            "process_text": "[profile dev-process]\n",
            "process_profile": "dev-process" if profiles else None,
            "switch_roles_text": "[dev]\n",
            "source_profile": "dev-simple-user",
            "key_ends_on": "2027-02-28" if access_key else None,
        }
        yield Sample(name, "config", "config", {**values, **({"switches": ()} if access_key else {})})


def _errors() -> Iterator[Sample]:
    for error in ERRORS:
        values = {"error": error, "status": 400, "denied_action": None, "retry": None, "limits": LIMITS}
        yield Sample(f"error {error}", "error", None, values)
    tried = (("busy", True), ("busy", False), ("in_progress", True), ("in_progress", False), ("denied", False))
    for error, automatic in tried:
        fields = {"seed": "JBSWY3DP", "code1": "123456"}
        retry = Record(action="/codes", fields=fields, seconds=3 if automatic else None, method="post", of=None)
        name = f"error {error} {'automatic' if automatic else 'by hand'}"
        values = {"error": error, "status": 503, "denied_action": None, "retry": retry, "limits": LIMITS}
        denied = {"denied_action": "iam:EnableMFADevice"} if error == "denied" else {}
        yield Sample(name, "error", "codes", {**values, **denied}, True)


def shown(sample: Sample, language: str, **changes: object) -> str:
    """The page's HTML; ``changes`` replace values of the sample."""
    fields = {"seed": "a", "step": "b"}
    common = {
        "organisation": "Example Corp",
        "can_sign_out": sample.step not in (None, "start"),
        "contact": "aws-admins@example.com",
        "steps": tuple(_steps(sample.step)),
        "switches": tuple(
            Record(code=code, label=label, current=code == language, href=f"/{sample.page}?lang={code}")
            for code, label in (("ja", "日本語"), ("en", "English"))
        ),
        "switch_form": Record(action="/again", method="post", fields=fields, of=None) if sample.is_posted else None,
        "url": lambda page: f"/{page}",
        "form_action": lambda page: f"/{page}",
        "user_name": "dev-simple-user",
        "entry_name": "dev-simple-user",
        # The frame of the administrator's console.
        "admin": Record(actor="arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"),
        "rank": Rank.ADMINISTRATOR,
        "tasks": tasks_of(Rank.ADMINISTRATOR),
        "limits": {"idle_minutes": "30", "session_hours": "8"},
        "sends_mail": False,
    }
    return rendered(sample.page, language, **{**common, **sample.values, **changes})


def _steps(current: str | None) -> Iterator[Record]:
    if current is None:
        return
    at = STEPS.index(current)
    for index, key in enumerate(STEPS):
        yield Record(key=key, state="done" if index < at else "current" if index == at else "todo")
