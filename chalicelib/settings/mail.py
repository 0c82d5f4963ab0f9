"""``[mail]`` in ``firstday.toml``: how the portal sends mail, through Amazon SES."""

import re

from chalicelib.arns import partition_of
from chalicelib.email_addresses import is_email_address
from chalicelib.settings import rules
from chalicelib.settings.records import Mail
from chalicelib.settings.table import Complaint, Rule, Table

_IDENTITY = re.compile(
    r"arn:(?P<partition>[a-z-]+):ses:(?P<region>[a-z0-9-]+):[0-9]{12}:identity/(?P<name>[^/\s]+)"
)
_SENDER = re.compile(r"(?:(?P<name>[^<>]*[^<>\s])\s*<(?P<in_brackets>[^<>\s]+)>|(?P<alone>[^<>\s]+))")


def read_mail(table: Table, region: str) -> Mail:
    """The settings in ``table``; mistakes are noted there."""
    sender = table.text("from", _sender)
    mail = Mail(
        sender_name=_parts(sender)[0],
        sender_address=_parts(sender)[1],
        identity_arn=table.text("identity_arn", _identity_in(partition_of(region) if region else "")),
        reply_to=table.text("reply_to", rules.email_address, ""),
        administrators=table.text("administrators", rules.email_address, ""),
        configuration_set=table.text("configuration_set", _configuration_set, ""),
        passcode=table.flag("passcode", False),
    )
    if mail.identity_arn and mail.sender_address and not _covers(mail.identity, mail.sender_address):
        message = f"{mail.sender_address} is not an address of the identity {mail.identity}."
        table.complain("from", message, "Write an address of that domain, or the ARN of another identity.")
    table.close()
    return mail


def _covers(identity: str, address: str) -> bool:
    """Whether SES lets the identity, an address or a domain, send from ``address``; subdomains are covered.

    https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
    """
    wanted, domain = identity.lower(), address.lower().rpartition("@")[2]
    return wanted == address.lower() or domain == wanted or domain.endswith(f".{wanted}")


def _parts(sender: str) -> tuple[str, str]:
    """Name and address; the name may be empty."""
    found = _SENDER.fullmatch(sender)
    return ((found["name"] or "").strip(' "'), found["in_brackets"] or found["alone"]) if found else ("", "")


def _sender(value: str) -> Complaint | None:
    remedy = 'Write one such as "Example Corp AWS <aws-portal@example.com>".'
    if complaint := rules.one_line(value):
        return complaint
    name, address = _parts(value)
    if not is_email_address(address):
        return Complaint(f"{rules.quoted(value)} is not an address to send from.", remedy)
    if "@" in name:  # spam filters take it for a forgery
        return Complaint("The name before the address has an @ in it.", remedy)
    return rules.organisation(name) if name else None


def _identity_in(partition: str) -> Rule:
    def rule(value: str) -> Complaint | None:
        found = _IDENTITY.fullmatch(value)
        if found is None or partition not in ("", found["partition"]) or rules.region(found["region"]):
            remedy = f'Write one such as "arn:{partition or "aws"}:ses:REGION:ACCOUNT:identity/example.com".'
            return Complaint(f"{rules.quoted(value)} is not the ARN of an SES identity here.", remedy)
        return None

    return rule


def _configuration_set(value: str) -> Complaint | None:
    remedy = "Use letters, digits, _ and -, 64 at most."
    return rules.like(r"[A-Za-z0-9_-]{1,64}", value, "is not a configuration set's name.", remedy)
