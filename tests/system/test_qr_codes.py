"""QR codes, read back by another decoder than the unit tests'."""

from chalicelib.web import qr
from tests.helpers.qr_codes import read_by_jsqr, uris


def test_another_scanner_reads_the_code_of_any_member() -> None:
    sent = list(uris(500))
    assert read_by_jsqr(map(qr.svg, sent)) == sent
