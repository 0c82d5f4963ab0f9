"""The page where a member has the portal check that everything is in place. It changes nothing."""

from chalice.app import Blueprint, Response

from chalicelib.settings.records import Credentials
from chalicelib.web.html import html, page, see_other
from chalicelib.web.member.config_page import accepted, chosen, href
from chalicelib.web.trying_again import Form, tries
from chalicelib.web.visits import Visit
from chalicelib.words import hours

pages = Blueprint(__name__)
# Seconds; AWS needs about a minute.
CHECKED_EVERY, MAXIMUM_CHECKS = 6, 10


@page(pages, "/check", "GET")
def show_check(visit: Visit) -> Response:
    """There is nothing to show before AWS was asked, which needs a POST."""
    return see_other(visit, "done")


@page(pages, "/check", "POST")
def check(visit: Visit) -> Response:
    from chalicelib.admin import checking  # here, to keep it off the cold start

    portal, member = visit.portal, accepted(visit)
    found = checking.check(portal.iam_administration, visit.settings, member, visit.now)
    asked = visit.form.get("credentials")
    kind = Credentials(asked) if asked in visit.settings.credentials else chosen(visit, member)
    fields = {"credentials": kind.value}
    return html(
        visit,
        "check",
        step="done",
        check=found,
        hours=hours,
        retry=Form(
            visit.url("check"),
            fields | {"tries": str(tries(visit) + 1)},
            seconds=CHECKED_EVERY if found.may_be_propagating and tries(visit) < MAXIMUM_CHECKS else None,
        ),
        back_href=href(visit, "done", kind),
        switch_form=Form(visit.form_action("check"), fields),
    )
