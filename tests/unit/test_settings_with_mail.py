"""The settings that ``firstday sandbox --mail`` deploys."""

import stat
from pathlib import Path

import pytest

from chalicelib.settings.reader import load
from firstday.sandbox.settings_with_mail import write_with_mail

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["firstday.toml", "examples/brownfield.toml"])
def test_they_are_the_same_but_for_the_mail(name: str, tmp_path: Path) -> None:
    before = load(ROOT / name)
    if before.mail:
        pytest.skip("has mail of its own")
    written = write_with_mail(before, ROOT / name, tmp_path / "new")
    after = load(written)
    assert after.mail
    assert (after.mail.sender_address, after.mail.identity) == ("aws-portal@example.com", "example.com")
    assert (after.groups, after.region, after.identity_account) == (
        before.groups,
        before.region,
        before.identity_account,
    )
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
