"""QR codes, read back by a real decoder."""

import re
from urllib.parse import quote

import pytest
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from chalicelib.members.mfa import provisioning_uri
from chalicelib.web import qr
from tests.helpers.qr_codes import read_by_zxing, runs, uris

# Codes of the first release that ZXing did not read, though they were clean.
NOT_READ = [
    ("Acme", "ada", "H5RF3KCGLB4AEEXAZCZLQOBGAXIE562PUM5LE6DCTLWOEQZLXNSHDP54ABEKR4ES"),
    (
        "Example Corp",
        "grace.hopper@example.com",
        "3EN7LWR7HAKCEOW4NY4LM7VT4HADVZQPTTFIDEUVMLO3LNDCAUB34QXMO2PROGVD",
    ),
    ("Acme", "dev-simple-user", "DAAUM43NPV3VFEH3JYRRGGVFLRK2Z7J2HM7PSB554DNXCYL4PV7SNLHKGGPAVZJU"),
]


def test_a_scanner_reads_the_provisioning_uri() -> None:
    uri = provisioning_uri(seed="A" * 64, entry_name="dev-simple-user", issuer="株式会社サンプル")
    assert read_by_zxing(qr.svg(uri)) == uri


def test_the_longest_name_and_issuer_still_fit() -> None:
    uri = provisioning_uri(seed="A" * 64, entry_name="@+" * 32, issuer="株" * 64)
    assert read_by_zxing(qr.svg(uri)) == uri


def test_the_drawing_has_modules_of_whole_pixels_and_four_at_least() -> None:
    for uri in uris(50):
        svg = qr.svg(uri)
        side, width = runs(svg)[0], int(re.findall(r' width="(\d+)"', svg)[0])
        assert side == qr.side_of(uri)
        assert width % side == 0
        assert width // side >= 4
        assert width <= 320 or width // side == 4


@pytest.mark.parametrize(("issuer", "user_name", "seed"), NOT_READ)
def test_what_a_scanner_takes_for_a_corner_is_avoided(issuer: str, user_name: str, seed: str) -> None:
    label = f"{quote(issuer)}:{user_name}"
    chosen_by_penalties = QRCode(error_correction=ERROR_CORRECT_M)
    chosen_by_penalties.add_data(f"otpauth://totp/{label}?secret={seed}&issuer={quote(issuer)}")
    assert qr.has_false_corner(chosen_by_penalties.get_matrix())
    assert not qr.has_false_corner(qr.matrix(provisioning_uri(seed=seed, entry_name=user_name, issuer=issuer)))


def test_nearly_every_member_has_a_code_without_a_false_corner() -> None:
    with_one = [uri for uri in uris(1000) if qr.has_false_corner(qr.matrix(uri))]
    assert len(with_one) <= 5


def test_the_drawing_needs_no_style_of_its_own() -> None:
    svg = qr.svg("otpauth://totp/x")
    assert "style" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_a_scanner_reads_the_code_of_any_member() -> None:
    for uri in uris(1000):
        assert read_by_zxing(qr.svg(uri)) == uri
