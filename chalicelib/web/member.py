"""The member's pages, in the order of the journey."""

from dataclasses import dataclass
from typing import Any

from chalice.app import Blueprint, Response
from markupsafe import Markup

from chalicelib import access_keys, aws_config, mfa, onboarding, qr, tool_profiles
from chalicelib.access_keys import AlreadyIssued
from chalicelib.errors import PasscodeRefused
from chalicelib.invitations import token_from
from chalicelib.members import Member
from chalicelib.onboarding import Accepted, AskForCodes, ShowQRCode
from chalicelib.ports import AccessKey
from chalicelib.web.merging import shells
from chalicelib.web.pages import Form, download_link, html, page, see_other
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


@dataclass(frozen=True, slots=True)
class Profile:
    """A role as the config page shows it; ``hours`` is how long one MFA code lasts."""

    name: str
    account_id: str
    role_name: str
    hours: str


@page(pages, "/start", "GET")
def show_start(visit: Visit) -> Response:
    return _start_page(visit)


@page(pages, "/start", "POST")
def open_invitation(visit: Visit) -> Response:
    token = token_from(visit.form.get("token", ""))
    if not token:
        return _start_page(visit, status=400, problem="missing")
    passcode = visit.form.get("passcode")
    try:
        cookie = onboarding.open_invitation(
            visit.portal.members, token, passcode, visit.now, source_ip=visit.source_ip
        )
    except PasscodeRefused as refused:
        problem = "passcode" if passcode else None
        return _start_page(visit, status=403 if problem else 200, token=token, problem=problem, refused=refused)
    return see_other(visit, "register-device", session_cookie=cookie)


@page(pages, "/register-device", "GET")
def show_register_device(visit: Visit) -> Response:
    """Without asking AWS anything: the session is looked at when the member goes on."""
    visit.check_session()
    return html(visit, "register-device", step="register")


@page(pages, "/register-device", "POST")
def register_device(visit: Visit) -> Response:
    portal = visit.portal
    return _proof_page(visit, onboarding.register_device(portal.members, portal.iam, visit.session, visit.now))


@page(pages, "/codes", "GET")
def show_codes(visit: Visit) -> Response:
    """The QR code is part of an answer and nowhere else, so there is nothing to come back to."""
    return _where_the_member_is(visit)


@page(pages, "/codes", "POST")
def prove_device(visit: Visit) -> Response:
    portal, form = visit.portal, visit.form
    if "code1" not in form:  # the language switch
        shown = onboarding.show_again(portal.members, visit.session, form.get("seed", ""), visit.now)
        return _proof_page(visit, shown)
    outcome = onboarding.prove_device(
        portal.members,
        portal.iam,
        visit.session,
        seed=form.get("seed", ""),
        code1=mfa.normalised(form["code1"]),
        code2=mfa.normalised(form.get("code2", "")),
        now=visit.now,
    )
    return _proof_page(visit, outcome)


@page(pages, "/existing-device", "GET")
def show_existing_device(visit: Visit) -> Response:
    return _where_the_member_is(visit)


@page(pages, "/existing-device", "POST")
def prove_existing_device(visit: Visit) -> Response:
    portal, form = visit.portal, visit.form
    outcome = onboarding.prove_existing_device(
        portal.members,
        portal.iam,
        visit.session,
        code1=mfa.normalised(form.get("code1", "")),
        code2=mfa.normalised(form.get("code2", "")),
        now=visit.now,
    )
    return _proof_page(visit, outcome)


@page(pages, "/access-key", "GET")
def show_access_key(visit: Visit) -> Response:
    return _access_key_page(visit, _accepted(visit))


@page(pages, "/access-key", "POST")
def issue_access_key(visit: Visit) -> Response:
    portal = visit.portal
    replace = visit.form.get("replace") == "yes"
    outcome = access_keys.issue_access_key(portal.members, portal.iam, visit.session, visit.now, replace=replace)
    if isinstance(outcome, AlreadyIssued):
        return _access_key_page(visit, outcome.member)
    return _config_page(visit, outcome.member, outcome.access_key)


@page(pages, "/config", "GET")
def show_config(visit: Visit) -> Response:
    return _config_page(visit, _accepted(visit), None)


@page(pages, "/done", "GET")
def show_done(visit: Visit) -> Response:
    member = _accepted(visit)
    source, roles = _profiles(visit, member)
    return html(
        visit,
        "done",
        step="done",
        user_name=member.user_name,
        serial_number=member.serial_number,
        source_profile=source.name,
        profile=roles[0].name if roles else None,
    )


def _where_the_member_is(visit: Visit) -> Response:
    member = onboarding.current(visit.portal.members, visit.session, visit.now)
    return see_other(visit, "access-key" if member.accepted_at else "register-device")


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
        passcode_asked=refused is not None,
        tries_left=refused.tries_left if refused else None,
        switch_form=Form(visit.url("start"), {"token": token}) if token else None,
    )


def _proof_page(visit: Visit, outcome: Accepted | ShowQRCode | AskForCodes) -> Response:
    match outcome:
        case Accepted(member):
            return _access_key_page(visit, member)
        case ShowQRCode():
            return _qr_code_page(visit, outcome)
        case AskForCodes(member, serial_number, refusal):
            return html(
                visit,
                "existing-device",
                status=400 if refusal else 200,
                step="codes",
                user_name=member.user_name,
                serial_number=serial_number,
                refusal=refusal,
                seconds_left=mfa.seconds_left(visit.now.timestamp()),
                switch_form=Form(visit.url("register-device"), {}),
            )


def _qr_code_page(visit: Visit, outcome: ShowQRCode) -> Response:
    name = outcome.member.user_name
    uri = mfa.provisioning_uri(seed=outcome.seed, user_name=name, issuer=visit.settings.organisation)
    return html(
        visit,
        "codes",
        status=400 if outcome.refusal else 200,
        step="codes",
        user_name=name,
        provisioning_uri=uri,
        qr_svg=Markup(qr.svg(uri)),  # noqa: S704 -- made of numbers only
        seed=outcome.seed,
        secret_key=mfa.grouped(outcome.seed),
        refusal=outcome.refusal,
        seconds_left=mfa.seconds_left(visit.now.timestamp()),
        earlier_entry=outcome.has_earlier_entry,
        switch_form=Form(visit.url("codes"), {"seed": outcome.seed}),
    )


def _access_key_page(visit: Visit, member: Member) -> Response:
    return html(
        visit,
        "access-key",
        step="access_key",
        user_name=member.user_name,
        issued_key_id=member.access_key_id,
    )


def _config_page(visit: Visit, member: Member, access_key: AccessKey | None) -> Response:
    source, roles = _profiles(visit, member)
    config = aws_config.rendered(source, roles)
    # A secret is in this answer and nowhere else: changing the language would lose it.
    only_once: dict[str, Any] = {"switches": ()} if access_key else {}
    return html(
        visit,
        "config",
        step="config",
        user_name=member.user_name,
        source_profile=source.name,
        access_key=access_key,
        credentials_text=access_key
        and aws_config.rendered_credentials(source.name, access_key.access_key_id, access_key.secret_access_key),
        config_text=config,
        config_href=download_link(config),
        process_text=tool_profiles.with_process(source, roles),
        process_profile=next(iter(tool_profiles.process_names(source, roles)), None),
        switch_roles_text=tool_profiles.switch_roles(source, roles),
        shells=shells(visit, member.user_name, source, roles),
        profiles=_profile_cards(visit, member),
        **only_once,
    )


def _profile_cards(visit: Visit, member: Member) -> list[Profile]:
    return [
        Profile(
            name=role.profile,
            account_id=role.account_id,
            role_name=role.role_name,
            hours=f"{role.maximum_session_seconds / 3600:g}",
        )
        for role in visit.settings.roles_of(_groups(visit, member))
    ]


def _accepted(visit: Visit) -> Member:
    return onboarding.accepted(visit.portal.members, visit.session, visit.now)


def _profiles(visit: Visit, member: Member) -> tuple[aws_config.SourceProfile, tuple[aws_config.RoleProfile, ...]]:
    return aws_config.profiles(
        visit.settings,
        user_name=member.user_name,
        groups=_groups(visit, member),
        serial_number=member.serial_number or "",
    )


def _groups(visit: Visit, member: Member) -> list[str]:
    """The groups that the organisation still has: it may have given one up since the invitation."""
    known = {group.name for group in visit.settings.groups}
    return [name for name in member.groups if name in known]
