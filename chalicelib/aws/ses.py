"""Amazon SES, as far as the mailer needs it: the quota, and SendEmail with simple content, which SES encodes.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

import re
from email.header import Header
from email.headerregistry import Address
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.error_codes import BUSY, DENIED
from chalicelib.mail.outgoing import Letter, Quota, Recipient
from chalicelib.mail.refusals import NotNow, TooFast, Unsendable
from chalicelib.settings.records import Mail

# The tag by which an event tells the mail that it is about.
TAG = "firstday-mail"
# Answers to a call that would have been the same with any other mail, and why.
_FOR_ALL = {
    "AccountSuspendedException": "Amazon SES has suspended the account's sending",
    "SendingPausedException": "sending is paused in Amazon SES",
    "MailFromDomainNotVerifiedException": "Amazon SES has not verified the MAIL FROM domain",
    "NotFoundException": "Amazon SES does not know the identity or the configuration set",
    "LimitExceededException": "a quota of Amazon SES is used up",
}
SANDBOX_MODE = "Amazon SES is in sandbox mode, and has not verified the recipient's address"


class SES:
    """``client`` is one of SES v2; mail is sent as ``mail`` says, with the set if it is not empty."""

    def __init__(self, client: Any, mail: Mail, configuration_set: str) -> None:
        self.client = client
        self._mail = mail
        self._configuration_set = configuration_set

    def quota(self) -> Quota:
        """What SES takes now; one mail a second where it does not say."""
        try:
            found = self.client.get_account()["SendQuota"]
        except (BotoCoreError, ClientError, KeyError):
            return Quota()
        most = found.get("Max24HourSend", -1)
        left = None if most < 0 else max(0, int(most - found.get("SentLast24Hours", 0)))
        return Quota(max(found.get("MaxSendRate", 1.0), 0.1), left)

    def send(self, letter: Letter, to: Recipient, mail_id: str) -> str:
        """SES's id of the message. Unsendable, or NotNow, which may also mean that no answer came."""
        try:
            return str(self.client.send_email(**self._request(letter, to, mail_id))["MessageId"])
        except ClientError as error:
            raise self._meaning(error) from None
        except BotoCoreError:
            raise NotNow("Amazon SES did not answer") from None

    def _request(self, letter: Letter, to: Recipient, mail_id: str) -> dict[str, Any]:
        mail = self._mail
        body = {kind: _content(text) for kind, text in (("Text", letter.text), ("Html", letter.html))}
        return {
            "FromEmailAddress": address_text(mail.sender_name, mail.sender_address),
            "FromEmailAddressIdentityArn": mail.identity_arn,
            "Destination": {"ToAddresses": [address_text(to.name, to.address)]},
            "Content": {
                "Simple": {
                    "Subject": _content(letter.subject),
                    "Body": body,
                    # No holiday notice answers it. https://www.rfc-editor.org/rfc/rfc3834#section-5
                    "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
                }
            },
            "EmailTags": [{"Name": TAG, "Value": tag_of(mail_id)}],
            **({"ReplyToAddresses": [mail.reply_to]} if mail.reply_to else {}),
            **({"ConfigurationSetName": self._configuration_set} if self._configuration_set else {}),
        }

    def _meaning(self, error: ClientError) -> NotNow | Unsendable:
        """SES's sentences name addresses, so none of them is kept."""
        found = error.response.get("Error", {})
        code, sentence = found.get("Code", ""), found.get("Message", "").lower()
        if "daily message quota" in sentence:
            return NotNow("the day's quota of Amazon SES is used up", is_for_all=True, is_counted=False)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in BUSY or status == 429:
            return TooFast("Amazon SES takes no more mails in a second", is_counted=False)
        if status >= 500:
            return NotNow("Amazon SES is out of order")
        if code in DENIED:
            return NotNow("AWS does not allow the mailer to send", is_for_all=True)
        if code in _FOR_ALL:
            return NotNow(_FOR_ALL[code], is_for_all=True)
        if code == "MessageRejected" and "not verified" in sentence:
            return self._unverified(sentence)
        return Unsendable(f"Amazon SES refuses it: {code}")

    def _unverified(self, sentence: str) -> NotNow | Unsendable:
        own = {self._mail.sender_address.lower(), self._mail.identity_arn.lower()}
        if own & set(re.split(r"[\s,<>]+", sentence)):
            return NotNow("Amazon SES has not verified the identity that mail is sent from", is_for_all=True)
        return Unsendable(SANDBOX_MODE)


def address_text(name: str, address: str) -> str:
    """``Name <address>`` in ASCII, whatever is in the name; the address alone without one."""
    if not name:
        return str(Address(addr_spec=address))
    if name.isascii():
        return str(Address(name, addr_spec=address))
    return f"{Header(name, 'utf-8').encode(linesep='')} <{Address(addr_spec=address)}>"


def tag_of(mail_id: str) -> str:
    """The id in characters that a tag may have: letters and digits."""
    return mail_id.encode().hex()


def mail_id_of(tag: str) -> str | None:
    """The id in a tag; None if it is none of the mailer's."""
    try:
        return bytes.fromhex(tag).decode()
    except ValueError:
        return None


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
