"""A QR code as PNG, without Pillow, which nothing else in the sandbox needs."""

import zlib

from qrcode.main import QRCode

_PIXELS = 4  # a module's edge


def qr_png(text: str) -> bytes:
    """``text`` as a QR code in shades of grey, eight bits a pixel: https://www.w3.org/TR/png-3/."""
    # Any mask can be read; trying all of them for the best takes most of the time.
    code = QRCode(mask_pattern=0)
    code.add_data(text)
    lines = [b"".join((b"\x00" if dark else b"\xff") * _PIXELS for dark in row) for row in code.get_matrix()]
    size = (len(lines) * _PIXELS).to_bytes(4)
    pixels = b"".join((b"\x00" + line) * _PIXELS for line in lines)  # each line begins with its filter: none
    header = size + size + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(pixels))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)
