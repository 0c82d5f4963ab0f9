"""Replacing the access key on the member's own page; the new one is shown with the config, this once."""

from chalice.app import Blueprint, Response

from chalicelib.journey import access_keys, replacing_key
from chalicelib.journey.access_keys import Issued
from chalicelib.members import mfa
from chalicelib.members.record import Member
from chalicelib.settings.records import Credentials
from chalicelib.web.member.config_page import check_offered
from chalicelib.web.member.mfa_pages import member_request
from chalicelib.web.own.own_config_page import own_config_page
from chalicelib.web.own.own_visit import OwnVisit, own_view
from chalicelib.web.own.proof_form import proof_page, proved

pages = Blueprint(__name__)


@own_view(pages, "/me/replace-key", "GET")
def show_replace_key(visit: OwnVisit) -> Response:
    return _replace_key_page(visit)


@own_view(pages, "/me/replace-key", "POST")
def replace_key(visit: OwnVisit) -> Response:
    check_offered(visit.settings, Credentials.ACCESS_KEY)
    member = proved(visit)
    if isinstance(member, mfa.Refusal):
        return _replace_key_page(visit, member)
    deleted = visit.form.get("deleted") or None
    outcome = replacing_key.replace_key(member_request(visit), visit.session, member, deleted=deleted)
    if isinstance(outcome, Issued):
        return own_config_page(visit, outcome.member, Credentials.ACCESS_KEY, outcome.access_key)
    return _replace_key_page(visit, member=outcome.member)


def _replace_key_page(
    visit: OwnVisit, refusal: mfa.Refusal | None = None, *, member: Member | None = None
) -> Response:
    check_offered(visit.settings, Credentials.ACCESS_KEY)
    iam, name = visit.portal.iam, visit.member.user_name
    keys = sorted(iam.access_keys(name), key=lambda key: key.created_at)
    return proof_page(
        visit,
        "replace-key",
        {},
        refusal,
        member=member,
        keys=keys,
        is_full=len(keys) >= access_keys.MOST_KEYS,
        deleted=visit.form.get("deleted") if visit.method == "POST" else None,
        former_hours=int(replacing_key.FORMER_LASTS.total_seconds() // 3600),
    )
