"""A running sandbox, with what a program needs to use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.settings.records import Settings
from firstday.sandbox.people import ADMIN_PROFILE, Organisation, SessionCredentials
from firstday.sandbox.process.embedded_aws import EmbeddedAWS


@dataclass(frozen=True, slots=True)
class Portal:
    """The sandbox's own session of the admin role, and the first invitation as the admin API answers."""

    session: SessionCredentials
    invitation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlantedOrganisation:
    """What ``--plant`` brought: how much of it, and the files with which its users can be played.

    ``environment`` leads to their AWS files; ``secrets`` has the secret keys of their devices and their passwords.
    """

    file: Path
    users: int
    roles: int
    environment: Mapping[str, str]
    secrets: Path


@dataclass(frozen=True, slots=True)
class Sandbox:
    """``environment`` leads to the AWS files in ``directory``; ``portal`` is None if none was deployed.

    ``member`` is the name of the first member, who is invited if the portal is deployed. ``planted`` is None if
    there was nothing to plant.
    """

    settings: Settings
    settings_file: Path | None
    aws: EmbeddedAWS
    organisation: Organisation
    directory: Path
    environment: Mapping[str, str]
    member: str
    portal: Portal | None
    planted: PlantedOrganisation | None = None


def as_record(sandbox: Sandbox) -> dict[str, Any]:
    """Everything that a program needs to drive the sandbox; with ``admin_environment``, admin commands work.

    ``admin_environment`` and ``invitation_url`` are there if the portal is, ``planted`` if something was planted,
    and what begins with ``mail_`` if the portal sends mail.
    """
    organisation = sandbox.organisation
    record = {
        "portal_url": sandbox.aws.portal_url,
        "aws_endpoint_url": sandbox.aws.endpoint_url,
        "region": sandbox.settings.region,
        "buckets": organisation.buckets,
        "admin_profile": {
            **sandbox.environment,
            "AWS_PROFILE": ADMIN_PROFILE,
            "secret_key": organisation.admin.seed,
        },
        **(_of_mail(sandbox.aws) if sandbox.settings.mail else {}),
        "deployer_profiles": {each.account_id: each.profile for each in organisation.deployers},
    }
    if sandbox.planted:
        record["planted"] = {**sandbox.planted.environment, "secrets": str(sandbox.planted.secrets)}
    return record | (_of_portal(sandbox, sandbox.portal) if sandbox.portal else {})


def _of_mail(aws: EmbeddedAWS) -> dict[str, str]:
    return {"mail_url": aws.mail_url, "mail_directory": str(aws.mail_directory)}


def _of_portal(sandbox: Sandbox, portal: Portal) -> dict[str, Any]:
    session = portal.session
    return {
        "invitation_url": portal.invitation["invitation_url"],
        "admin_environment": {
            "AWS_ENDPOINT_URL": sandbox.aws.endpoint_url,
            "AWS_DEFAULT_REGION": sandbox.settings.region,
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
            "FIRSTDAY_PORTAL_URL": sandbox.aws.portal_url,
        },
    }
