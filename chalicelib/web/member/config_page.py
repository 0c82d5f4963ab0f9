"""The last two pages of the journey: the one with the config, and the one that says what to try."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.errors import NotOffered
from chalicelib.journey import onboarding
from chalicelib.members.iam_records import AccessKey
from chalicelib.members.record import Member
from chalicelib.profiles import aws_config, aws_console, other_tools
from chalicelib.profiles.aws_config import RoleProfile, Source
from chalicelib.settings.records import Credentials, Daily, Settings
from chalicelib.web.html import download_link, html, page, see_other
from chalicelib.web.member.key_ends import end_of_config_key
from chalicelib.web.member.merge_downloads import shells
from chalicelib.web.member.scripts import own_page_commands
from chalicelib.web.visits import Visit
from chalicelib.words import hours

pages = Blueprint(__name__)


class Profile(NamedTuple):
    """A role as the config page shows it; ``hours`` is how long one MFA code lasts."""

    name: str
    account_id: str
    role_name: str
    hours: str


@page(pages, "/config", "GET")
def show_config(visit: Visit) -> Response:
    member = accepted(visit)
    return config_page(visit, member, chosen(visit, member))


@page(pages, "/config", "POST")
def choose_daily(visit: Visit) -> Response:
    """Keep how the member wants to work, and show the config for it."""
    member = accepted(visit)
    daily = asked_daily(visit.settings, visit.form)
    if daily is None:
        raise NotOffered
    visit.portal.members.record_daily(visit.session, visit.now, daily)
    # The kind of credentials in the address need not be what the config page would choose by itself.
    return see_other(visit, "config", query={"credentials": chosen(visit, member).value, "changed": "yes"})


@page(pages, "/done", "GET")
def show_done(visit: Visit) -> Response:
    member = accepted(visit)
    kind = chosen(visit, member)
    source, roles = member_profiles(visit.settings, member, kind)
    return html(
        visit,
        "done",
        step="done",
        user_name=member.user_name,
        serial_number=member.serial_number,
        credentials=kind,
        has_password=visit.knows_password,
        source_profile=source.name,
        session_profile=roles[0].source_profile if roles else None,
        profile=roles[0].name if roles else None,
        role_session_arn=roles[0].role_session_arn if roles else None,
        asks=aws_config.asks_at_roles(roles),
        morning_command=aws_config.morning_command(visit.settings, source, roles),
        ways=visit.settings.daily,
        config_href=href(visit, "config", kind),
        own_page_commands=own_page_commands(visit, member, source),
        **console_values(visit.settings, member),
    )


def console_values(settings: Settings, member: Member) -> dict[str, Any]:
    """What ``aws-console-links.html`` shows; ``has_console`` tells whether the member can use it."""
    return {
        "has_console": settings.console_password,
        "account_id": settings.identity_account,
        "sign_in_href": aws_console.sign_in_url(settings.identity_account, settings.partition),
        "switch_roles": aws_console.switch_roles(settings, member.groups),
    }


def accepted(visit: Visit) -> Member:
    """The member of the session; NotSignedIn also where MFA is not proved yet."""
    onboarding.check_accepted(visit.member)
    return visit.member


def chosen(visit: Visit, member: Member) -> Credentials:
    """The kind of credentials in the address; else what the member has, else what is offered first."""
    offered, asked = visit.settings.credentials, visit.query.get("credentials")
    if asked in offered:
        return Credentials(asked)
    has_key = member.access_key_id is not None and Credentials.ACCESS_KEY in offered
    return Credentials.ACCESS_KEY if has_key else offered[0]


def asked_daily(settings: Settings, asked: Mapping[str, str]) -> Daily | None:
    """The way to work that ``asked`` names, if the organisation has it."""
    return next((daily for daily in settings.daily if daily == asked.get("daily")), None)


def daily_of(settings: Settings, member: Member) -> Daily:
    """How the member works: as they chose, else as the organisation offers first."""
    return asked_daily(settings, {"daily": member.daily or ""}) or settings.daily[0]


def check_offered(settings: Settings, kind: Credentials) -> None:
    """NotOffered unless members may choose that kind of credentials."""
    if kind not in settings.credentials:
        raise NotOffered


def href(visit: Visit, name: str, kind: Credentials | None = None, *, has_password: bool = False) -> str:
    """The address of a page, with the kind of credentials that is chosen there.

    It passes on what this page knows about a console password; ``has_password``: if IAM was asked.
    """
    query = {"credentials": kind.value} if kind and len(visit.settings.credentials) > 1 else {}
    query |= {"has_password": "yes"} if has_password or visit.knows_password else {}
    return visit.url(name) + (f"?{urlencode(query)}" if query else "")


def config_page(visit: Visit, member: Member, kind: Credentials, access_key: AccessKey | None = None) -> Response:
    """The config; with ``access_key``, which is shown this once, its secret in all forms, too."""
    return html(
        visit,
        "config",
        step="config",
        key_href=href(visit, "access-key"),
        daily_href=visit.owned(href(visit, "config", kind)),
        done_href=href(visit, "done", kind),
        **config_values(visit, member, kind, access_key),
    )


def config_values(
    visit: Visit, member: Member, kind: Credentials, access_key: AccessKey | None = None
) -> dict[str, Any]:
    """What ``config.html`` shows, apart from where its links lead."""
    settings = visit.settings
    source, roles = member_profiles(settings, member, kind)
    config = aws_config.rendered(source, roles)
    credentials = _credentials_text(source, access_key)
    # The secret is in this answer only: changing the language would lose it.
    only_once: dict[str, Any] = {"switches": ()} if access_key else {}
    return {
        "user_name": member.user_name,
        "credentials": kind,
        "has_console": settings.console_password,
        "is_key_offered": Credentials.ACCESS_KEY in settings.credentials,
        "has_key": member.access_key_id is not None,
        "key_ends_on": _key_ends_on(visit, member, kind, access_key),
        "keeps_key": access_key is None and _keeps_key(member, kind),
        "source_profile": source.name,
        "access_key": access_key,
        "credentials_text": credentials,
        "credentials_href": download_link(credentials or ""),
        "config_text": config,
        "config_href": download_link(config),
        "process_text": other_tools.with_process(source, roles),
        "process_profile": next(iter(other_tools.process_names(source, roles)), None),
        "switch_roles_text": other_tools.switch_roles(source, roles),
        "shells": shells(visit, member.user_name, source, roles, credentials),
        "ways": settings.daily,
        "has_changed": visit.query.get("changed") == "yes",
        "daily": daily_of(settings, member),
        "asks": aws_config.asks_at_roles(roles),
        "profiles": _profile_cards(settings, member, roles),
        "own_page_commands": own_page_commands(visit, member, source),
        **only_once,
    }


def _key_ends_on(visit: Visit, member: Member, kind: Credentials, access_key: AccessKey | None) -> date | None:
    """The day on which the key of this config ends by its age; a new one was made just now."""
    if kind is not Credentials.ACCESS_KEY:
        return None
    if access_key:
        member = replace(member, access_key_id=access_key.access_key_id, access_key_created_at=visit.now)
    return end_of_config_key(visit.settings, member)


def _keeps_key(member: Member, kind: Credentials) -> bool:
    """Whether an adopted member may go on with a key from before, which the config does not know the section of."""
    return member.adopting_at is not None and member.access_key_id is None and kind is not Credentials.AWS_LOGIN


def _credentials_text(source: Source, access_key: AccessKey | None) -> str | None:
    if access_key is None:
        return None
    return aws_config.rendered_credentials(source, access_key.access_key_id, access_key.secret_access_key)


def _profile_cards(settings: Settings, member: Member, profiles: tuple[RoleProfile, ...]) -> list[Profile]:
    roles = settings.roles_of(settings.present(member.groups))
    return [
        Profile(
            name=profile.name,
            account_id=role.account_id,
            role_name=role.role_name,
            hours=hours(role.maximum_session_seconds),
        )
        for profile, role in zip(profiles, roles, strict=True)
    ]


def member_profiles(
    settings: Settings, member: Member, kind: Credentials
) -> tuple[Source, tuple[RoleProfile, ...]]:
    """The member's source profile for that kind of credentials, and those of their roles."""
    return aws_config.profiles(
        settings,
        user_name=member.user_name,
        groups=settings.present(member.groups),
        serial_number=member.serial_number or "",
        credentials=kind,
        daily=daily_of(settings, member),
    )
