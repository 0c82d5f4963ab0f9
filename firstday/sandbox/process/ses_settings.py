"""What the sandbox's SES goes by, which no call of its API can set. The parent writes it, the child reads it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "ses.json"


@dataclass(frozen=True, slots=True)
class SESSettings:
    """``verified`` are ARNs of identities; others have to be made by the API, and wait for their proof for ever.

    ``production_access`` is off while an account is in SES's own sandbox: it may send only to its own identities.
    Mail to ``bouncing_domains`` bounces, and ``suppressed`` addresses are on the account's suppression list.
    """

    verified: tuple[str, ...] = ()
    production_access: bool = True
    sending_enabled: bool = True
    max_send_rate: float = 14
    max_24_hour_send: float = 50_000
    bouncing_domains: tuple[str, ...] = ("bounce.example.com",)
    suppressed: tuple[str, ...] = ()


def write(directory: Path, settings: SESSettings) -> None:
    """Leave the settings for the embedded AWS of ``directory``, at once."""
    new = directory / f"{FILE}.new"
    new.write_text(json.dumps(asdict(settings)))
    new.replace(directory / FILE)


def read(directory: Path) -> SESSettings:
    """The settings that were left last; the usual ones if there are none."""
    try:
        found = json.loads((directory / FILE).read_text())
    except FileNotFoundError:
        return SESSettings()
    lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
    return SESSettings(**(found | lists))
