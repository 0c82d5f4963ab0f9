"""QR codes, read back by a real decoder."""

from chalicelib.members.mfa import provisioning_uri
from chalicelib.web import qr
from tests.helpers.qr_codes import read_by_zxing, uris


def test_a_scanner_reads_the_provisioning_uri() -> None:
    uri = provisioning_uri(seed="A" * 64, user_name="dev-simple-user", issuer="株式会社サンプル")
    assert read_by_zxing(qr.svg(uri)) == uri


def test_the_longest_name_and_issuer_still_fit() -> None:
    uri = provisioning_uri(seed="A" * 64, user_name="@+" * 32, issuer="株" * 64)
    assert read_by_zxing(qr.svg(uri)) == uri


def test_the_drawing_needs_no_style_of_its_own() -> None:
    svg = qr.svg("otpauth://totp/x")
    assert "style" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_a_scanner_reads_the_code_of_any_member() -> None:
    for uri in uris(1000):
        assert read_by_zxing(qr.svg(uri)) == uri
