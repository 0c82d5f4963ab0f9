"""QR codes, read back by another decoder than the unit tests', and from real screens."""

import io
from dataclasses import replace
from typing import Literal

import pytest
import zxingcpp
from markupsafe import Markup
from PIL import Image
from playwright.sync_api import Browser

from chalicelib.members.mfa import provisioning_uri
from chalicelib.web import qr
from tests.helpers import sample_pages
from tests.helpers.qr_codes import QR_CODES, read_by_jsqr, uris

SEED = "GEZDGNBVGY3TQOJQ" * 4
SHORT = provisioning_uri(seed=SEED, entry_name="dev-simple-user", issuer="Example Corp")
# The doctor has no complaint about them.
LONG = provisioning_uri(seed=SEED, entry_name="x" * 64, issuer="x" * 64)
JAPANESE = provisioning_uri(seed=SEED, entry_name="x" * 64, issuer="例" * 15)
# It has: whatever the settings allow is read from a screen all the same.
LONGEST = provisioning_uri(seed=SEED, entry_name="@+" * 32, issuer="例" * 64)


def page_with(uri: str) -> str:
    sample = next(each for each in sample_pages.samples() if each.page == "qr-code")
    values = {**sample.values, "qr_svg": Markup(qr.svg(uri))}  # noqa: S704 -- made of numbers only
    return sample_pages.shown(replace(sample, values=values), "en")


def test_another_scanner_reads_the_code_of_any_member() -> None:
    sent = list(uris(500))
    assert read_by_jsqr(map(qr.svg, sent)) == sent


@pytest.mark.parametrize(("width", "scale"), [(320, 2), (390, 3), (1280, 1), (1280, 1.5)])
@pytest.mark.parametrize("surroundings", ["light", "dark", "print"])
def test_the_code_is_read_from_any_screen(
    chromium: Browser, width: int, scale: float, surroundings: Literal["light", "dark", "print"]
) -> None:
    scheme: Literal["light", "dark"] = "dark" if surroundings == "dark" else "light"
    media: Literal["print", "screen"] = "print" if surroundings == "print" else "screen"
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        device_scale_factor=scale,
        color_scheme=scheme,
        is_mobile=width < 500,  # its scroll bar takes no room
    )
    page = context.new_page()
    page.emulate_media(media=media)
    for uri in (SHORT, LONG, JAPANESE, LONGEST):
        page.set_content(page_with(uri))
        drawn = page.locator(".qr svg").evaluate("drawing => drawing.getBoundingClientRect().width")
        assert drawn >= 4 * qr.side_of(uri) or (uri == LONGEST and width < 500)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
        assert [found.text for found in zxingcpp.read_barcodes(picture, formats=QR_CODES)] == [uri]
    context.close()
