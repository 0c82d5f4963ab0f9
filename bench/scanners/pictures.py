"""Pictures of codes as PGM files: drawn, as Chromium shows them, and as a camera sees that."""

import io
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect

from bench.scanners.codes import Form, Member

INSTALLED = Path(__file__).parents[2] / ".cache" / "scanners"
PYTHON = INSTALLED / "python" / "bin" / "python"
MODULE = 5  # pixels of a drawing
AROUND = 24  # CSS pixels of the page around the card


def drawn(svg: str, path: Path) -> None:
    """The code alone, with the quiet zone of the standard."""
    dark = re.findall(r"M(\d+) (\d+)h(\d+)v1", svg)
    first = int(dark[0][0])
    side = max(int(x) + int(width) for x, _, width in dark) - first + 8
    image = Image.new("L", (side, side), 255)
    for x, y, width in dark:
        left, top = int(x) - first + 4, int(y) - first + 4
        image.paste(0, (left, top, left + int(width), top + 1))
    image.resize((side * MODULE, side * MODULE), Image.Resampling.NEAREST).save(path)


def shown(browser: Browser, form: Form, members: Iterable[Member], scale: float, folder: Path) -> list[Path]:
    """Each member's page on a screen with so many pixels to a CSS pixel."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=scale)
    page = context.new_page()
    paths = []
    for number, member in enumerate(members):
        page.set_content(form.page(member))
        card = page.locator(".qr").evaluate("card => card.getBoundingClientRect().toJSON()")
        clip: FloatRect = {
            "x": max(card["x"] - AROUND, 0),
            "y": max(card["y"] - AROUND, 0),
            "width": card["width"] + 2 * AROUND,
            "height": card["height"] + 2 * AROUND,
        }
        picture = Image.open(io.BytesIO(page.screenshot(clip=clip)))
        paths.append(folder / f"{form.title}-{scale}-{number}.pgm")
        picture.convert("L").save(paths[-1])
    context.close()
    return paths


def photographed(sources: Sequence[Path], draws: int, folder: Path) -> list[Path]:
    """Each of the screens in each of the draws; the same draw has the same camera."""
    lines, targets = [], []
    for source in sources:
        for draw in range(draws):
            targets.append(folder / f"{source.stem}-camera-{draw}.pgm")
            lines.append(f"{draw}\t{source}\t{targets[-1]}")
    command = [str(PYTHON), str(Path(__file__).with_name("camera.py"))]
    subprocess.run(command, input="\n".join(lines), text=True, check=True)
    return targets
