"""Another device, beside the one there is or in its place, and removing one of several."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.journey import device_proof, further_devices, onboarding
from chalicelib.journey.further_devices import NoRoom
from chalicelib.journey.onboarding import Accepted, AskForCodes, AskForFreshCodes, Outcome, ShowQRCode
from chalicelib.members import mfa
from chalicelib.web.html import see_other
from chalicelib.web.member.mfa_pages import (
    drift_of,
    fresh_codes_values,
    member_request,
    qr_code_values,
    typed_codes,
)
from chalicelib.web.own.own_visit import OwnVisit, own_html, own_view
from chalicelib.web.own.proof_form import proof_page, proved
from chalicelib.web.trying_again import Form

pages = Blueprint(__name__)


@own_view(pages, "/me/add-device", "GET")
def show_add_device(visit: OwnVisit) -> Response:
    return _add_device_page(visit, visit.query.get("instead_of", ""))


@own_view(pages, "/me/add-device", "POST")
def add_device(visit: OwnVisit) -> Response:
    instead_of = visit.form.get("instead_of", "")
    member = proved(visit)
    if isinstance(member, mfa.Refusal):
        return _add_device_page(visit, instead_of, member)
    outcome = further_devices.begin(member_request(visit), visit.session, member, instead_of=instead_of or None)
    if isinstance(outcome, NoRoom):
        return _add_device_page(visit, instead_of, is_full=True)
    return _registration_page(visit, outcome, instead_of)


@own_view(pages, "/me/codes", "GET")
def show_codes(visit: OwnVisit) -> Response:
    return _back(visit)


@own_view(pages, "/me/codes", "POST")
def enable_device(visit: OwnVisit) -> Response:
    form, request, member = visit.form, member_request(visit), visit.member
    seed, instead_of = form.get("seed", ""), form.get("instead_of", "")
    device = further_devices.further_device(request, visit.session, member, instead_of=instead_of or None)
    if "code1" not in form:  # the language switch
        shown = onboarding.show_again(member, seed, is_done=device.is_done)
        return _registration_page(visit, shown, instead_of)
    outcome = device_proof.prove_device(request, member, device, seed=seed, **typed_codes(visit))
    return _registration_page(visit, outcome, instead_of)


@own_view(pages, "/me/fresh-codes", "GET")
def show_fresh_codes(visit: OwnVisit) -> Response:
    return _back(visit)


@own_view(pages, "/me/fresh-codes", "POST")
def enable_with_fresh_codes(visit: OwnVisit) -> Response:
    form, request, member = visit.form, member_request(visit), visit.member
    seed, instead_of, drift = form.get("seed", ""), form.get("instead_of", ""), drift_of(form.get("drift", ""))
    device = further_devices.further_device(request, visit.session, member, instead_of=instead_of or None)
    if "code1" not in form:  # the language switch
        asked = device_proof.ask_again_for_fresh_codes(member, seed, drift, is_done=device.is_done)
        return _registration_page(visit, asked, instead_of)
    codes = typed_codes(visit)
    outcome = device_proof.prove_with_fresh_codes(request, member, device, seed=seed, drift=drift, **codes)
    return _registration_page(visit, outcome, instead_of)


@own_view(pages, "/me/remove-device", "GET")
def show_remove_device(visit: OwnVisit) -> Response:
    """NotTheirs for a device that they do not have, as in a page from before it was removed."""
    serial_number = visit.query.get("serial_number", "")
    further_devices.check_theirs(member_request(visit), visit.member, serial_number)
    return _remove_device_page(visit, serial_number)


@own_view(pages, "/me/remove-device", "POST")
def remove_device(visit: OwnVisit) -> Response:
    serial_number = visit.form.get("serial_number", "")
    member = proved(visit)
    if isinstance(member, mfa.Refusal):
        return _remove_device_page(visit, serial_number, member)
    further_devices.remove(member_request(visit), visit.session, member, serial_number)
    return see_other(visit, "me/overview", query={"done": "removed"})


def _back(visit: OwnVisit) -> Response:
    """The QR code is in an answer only, so there is no page to come back to."""
    visit.check_session()
    return see_other(visit, "me/overview")


def _kept(instead_of: str) -> dict[str, str]:
    """The fields that each page passes on: which device the new one replaces."""
    return {"instead_of": instead_of} if instead_of else {}


def _add_device_page(
    visit: OwnVisit, instead_of: str, refusal: mfa.Refusal | None = None, *, is_full: bool = False
) -> Response:
    return proof_page(visit, "add-device", _kept(instead_of), refusal, instead_of=instead_of, is_full=is_full)


def _remove_device_page(visit: OwnVisit, serial_number: str, refusal: mfa.Refusal | None = None) -> Response:
    fields = {"serial_number": serial_number}
    return proof_page(visit, "remove-device", fields, refusal, but=serial_number, serial_number=serial_number)


def _registration_page(visit: OwnVisit, outcome: Outcome, instead_of: str) -> Response:
    kept = _kept(instead_of)
    member = outcome.member
    entry_name = onboarding.first_name(member)
    common: dict[str, Any] = {
        "here": "me/overview",
        "codes_page": "me/codes",
        "anew_page": "me/add-device",
        "also_kept": kept,
    }
    match outcome:
        case Accepted(clock=clock):
            return own_html(
                visit,
                "own/device-added",
                here="me/overview",
                switches=(),
                user_name=member.user_name,
                clock=clock,
                instead_of=instead_of,
            )
        case ShowQRCode():
            values = qr_code_values(visit, outcome, entry_name)
            switch_form = Form(visit.form_action("me/codes"), {"seed": outcome.seed, **kept})
            return own_html(visit, "qr-code", switch_form=switch_form, **common, **values)
        case AskForFreshCodes():
            values = fresh_codes_values(visit, outcome, entry_name)
            fields = {**values["kept"], **kept}
            switch_form = Form(visit.form_action("me/fresh-codes"), fields)
            common |= {"codes_page": "me/fresh-codes"}
            return own_html(visit, "fresh-codes", switch_form=switch_form, **common, **{**values, "kept": fields})
        case AskForCodes():  # another tab has begun to add another device
            replaced = ShowQRCode(member, visit.form.get("seed", ""), mfa.Refusal(mfa.Reason.DEVICE_REPLACED))
            return _registration_page(visit, replaced, instead_of)
