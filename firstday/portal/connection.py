"""HTTP to the portal as the AWS CLI connects to AWS: the proxy and the certificates of the profile that is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from botocore.utils import get_environ_proxies

from firstday.clock_skew import certificate_time_words
from firstday.portal.certificates import certificates
from firstday.portal.errors import PortalUnreachable, without_password

TIMEOUT = 30


@dataclass(frozen=True, slots=True)
class Received:
    """A response; each header, its name in small letters, with all of its values."""

    status: int
    headers: Mapping[str, list[str]]
    text: str


class PortalConnection:
    """Sends requests to the portal at ``url``. Raises PortalError for certificates that cannot be read."""

    def __init__(self, url: str, session: Session) -> None:
        self._url = url
        verify = certificates(session, url)
        self._http = URLLib3Session(proxies=get_environ_proxies(url), verify=verify, timeout=TIMEOUT)

    def send(self, request: AWSPreparedRequest) -> Received:
        """Redirects are not followed; raises PortalUnreachable."""
        try:
            answer = self._http.send(request)
        except BotoCoreError as error:
            hint = certificate_time_words(str(error), datetime.now(UTC))
            raise PortalUnreachable(f"{self._url} cannot be reached: {without_password(error)}{hint}") from None
        headers: dict[str, list[str]] = {}
        for name, value in answer.raw.headers.items():  # answer.headers has several cookies as one
            headers.setdefault(name.lower(), []).append(value)
        # Not answer.text, which trusts what a proxy says of its page's encoding.
        return Received(answer.status_code, headers, answer.content.decode("utf-8", "replace"))
