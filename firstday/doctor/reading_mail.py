"""Reads what Amazon SES tells of the identity, the account and the configuration set: three calls."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from botocore.exceptions import ClientError

from chalicelib.settings.records import Mail, Settings
from firstday.aws_calls import DeploymentError
from firstday.doctor import needed_actions
from firstday.doctor.snapshot import MailState

T = TypeVar("T")


class Reading(Protocol):
    """Reads if AWS permits it, else None; DeploymentError if AWS cannot be asked."""

    def __call__(self, permission: str, read: Callable[[], T]) -> T | None: ...


def mail_state(ses: Any, settings: Settings, mail: Mail, read: Reading) -> MailState:
    """What could be read. SES is nothing that all else depends on, so a problem with it is only told."""
    try:
        return MailState(
            identity=_identity(ses, settings, mail, read),
            account=read(needed_actions.MAIL_ACCOUNT, lambda: dict(ses.get_account())),
            set_sends=_set(ses, mail, read) if mail.configuration_set else None,
        )
    except DeploymentError as error:
        return MailState(problem=str(error))


def _identity(ses: Any, settings: Settings, mail: Mail, read: Reading) -> dict[str, Any] | None:
    """Empty if there is none; None also for one of another account, which only that account can look at."""
    if mail.identity_arn.split(":")[4] != settings.identity_account:
        return None

    def asked() -> dict[str, Any]:
        return dict(ses.get_email_identity(EmailIdentity=mail.identity))

    nothing: dict[str, Any] = {}
    return read(needed_actions.MAIL_IDENTITY, _if_there(asked, nothing))


def _set(ses: Any, mail: Mail, read: Reading) -> str | None:
    def asked() -> str:
        found = ses.get_configuration_set(ConfigurationSetName=mail.configuration_set)
        return "sends" if found.get("SendingOptions", {}).get("SendingEnabled", True) else "paused"

    return read(needed_actions.MAIL_SET, _if_there(asked, "missing"))


def _if_there(ask: Callable[[], T], otherwise: T) -> Callable[[], T]:
    def asked() -> T:
        try:
            return ask()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFoundException":
                return otherwise
            raise

    return asked
