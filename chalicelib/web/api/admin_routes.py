"""The administrator's API: JSON over SigV4. Who may call which route is an IAM policy on ``execute-api:Invoke``.

The records in contract/ say what each answers; docs/openapi.json is made of them, and of the views' docstrings:
a summary, and what else there is to say.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.admin import (
    changing_groups,
    directory,
    forgotten_passwords,
    offboarding,
    refreshing,
    resetting,
    resuming,
    signing_in,
    suspending,
)
from chalicelib.admin.mail_state import mail_state
from chalicelib.errors import InvalidInput
from chalicelib.logs import log_failure
from chalicelib.members.list_filters import ALL_WANTED, Wanted, wanted_named
from chalicelib.members.record import checked_user_name
from chalicelib.members.versions import basis_of, checked_basis
from chalicelib.web.api import json_answers
from chalicelib.web.api.routing import Call, moment, number, route

if TYPE_CHECKING:
    from chalicelib.web.api.contract import member_records, outcome_records

api = Blueprint(__name__)

PAGE, LARGEST_PAGE = 50, 200


@route(api, "/admin/members", "GET")
def list_members(call: Call) -> "member_records.MemberPage":
    """List members. In order of their names, out of the portal's records alone."""
    query = call.query("state", "filter", "limit", "cursor")
    listed = directory.list_members(
        call.admin_request,
        state=_state(query.get("state")),
        filter_text=query.get("filter", ""),
        limit=number(query, "limit", PAGE, LARGEST_PAGE),
        cursor=query.get("cursor"),
    )
    return {
        "members": [
            json_answers.member_answer(member, call.now, call.portal.settings) for member in listed.members
        ],
        "next_cursor": listed.next_cursor,
    }


@route(api, "/admin/members/{user_name}", "GET")
def show_member(call: Call) -> "member_records.ShownMember":
    """Show a member. The portal's record beside what IAM says now."""
    shown = directory.show(call.admin_request, call.path["user_name"])
    facts = json_answers.facts_answer(shown.member, shown.facts) if shown.facts else None
    if shown.error:
        log_failure(call.request_id, shown.error)
    return {
        "member": json_answers.member_answer(shown.member, call.now, call.portal.settings),
        "roles": json_answers.roles_answer(call.portal.settings, shown.member),
        "iam": facts,
        "differences": [str(words) for words in shown.differences],
        "basis": basis_of(shown.member),
        "mail": json_answers.mail_answer(mail_state(call.portal.mails, shown.member)),
    }


@route(api, "/admin/members/{user_name}/check", "GET")
def check_member(call: Call) -> "member_records.Check":
    """Check what a member has. Asks IAM whether groups and roles are in place. Nothing is changed. What cannot
    be seen is null.
    """
    from chalicelib.admin import checking  # here, to keep it off the cold start

    here, member = call.portal, changing_groups.existing(call.portal.members, call.path["user_name"])
    found = checking.check(here.iam_administration, here.settings, member, call.now)
    return json_answers.check_answer(found)


@route(api, "/admin/members/{user_name}/groups", "PUT")
def set_groups(call: Call) -> "member_records.ChangedGroups":
    """Change a member's groups. At once where MFA is proved, else with its proof. Only the difference is
    changed in IAM. Repeating it changes nothing.
    """
    sent = call.body("groups", "basis")
    done = changing_groups.set_groups(
        call.admin_request,
        user_name=call.path["user_name"],
        groups=sent.names("groups"),
        basis=checked_basis(sent.text("basis")),
    )
    return {
        "member": json_answers.member_answer(done.member, call.now, call.portal.settings),
        "is_effective": done.is_effective,
    }


@route(api, "/admin/members/{user_name}/mfa-reset", "POST")
def reset_mfa(call: Call) -> "outcome_records.Reset":
    """Reset a lost device. Removes the member's MFA devices and all that they give access to, and invites the
    member again.
    """
    return _reset(call, resetting.reset_mfa)


@route(api, "/admin/members/{user_name}/password-reset", "POST")
def reset_password(call: Call) -> "outcome_records.Reset":
    """Reset a forgotten console password. Removes the member's console password, and invites them to choose
    another after two codes of the device that they have. Groups, access keys and devices stay.
    """
    return _reset(call, forgotten_passwords.reset_password)


@route(api, "/admin/members/{user_name}/suspension", "POST")
def suspend_member(call: Call) -> "outcome_records.Suspension":
    """Suspend a member. Everything is denied to them, and their links and sessions in the portal end, until they
    are resumed. Sessions of roles that have begun end at their own time. Repeat it where it was interrupted.
    """
    name, basis = call.path["user_name"], checked_basis(call.body("basis").text("basis"))
    done = suspending.suspend(call.admin_request, user_name=name, basis=basis)
    return {"user_name": done.member.user_name, "access_keys": list(done.access_keys)}


@route(api, "/admin/members/{user_name}/resumption", "POST")
def resume_member(call: Call) -> "outcome_records.Invitation":
    """Resume a suspended member. Makes an invitation; two codes of the device that the member has bring back
    exactly what there was. Until then, nothing is given.
    """
    sent = call.body("passcode", "mail", "until", "basis")
    new = resuming.resume(
        call.admin_request,
        user_name=call.path["user_name"],
        with_passcode=sent.flag("passcode"),
        by_mail=sent.flag_or_none("mail"),
        until=sent.text_or_none("until"),
        basis=checked_basis(sent.text("basis")),
    )
    return json_answers.invitation_answer(call.portal.settings, new)


@route(api, "/admin/members/{user_name}/offboarding", "GET")
def plan_offboarding(call: Call) -> "outcome_records.OffboardingPlan":
    """What offboarding would remove. Nothing is changed."""
    plan = offboarding.plan(call.admin_request, call.path["user_name"])
    return {
        "user_name": plan.user_name,
        "belongings": json_answers.belongings_answer(plan.belongings),
        "obstacles": [str(words) for words in plan.obstacles],
        "basis": plan.basis,
    }


@route(api, "/admin/members/{user_name}", "DELETE")
def offboard(call: Call) -> "outcome_records.Offboarded":
    """Offboard a member. Removes everything of the member's, in the portal and in IAM. Repeat it where it was
    interrupted.
    """
    name = call.path["user_name"]
    basis = checked_basis(call.query("basis").get("basis", ""))
    removed = offboarding.offboard(call.admin_request, user_name=name, basis=basis)
    return {"user_name": name, "removed": json_answers.belongings_answer(removed)}


@route(api, "/admin/refresh", "POST")
def refresh(call: Call) -> "outcome_records.Refreshed":
    """Compare members with IAM. Corrects the records by what IAM says, some members at a time."""
    cursor = call.body("cursor").text_or_none("cursor")
    done = refreshing.refresh(call.admin_request, cursor)
    for error in filter(None, (one.error for one in done.differences)):
        log_failure(call.request_id, error)
    return {
        "checked": done.checked,
        "differences": [{"user_name": one.user_name, "message": str(one.words)} for one in done.differences],
        "next_cursor": done.next_cursor,
    }


@route(api, "/admin/audit-events", "GET")
def list_audit_events(call: Call) -> "outcome_records.AuditEventPage":
    """Read the audit trail. The newest first."""
    query = call.query("user_name", "since", "until", "limit", "cursor")
    found = call.portal.audit.events(
        now=call.now,
        subject=checked_user_name(query["user_name"]) if "user_name" in query else None,
        since=moment(query, "since"),
        until=moment(query, "until"),
        limit=number(query, "limit", PAGE, LARGEST_PAGE),
        cursor=query.get("cursor"),
    )
    return {
        "events": [json_answers.event_answer(event) for event in found.events],
        "next_cursor": found.next_cursor,
    }


@route(api, "/admin/console-links", "POST")
def create_console_link(call: Call) -> "outcome_records.ConsoleLink":
    """Sign in to the console. A link that is good for one sign-in within a minute: the portal's address,
    /console/sign-in# and the token.
    """
    url = call.body("portal_url").text("portal_url")
    link = signing_in.issue_link(call.portal.console, actor=call.actor, portal_url=url, now=call.now)
    return {"token": link.token, "expires_at": json_answers.time(link.expires_at)}


def _reset(call: Call, reset: Callable[..., resetting.Reset]) -> "outcome_records.Reset":
    sent = call.body("passcode", "basis", "mail")
    done = reset(
        call.admin_request,
        user_name=call.path["user_name"],
        with_passcode=sent.flag("passcode"),
        by_mail=sent.flag_or_none("mail"),
        basis=checked_basis(sent.text("basis")),
    )
    return json_answers.reset_answer(call.portal.settings, done)


def _state(text: str | None) -> Wanted | None:
    if text is None:
        return None
    if (wanted := wanted_named(text)) is None:
        known = ", ".join(ALL_WANTED)
        raise InvalidInput("state", "No state is called %(state)s. There are: %(known)s.", state=text, known=known)
    return wanted
