"""What libraries of PyPI read in pictures: paths of PGM files from the standard input, a line of JSON for each.

Run by a Python that has them, which is not the project's own.
"""

import json
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    opencv: Any = import_module("cv2")
    zxing: Any = import_module("zxingcpp")
    qr_codes = zxing.BarcodeFormats([zxing.BarcodeFormat.QRCode])
    detector = opencv.QRCodeDetector()
    for path in sys.stdin.read().splitlines():
        picture = opencv.imread(path, opencv.IMREAD_GRAYSCALE)
        found = zxing.read_barcodes(picture, formats=qr_codes)
        try:
            by_opencv = detector.detectAndDecode(picture)[0]
        except opencv.error:  # raised where it finds none after all
            by_opencv = ""
        read = {"OpenCV": by_opencv, "zxing-cpp": found[0].text if found else ""}
        print(json.dumps(read))


if __name__ == "__main__":
    main()
