"""Checks whether Amazon SES can send the portal's mail, and whether it is likely to arrive."""

from collections.abc import Iterator

from chalicelib.mail.configuration_set import hears_events
from chalicelib.settings.records import Mail, Settings
from firstday.doctor import mail_findings, mending
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import MailState

# SES asks for the use case in words, so it is done in its console.
IN_CONSOLE = "# Amazon SES console, Account dashboard: Request production access"


def check_mail(settings: Settings, mail: Mail, state: MailState) -> Iterator[Finding]:
    """Everything about the identity, the account and the configuration set, as far as it could be read."""
    if state.problem:
        yield mail_findings.MAIL_NOT_SEEN.found(mail.identity, f"{state.problem} Try again later.")
    if state.identity is not None:
        yield from _check_identity(mail, state)
    if state.account is not None:
        yield from _check_account(mail, state.account)
    if state.set_sends is not None:
        yield from _check_set(mail, state.set_sends)
    if not hears_events(settings):
        message = f"The identity is in {mail.region}, the portal in {settings.region}."
        yield mail_findings.MAIL_UNHEARD.found(mail.identity, message, "# Look at bounces in Amazon SES's console.")


def _check_identity(mail: Mail, state: MailState) -> Iterator[Finding]:
    name, found = mail.identity, state.identity or {}
    region = ("--region", mail.region)
    if not found:
        made = mending.typed("aws", "sesv2", "create-email-identity", "--email-identity", name, *region)
        message = f"There is no identity {name} in {mail.region}."
        yield mail_findings.MAIL_IDENTITY_MISSING.found(name, message, made, "# Then its DNS records: docs/mail.md")
        return
    if not found.get("VerifiedForSendingStatus"):
        shown = mending.typed("aws", "sesv2", "get-email-identity", "--email-identity", name, *region)
        message = f"Its state is {found.get('VerificationStatus', 'unknown')}."
        yield mail_findings.MAIL_IDENTITY_UNVERIFIED.found(name, message, "# Its DNS records are missing:", shown)
    dkim = found.get("DkimAttributes", {})
    if not (dkim.get("SigningEnabled") and dkim.get("Status") == "SUCCESS"):
        message = f"Signing is {'on' if dkim.get('SigningEnabled') else 'off'}: {dkim.get('Status', 'unknown')}."
        turned_on = ("put-email-identity-dkim-attributes", "--email-identity", name, "--signing-enabled")
        yield mail_findings.MAIL_UNSIGNED.found(name, message, mending.typed("aws", "sesv2", *turned_on, *region))
    mail_from = found.get("MailFromAttributes", {})
    if mail_from.get("MailFromDomainStatus") != "SUCCESS":
        domain = mail_from.get("MailFromDomain")
        message = f"{domain} is not verified." if domain else "Amazon's own domain is the sender."
        named = ("put-email-identity-mail-from-attributes", "--email-identity", name)
        chosen = ("--mail-from-domain", domain or f"mail.{name.rpartition('@')[2]}")
        yield mail_findings.MAIL_FROM_SHARED.found(
            name, message, mending.typed("aws", "sesv2", *named, *chosen, *region)
        )


def _check_account(mail: Mail, account: dict[str, object]) -> Iterator[Finding]:
    if not account.get("SendingEnabled", True):
        turned_on = ("aws", "sesv2", "put-account-sending-attributes", "--sending-enabled", "--region", mail.region)
        message = f"The account does not send in {mail.region}."
        yield mail_findings.MAIL_PAUSED.found("the account", message, mending.typed(*turned_on))
    if not account.get("ProductionAccessEnabled"):
        message = f"The account has no production access in {mail.region}."
        yield mail_findings.MAIL_SANDBOXED.found("the account", message, IN_CONSOLE)


def _check_set(mail: Mail, sends: str) -> Iterator[Finding]:
    name, region = mail.configuration_set, ("--region", mail.region)
    if sends == "missing":
        made = ("aws", "sesv2", "create-configuration-set", "--configuration-set-name", name)
        message = f"There is no configuration set {name} in {mail.region}."
        yield mail_findings.MAIL_SET_MISSING.found(name, message, mending.typed(*made, *region))
    elif sends == "paused":
        turned_on = ("aws", "sesv2", "put-configuration-set-sending-options", "--configuration-set-name", name)
        message = "Sending with it is turned off."
        command = mending.typed(*turned_on, "--sending-enabled", *region)
        yield mail_findings.MAIL_PAUSED.found(name, message, command)
