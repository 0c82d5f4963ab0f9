"""QR codes of the portal, and what decoders make of them."""

import random
import re
import subprocess
from collections.abc import Iterable, Iterator
from itertools import chain

import zxingcpp
from PIL import Image

from chalicelib.members.mfa import provisioning_uri
from tests.helpers.aws_clients import INSTALLED, JAVASCRIPT
from tests.helpers.running_sandbox import BIN

SCALE = 4
# In any picture, a reader of all kinds of codes now and then takes something for another kind.
QR_CODES = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
NAMES = "abcdefghijklmnopqrstuvwxyz0123456789+=,.@_-"
ORGANISATIONS = ("Acme", "Example Corp", "株式会社サンプル", "Søren & Söhne GmbH", "例" * 20)


def uris(count: int) -> Iterator[str]:
    """Provisioning URIs of many members, the same ones each time."""
    chosen = random.Random(7)  # noqa: S311 -- nobody's secrets
    for _ in range(count):
        yield provisioning_uri(
            seed="".join(chosen.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=64)),
            entry_name="a" + "".join(chosen.choices(NAMES, k=chosen.randint(1, 40))),
            issuer=chosen.choice(ORGANISATIONS),
        )


def runs(svg: str) -> tuple[int, list[tuple[int, int, int]]]:
    """The side of the drawing, and its horizontal runs of dark modules: x, y, length."""
    side = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    return side, [(int(x), int(y), int(width)) for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg)]


def read_by_zxing(svg: str) -> str:
    """What zxing-cpp reads: the drawing's path filled in, black on white."""
    side, dark = runs(svg)
    image = Image.new("L", (side * SCALE, side * SCALE), 255)
    for x, y, width in dark:
        image.paste(0, (x * SCALE, y * SCALE, (x + width) * SCALE, (y + 1) * SCALE))
    (found,) = zxingcpp.read_barcodes(image, formats=QR_CODES)
    return str(found.text)


def read_by_jsqr(svgs: Iterable[str]) -> list[str]:
    """What jsQR reads; it comes with ``tests/install-clients``."""
    command = [str(BIN / "node"), str(JAVASCRIPT / "read-qr-codes.cjs")]
    environment = {"NODE_PATH": str(INSTALLED / "node_modules")}
    lines = "\n".join(_as_line(svg) for svg in svgs)
    ran = subprocess.run(command, input=lines, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


def _as_line(svg: str) -> str:
    side, dark = runs(svg)
    rows = [["0"] * side for _ in range(side)]
    for x, y in chain.from_iterable(((x + step, y) for step in range(width)) for x, y, width in dark):
        rows[y][x] = "1"
    return " ".join("".join(row) for row in rows)
