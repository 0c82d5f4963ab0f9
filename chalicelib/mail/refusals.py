"""Why Amazon SES did not take a mail, or nobody got it, in English; never with an address in it."""

from chalicelib.errors import FirstdayError


class Unsendable(FirstdayError):
    """It will not be taken later either; ``reason`` is for administrators."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotNow(FirstdayError):
    """It may be taken later.

    ``is_for_all``: no other mail would be taken now either. ``is_counted``: it was an attempt, so that the mail is
    given up some time; a quota that is used up for the day is none.
    """

    def __init__(self, reason: str, *, is_for_all: bool = False, is_counted: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_for_all = is_for_all
        self.is_counted = is_counted


class TooFast(NotNow):
    """More mails in a second than SES takes: the next one is sent more slowly."""
