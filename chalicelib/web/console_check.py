"""The console's check of one member: what of groups and roles is in place. It changes nothing."""

from chalice.app import Blueprint, Response

from chalicelib.admin.changing_groups import existing
from chalicelib.web.console import console_page
from chalicelib.web.console_visits import ConsoleVisit, console_html, sent_again

pages = Blueprint(__name__)


@console_page(pages, "/console/check", "POST")
def check(visit: ConsoleVisit) -> Response:
    from chalicelib.admin import checking  # here, to keep it off the cold start

    portal = visit.portal
    member = existing(portal.members, visit.user_name)
    found = checking.check(portal.iam, visit.settings, member, visit.now)
    return console_html(visit, "check", check=found, hours=checking.hours, switch_form=sent_again(visit))
