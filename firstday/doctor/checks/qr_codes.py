"""Checks on the QR codes that members will scan."""

from collections.abc import Iterator

from chalicelib.members.mfa import provisioning_uri
from chalicelib.settings.records import Settings
from chalicelib.web import qr
from firstday.doctor import mending, upkeep_findings
from firstday.doctor.findings import Finding

# All of IAM's seeds have this length, and letters that take the same room.
SEED = "A" * 64
# A user name of 64 characters, and the suffix of a further device.
LONGEST_NAME = "x" * 75


def check_issuer(settings: Settings) -> Iterator[Finding]:
    """Whether the issuer leaves room for a member with the longest name of letters and digits."""
    issuer = settings.issuer
    if _fits(issuer):
        return
    length = next(length for length in range(len(issuer) - 1, 0, -1) if _fits(issuer[:length]))
    message = f"It has {len(issuer)} characters. Of these, {length} have room beside a long member's name."
    remedy = f'# In firstday.toml, write a shorter name: issuer = "...", of about {length} characters. Then:'
    yield upkeep_findings.QR_CODE_DENSE.found(issuer, message, remedy, mending.DEPLOY)


def _fits(issuer: str) -> bool:
    uri = provisioning_uri(seed=SEED, entry_name=LONGEST_NAME, issuer=issuer)
    return qr.side_of(uri) <= qr.WIDEST
