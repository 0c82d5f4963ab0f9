"""The credentials page: it issues an access key, or shows what else the organisation offers."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.aws.access_key_claims import AccessKeyClaims
from chalicelib.journey import access_keys
from chalicelib.journey.access_keys import Issued
from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession
from chalicelib.settings.records import Credentials
from chalicelib.web.html import html, page, see_other
from chalicelib.web.member.config_page import accepted, check_offered, config_page, href
from chalicelib.web.steps import has_step
from chalicelib.web.visits import Visit

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable

pages = Blueprint(__name__)


@page(pages, "/access-key", "GET")
def show_access_key(visit: Visit) -> Response:
    member = accepted(visit)
    # The settings may have changed since the page that led here.
    is_step = has_step("access_key", visit.settings)
    return access_key_page(visit, member) if is_step else see_other(visit, "config")


def _claimed(members: "MembersTable", session: MemberSession, now: datetime) -> Member:
    return access_keys.begin_issuing(AccessKeyClaims(members), session, now)


@page(pages, "/access-key", "POST", look_up=_claimed)
def issue_access_key(visit: Visit) -> Response:
    portal = visit.portal
    check_offered(visit.settings, Credentials.ACCESS_KEY)
    replace = visit.form.get("replace") or None
    outcome = access_keys.issue_access_key(
        portal.access_key_claims,
        portal.iam,
        visit.session,
        visit.member,
        visit.now,
        present=portal.now,
        source_ip=visit.source_ip,
        replace=replace,
    )
    if isinstance(outcome, Issued):
        return config_page(visit, outcome.member, Credentials.ACCESS_KEY, outcome.access_key)
    return _shown(visit, outcome.member, outcome.access_keys)


def access_key_page(visit: Visit, member: Member) -> Response:
    """What the member may choose from; with the access key that there is already."""
    if Credentials.ACCESS_KEY not in visit.settings.credentials:
        return _shown(visit, member, ())
    attempts = member.access_key_attempts
    return _shown(visit, member, access_keys.access_keys(visit.portal.iam, member, attempts=attempts))


def _shown(visit: Visit, member: Member, keys: Collection[AccessKeyInfo]) -> Response:
    own, before = access_keys.present_key(member, keys), access_keys.from_before(member, keys)
    # Where the journey has issued a key, that is the one to go on with, or to replace.
    kept = before if own is None or own in before else ()
    return html(
        visit,
        "access-key",
        step="access_key",
        user_name=member.user_name,
        offered=visit.settings.credentials,
        browser_href=href(visit, "done", Credentials.NONE),
        hrefs={kind.value: href(visit, "config", kind) for kind in visit.settings.credentials},
        access_key=own,
        kept_keys=kept,
        has_room=len(before) < access_keys.MOST_KEYS,
        ages={key.access_key_id: max(0, (visit.now - key.created_at).days) for key in keys},
        # A recorded key that is no longer active is replaced by issuing another.
        replace=own.access_key_id if own and own not in kept else member.access_key_id,
        has_console=visit.settings.console_password,
        has_password=visit.knows_password,
    )
