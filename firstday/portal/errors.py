"""What a call of the portal can end in, in words for the administrator."""

from chalicelib.errors import FirstdayError


class PortalError(FirstdayError):
    """The portal could not be called or did not do it; the message is for the administrator."""


class PortalUnreachable(PortalError):
    """No answer came; the call may have taken effect all the same."""


class PortalBusy(PortalError):
    """Neither the portal nor AWS had time: calling again is right, in ``retry_after`` seconds at the earliest."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PortalRefused(PortalError):
    """The portal understood, and said no. ``refusal`` is its code, such as ``member_unknown``."""

    def __init__(self, message: str, refusal: str) -> None:
        super().__init__(message)
        self.refusal = refusal
