"""The member's pages until MFA is proved, in the order of the journey."""

import re
from typing import Any

from chalice.app import Blueprint, Response
from markupsafe import Markup

from chalicelib.arns import device_name_of
from chalicelib.errors import InvitationNotFound, PasscodeRefused
from chalicelib.journey import device_proof, onboarding
from chalicelib.journey.onboarding import Accepted, AskForCodes, AskForFreshCodes, Outcome, ShowQRCode
from chalicelib.members import mfa
from chalicelib.members.link_tokens import EXAMPLE_TOKEN, invitation_tokens
from chalicelib.members.sessions import session_from
from chalicelib.requests import MemberRequest
from chalicelib.web import qr
from chalicelib.web.html import html, page, see_other
from chalicelib.web.member.access_key_page import access_key_page
from chalicelib.web.steps import page_after
from chalicelib.web.trying_again import Form, first_sent_at
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


@page(pages, "/start", "GET")
def show_start(visit: Visit) -> Response:
    return _start_page(visit)


@page(pages, "/start", "POST", begins_session=True)
def open_invitation(visit: Visit) -> Response:
    pasted, passcode = visit.form.get("token", ""), visit.form.get("passcode")
    tokens = invitation_tokens(pasted)
    if len(tokens) != 1:
        problem = "several" if tokens else "none_found" if pasted.strip() else "missing"
        visit.outcome = "ok" if problem == "missing" else InvitationNotFound.code
        return _start_page(visit, status=400, token=pasted.strip(), problem=problem)
    try:
        cookie = onboarding.open_invitation(
            visit.portal.members,
            tokens[0],
            passcode,
            visit.now,
            source_ip=visit.source_ip,
            mails=visit.portal.mails,
            language=visit.language if visit.settings.mail else None,
        )
    except PasscodeRefused as refused:
        visit.outcome = refused.code if passcode else "ok"
        wrong, status = ("passcode", 403) if passcode else (None, 200)
        return _start_page(visit, status=status, token=pasted, problem=wrong, refused=refused)
    visit.begin(session_from(cookie))
    return see_other(visit, "register-device", session_cookie=cookie)


@page(pages, "/register-device", "GET")
def show_register_device(visit: Visit) -> Response:
    """AWS is not asked: the session is checked when the member goes on."""
    visit.check_session()
    return html(visit, "register-device", step="register")


@page(pages, "/register-device", "POST", look_up=onboarding.begin_registering)
def register_device(visit: Visit) -> Response:
    return _proof_page(visit, onboarding.register_device(member_request(visit), visit.session, visit.member))


@page(pages, "/codes", "GET")
def show_codes(visit: Visit) -> Response:
    """The QR code is in an answer only, so there is no page to come back to."""
    return _where_the_member_is(visit)


@page(pages, "/codes", "POST")
def prove_device(visit: Visit) -> Response:
    form, request = visit.form, member_request(visit)
    seed, device = form.get("seed", ""), device_proof.first_device(request, visit.member)
    if "code1" not in form:  # the language switch
        return _proof_page(visit, onboarding.show_again(visit.member, seed, is_done=device.is_done))
    outcome = device_proof.prove_device(request, visit.member, device, seed=seed, **typed_codes(visit))
    return _proof_page(visit, outcome)


@page(pages, "/existing-device", "GET")
def show_existing_device(visit: Visit) -> Response:
    return _where_the_member_is(visit)


@page(pages, "/existing-device", "POST")
def prove_existing_device(visit: Visit) -> Response:
    outcome = device_proof.prove_existing_device(member_request(visit), visit.member, **typed_codes(visit))
    return _proof_page(visit, outcome)


@page(pages, "/fresh-codes", "GET")
def show_fresh_codes(visit: Visit) -> Response:
    return _where_the_member_is(visit)


@page(pages, "/fresh-codes", "POST")
def prove_with_fresh_codes(visit: Visit) -> Response:
    form, request, member = visit.form, member_request(visit), visit.member
    seed, drift = form.get("seed", ""), drift_of(form.get("drift", ""))
    device = device_proof.first_device(request, member)
    if "code1" not in form:  # the language switch
        asked = device_proof.ask_again_for_fresh_codes(member, seed, drift, is_done=device.is_done)
        return _proof_page(visit, asked)
    outcome = device_proof.prove_with_fresh_codes(
        request, member, device, seed=seed, drift=drift, **typed_codes(visit)
    )
    return _proof_page(visit, outcome)


def member_request(visit: Visit) -> MemberRequest:
    return MemberRequest(visit.portal, visit.now, visit.source_ip, first_sent_at(visit), visit.portal.now)


def typed_codes(visit: Visit) -> dict[str, str]:
    return {name: mfa.typed_code(visit.form.get(name, "")) for name in ("code1", "code2")}


def drift_of(text: str) -> int | None:
    """How many steps the codes before were off, as the page says; None if the portal could not tell."""
    return int(text) if re.fullmatch(r"-?\d{1,4}", text, re.ASCII) else None


def _where_the_member_is(visit: Visit) -> Response:
    return see_other(visit, page_after("codes", visit.settings) if visit.member.accepted_at else "register-device")


def _start_page(
    visit: Visit,
    *,
    status: int = 200,
    token: str = "",
    problem: str | None = None,
    refused: PasscodeRefused | None = None,
) -> Response:
    return html(
        visit,
        "start",
        status=status,
        step="start",
        problem=problem,
        token_value=token,
        example_link=f"{visit.portal_url}/start#{EXAMPLE_TOKEN}",
        passcode_asked=refused is not None,
        tries_left=refused.tries_left if refused else None,
        switch_form=Form(visit.url("start"), {"token": token}) if token else None,
    )


def _proof_page(visit: Visit, outcome: Outcome) -> Response:
    match outcome:
        case Accepted(_, clock) if clock:
            next_href = visit.url(page_after("codes", visit.settings))
            return html(visit, "clock-noted", step="codes", refusal=clock, next_href=next_href, switches=())
        case Accepted(member):
            following = page_after("codes", visit.settings)
            # Nearly always it is this page, and a redirect would be one more request to wait for.
            return access_key_page(visit, member) if following == "access-key" else see_other(visit, following)
        case ShowQRCode():
            return _qr_code_page(visit, outcome)
        case AskForFreshCodes():
            return _fresh_codes_page(visit, outcome)
        case AskForCodes(member, serial_numbers, refusal):
            return html(
                visit,
                "existing-device",
                status=400 if refusal else 200,
                step="codes",
                user_name=member.user_name,
                entry_name=", ".join(map(device_name_of, serial_numbers)),
                serial_numbers=serial_numbers,
                refusal=refusal,
                seconds_left=mfa.seconds_left(visit.now.timestamp()),
                switch_form=Form(visit.form_action("register-device"), {}),
            )


def _fresh_codes_page(visit: Visit, outcome: AskForFreshCodes) -> Response:
    values = fresh_codes_values(visit, outcome, onboarding.first_name(outcome.member))
    switch_form = Form(visit.form_action("fresh-codes"), values["kept"])
    return html(visit, "fresh-codes", step="codes", switch_form=switch_form, **values)


def fresh_codes_values(visit: Visit, outcome: AskForFreshCodes, entry_name: str) -> dict[str, Any]:
    """What ``fresh-codes.html`` shows; ``entry_name`` is what the authenticator app calls the device."""
    drift = outcome.drift
    return {
        "status": 400 if outcome.refusal else 200,
        "entry_name": entry_name,
        "kept": {"seed": outcome.seed, "drift": "" if drift is None else str(drift)},
        "clock": None if drift is None else mfa.clock(drift),
        "refusal": outcome.refusal,
        "seconds_left": mfa.seconds_left(visit.now.timestamp()),
    }


def _qr_code_page(visit: Visit, outcome: ShowQRCode) -> Response:
    switch_form = Form(visit.form_action("codes"), {"seed": outcome.seed})
    values = qr_code_values(visit, outcome, onboarding.first_name(outcome.member))
    return html(visit, "qr-code", step="codes", switch_form=switch_form, **values)


def qr_code_values(visit: Visit, outcome: ShowQRCode, entry_name: str) -> dict[str, Any]:
    """What ``qr-code.html`` shows; ``entry_name`` is what the authenticator app will call the device."""
    uri = mfa.provisioning_uri(seed=outcome.seed, entry_name=entry_name, issuer=visit.settings.issuer)
    return {
        "status": 400 if outcome.refusal else 200,
        "entry_name": entry_name,
        "provisioning_uri": uri,
        "qr_svg": Markup(qr.svg(uri)),  # noqa: S704 -- made of numbers only
        "seed": outcome.seed,
        "secret_key": mfa.grouped(outcome.seed),
        "refusal": outcome.refusal,
        "seconds_left": mfa.seconds_left(visit.now.timestamp()),
        "earlier_entry": outcome.earlier_entry,
    }
