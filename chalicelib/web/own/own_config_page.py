"""The config on the member's own page: the one of the journey, without its steps."""

from chalice.app import Blueprint, Response

from chalicelib.errors import NotOffered
from chalicelib.journey import further_devices
from chalicelib.members.iam_records import AccessKey
from chalicelib.members.record import Member
from chalicelib.settings.records import Credentials
from chalicelib.web.html import see_other
from chalicelib.web.member.config_page import asked_daily, chosen, config_values, href
from chalicelib.web.own.own_visit import OwnVisit, own_html, own_view

pages = Blueprint(__name__)


@own_view(pages, "/me/config", "GET")
def show_own_config(visit: OwnVisit) -> Response:
    """The config names a device that is there, whatever was removed in IAM since."""
    member = visit.member
    devices = [device.serial_number for device in visit.portal.iam.devices(member.user_name)]
    member = further_devices.config_device(member, devices)
    return own_config_page(visit, member, chosen(visit, member))


@own_view(pages, "/me/config", "POST")
def choose_own_daily(visit: OwnVisit) -> Response:
    """Keep how the member wants to work, and show the config for it."""
    daily = asked_daily(visit.settings, visit.form)
    if daily is None:
        raise NotOffered
    member = visit.member
    visit.portal.own_page.record_daily(visit.session, daily.value, visit.now)
    return see_other(visit, "me/config", query={"credentials": chosen(visit, member).value, "changed": "yes"})


def own_config_page(
    visit: OwnVisit, member: Member, kind: Credentials, access_key: AccessKey | None = None
) -> Response:
    """With ``access_key``, which is shown this once, its secret in all forms, too."""
    return own_html(
        visit,
        "config",
        here="me/config",
        key_href=visit.url("me/replace-key"),
        daily_href=visit.owned(href(visit, "me/config", kind)),
        done_href=visit.url("me/overview"),
        is_own_page=True,
        **config_values(visit, member, kind, access_key),
    )
