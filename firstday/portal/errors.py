"""The errors of a call of the portal, in words for the administrator."""

import re

from chalicelib.errors import FirstdayError


class PortalError(FirstdayError):
    """The portal could not be called, or refused; the message is for the administrator."""


class PortalUnreachable(PortalError):
    """No answer came; the call may have taken effect all the same."""


class PortalBusy(PortalError):
    """The portal or AWS was too busy: call again, in ``retry_after`` seconds at the earliest."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PortalRefused(PortalError):
    """The portal understood, and refused. ``refusal`` is its code, such as ``member_unknown``."""

    def __init__(self, message: str, refusal: str) -> None:
        super().__init__(message)
        self.refusal = refusal


def without_password(error: Exception) -> str:
    """What ``error`` says, without the user name and password of a proxy's address."""
    return re.sub(r"//[^/\s\"']*@", "//***@", str(error))
