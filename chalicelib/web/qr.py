"""QR codes as inline SVG: API Gateway would send an image as base64 text.

How it is drawn is what scanners read best: docs/qr-codes.md.
"""

import re
from typing import Any

from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode

# Modules; the white card around the drawing adds as many as ISO/IEC 18004, section 6.3.8 wants: four.
QUIET_ZONE = 2
# The standard draws all eight masks and takes the one with the lowest penalty. Readers stumble over something else:
# a pattern in the data that they take for a corner. The first of these without one is taken, mostly the very first,
# which is quicker, too. The last four have one in every code of some lengths, because of what pads the data.
MASKS = 0, 3, 2, 4, 7, 1, 6, 5
# CSS pixels. Whole ones make all modules alike; a narrow screen makes the drawing smaller.
WIDTH = 320
SMALLEST_MODULE = 4
# Modules of that size for which a screen of 320 CSS pixels has room.
WIDEST = 59
# Readers take a middle of two to five modules for the three of a corner.
_FINDER = re.compile("(?<!1)(?=10(1{2,5})01(?!1))")
# The middle of a corner is three rows high.
_IN_CORNERS = 9

Matrix = list[list[bool]]


def svg(text: str) -> str:
    """``text`` as a QR code; one path, one unit a module. The page around it says what it is."""
    modules = matrix(text)
    side = len(modules)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' width="{side * max(SMALLEST_MODULE, WIDTH // side)}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{_path(modules)}"/></svg>'
    )


def side_of(text: str) -> int:
    """The side of the drawing of ``text``, in modules."""
    return _code(text).best_fit() * 4 + 17 + 2 * QUIET_ZONE


def matrix(text: str) -> Matrix:
    """The dark modules of the drawing of ``text``, row by row."""
    code = _code(text)
    code.best_fit()
    for mask in MASKS:
        code.mask_pattern = mask
        code.make(fit=False)
        if not has_false_corner(modules := code.get_matrix()):
            break
    return modules


def has_false_corner(modules: Matrix) -> bool:
    """Whether something besides the three corners looks like one, across and down."""
    rows = ["".join("01"[dark] for dark in row) for row in modules]
    columns = map("".join, zip(*rows, strict=True))
    down = {(x, y) for x, column in enumerate(columns) for middle in _middles(column) for y in middle}
    across = ((middle[len(middle) // 2], y) for y, row in enumerate(rows) for middle in _middles(row))
    return sum(place in down for place in across) > _IN_CORNERS


def _code(text: str) -> QRCode[Any]:
    # The lowest level: larger modules help more than what the others repair, since nothing lies on a screen.
    code = QRCode(error_correction=ERROR_CORRECT_L, border=QUIET_ZONE)
    code.add_data(text)
    return code


def _middles(line: str) -> list[range]:
    """Where the middles of what looks like a corner are in a row or column."""
    return [range(found.start() + 2, found.start() + 2 + len(found[1])) for found in _FINDER.finditer(line)]


def _path(modules: Matrix) -> str:
    """Horizontal runs of dark modules."""
    runs = []
    for y, row in enumerate(modules):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return "".join(runs)
