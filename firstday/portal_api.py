"""The portal's admin API, called with the administrator's own AWS credentials (SigV4)."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import JSONFileCache
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.httpsession import URLLib3Session
from botocore.session import Session, get_session
from botocore.utils import get_environ_proxies

from chalicelib.errors import FirstdayError

# Shared with the AWS CLI, so that one MFA code lasts as long as the role's session.
CREDENTIALS_CACHE = Path("~/.aws/cli/cache")
_EXECUTE_API = re.compile(r"[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")
TRIES_WHEN_BUSY = 4


class PortalError(FirstdayError):
    """The portal could not be reached or refused; the message is for the administrator."""


@contextmanager
def credential_errors() -> Iterator[None]:
    """What can be wrong with somebody's AWS credentials and files, in words."""
    try:
        yield
    except ClientError as error:
        reason = error.response["Error"]["Message"]
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
        with suppress(OSError):  # without a home to write to, the code is asked for each time
            cache = CREDENTIALS_CACHE.expanduser()
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            provider.cache = JSONFileCache(str(cache))
    return session


class PortalAPI:
    """``url`` is the portal's address, with the stage where it has one. ``pause`` takes seconds."""

    def __init__(self, url: str, session: Session, *, pause: Callable[[float], None] = time.sleep) -> None:
        self.url = _checked(url)
        self._session = session
        self._pause = pause

    def create_invitation(self, user_name: str, groups: list[str], *, passcode: bool) -> dict[str, Any]:
        """As ``POST /admin/invitations`` answers, with ``invitation_url`` in place of the token."""
        body = {"user_name": user_name, "groups": groups, "passcode": passcode}
        answer = self._post("/admin/invitations", body)
        token = answer.pop("token")
        return {**answer, "invitation_url": f"{self.url}/start#{token}"}

    def revoke_invitation(self, user_name: str) -> dict[str, Any]:
        """As ``POST /admin/invitations/revoke`` answers."""
        return self._post("/admin/invitations/revoke", {"user_name": user_name})

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        for attempt in range(1, TRIES_WHEN_BUSY + 1):
            status, text = self._send(path, json.dumps(body))
            if status != 503 or attempt == TRIES_WHEN_BUSY:
                break
            self._pause(attempt)
        return _understood(status, text, self.url)

    def _send(self, path: str, body: str) -> tuple[int, str]:
        request = AWSRequest("POST", f"{self.url}{path}", {"Content-Type": "application/json"}, data=body.encode())
        with credential_errors():
            credentials = self._session.get_credentials()
            if credentials is None:
                raise PortalError(
                    "No AWS credentials were found. Set AWS_PROFILE, or name a profile with --profile."
                )
            SigV4Auth(credentials, "execute-api", self._region()).add_auth(request)
        try:
            answer = self._http().send(request.prepare())
        except BotoCoreError as error:
            raise PortalError(f"{self.url} cannot be reached: {error}") from None
        return answer.status_code, answer.text

    def _http(self) -> URLLib3Session:
        """As the AWS CLI connects: through the proxy and with the certificates of the user's environment."""
        bundle = self._session.get_config_variable("ca_bundle")
        return URLLib3Session(proxies=get_environ_proxies(self.url), verify=bundle or True, timeout=30)

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


def _understood(status: int, text: str, url: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        if status in {401, 403}:
            raise PortalError(f"The portal refused your credentials ({status}); they may have expired.") from None
        raise PortalError(f"{url} answered {status}, but not as a Firstday portal does.") from None
    if status == 200 and isinstance(answer, dict):
        return answer
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        raise PortalError(str(error.get("message")))
    # API Gateway's own answers: a signature or permission that is missing.
    reason = answer.get("message") or answer.get("Message") if isinstance(answer, dict) else None
    if status in {401, 403}:
        raise PortalError(f"The portal refused your credentials ({status}): {reason or 'no reason given'}")
    raise PortalError(f"{url} answered {status}, but not as a Firstday portal does.")
