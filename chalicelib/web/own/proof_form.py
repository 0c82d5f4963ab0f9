"""Two codes of a device that works, which every change on the member's own page begins with."""

from typing import Any

from chalice.app import Response

from chalicelib.journey import own_page
from chalicelib.members import mfa
from chalicelib.members.enabled_devices import EnabledDevice, enabled_devices
from chalicelib.members.own_sessions import proved_device
from chalicelib.members.record import Member
from chalicelib.web.member.mfa_pages import member_request, typed_codes
from chalicelib.web.own.own_visit import OwnVisit, own_html
from chalicelib.web.trying_again import Form


def proved(visit: OwnVisit) -> Member | mfa.Refusal:
    """The member, if the form's codes prove the device that it names. Without codes, there is a proof already."""
    form = visit.form
    if "code1" not in form:
        return visit.member
    return own_page.prove(
        member_request(visit),
        visit.session,
        visit.member,
        serial_number=form.get("proved_by", ""),
        **typed_codes(visit),
    )


def provable(visit: OwnVisit, *, but: str | None = None) -> list[EnabledDevice]:
    """The devices that show codes, the one in the config first; without the one that is to go."""
    found = visit.portal.iam.devices(visit.member.user_name)
    listed = [device for device in enabled_devices(visit.member, found) if device.serial_number != but]
    return sorted(listed, key=lambda device: not device.is_in_config)


def proof_page(
    visit: OwnVisit,
    name: str,
    fields: dict[str, str],
    refusal: mfa.Refusal | None = None,
    *,
    member: Member | None = None,
    but: str | None = None,
    **values: Any,
) -> Response:
    """The page of ``templates/own/<name>.html``, whose form has two codes, and ``fields`` that it keeps.

    ``member`` is the record if it has changed since the request began.
    """
    member = member or visit.member
    proof = proved_device(member, visit.now)
    has_proof = refusal is None and proof is not None and proof != but
    asked = visit.form.get("proved_by") if visit.method == "POST" else None
    devices = provable(visit, but=but)
    used = next((device for device in devices if device.serial_number == asked), devices[0] if devices else None)
    return own_html(
        visit,
        f"own/{name}",
        here="me/overview",
        status=400 if refusal else 200,
        has_proof=has_proof,
        provable=devices,
        entry_name=used.name if used else "",
        stays=but is not None,
        proved_by=asked,
        fields=fields,
        refusal=refusal,
        seconds_left=mfa.seconds_left(visit.now.timestamp()),
        switch_form=Form(visit.url(f"me/{name}"), fields, method="get"),
        **values,
    )
