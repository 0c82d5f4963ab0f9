"""A browser on the network, which reaches the portal as the AWS CLI would: by the same proxy and certificates."""

from urllib.parse import urlsplit

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from botocore.utils import get_environ_proxies

from firstday.portal_errors import PortalUnreachable
from firstday.verification.browser import Answer, Browser

TIMEOUT = 30


def network_browser(portal_url: str, language: str) -> Browser:
    """A browser at the portal; its pages raise PortalUnreachable."""
    parts = urlsplit(portal_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    bundle = get_session().get_config_variable("ca_bundle")
    proxies = get_environ_proxies(portal_url)
    http = URLLib3Session(proxies=proxies, verify=bundle or True, timeout=TIMEOUT)

    def send(method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        request = AWSRequest(method, origin + path, headers, data=body.encode())
        try:
            answer = http.send(request.prepare())
        except BotoCoreError as error:
            raise PortalUnreachable(f"{portal_url} cannot be reached: {error}") from None
        # Not answer.headers, which has several cookies as one.
        found: dict[str, list[str]] = {}
        for name, value in answer.raw.headers.items():
            found.setdefault(name.lower(), []).append(value)
        return Answer(answer.status_code, found, answer.text)

    return Browser(send, portal_url, language=language)
