"""QR codes, read back by a real decoder."""

import re

import zxingcpp
from PIL import Image

from chalicelib.members.mfa import provisioning_uri
from chalicelib.web import qr

SCALE = 4


def decoded(svg: str) -> str:
    """The drawing as a scanner sees it: its path filled in, black on white."""
    size = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    image = Image.new("L", (size * SCALE, size * SCALE), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        run = (int(x) * SCALE, int(y) * SCALE, (int(x) + int(width)) * SCALE, (int(y) + 1) * SCALE)
        image.paste(0, run)
    (found,) = zxingcpp.read_barcodes(image)
    return str(found.text)


def test_a_scanner_reads_the_provisioning_uri() -> None:
    uri = provisioning_uri(seed="A" * 64, user_name="dev-simple-user", issuer="株式会社サンプル")
    assert decoded(qr.svg(uri)) == uri


def test_the_longest_name_and_issuer_still_fit() -> None:
    uri = provisioning_uri(seed="A" * 64, user_name="@+" * 32, issuer="株" * 64)
    assert decoded(qr.svg(uri)) == uri


def test_the_drawing_needs_no_style_of_its_own() -> None:
    svg = qr.svg("otpauth://totp/x")
    assert "style" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
