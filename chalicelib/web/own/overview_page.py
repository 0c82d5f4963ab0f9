"""The member's own page at a glance: devices, access keys, groups and roles."""

from collections.abc import Iterable
from dataclasses import replace

from chalice.app import Blueprint, Response

from chalicelib.journey import further_devices, replacing_key
from chalicelib.members.enabled_devices import enabled_devices
from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.record import Member
from chalicelib.profiles import aws_console
from chalicelib.settings.records import Credentials
from chalicelib.web.html import see_other
from chalicelib.web.member.key_ends import ends_of
from chalicelib.web.member.mfa_pages import member_request
from chalicelib.web.own.own_visit import OwnVisit, own_html, own_view

pages = Blueprint(__name__)
# What was done just now, as the address tells: a reload does it no second time.
_DONE = frozenset({"removed", "confirmed"})


@own_view(pages, "/me/overview", "GET")
def show_overview(visit: OwnVisit) -> Response:
    request, settings = member_request(visit), visit.settings
    found = request.iam.all_devices(visit.member.user_name)
    member = further_devices.config_device(visit.member, [one.serial_number for one in found if not one.is_passkey])
    keys = _used(visit, member) if Credentials.ACCESS_KEY in settings.credentials else ()
    done = visit.query.get("done")
    return own_html(
        visit,
        "own/overview",
        here="me/overview",
        user_name=member.user_name,
        done=done if done in _DONE else None,
        devices=enabled_devices(member, found),
        device_ages={device.serial_number: max(0, (visit.now - device.enabled_at).days) for device in found},
        has_room=len(found) < further_devices.MOST_DEVICES,
        is_key_offered=Credentials.ACCESS_KEY in settings.credentials,
        keys=keys,
        ages={key.access_key_id: max(0, (visit.now - key.created_at).days) for key in keys},
        ends=ends_of(visit.settings, member, keys),
        former_key_id=member.former_key_id if _is_active(keys, member.former_key_id) else None,
        former_ends_at=member.former_key_ends_at,
        former_hours=int(replacing_key.FORMER_LASTS.total_seconds() // 3600),
        groups=settings.present(member.groups),
        roles=settings.roles_of(settings.present(member.groups)),
        has_console=settings.console_password,
        sign_in_href=aws_console.sign_in_url(settings.identity_account, settings.partition),
    )


@own_view(pages, "/me/confirm-key", "POST")
def confirm_key(visit: OwnVisit) -> Response:
    replacing_key.confirm_key(member_request(visit), visit.session, visit.member)
    return see_other(visit, "me/overview", query={"done": "confirmed"})


def _used(visit: OwnVisit, member: Member) -> tuple[AccessKeyInfo, ...]:
    """The member's access keys, with their last use."""
    iam, name = visit.portal.iam_administration, member.user_name
    return tuple(
        replace(key, last_used_at=iam.last_used_at(name, key.access_key_id))
        for key in sorted(iam.access_keys(name), key=lambda key: key.created_at)
    )


def _is_active(keys: Iterable[AccessKeyInfo], access_key_id: str | None) -> bool:
    return any(key.is_active for key in keys if key.access_key_id == access_key_id)
