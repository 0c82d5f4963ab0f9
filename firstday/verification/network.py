"""A browser on the network, which connects as the AWS CLI does: with the same proxy and certificates."""

from urllib.parse import urlsplit

from botocore.awsrequest import AWSRequest
from botocore.session import Session

from firstday.foreign_answers import is_of_aws, stranger_words
from firstday.portal.connection import PortalConnection
from firstday.portal.errors import PortalUnreachable
from firstday.verification.browser import Browser, PageAnswer


def network_browser(portal_url: str, session: Session, language: str) -> Browser:
    """A browser at the portal, with the certificates of ``session``.

    Its pages raise PortalUnreachable, also where a proxy or a firewall answers in the portal's place.
    """
    parts = urlsplit(portal_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    connection = PortalConnection(portal_url, session)

    def send(method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        request = AWSRequest(method, origin + path, headers, data=body.encode())
        answer = connection.send(request.prepare())
        if not is_of_aws(answer.headers):
            first = {name: values[0] for name, values in answer.headers.items()}
            words = stranger_words(portal_url, answer.status, first, answer.text, instead_of="the portal")
            raise PortalUnreachable(words)
        return PageAnswer(answer.status, answer.headers, answer.text)

    return Browser(send, portal_url, language=language)
