"""The routes of the admin API for those who come: members, what is said of them, and their invitations."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.admin import editing, inviting
from chalicelib.members.details import Details
from chalicelib.members.versions import checked_basis
from chalicelib.web.api import json_answers
from chalicelib.web.api.routing import Call, route

if TYPE_CHECKING:
    from chalicelib.web.api.contract import member_records, outcome_records

api = Blueprint(__name__)

# A list of 2 MB, which may be twice as long or longer as JSON; Lambda takes 6 MB.
MAXIMUM_IMPORT = 5_000_000
DETAILS = ("email", "until")


@route(api, "/admin/members", "POST")
def create_member(call: Call) -> "member_records.CreatedMember":
    """Create a member. Creates the IAM user, in the baseline group only, without an invitation. A member is left
    unchanged.
    """
    sent = call.body("user_name", "groups", *DETAILS)
    created = inviting.create_member(
        call.admin_request,
        user_name=sent.text("user_name"),
        groups=sent.names("groups"),
        details=_details(sent),
    )
    return {"member": json_answers.member_answer(created, call.now, call.portal.settings)}


@route(api, "/admin/members/{user_name}/details", "PUT")
def set_details(call: Call) -> "member_records.ChangedDetails":
    """Change a member's details. The address for mail, and the day on which access ends: what is sent of them.
    Another address ends the links that were mailed to the one before. Repeating it changes nothing.
    """
    sent = call.body(*DETAILS, "basis")
    edited = editing.edit(
        call.admin_request,
        user_name=call.path["user_name"],
        details=_details(sent),
        basis=checked_basis(sent.text("basis")),
    )
    return {
        "member": json_answers.member_answer(edited.member, call.now, call.portal.settings),
        "mailed_links": edited.mailed_links,
    }


@route(api, "/admin/invitations", "POST")
def create_invitation(call: Call) -> "outcome_records.Invitation":
    """Invite a member. Creates the IAM user where needed, and a new link, which ends the old one. Where the
    portal sends mail and the member has an address, the link goes there, and the answer does not have it.
    """
    known = ("user_name", "groups", "passcode", "token", "chosen_passcode", "unless_invited", "basis", "mail")
    sent = call.body(*known, *DETAILS)
    new = inviting.invite(
        call.admin_request,
        user_name=sent.text("user_name"),
        groups=sent.names("groups"),
        with_passcode=sent.flag("passcode"),
        token=sent.text_or_none("token"),
        chosen_passcode=sent.text_or_none("chosen_passcode"),
        unless_invited=sent.flag("unless_invited"),
        basis=sent.text_or_none("basis"),
        details=_details(sent),
        by_mail=sent.flag_or_none("mail"),
    )
    return json_answers.invitation_answer(call.portal.settings, new)


@route(api, "/admin/invitations/revoke", "POST")
def revoke_invitation(call: Call) -> "outcome_records.Revocation":
    """Revoke an invitation. Ends the member's link, and the session that began with it. Repeating it changes
    nothing.
    """
    sent = call.body("user_name", "basis")
    name, basis = sent.text("user_name"), checked_basis(sent.text("basis"))
    revoked = inviting.revoke(call.admin_request, user_name=name, basis=basis)
    return {"user_name": revoked.user_name}


@route(api, "/admin/imports/check", "POST", maximum_body=MAXIMUM_IMPORT)
def check_import(call: Call) -> "outcome_records.CheckedImport":
    """Check a list of members. Nothing is changed."""
    from chalicelib.admin import import_plan  # here, to keep csv off the cold start

    text = call.body("csv").text("csv", None)
    checked = import_plan.check(call.admin_request, text)
    return json_answers.import_answer(checked)


def _details(sent: Call) -> Details:
    return Details(sent.text_or_none("email"), sent.text_or_none("until"))
