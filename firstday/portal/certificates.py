"""The certificates that TLS is checked with, found as botocore finds them for AWS.

``AWS_CA_BUNDLE``, then ``ca_bundle`` of the profile that is used, then ``REQUESTS_CA_BUNDLE``, then botocore's own:
https://github.com/boto/botocore/blob/1.43.106/botocore/endpoint.py#L440 and its ``configprovider.py``.
"""

import os
import ssl

from botocore.session import Session

from firstday.portal.errors import PortalError

OF_AWS, OF_REQUESTS = "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"


def certificates(session: Session, url: str) -> str | bool:
    """The file of them for ``url``, or True for botocore's own. Raises PortalError for an unusable file."""
    check_certificates(session, url)
    path = _path(session)
    return True if path is None else path


def check_certificates(session: Session, url: str) -> None:
    """Raises PortalError where TLS to ``url`` needs a file of certificates that cannot be read."""
    path = _path(session)
    if path is None or not url.lower().startswith("https:"):
        return
    why = _fault(path)
    if why:
        raise PortalError(f"The certificates in {path or 'no file'} cannot be used: {why}. {_source(session)}")


def _path(session: Session) -> str | None:
    found = session.get_config_variable("ca_bundle")
    return os.environ.get(OF_REQUESTS) if found is None else str(found)


def _fault(path: str) -> str | None:
    if not path.strip():
        return "its name is empty"
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        return "it holds no certificate in PEM format"
    except OSError as error:
        return str(error.strerror)
    return None


def _source(session: Session) -> str:
    """Where the name of the file comes from."""
    if OF_AWS in os.environ:
        return f"{OF_AWS} names it."
    if session.get_config_variable("ca_bundle") is None:
        return f"{OF_REQUESTS} names it."
    return f"ca_bundle of the profile {session.profile or 'default'} names it."
