"""Every page of the administrator's console with data to show, in all of its variants."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Record
from typing import Any

from chalicelib.admin.authority import Rank, tasks_of
from chalicelib.admin.census import Census, Waiting, Week
from chalicelib.admin.directory import Facts
from chalicelib.admin.import_plan import ImportAction, PlannedLine
from chalicelib.admin.mail_state import InvitationMail, MailState
from chalicelib.admin.quarantine import held
from chalicelib.audit import PORTAL, Action, AuditEvent
from chalicelib.aws_errors import AWSDenied, UserElsewhere
from chalicelib.errors import InvalidInput
from chalicelib.mail.outgoing import Trouble
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.members.enabled_devices import EnabledDevice
from chalicelib.members.iam_records import MFADevice
from chalicelib.members.import_list import LineProblem
from chalicelib.members.import_list import Row as ListRow
from chalicelib.members.invitation_message import LANGUAGES
from chalicelib.members.key_ages import AgeingKey, Stage
from chalicelib.members.link_tokens import EXAMPLE_SIGN_IN, token_text
from chalicelib.members.list_filters import ALL_WANTED, ListFilter
from chalicelib.members.record import Member, MemberState
from chalicelib.web.console.error_words import BY_CODE
from chalicelib.web.console.frame import GroupChoice
from chalicelib.web.console.glance_page import columns
from chalicelib.web.console.import_work import ShownResult
from chalicelib.web.console.invitation_pages import Message
from chalicelib.web.console.member_pages import Key, MemberRow
from chalicelib.web.html import NATIVE_NAMES
from chalicelib.words import Words, hours
from tests.helpers.sample_pages import SERIAL_NUMBER, Sample, checks

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ACTOR = "arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"
TOKEN = token_text("dev-simple-user", "a2b3" * 13)
LINK = f"https://abc123.execute-api.ap-northeast-1.amazonaws.com/api/start#{TOKEN}"
AT_THE_HELP_DESK = {
    "admin": Record(
        actor="arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_HelpDesk_0123456789abcdef/someone@example.com"
    ),
    "rank": Rank.HELP_DESK,
    "tasks": tasks_of(Rank.HELP_DESK),
}
MORE = "/console/members?cursor=eyJuYW1lIjogIm1lbWJlci0xNCJ9"
MEMBER = Member(
    "dev-simple-user",
    groups=("developers", "operators"),
    created_at=NOW - timedelta(days=140),
    token_hash="0" * 64,
    invited_at=NOW - timedelta(days=2),
    invited_by=ACTOR,
    expires_at=NOW + timedelta(days=5),
    opened_at=NOW - timedelta(days=1),
    proved_at=NOW - timedelta(days=1),
    reset_at=NOW - timedelta(days=3),
    revoked_at=NOW - timedelta(hours=3),
    offboarding_at=NOW - timedelta(hours=1),
    suspended_at=NOW - timedelta(days=1),
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    access_key_created_at=NOW - timedelta(days=120),
    serial_number=SERIAL_NUMBER,
    last_seen_at=NOW - timedelta(hours=2),
)
EMAIL = "dev-simple-user@example.com"
BOUNCED = Trouble("dev-simple-user", Action.INVITATION_CREATED, "The address does not exist.", NOW)
PASSKEY = "arn:aws:iam::123456789012:u2f/user/dev-simple-user"
FACTS = Facts(
    user_name="dev-simple-user",
    groups=("firstday-members", "developers"),
    switch_role_groups=("developers",),
    devices=(MFADevice(SERIAL_NUMBER, NOW - timedelta(days=1)),),
    access_keys=(),
)
DEVICES = (
    EnabledDevice(SERIAL_NUMBER, NOW - timedelta(days=120), False, True, True),
    EnabledDevice(f"{SERIAL_NUMBER}-x7k2m9qpwz", NOW - timedelta(days=9), False, True, False),
    EnabledDevice("arn:aws:iam::123456789012:mfa/spare", NOW - timedelta(days=2), False, False, False),
    EnabledDevice(f"{PASSKEY}/laptop-R1ZCE5E6P5TRDSPXMJ6SDAGH3I", NOW - timedelta(days=1), True, False, False),
)
KEYS = (
    Key("AKIAIOSFODNN7EXAMPLE", True, 120, NOW - timedelta(hours=2), is_old=True),
    Key("AKIAI44QH8DHBEXAMPLE", False, 1, None),
)
ENDS = AgeingKey("AKIAIOSFODNN7EXAMPLE", NOW.date() + timedelta(days=10), 1, Stage.TOLD, NOW.date())
ENDED = replace(ENDS, stage=Stage.ENDED)
BASIS = "9b1f6c2d4e8a7035.5d2c9f10."
BELONGINGS = tuple(Belonging(kind, f"an-example-of-{kind}") for kind in Kind)
GROUPS = (
    GroupChoice("developers", ("dev", "stg"), is_checked=True),
    GroupChoice("operators", ("stg-ops",), is_checked=False),
)
NAME_PROBLEM = InvalidInput(
    "user_name", "%(user_name)s is a member already: see the list.", user_name="dev-simple-user"
)
GROUPS_PROBLEM = InvalidInput("groups", "Name at least one switch-role group: %(known)s.", known="developers")
SWITCH_OF_FORM = Record(action="/console/import", of="go-on", fields={}, method="post")
# The fields of ``MEMBER`` that are not set yet, or not any more, in a state.
ABSENT = {
    MemberState.CREATED: ("invited_at", "invited_by", "expires_at", "opened_at", "last_seen_at", "proved_at"),
    MemberState.INVITED: ("opened_at", "last_seen_at", "proved_at", "revoked_at"),
    MemberState.ACTIVE: ("revoked_at",),
    MemberState.OFFBOARDING: (),
}
INVITATIONS = {"created": None, "active": "proved", "offboarding": "proved", "expired": "expired", "locked": None}

Values = Mapping[str, Any]
Variants = Mapping[str, Values]
PLAIN: Variants = {"": {}}


def samples() -> Iterator[Sample]:
    """Every page of the console in every variant that looks different."""
    sign_in: Variants = {
        "": {"problem": None},
        "missing": {"problem": "missing"},
        "none found": {"problem": "none_found"},
    }
    example = f"https://portal.example.com/console/sign-in#{EXAMPLE_SIGN_IN}"
    yield from _variants("sign-in", sign_in, {"admin": None, "example_link": example})
    yield from _variants("signed-out", PLAIN, {"admin": None, "switches": ()})
    yield from _glance()
    yield from _members()
    yield from _member()
    yield from _new_member()
    yield from _invitations()
    yield from _checks()
    yield from _confirmations()
    yield from _changed_meanwhile()
    yield from _import()
    yield from _import_check()
    yield from _import_on_its_way()
    yield from _audit()
    yield from _errors()


def _variants(page: str, variants: Variants, common: Values, posted: str = "-") -> Iterator[Sample]:
    """Samples of a page; those with ``posted`` in their values answer a POST."""
    for name, values in variants.items():
        title, is_posted = f"console {page} {name}".strip(), values.get(posted) not in (None, ())
        yield Sample(title, f"console/{page}", None, {**common, **values}, is_posted)


def _glance() -> Iterator[Sample]:
    first, last_week = NOW.date() - timedelta(days=50), (14, 9)
    numbers = ((40, 0), (12, 31), (0, 12), (3, 4), (0, 0), (1, 1), (5, 2), last_week)
    weeks = [Week(first + timedelta(weeks=number), *pair) for number, pair in enumerate(numbers)]
    waiting = {
        MemberState.EXPIRED: Waiting(12, ("member-03", "member-07", "member-12")),
        MemberState.LOCKED: Waiting(1, ("dev-simple-user",)),
        ListFilter.KEY_OLD: Waiting(2, ("member-21", "member-22")),
        ListFilter.BOUNCED: Waiting(1, ("member-09",)),
        ListFilter.ENDING: Waiting(0),
        MemberState.SUSPENDED: Waiting(3, ("member-31", "member-32", "member-33")),
    }
    states = {state.value: 2 * number for number, state in enumerate(MemberState)}
    census = Census(
        NOW, sum(states.values()), states, {key.value: one for key, one in waiting.items()}, tuple(weeks)
    )
    common = {
        "census": census,
        "is_live": True,
        "is_old": False,
        "waiting": census.waiting,
        "columns": columns(weeks),
        "kinds": [(Action.INVITATION_CREATED, 14), (Action.MFA_PROVED, 9), (Action.CONSOLE_SIGNED_IN, 2)],
        "events": tuple(_events())[:6],
        "is_more": False,
        "since": "2026-11-23",
    }
    unknown: Values = {"census": None, "is_live": False, "waiting": {}, "columns": ()}
    quiet: Values = {"kinds": [], "events": (), "waiting": {}}
    variants: Variants = {
        "": {},
        "by the hour": {"is_live": False, "is_more": True},
        "old": {"is_live": False, "is_old": True},
        "not counted yet": unknown,
        "quiet": quiet,
        "none": {**quiet, "census": replace(census, members=0), "columns": ()},
        "at the help desk": AT_THE_HELP_DESK,
        "none at the help desk": {**quiet, "census": replace(census, members=0), **AT_THE_HELP_DESK},
    }
    yield from _variants("at-a-glance", variants, common)


def _members() -> Iterator[Sample]:
    common = {
        "rows": (),
        "state": None,
        "filter": "",
        "is_filtered": False,
        "is_first": True,
        "next_href": None,
        "states": list(MemberState),
        "first_href": "/console/members",
    }
    states = list(MemberState)
    rows = [
        MemberRow(
            *(_in_state(state, f"member-{number:02}"), state, INVITATIONS.get(state, "open"), key_age, number % 3),
            is_key_old=key_age is not None and key_age > 90,
        )
        for number, (state, key_age) in enumerate(zip(states * 2, [None, 12, 91, 200] * 6, strict=False), 1)
    ]
    variants: Variants = {
        "": {"rows": rows, "next_href": MORE},
        "filtered": {"rows": rows[:2], "filter": "member", "state": "created", "is_filtered": True},
        "second page": {"rows": rows[7:9], "is_first": False},
        "none": {},
        "no match": {"filter": "zzz", "is_filtered": True},
        "no match so far": {"filter": "zzz", "is_filtered": True, "next_href": MORE},
        "no more": {"is_first": False},
        "old keys": {
            "rows": [replace(rows[1], old_key=ENDS), replace(rows[2], old_key=ENDED)],
            "states": list(ALL_WANTED),
            "state": "key-old",
            "is_filtered": True,
        },
        "at the help desk": {"rows": rows[:3], **AT_THE_HELP_DESK},
        "none at the help desk": AT_THE_HELP_DESK,
    }
    yield from _variants("members", variants, common)


def _in_state(state: MemberState, user_name: str = "dev-simple-user") -> Member:
    """A member with the fields that a page shows in that state."""
    absent: dict[str, Any] = dict.fromkeys(ABSENT.get(state, ("proved_at",)))
    return replace(MEMBER, user_name=user_name, **absent)


def _member() -> Iterator[Sample]:
    common = {
        "member": _in_state(MemberState.ACTIVE),
        "basis": BASIS,
        "state": MemberState.ACTIVE,
        "facts": FACTS,
        "devices": DEVICES[:1],
        "keys": KEYS,
        "old_key": None,
        "differences": (),
        "is_missing": False,
        "may_reset_password": False,
        "held": None,
        "events": tuple(_events())[:6],
        "groups": GROUPS,
        "problem": None,
        "done": None,
        "is_pending": False,
        "is_fresh": True,
        "email": "",
        "until_day": "",
        "offered": None,
        "mail": None,
    }
    states = {
        state.value: {"member": _in_state(state), "state": state, "is_pending": state in ("invited", "opened")}
        for state in MemberState
    }
    differ = (Words("IAM has the member in %(groups)s, the record does not.", groups="operators"),)
    nothing: Values = {"facts": None, "devices": (), "keys": (), "events": ()}
    gone = {**nothing, "differences": (Words("IAM has no such user any more."),), "is_missing": True}
    denied = AWSDenied("iam:GetUser", "not authorized to perform: iam:GetUser with an explicit deny").words
    elsewhere = UserElsewhere("dev-simple-user", "/former/", "/members/").words
    variants: Variants = {
        **states,
        "reset, invited": {**states["reset"], "is_pending": True},
        "suspended, invited": {**states["suspended"], "is_pending": True},
        "offboarding, gone": {**states["offboarding"], **gone},
        "differences": {"differences": differ},
        "old key": {"keys": (replace(KEYS[0], ends=ENDS), KEYS[1]), "old_key": ENDS},
        "ended key": {"keys": (replace(KEYS[0], is_active=False, ends=ENDED),), "old_key": ENDED},
        "without a user": gone,
        "denied": {**nothing, "differences": (denied,)},
        "elsewhere": {**nothing, "differences": (elsewhere,)},
        "with a console password": {
            "facts": replace(FACTS, has_console_password=True),
            "may_reset_password": True,
        },
        "without a console password": {
            "facts": replace(FACTS, has_console_password=False),
            "may_reset_password": True,
        },
        "without device and key": {"facts": replace(FACTS, groups=()), "devices": (), "keys": ()},
        "with several devices": {"devices": DEVICES},
        "adopted": {"member": replace(_in_state(MemberState.ACTIVE), adopted_at=NOW, former_path="/people/tokyo/")},
        "after an hour": {"is_fresh": False},
        "held": {"held": held("dev-simple-user")},
        "at the help desk": {**AT_THE_HELP_DESK, "may_reset_password": True},
        "without a user at the help desk": {**gone, **AT_THE_HELP_DESK},
        "with wrong groups": {"problem": GROUPS_PROBLEM},
        "invited by mail": {**_invited_by_mail(InvitationMail.WAITING), "sends_mail": True},
        "with mail that failed": {
            **_invited_by_mail(InvitationMail.FAILED, BOUNCED),
            "sends_mail": True,
            "problem": InvalidInput("until", "%(until)s has begun already: write a later day.", until="2026-11-01"),
        },
        "with an address for a name": {"sends_mail": True, "offered": EMAIL},
        **{
            f"done {done}": {"done": done} for done in ("revoked", "groups", "groups-later", "details", "suspended")
        },
    }
    yield from _variants("member", variants, common, posted="problem")


def _invited_by_mail(invitation: InvitationMail, *troubles: Trouble) -> Values:
    member = replace(_in_state(MemberState.INVITED), email=EMAIL, until="2027-03-31", is_mailed=True)
    return {
        "member": member,
        "state": MemberState.INVITED,
        "is_pending": True,
        "email": member.email,
        "until_day": member.until,
        "mail": MailState(invitation, troubles),
    }


def _new_member() -> Iterator[Sample]:
    variants: Variants = {
        "": {},
        "wrong name": {"problem": NAME_PROBLEM},
        "wrong groups": {"problem": GROUPS_PROBLEM},
        "by mail": {"sends_mail": True, "email": EMAIL, "until": "2027-03-31"},
        "wrong address": {
            "sends_mail": True,
            "problem": InvalidInput("email", '"%(email)s" is not an e-mail address.', email="hanako@localhost"),
            "email": "hanako@localhost",
        },
        "with an address for a name": {
            "sends_mail": True,
            "user_name": EMAIL,
            "email": EMAIL,
            "offered": EMAIL,
            "is_offered_now": True,
        },
    }
    common = {
        "groups": GROUPS,
        "problem": None,
        "user_name": "",
        "with_passcode": True,
        "email": "",
        "until": "",
        "by_mail": True,
        "offered": None,
        "is_offered_now": False,
    }
    yield from _variants("new-member", variants, common, posted="problem")


def _invitations() -> Iterator[Sample]:
    messages = [Message(language, NATIVE_NAMES[language], f"{LINK}\n\n", "\n") for language in LANGUAGES]
    common = {
        "link": LINK,
        "expires_at": NOW,
        "messages": messages,
        "switches": (),
        "is_new": False,
        "passcode": None,
        "removed": (),
        "reset": None,
        "mailed_to": None,
    }
    by_mail = {"link": "", "messages": (), "mailed_to": EMAIL}
    variants: Variants = {
        "new": {"is_new": True},
        "again": {"passcode": "2345-6789"},
        "after a reset": {"reset": "mfa", "removed": BELONGINGS[:5]},
        "after a reset of nothing": {"reset": "mfa"},
        "after a password": {"reset": "password", "removed": (Belonging(Kind.LOGIN_PROFILE, "dev-simple-user"),)},
        "after no password": {"reset": "password"},
        "after resuming": {"reset": "resumed", "passcode": "2345-6789"},
        "at the help desk": {"reset": "mfa", "removed": BELONGINGS[:5], **AT_THE_HELP_DESK},
        "by mail": {**by_mail, "is_new": True},
        "by mail with a passcode": {**by_mail, "passcode": "2345-6789"},
        "by mail after a reset": {**by_mail, "reset": "mfa", "removed": BELONGINGS[:5]},
    }
    yield from _variants("invitation", variants, common)


def _checks() -> Iterator[Sample]:
    variants: Variants = {name: {"check": check} for name, check in checks()}
    yield from _variants("check", variants, {"hours": hours}, posted="check")


def _confirmations() -> Iterator[Sample]:
    for page in ("reset-mfa", "reset-password"):
        resets: Variants = {"": {}, "by mail": {"sends_mail": True, "email": EMAIL}}
        yield from _variants(page, resets, {"basis": BASIS, "email": None})
    yield from _variants("suspend", PLAIN, {"basis": BASIS})
    wrong_day = InvalidInput("until", "%(until)s has begun already: write a later day.", until="2026-11-01")
    resumptions: Variants = {
        "": {},
        "by mail": {"sends_mail": True, "email": EMAIL},
        "wrong day": {"until": "2026-11-01", "problem": wrong_day},
    }
    common: Values = {"basis": BASIS, "until": "", "email": None, "problem": None}
    yield from _variants("resume", resumptions, common, posted="problem")
    obstacle = Words("%(user_name)s is in the group %(group)s.", user_name="dev-simple-user", group="admins")
    variants: Variants = {
        "": {},
        "nothing": {"items": ()},
        "obstacle": {"obstacles": (obstacle, obstacle)},
        "held": {"obstacles": (held("dev-simple-user"),)},
    }
    yield from _variants("offboard", variants, {"items": BELONGINGS, "obstacles": (), "basis": BASIS})
    variants = {"": {}, "nothing": {"items": ()}}
    yield from _variants("offboarded", variants, {"items": BELONGINGS, "switches": ()})


def _changed_meanwhile() -> Iterator[Sample]:
    common = {
        "status": 409,
        "words": BY_CODE["changed_meanwhile"],
        "member": _in_state(MemberState.INVITED),
        "state": MemberState.INVITED,
        "is_pending": True,
        "events": tuple(_events())[:5],
        "groups": None,
        "basis": BASIS,
        "form": None,
        "switches": (),
    }
    offboarding = {"member": _in_state(MemberState.OFFBOARDING), "state": MemberState.OFFBOARDING}
    variants: Variants = {
        "groups": {"groups": GROUPS},
        "link": {},
        "reset": {"form": "reset-mfa", "is_pending": False},
        "resume": {"form": "resume", "is_pending": False},
        "offboarding": {**offboarding, "form": "offboard", "is_pending": False},
        "gone": {"member": None, "state": None, "is_pending": False},
    }
    yield from _variants("changed-meanwhile", variants, common)


def _import() -> Iterator[Sample]:
    example = "user_name,groups\ndev-simple-user,developers\n"
    common = {"csv": "", "example": example, "problem": None, "problems": (), "unknown_columns": ()}
    empty, missing = (
        LineProblem(0, Words("The file is empty.")),
        LineProblem(12, Words("The column %(name)s is missing.", name="user_name")),
    )
    yield from _variants("import", PLAIN, common)
    unreadable: Variants = {"unreadable": {"problem": InvalidInput("csv", "Paste the list, or choose a file.")}}
    yield from _variants("import", unreadable, common, posted="problem")
    wrong: Variants = {
        "problem": {"problems": (empty,)},
        "problems": {"problems": (empty, missing), "csv": "<a>\n&amp;\n", "unknown_columns": ("<phone>", "部署")},
    }
    yield from _variants("import", wrong, common, posted="problems")


def _import_check() -> Iterator[Sample]:
    plans = list(ImportAction)
    words = Words("Was invited already, by %(actor)s.", actor=ACTOR)
    lines = [
        PlannedLine(
            ListRow(line, f"member-{line}", ("developers", "operators"), line % 2 == 0), plan, words, "none."
        )
        for line, plan in enumerate(plans * 3, 2)
    ]
    variants: Variants = {
        name: {"lines": [line for line in lines if line.plan in chosen], "counts": _counts(chosen)}
        for name, chosen in {"": plans, "nothing": [ImportAction.SKIP], "one": [ImportAction.INVITE]}.items()
    }
    row = ListRow(2, "member-2", ("developers",), False, EMAIL, "2027-03-31")
    mailed = PlannedLine(row, ImportAction.INVITE, Words("Will be created and invited."), "none.")
    by_mail: Values = {"lines": [mailed, *lines], "has_addresses": True, "sends_mail": True}
    common = {
        "csv": "user_name\n",
        "bases": "{}",
        "switch_form": SWITCH_OF_FORM,
        "unknown_columns": ("phone",),
        "has_addresses": False,
    }
    variants = {**variants, "by mail": {**by_mail, "counts": _counts(plans)}}
    yield from _variants("import-check", variants, common)


def _counts(plans: list[ImportAction]) -> dict[str, int]:
    return {plan.value: plans.count(plan) for plan in ImportAction}


def _import_on_its_way() -> Iterator[Sample]:
    results = [
        ShownResult(2, "member-2", "invited", LINK, "", "2026-12-01T09:30:00+00:00", ""),
        ShownResult(3, "member-3", "invited", LINK, "2345-6789", "2026-12-01T09:30:00+00:00", ""),
        ShownResult(6, "member-6", "invited", "", "2345-6789", "2026-12-01T09:30:00+00:00", "", EMAIL),
        ShownResult(4, "member-4", "skipped", "", "", "", "member-4 is active already."),
        ShownResult(5, "member-5", "failed", "", "", "", "IAM allows ten groups for one user."),
    ]
    common = {
        "results": results,
        "shown": results,
        "csv": "user_name\n",
        "bases": "{}",
        "total": 12,
        "tries": 0,
        "state": "[]",
        "mail": "",
        "mailed": 0,
        "switch_form": SWITCH_OF_FORM,
    }
    on_the_way: Variants = {
        "": {"is_busy": False, "wait": 1},
        "busy": {"is_busy": True, "wait": 3},
        "busy by hand": {"is_busy": True, "wait": None, "mail": "yes"},
    }
    yield from _variants("import-progress", on_the_way, common)
    at_the_end: Variants = {
        "": {"counts": {"invited": 2, "skipped": 1, "failed": 1}},
        "by mail": {"counts": {"invited": 2, "skipped": 1, "failed": 1}, "mailed": 1},
        "all by mail": {"counts": {"invited": 2, "skipped": 1, "failed": 0}, "mailed": 2},
        "of many": {"counts": {"invited": 0, "skipped": 4, "failed": 0}, "shown": results[:2]},
    }
    href = "data:application/octet-stream;base64,dXNlcl9uYW1lDQo="
    yield from _variants("import-results", at_the_end, {**common, "csv_href": href, "switches": ()})


def _events() -> Iterator[AuditEvent]:
    for number, action in enumerate(Action):
        subject = PORTAL if action.startswith(("console.", "admin.")) else "dev-simple-user"
        is_by_member = action in (Action.MFA_PROVED, Action.INVITATION_OPENED, Action.ACCESS_KEY_ISSUED)
        details = {"groups": "developers operators", "source_ip": "192.0.2.1"} if number % 2 else {}
        actor = subject if is_by_member else ACTOR
        yield AuditEvent(actor, action, subject, NOW - timedelta(hours=number), details)
    details = {"before": "developers", "serial_number": SERIAL_NUMBER, "1": "It differs.", "ssh_key": "APKAEXAMPLE"}
    yield AuditEvent(ACTOR, Action.USER_DELETED, "dev-simple-user", NOW, details)


def _audit() -> Iterator[Sample]:
    common = {
        "events": (),
        "next_href": None,
        "is_first": True,
        "is_filtered": False,
        "problem": None,
        "user_name": "",
        "since": "",
        "until": "",
        "first_href": "/console/audit",
    }
    filtered = {"is_filtered": True, "user_name": "dev-simple-user", "since": "2026-11-01", "until": "2026-11-24"}
    problem = InvalidInput("since", "This is not a day: write it like 2026-11-24.")
    variants: Variants = {
        "": {"events": tuple(_events()), "next_href": "/console/audit?cursor=abc"},
        "filtered": {"events": tuple(_events())[:2], **filtered},
        "nothing": {},
        "no match": filtered,
        "no match so far": {**filtered, "next_href": "/console/audit?cursor=abc"},
        "no more": {"is_first": False},
        "wrong day": {**filtered, "problem": problem, "since": "yesterday"},
    }
    yield from _variants("audit", variants, common)


def _errors() -> Iterator[Sample]:
    by_words = {id(words): (code, words) for code, words in reversed(BY_CODE.items())}  # some codes share theirs
    for code, words in by_words.values():
        admin: Values = {"admin": None} if code in ("console_signed_out", "sign_in_link") else {}
        values = {"error": code, "status": 400, "words": words, "retry": None, **admin}
        yield Sample(f"console error {code}", "console/error", None, values)
    sent = {"action": "/console/groups", "fields": {"user_name": "x"}, "method": "post", "of": None}
    busy = {"error": "busy", "status": 503, "words": BY_CODE["busy"]}
    variants: Variants = {
        f"busy {name}": {"retry": Record(seconds=3 if automatic else None, **sent)}
        for name, automatic in {"automatic": True, "by hand": False}.items()
    }
    yield from _variants("error", variants, busy, posted="retry")
