"""Sessions of AWS for the commands that look at, or change, the organisation's accounts themselves.

Credentials come from a named profile or the environment, and the endpoint from AWS_ENDPOINT_URL, as botocore
takes them by itself. MFA codes are asked for as everywhere in the command line.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.session import Session as CoreSession

from chalicelib.arns import ADMIN_ROLE_NAME, is_admin_session
from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, DeploymentError, explained
from firstday.portal.certificates import check_certificates
from firstday.portal.credential_sources import keys_in_use, precedence_words
from firstday.portal.http import admin_session, credential_errors

OF_ADMIN_ROLE = (
    f"These are credentials of the portal's admin role, {ADMIN_ROLE_NAME}, which may call the portal and nothing "
    "else in AWS. With --profile, name a profile of somebody who may deploy, or for firstday doctor, who may read "
    "IAM and CloudFormation (docs/doctor.md)."
)
SessionOf = Callable[[str], AccountSession | None]


class AWSSession:
    """A session as boto3's: ``client`` with a service and a region. Clients are made once, and keep connections."""

    def __init__(self, core: CoreSession) -> None:
        self._core = core
        self._client = cache(core.create_client)

    @property
    def precedence(self) -> str:
        """A sentence, after a space, if the keys that are used are not those of the profile that is named."""
        return precedence_words(self._core)

    def client(self, service_name: str, region_name: str | None = None, **options: Any) -> Any:
        """A client; raises PortalError, in words, where there are no credentials that can be used."""
        with credential_errors(self._core):
            keys_in_use(self._core)  # an MFA code is asked for here
            client = self._client(service_name, region_name=region_name, **options)
        check_certificates(self._core, client.meta.endpoint_url)
        return client


def identity_session(profile: str | None = None) -> AWSSession:
    """A session of ``profile``, or of the environment where it is None; raises PortalError."""
    return AWSSession(admin_session(profile))


def account_sessions(settings: Settings, profile: str | None, account_profiles: Mapping[str, str]) -> SessionOf:
    """Maps an account id to its session; None if nobody has named a profile for it.

    ``profile`` is the identity account's; ``account_profiles`` has names from ``[accounts]``, or ids, as keys.
    Raises DeploymentError for an account that the settings do not have.
    """
    profiles: dict[str, str | None] = {settings.identity_account: profile}
    profiles |= {account_id_of(settings, name): value for name, value in account_profiles.items()}

    @cache
    def session_of(account_id: str) -> AccountSession | None:
        return identity_session(profiles[account_id]) if account_id in profiles else None

    return session_of


def account_of(session: AccountSession, settings: Settings) -> str:
    """The account that ``session`` belongs to; every caller may ask that.

    Raises DeploymentError where AWS does not take the credentials, or they are those of the portal's admin role.
    """
    try:
        with explained("Asking AWS whose credentials these are"):
            caller = session.client("sts", settings.region).get_caller_identity()
    except DeploymentError as error:
        raise DeploymentError(f"{error}{_precedence(session)}") from None
    if is_admin_session(caller["Arn"], settings.partition, settings.identity_account):
        raise DeploymentError(f"{OF_ADMIN_ROLE}{_precedence(session)}")
    return str(caller["Account"])


def check_account(session: AccountSession, settings: Settings, account_id: str) -> None:
    """Raises DeploymentError where ``session`` belongs to another account, and wherever ``account_of`` does."""
    found = account_of(session, settings)
    if found != account_id:
        raise DeploymentError(
            f"These credentials are for the account {found}, but this belongs into {account_id}."
            f"{_precedence(session)}"
        )


def _precedence(session: AccountSession) -> str:
    return session.precedence if isinstance(session, AWSSession) else ""


def account_id_of(settings: Settings, name: str) -> str:
    """The id of an account that is named by its name in ``[accounts]``, or its id; raises DeploymentError."""
    known = {settings.identity_account, *settings.accounts.values()}
    found = settings.accounts.get(name, name)
    if found not in known:
        names = ", ".join(settings.accounts)
        raise DeploymentError(f'The settings have no account "{name}"; [accounts] has: {names}.')
    return found
