"""The page of the credentials: an access key to issue, or whatever else the organisation offers."""

from collections.abc import Iterable

from chalice.app import Blueprint, Response

from chalicelib import access_keys
from chalicelib.access_keys import Issued
from chalicelib.members import Member
from chalicelib.organisation import Credentials
from chalicelib.ports import AccessKeyInfo
from chalicelib.web.config_page import accepted, check_offered, config_page, href
from chalicelib.web.pages import html, page
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


@page(pages, "/access-key", "GET")
def show_access_key(visit: Visit) -> Response:
    return access_key_page(visit, accepted(visit))


@page(pages, "/access-key", "POST")
def issue_access_key(visit: Visit) -> Response:
    portal = visit.portal
    check_offered(visit.settings, Credentials.ACCESS_KEY)
    replace = visit.form.get("replace") == "yes"
    outcome = access_keys.issue_access_key(portal.members, portal.iam, visit.session, visit.now, replace=replace)
    if isinstance(outcome, Issued):
        return config_page(visit, outcome.member, Credentials.ACCESS_KEY, outcome.access_key)
    return _shown(visit, outcome.member, outcome.access_keys)


def access_key_page(visit: Visit, member: Member) -> Response:
    """What the member may choose from; with the access key that there is already."""
    if Credentials.ACCESS_KEY not in visit.settings.credentials:
        return _shown(visit, member, ())
    attempts = member.access_key_attempts
    return _shown(visit, member, access_keys.access_keys(visit.portal.iam, member, attempts=attempts))


def _shown(visit: Visit, member: Member, keys: Iterable[AccessKeyInfo]) -> Response:
    # The one that the journey has issued, else the newest.
    active = [key for key in sorted(keys, key=lambda key: key.created_at, reverse=True) if key.is_active]
    own = next((key for key in active if key.access_key_id == member.access_key_id), next(iter(active), None))
    return html(
        visit,
        "access-key",
        step="access_key",
        user_name=member.user_name,
        offered=visit.settings.credentials,
        hrefs={kind.value: href(visit, "config", kind) for kind in visit.settings.credentials},
        access_key=own,
        age_days=max(0, (visit.now - own.created_at).days) if own else None,
        is_replaced=member.access_key_id is not None,
    )
