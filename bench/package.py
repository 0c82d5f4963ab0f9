"""The deployment zip: its size, and that nothing is in it that Lambda has or does not need."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.settings.reader import load
from firstday import packaging

ROOT = Path(__file__).parents[1]
UNWANTED = ("boto3/", "botocore/", "chalice/cli/", "pip/", "pytest", "moto")


def measure() -> Iterator[str]:
    with TemporaryDirectory() as temporary:
        made = packaging.build(ROOT, load(ROOT / "firstday.toml"), Path(temporary)).zip_path
        with zipfile.ZipFile(made) as packed:
            names = packed.namelist()
        unwanted = [name for name in names if name.startswith(UNWANTED)]
        templates = [name for name in names if name.startswith("templates/")]
        yield f"Deployment zip: {made.stat().st_size / 1000:.0f} kB   (target: at most 1000 kB)"
        yield f"  boto3, Chalice's command line or tests in it: {len(unwanted)}; templates in it: {len(templates)}"
