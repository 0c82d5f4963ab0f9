"""The console's list of members, the page of one member, and the actions there that make no new link."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalice.app import Blueprint, Response

from chalicelib.admin import changing_groups, directory, editing, inviting, offboarding, signing_in
from chalicelib.admin.mail_state import mail_state
from chalicelib.admin.quarantine import held
from chalicelib.email_addresses import is_email_address
from chalicelib.errors import InvalidInput, MemberUnknown
from chalicelib.logs import log_failure
from chalicelib.members import key_ages
from chalicelib.members.belongings import Belonging
from chalicelib.members.details import Details
from chalicelib.members.enabled_devices import device_count, enabled_devices
from chalicelib.members.invitations import is_pending
from chalicelib.members.key_ages import AgeingKey
from chalicelib.members.list_filters import offered, wanted_named
from chalicelib.members.record import Member, MemberState, natural, state_of
from chalicelib.members.suspensions import is_suspended_long
from chalicelib.members.versions import basis_of
from chalicelib.web.console.access import console_page
from chalicelib.web.console.frame import ConsoleVisit, address, console_html, group_choices, kept_place, sent_again
from chalicelib.web.html import see_other
from chalicelib.words import hours

pages = Blueprint(__name__)

PAGE_SIZE = 50
EVENTS_SHOWN = 20
# The messages that a redirection to the member's page may show.
DONE = (
    *("revoked", "groups", "groups-later", "groups-same", "details", "suspended"),
    *(f"details-{became}" for became in editing.MailedLinks),
)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A line of the list. ``invitation`` is what became of it, if there was one; ``key_age`` is in days.

    ``devices`` is how many proved MFA devices the record knows of. ``old_key`` ends by its age, or has ended.
    ``is_key_old``: due for replacement. ``is_suspended_long``: offboarding, or resuming, may have been forgotten.
    """

    member: Member
    state: MemberState
    invitation: str | None
    key_age: int | None
    devices: int
    old_key: AgeingKey | None = None
    is_suspended_long: bool = False
    is_key_old: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """An access key as the member's page shows it. ``age`` is in days; ``ends`` tells when it ends by its age."""

    access_key_id: str
    is_active: bool
    age: int
    last_used_at: datetime | None
    ends: AgeingKey | None = None
    is_old: bool = False


@console_page(pages, "/console/members", "GET")
def show_members(visit: ConsoleVisit) -> Response:
    query = visit.query
    filter_text, cursor = query.get("filter", "").strip()[:64], query.get("cursor") or None
    state = wanted_named(query.get("state", ""))
    found = directory.list_members(
        visit.admin_request,
        state=state,
        filter_text=filter_text,
        limit=PAGE_SIZE,
        cursor=cursor,
    )
    chosen = {"filter": filter_text, "state": state}
    return console_html(
        visit,
        "members",
        # DynamoDB has them in the order of their letters, page by page.
        rows=[
            _row(member, visit) for member in sorted(found.members, key=lambda member: natural(member.user_name))
        ],
        states=offered(visit.settings),
        is_filtered=bool(filter_text or state),
        is_first=cursor is None,
        first_href=address(visit, "members", **chosen),
        next_href=found.next_cursor and address(visit, "members", **chosen, cursor=found.next_cursor),
        **chosen,
    )


@console_page(pages, "/console/member", "GET")
def show_member(visit: ConsoleVisit) -> Response:
    return _member_page(visit)


@console_page(pages, "/console/revoke", "POST")
def revoke(visit: ConsoleVisit) -> Response:
    member = inviting.revoke(visit.admin_request, user_name=visit.user_name, basis=visit.basis)
    return _back_to(visit, member.user_name, "revoked")


@console_page(pages, "/console/groups", "POST", comes_back_to="member")
def change_groups(visit: ConsoleVisit) -> Response:
    try:
        changed = changing_groups.set_groups(
            visit.admin_request, user_name=visit.user_name, groups=chosen_groups(visit), basis=visit.basis
        )
    except InvalidInput as problem:
        if problem.field != "groups":
            raise
        return _member_page(visit, problem)
    done = "groups" if changed.is_effective else "groups-later"
    return _back_to(visit, changed.member.user_name, done if changed.is_changed else "groups-same")


@console_page(pages, "/console/details", "POST")
def change_details(visit: ConsoleVisit) -> Response:
    details = Details(visit.form.get("email", ""), visit.form.get("until", ""))
    try:
        edited = editing.edit(visit.admin_request, user_name=visit.user_name, details=details, basis=visit.basis)
    except InvalidInput as problem:
        if problem.field not in ("email", "until"):
            raise
        return _member_page(visit, problem)
    return _back_to(visit, edited.member.user_name, "-".join(filter(None, ["details", edited.mailed_links])))


@console_page(pages, "/console/offboard", "GET", comes_back_to="offboard")
def show_offboarding(visit: ConsoleVisit) -> Response:
    plan = offboarding.plan(visit.admin_request, visit.user_name)
    return console_html(
        visit,
        "offboard",
        user_name=plan.user_name,
        items=plan.belongings,
        obstacles=plan.obstacles,
        basis=plan.basis,
    )


@console_page(pages, "/console/offboard", "POST", comes_back_to="offboard")
def offboard(visit: ConsoleVisit) -> Response:
    """Also if another request, or an earlier one with a lost reply, has done it already."""
    name = visit.user_name
    removed: tuple[Belonging, ...] = ()
    with suppress(MemberUnknown):
        removed = offboarding.offboard(visit.admin_request, user_name=name, basis=visit.basis)
    return console_html(visit, "offboarded", user_name=name, items=removed)


@console_page(pages, "/console/check", "POST")
def check(visit: ConsoleVisit) -> Response:
    from chalicelib.admin import checking  # here, to keep it off the cold start

    portal = visit.portal
    member = changing_groups.existing(portal.members, visit.user_name)
    found = checking.check(portal.iam_administration, visit.settings, member, visit.now)
    return console_html(visit, "check", check=found, hours=hours, switch_form=sent_again(visit))


def chosen_groups(visit: ConsoleVisit) -> list[str]:
    """The groups whose checkboxes are ticked. Each has a field of its own, so that a form is a plain mapping."""
    return [group.name for group in visit.settings.groups if visit.form.get(f"group-{group.name}")]


def _row(member: Member, visit: ConsoleVisit) -> MemberRow:
    now, created_at = visit.now, member.access_key_created_at
    key_age = (now - created_at).days if created_at and not key_ages.is_deleted(member) else None
    return MemberRow(
        member,
        state_of(member, now),
        _invitation_of(member, now),
        key_age,
        device_count(member),
        key_ages.old_key(member) if visit.settings.access_key_days else None,
        is_suspended_long(member, now),
        key_age is not None and key_ages.is_old(created_at, now, visit.settings.access_key_days),
    )


def _invitation_of(member: Member, now: datetime) -> str | None:
    if member.proved_at:
        return "proved"
    if is_pending(member, now):
        return "open"
    if member.revoked_at:
        return "revoked"
    return "expired" if member.expires_at and member.expires_at <= now else None


def _member_page(visit: ConsoleVisit, problem: InvalidInput | None = None) -> Response:
    portal, done = visit.portal, visit.query.get("done")
    shown = directory.show(visit.admin_request, visit.user_name)
    member, facts = shown.member, shown.facts
    if shown.error:
        log_failure(visit.request_id, shown.error)
    ages = visit.settings.access_key_days > 0
    kept = {key.access_key_id: key for key in key_ages.ageing_keys(member) if ages}
    keys = [
        Key(
            *(key.access_key_id, key.is_active, (visit.now - key.created_at).days, key.last_used_at),
            kept.get(key.access_key_id),
            key_ages.is_old(key.created_at, visit.now, visit.settings.access_key_days),
        )
        for key in (facts.access_keys if facts else ())
    ]
    is_fresh = signing_in.is_fresh(visit.signed_in, visit.now)
    of_details = problem is not None and problem.field in ("email", "until")
    return console_html(
        visit,
        "member",
        status=400 if problem else 200,
        cookies=() if is_fresh else kept_place(visit, "member"),
        is_fresh=is_fresh,
        member=member,
        # A form that was filled in wrongly keeps its basis.
        basis=visit.basis if problem else basis_of(member),
        state=state_of(member, visit.now),
        is_pending=is_pending(member, visit.now),
        facts=facts,
        devices=enabled_devices(member, facts.devices) if facts else (),
        keys=keys,
        old_key=key_ages.old_key(member) if ages else None,
        differences=shown.differences,
        is_missing=shown.is_missing,
        may_reset_password=visit.settings.console_password and member.proved_at is not None,
        held=held(member.user_name) if facts and facts.is_held else None,
        events=portal.audit.events(now=visit.now, subject=member.user_name, limit=EVENTS_SHOWN).events,
        groups=group_choices(visit.settings, chosen_groups(visit) if problem and not of_details else member.groups),
        email=visit.form.get("email", "") if of_details else member.email or "",
        until_day=visit.form.get("until", "") if of_details else member.until or "",
        offered=member.user_name if not member.email and is_email_address(member.user_name) else None,
        mail=mail_state(portal.mails, member),
        problem=problem,
        done=done if done in DONE and not problem else None,
        switch_form=sent_again(visit) if problem else None,
    )


def _back_to(visit: ConsoleVisit, user_name: str, done: str) -> Response:
    return see_other(visit, "console/member", query={"user_name": user_name, "done": done})
