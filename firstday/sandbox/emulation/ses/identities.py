"""Identities: which may be sent from, and which one a sender belongs to.

A verified domain covers its addresses and its subdomains; an address of its own goes before its domain.
https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ses_v2

from firstday.sandbox.emulation.ses.addresses import MailAddress
from firstday.sandbox.emulation.ses.outgoing_mail import OutgoingMail
from firstday.sandbox.process.ses_settings import SESSettings

_VERIFIED = "VerifiedForSendingStatus"


def arn_of(name: str) -> str:
    """The ARN of an identity in the account and region of the request."""
    return f"arn:aws:ses:{get_region()}:{get_account_id()}:identity/{name}"


def plant(settings: SESSettings) -> None:
    """Make the verified identities of the settings that belong here, unless they were made already."""
    for arn in settings.verified:
        name = arn.rpartition("/")[2]
        if arn == arn_of(name) and not (ses_v2._identities.get(name) or {}).get(_VERIFIED):
            ses_v2._identities[name] = _verified(name)


def _verified(name: str) -> dict[str, Any]:
    kind = "EMAIL_ADDRESS" if "@" in name else "DOMAIN"
    dkim = ses_v2._easy_dkim_attributes(name, kind, {})
    if kind == "DOMAIN":
        dkim = {**dkim, "Status": "SUCCESS", "SigningEnabled": True}
    return {
        "EmailIdentity": name,
        "IdentityType": kind,
        _VERIFIED: True,
        "VerificationStatus": "SUCCESS",
        "FeedbackForwardingStatus": True,
        "DkimAttributes": dkim,
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Tags": [],
    }


def leave_unproved(name: str) -> None:
    """As an identity that the API made: nobody can prove it in the sandbox."""
    ses_v2._identities[name] |= {_VERIFIED: False, "VerificationStatus": "PENDING"}


def covering(address: MailAddress) -> str:
    """The name of the identity that ``address`` belongs to: the nearest one that there is, else itself."""
    labels = address.domain.split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    by_name = {str(name).lower(): str(name) for name in ses_v2._identities}
    for name in (address.address.lower(), *domains):
        if name in by_name:
            return by_name[name]
    return address.address


def is_verified(address: MailAddress) -> bool:
    """Whether mail may be sent from it, and in SES's sandbox to it."""
    return bool((ses_v2._identities.get(covering(address)) or {}).get(_VERIFIED))


def authorized_arn(mail: OutgoingMail) -> str:
    """The identity that IAM is asked about."""
    return mail.identity_arn or arn_of(covering(mail.sender))


def may_send(mail: OutgoingMail) -> bool:
    """Whether the sender is proved, and belongs to the identity that the request names, if it does."""
    if not is_verified(mail.sender):
        return False
    name = mail.identity_arn.rpartition("/")[2]
    return mail.identity_arn in ("", arn_of(name)) and (
        not name or _belongs(mail.sender, name.lower(), name in ses_v2._identities)
    )


def _belongs(sender: MailAddress, name: str, is_there: bool) -> bool:
    return is_there and (
        name == sender.address.lower() or sender.domain == name or sender.domain.endswith(f".{name}")
    )
