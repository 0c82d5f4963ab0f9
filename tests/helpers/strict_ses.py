"""A stand-in for Amazon SES v2, which refuses what SES refuses and keeps what was sent."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.headerregistry import Address
from email.policy import default
from typing import Any

from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from chalicelib.settings.records import Mail

MAIL = Mail(
    sender_name="Example Corp AWS",
    sender_address="aws-portal@example.com",
    identity_arn="arn:aws:ses:ap-northeast-1:123456789012:identity/example.com",
    administrators="aws-admins@example.com",
)
_MODEL = ServiceModel(create_loader().load_service_model("sesv2", "service-2"))
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


def refused(code: str, sentence: str = "", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": sentence},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "SendEmail")


@dataclass
class StrictSES:
    """``before`` and ``after`` are called with each mail, and may raise what SES answers, or end the sender."""

    rate: float = 14.0
    daily: float = 50_000
    sets: tuple[str, ...] = ("firstday",)
    is_sandboxed: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    before: Callable[[dict[str, Any]], None] = lambda _: None
    after: Callable[[dict[str, Any]], None] = lambda _: None
    sent: list[dict[str, Any]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)

    def get_account(self) -> dict[str, Any]:
        _check("GetAccount", {})
        return {
            "SendQuota": {"Max24HourSend": self.daily, "MaxSendRate": self.rate, "SentLast24Hours": len(self.sent)}
        }

    def send_email(self, **request: Any) -> dict[str, str]:
        _check("SendEmail", request)
        self.before(request)
        self._check_sender(request)
        self._check_recipients(request)
        if request.get("ConfigurationSetName", "firstday") not in self.sets:
            raise refused("NotFoundException", "Configuration set does not exist.", 404)
        if not all(_TAG.fullmatch(tag["Value"]) for tag in request.get("EmailTags", [])):
            raise refused("BadRequestException", "Invalid tag value")
        self._check_quota()
        self.sent.append(request)
        self.times.append(self.clock())
        self.after(request)
        return {"MessageId": f"0106018f-{len(self.sent):08}"}

    def texts(self) -> list[str]:
        return [each["Content"]["Simple"]["Body"]["Text"]["Data"] for each in self.sent]

    def recipients(self) -> list[str]:
        return [one(each["Destination"]["ToAddresses"][0]).addr_spec for each in self.sent]

    def links(self) -> list[str]:
        """The invitation links that were sent, in order."""
        return [found for text in self.texts() for found in re.findall(r"^https://\S+/start#\S+$", text, re.M)]

    def _check_sender(self, request: dict[str, Any]) -> None:
        sender = one(request["FromEmailAddress"])
        if sender.domain != "example.com" or request["FromEmailAddressIdentityArn"] != MAIL.identity_arn:
            sentence = (
                f"Email address is not verified. The following identities failed the check: {sender.addr_spec}"
            )
            raise refused("MessageRejected", sentence)

    def _check_recipients(self, request: dict[str, Any]) -> None:
        addresses = [one(text) for text in request["Destination"]["ToAddresses"]]
        if not 1 <= len(addresses) <= 50:
            raise refused("BadRequestException", "Recipient count exceeds 50.")
        for each in addresses:
            if "." not in each.domain:
                raise refused("BadRequestException", f"Illegal address {each.addr_spec}")
            if self.is_sandboxed and each.domain != "example.com":
                sentence = f"Email address is not verified. The following identities failed: {each.addr_spec}"
                raise refused("MessageRejected", sentence)

    def _check_quota(self) -> None:
        if len(self.sent) >= self.daily:
            raise refused("TooManyRequestsException", "Daily message quota exceeded.", 429)
        since = self.clock() - timedelta(seconds=0.99)
        if sum(at > since for at in self.times) >= max(self.rate, 1):
            raise refused("TooManyRequestsException", "Maximum sending rate exceeded.", 429)


def one(text: str) -> Address:
    """The one address in a header's text, which has to be ASCII."""
    assert text.isascii()
    addresses = message_from_string(f"To: {text}\n\n", policy=default)["To"].addresses
    assert len(addresses) == 1, text
    return addresses[0]  # type: ignore[no-any-return]  # typeshed knows no header by name


def _check(operation: str, request: dict[str, Any]) -> None:
    report = ParamValidator().validate(request, _MODEL.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()
