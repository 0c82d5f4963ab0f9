"""Random keys in the shape of AWS's; imports nothing of the embedded AWS."""

import secrets
import string
from dataclasses import asdict, dataclass

_KEY_ALPHABET = string.ascii_uppercase + "234567"
# Tells the sandbox's keys from AWS's own, wherever they are found later.
MARK = "SANDBOX"


@dataclass(frozen=True, slots=True)
class RootCredentials:
    """The root user's key of one account, made for one run."""

    account_id: str
    access_key_id: str
    secret_access_key: str

    def as_dict(self) -> dict[str, str]:
        """The fields by name, for the child process."""
        return asdict(self)


def new_root_credentials(account_id: str) -> RootCredentials:
    """Root credentials of ``account_id`` that nobody can guess."""
    return RootCredentials(account_id, new_access_key_id("AKIA"), secrets.token_urlsafe(30))


def new_access_key_id(prefix: str) -> str:
    """``prefix`` (AKIA or ASIA), the sandbox's mark and nine random characters: as long as AWS's ids."""
    return prefix + MARK + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16 - len(MARK)))


def new_unique_id(prefix: str) -> str:
    """``prefix`` and twenty random characters: as long as IAM's ids of certificates."""
    return prefix + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(20))


def is_of_the_sandbox(access_key_id: str) -> bool:
    """Whether the embedded AWS issued this key, in this run or another."""
    return access_key_id[4:].startswith(MARK)
