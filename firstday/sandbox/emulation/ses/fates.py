"""What becomes of a mail at each recipient: SES's mailbox simulator, and addresses that bounce in the sandbox.

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (Using the mailbox simulator manually)
"""

from enum import StrEnum

from firstday.sandbox.emulation.ses.addresses import MailAddress
from firstday.sandbox.process.ses_settings import SESSettings

SIMULATOR = "simulator.amazonses.com"


class Fate(StrEnum):
    """The values of bounces are their subtypes."""

    DELIVERED = "Delivery"
    COMPLAINED = "Complaint"
    BOUNCED = "General"
    SUPPRESSED = "Suppressed"
    ON_ACCOUNTS_LIST = "OnAccountSuppressionList"


BOUNCES = frozenset({Fate.BOUNCED, Fate.SUPPRESSED, Fate.ON_ACCOUNTS_LIST})
_OF_SIMULATOR = {"bounce": Fate.BOUNCED, "complaint": Fate.COMPLAINED, "suppressionlist": Fate.SUPPRESSED}


def fate_of(address: MailAddress, settings: SESSettings) -> Fate:
    """A label behind a plus makes no difference."""
    if address.domain == SIMULATOR:
        mailbox = address.address.partition("@")[0].partition("+")[0].lower()
        return _OF_SIMULATOR.get(mailbox, Fate.DELIVERED)
    if address.address.lower() in map(str.lower, settings.suppressed):
        return Fate.ON_ACCOUNTS_LIST
    return Fate.BOUNCED if address.domain in settings.bouncing_domains else Fate.DELIVERED
