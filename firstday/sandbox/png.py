"""A QR code as PNG, with the standard library only (ISO/IEC 15948)."""

import struct
import zlib

import qrcode

_SCALE = 4


def qr_png(text: str) -> bytes:
    """A black-and-white PNG of ``text``'s QR code, four pixels a module, with its quiet zone."""
    code = qrcode.QRCode()
    code.add_data(text)
    rows = [_row(row) for row in code.get_matrix() for _ in range(_SCALE)]
    width = len(rows)
    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + _chunk(b"IEND", b"")
    )


def _row(modules: list[bool]) -> bytes:
    """One line of pixels: filter type 0, then one bit a pixel, 1 for white."""
    bits = "".join(("0" if dark else "1") * _SCALE for dark in modules)
    bits += "1" * (-len(bits) % 8)
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
