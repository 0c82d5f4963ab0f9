"""Signed HTTP requests to the portal, with the administrator's own AWS credentials (SigV4)."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from getpass import GetPassWarning, getpass
from pathlib import Path
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    HTTPClientError,
    InvalidConfigError,
    ParamValidationError,
    ProfileNotFound,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError
from botocore.session import Session, get_session

from chalicelib.members.mfa import is_code, typed_code
from firstday.aws_refusals import cause_of
from firstday.portal.certificates import check_certificates
from firstday.portal.connection import PortalConnection
from firstday.portal.credential_sources import (
    PROCESS_FAULTS,
    SessionCache,
    config_words,
    keys_in_use,
    precedence_words,
    process_words,
    profile_line_words,
    region_of,
    region_words,
    setting_words,
    signing_in_words,
)
from firstday.portal.errors import PortalError, without_password
from firstday.portal.refusal_reasons import assume_role_reason

# Shared with the AWS CLI, so that one MFA code lasts as long as the role's session.
CREDENTIALS_CACHE = Path("~/.aws/cli/cache")
_EXECUTE_API = re.compile(r"[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True)
class HTTPAnswer:
    """The response; the names of the headers are in small letters."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


Transport = Callable[[AWSPreparedRequest], HTTPAnswer]


@contextmanager
def credential_errors(session: Session | None = None) -> Iterator[None]:
    """Puts problems with the user's AWS credentials and files into words; ``session`` is that of the profile."""
    try:
        yield
    except (ClientError, ResponseParserError) as error:
        if cause := cause_of(error):
            raise PortalError(cause) from None
        reason = str(error.response["Error"]["Message"])
        if words := profile_line_words(reason, session):
            raise PortalError(words) from None
        if "MultiFactorAuthentication failed" in reason:
            raise PortalError(f"AWS did not accept that MFA code; wait for the next one. ({reason})") from None
        shown = _shown_by_profile(reason, session) if session else None
        refused = f"AWS refused your credentials: {reason}{precedence_words(session) if session else ''}"
        raise PortalError(f"{shown} ({reason})" if shown else refused) from None
    except ParamValidationError as error:
        reason = str(error).splitlines()[-1]
        raise PortalError(profile_line_words(reason, session) or f"AWS settings cannot be used: {reason}") from None
    except EOFError:
        raise PortalError("An MFA code is needed: run this in a terminal.") from None
    except (BotoCoreError, *PROCESS_FAULTS) as error:
        if words := process_words(error, session):
            raise PortalError(words) from None
        if isinstance(error, ValueError):
            raise PortalError(setting_words(error)) from None
        if not isinstance(error, BotoCoreError):
            raise
        if isinstance(error, (SSOError, TokenRetrievalError)):
            raise PortalError(signing_in_words(session)) from None
        if isinstance(error, ConfigParseError):
            raise PortalError(config_words(error)) from None
        if isinstance(error, ProfileNotFound) and not error.kwargs["profile"]:
            raise PortalError("AWS_PROFILE is set, and empty: unset it, or name a profile.") from None
        if session and isinstance(error, (HTTPClientError, InvalidConfigError, SSLError)):
            check_certificates(session, "https:")
        note = precedence_words(session) if session else ""
        raise PortalError(f"Your AWS credentials cannot be used: {without_password(error)}{note}") from None


def _shown_by_profile(reason: str, session: Session) -> str | None:
    """What is wrong with the profile, if AWS's sentence does not say it."""
    return assume_role_reason(reason, session.profile or "default", session.full_config.get("profiles", {}))


def admin_session(profile: str | None = None) -> Session:
    """A session of the administrator's profile, which asks for an MFA code only when its role session has ended."""
    session = get_session()
    with credential_errors():
        if profile:
            session.set_config_variable("profile", profile)
        provider = session.get_component("credential_provider").get_provider("assume-role")
        provider._prompter = _mfa_code
        if "role_arn" not in session.get_scoped_config():
            return session  # without a role, there are no sessions to cache
        with suppress(OSError):  # without a home to write to, the code is asked for each time
            cache = CREDENTIALS_CACHE.expanduser()
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            provider.cache = SessionCache(str(cache))
    return session


def _mfa_code(prompt: str) -> str:
    """The code that was typed or pasted, as the pages of the portal read one; EOFError if nobody can be asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            code = typed_code(getpass(prompt))
        except GetPassWarning:
            raise EOFError from None
        except UnicodeDecodeError:  # by a terminal of another encoding
            code = ""
    if not is_code(code):
        raise PortalError("An MFA code is six digits.")
    return code


class SignedHTTP:
    """Sends requests below ``url``; ``transport`` carries them; None means over the network."""

    def __init__(self, url: str, session: Session, transport: Transport | None = None) -> None:
        self.url = _checked(url)
        self._session = session
        self._transport = transport or self._over_network
        self._connection: PortalConnection | None = None

    @property
    def precedence(self) -> str:
        """A sentence, after a space, if the keys that are used are not those of the profile that is named."""
        return precedence_words(self._session) + ("" if self._region_in_address else region_words(self._session))

    def send(self, method: str, path: str, body: str | None) -> HTTPAnswer:
        """``path`` is encoded already, query included; raises PortalError."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = AWSRequest(method, f"{self.url}{path}", headers, data=(body or "").encode())
        with credential_errors(self._session):
            SigV4Auth(keys_in_use(self._session), "execute-api", self._region()).add_auth(request)
        return self._transport(request.prepare())

    def _over_network(self, request: AWSPreparedRequest) -> HTTPAnswer:
        self._connection = self._connection or PortalConnection(self.url, self._session)
        answer = self._connection.send(request)
        return HTTPAnswer(answer.status, answer.text, {name: values[0] for name, values in answer.headers.items()})

    @property
    def _region_in_address(self) -> str | None:
        found = _EXECUTE_API.fullmatch(urlsplit(self.url).hostname or "")
        return found.group(1) if found else None

    def _region(self) -> str:
        region = self._region_in_address or region_of(self._session)
        if not region:
            raise PortalError("The portal's region is not known. Set AWS_DEFAULT_REGION or the profile's region.")
        if not re.fullmatch("[a-z0-9-]+", region):  # the portal would speak of missing permissions
            raise PortalError(f"{region!r} is no region. Correct AWS_DEFAULT_REGION or the profile's region.")
        return region


def _checked(url: str) -> str:
    """The portal's address. Without TLS, only one on this machine is called: the answer holds an invitation."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        named = parts.hostname if parts.port != 0 and "@" not in parts.netloc else None
    except ValueError:  # not a valid port or IPv6 address
        named = None
    if not named or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise PortalError(f"{url!r} is not the address of a portal; it looks like https://portal.example.com.")
    if parts.scheme == "http" and named not in {"127.0.0.1", "::1", "localhost"}:
        raise PortalError(f"{url!r} is not safe: a portal is called with https:// only.")
    return url.rstrip("/")
