"""The deployment zip: its size, and that nothing is in it that Lambda has or does not need."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import peer
from chalicelib.settings.reader import load
from firstday import packaging

ROOT = Path(__file__).parents[1]
UNWANTED = ("boto3/", "botocore/", "chalice/cli/", "pip/", "pytest", "moto")


def build(directory: Path) -> Path:
    return packaging.build(ROOT, load(ROOT / "firstday.toml"), directory).zip_path


def measure() -> Iterator[str]:
    with TemporaryDirectory() as temporary:
        ours = build(Path(temporary, "ours"))
        theirs = peer.packaged(peer.write(Path(temporary, "peer")), Path(temporary, "made"))
        with zipfile.ZipFile(ours) as packed:
            names = packed.namelist()
        unwanted = [name for name in names if name.startswith(UNWANTED)]
        templates = [name for name in names if name.startswith("templates/")]
        yield "Deployment zip"
        yield f"  Firstday                {ours.stat().st_size / 1000:8.0f} kB   (target: at most 1000 kB)"
        size = theirs.stat().st_size
        yield f"  smallest Chalice app    {size / 1000:8.0f} kB   (no page, no QR code, sources only)"
        yield f"  boto3, Chalice's command line or tests in it: {len(unwanted)}; templates in it: {len(templates)}"
