"""Signed HTTP requests to the portal, with the administrator's own AWS credentials (SigV4)."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from getpass import GetPassWarning, getpass
from pathlib import Path
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import JSONFileCache
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.httpsession import URLLib3Session
from botocore.session import Session, get_session
from botocore.utils import get_environ_proxies

from firstday.portal_errors import PortalError, PortalUnreachable

# Shared with the AWS CLI, so that one MFA code lasts as long as the role's session.
CREDENTIALS_CACHE = Path("~/.aws/cli/cache")
_EXECUTE_API = re.compile(r"[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``retry_after`` is the header of that name."""

    status: int
    text: str
    retry_after: str | None = None


Transport = Callable[[AWSPreparedRequest], Answer]


@contextmanager
def credential_errors() -> Iterator[None]:
    """What can be wrong with somebody's AWS credentials and files, in words."""
    try:
        yield
    except ClientError as error:
        reason = error.response["Error"]["Message"]
        if "'tokenCode'" in reason:  # STS tells a pattern
            raise PortalError("An MFA code is six digits.") from None
        if "MultiFactorAuthentication failed" in reason:
            raise PortalError(f"AWS did not accept that MFA code; wait for the next one. ({reason})") from None
        raise PortalError(f"AWS refused your credentials: {reason}") from None
    except ParamValidationError:
        raise PortalError("An MFA code is six digits.") from None
    except EOFError:
        raise PortalError("An MFA code is needed: run this in a terminal.") from None
    except BotoCoreError as error:
        raise PortalError(f"Your AWS credentials cannot be used: {error}") from None


def admin_session(profile: str | None = None) -> Session:
    """A session of the administrator's profile, which asks for an MFA code only when its role session has ended."""
    session = get_session()
    with credential_errors():
        if profile:
            session.set_config_variable("profile", profile)
        provider = session.get_component("credential_provider").get_provider("assume-role")
        provider._prompter = _mfa_code
        if "role_arn" not in session.get_scoped_config():
            return session  # without a role, there are no sessions to keep
        with suppress(OSError):  # without a home to write to, the code is asked for each time
            cache = CREDENTIALS_CACHE.expanduser()
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            provider.cache = JSONFileCache(str(cache))
    return session


def _mfa_code(prompt: str) -> str:
    """What was typed, without the space that apps show in a code; EOFError where nobody can be asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return "".join(getpass(prompt).split())
        except GetPassWarning:
            raise EOFError from None


class SignedHTTP:
    """Sends requests below ``url``; ``transport`` carries them, which is over the network where it is None."""

    def __init__(self, url: str, session: Session, transport: Transport | None = None) -> None:
        self.url = _checked(url)
        self._session = session
        self._transport = transport or self._over_network

    def send(self, method: str, path: str, body: str | None) -> Answer:
        """``path`` is encoded as it has to be, query included; raises PortalError."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = AWSRequest(method, f"{self.url}{path}", headers, data=(body or "").encode())
        with credential_errors():
            credentials = self._session.get_credentials()
            if credentials is None:
                raise PortalError(
                    "No AWS credentials were found. Set AWS_PROFILE, or name a profile with --profile."
                )
            SigV4Auth(credentials, "execute-api", self._region()).add_auth(request)
        return self._transport(request.prepare())

    def _over_network(self, request: AWSPreparedRequest) -> Answer:
        """As the AWS CLI connects: through the proxy and with the certificates of the user's environment."""
        bundle = self._session.get_config_variable("ca_bundle")
        http = URLLib3Session(proxies=get_environ_proxies(self.url), verify=bundle or True, timeout=30)
        try:
            answer = http.send(request)
        except BotoCoreError as error:
            raise PortalUnreachable(f"{self.url} cannot be reached: {error}") from None
        return Answer(answer.status_code, answer.text, answer.headers.get("Retry-After"))

    def _region(self) -> str:
        host = urlsplit(self.url).hostname or ""
        found = _EXECUTE_API.fullmatch(host)
        region = found.group(1) if found else self._session.get_config_variable("region")
        if not region:
            raise PortalError("The portal's region is not known. Set AWS_DEFAULT_REGION or the profile's region.")
        return str(region)


def _checked(url: str) -> str:
    """The portal's address. Without TLS, only one on this machine is called: the answer holds an invitation."""
    try:
        parts = urlsplit(url)
        named = parts.hostname if parts.port != 0 and not parts.username else None
    except ValueError:  # a port or an IPv6 address that is none
        named = None
    if not named or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise PortalError(f"{url!r} is not the address of a portal; it looks like https://portal.example.com.")
    if parts.scheme == "http" and named not in {"127.0.0.1", "::1", "localhost"}:
        raise PortalError(f"{url!r} is not safe: a portal is called with https:// only.")
    return url.rstrip("/")
