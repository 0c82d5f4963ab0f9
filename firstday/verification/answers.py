"""The answers of AWS to calls that it may well refuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.session import Session, get_session

# The checks look for refusals, so botocore must not try these calls again by itself.
PATIENT = Config(connect_timeout=10, read_timeout=30, retries={"total_max_attempts": 3})
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403"})
# AWS's words if a Deny statement was the cause, and not a missing Allow:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
EXPLICIT = "explicit deny"
# A Deny of these kinds is not the members' own, and may hide that their own is missing.
ELSEWHERE = (
    "service control policy",
    "resource control policy",
    "resource-based policy",
    "endpoint policy",
    "permissions boundary",
    "session policy",
)


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """``code`` is the error's, None where AWS did it; ``text`` is in AWS's words."""

    code: str | None
    text: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_allowed(self) -> bool:
        return self.code is None

    @property
    def is_denied(self) -> bool:
        """Refused because of a missing permission, and not because of another error."""
        return self.code in DENIED

    @property
    def is_explicit(self) -> bool:
        """Refused by a Deny of the caller's own policies, as AWS says it."""
        return self.is_denied and EXPLICIT in self.text and not self.is_elsewhere

    @property
    def is_silent(self) -> bool:
        """Refused without a word about the policy that did it, or that lacked something."""
        return self.is_denied and EXPLICIT not in self.text and "because no " not in self.text

    @property
    def is_elsewhere(self) -> bool:
        """Refused by another Deny: the organisation's, or a resource's."""
        return self.is_denied and EXPLICIT in self.text and any(kind in self.text for kind in ELSEWHERE)

    @property
    def words(self) -> str:
        return "allowed" if self.code is None else f"{self.code}: {self.text}" if self.text else self.code


def answer_of(call: Callable[[], Mapping[str, Any]]) -> ProbeAnswer:
    try:
        return ProbeAnswer(None, body=call())
    except ClientError as error:
        found = error.response["Error"]
        return ProbeAnswer(str(found["Code"]), " ".join(str(found["Message"]).split()))
    except (BotoCoreError, ResponseParserError) as error:
        return ProbeAnswer(type(error).__name__, str(error))


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, or the credentials of a session where ``token`` is not None."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def key_of(answer: ProbeAnswer) -> Key:
    """The credentials that STS has given."""
    found = answer.body["Credentials"]
    return Key(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


@dataclass(frozen=True, slots=True)
class AWS:
    """Sessions for any key, in one region. The administrator's ``profile`` may name an endpoint, too."""

    region: str
    profile: str | None = None

    def session(self, key: Key) -> Session:
        session = get_session()
        if self.profile:
            session.set_config_variable("profile", self.profile)
        session.set_config_variable("region", self.region)
        session.set_credentials(key.access_key_id, key.secret_access_key, key.token)
        return session

    def client(self, key: Key, service: str) -> Any:
        return self.session(key).create_client(service, config=PATIENT)
