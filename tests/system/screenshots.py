"""The screenshots in ``docs/screenshots``: taken by the browser tests, and current.

``make screenshots`` lets the tests write them; every run compares a digest of the pages' sources.
"""

import hashlib
import io
import os
from pathlib import Path

from babel.messages.pofile import read_po
from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "docs" / "screenshots"
TAKEN_OF = DIRECTORY / "taken-of.txt"
WRITE = "FIRSTDAY_SCREENSHOTS"


def take(page: Page, name: str) -> None:
    """Save what the window shows, if asked to."""
    if os.environ.get(WRITE):
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        # A page has few colours: with a palette, the file is a third of the size.
        picture.quantize(128, Image.Quantize.MEDIANCUT).save(DIRECTORY / f"{name}.png", optimize=True)
        TAKEN_OF.write_text(sources() + "\n")


def sources() -> str:
    """A digest of everything that the pages' appearance depends on."""
    paths = [*(path for path in (ROOT / "templates").rglob("*") if path.is_file()), ROOT / "firstday.toml"]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + path.read_bytes())
    for path in sorted((ROOT / "chalicelib" / "locale").rglob("*.po")):
        with path.open("rb") as file:  # not its bytes, which depend on the place of each text in the code
            texts = sorted((str(message.id), str(message.string)) for message in read_po(file) if message.id)
        digest.update(repr(texts).encode())
    return digest.hexdigest()
