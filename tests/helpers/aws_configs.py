"""Config files of AWS tools, read as they read them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import botocore.configloader
from hypothesis import strategies as st

USER_NAMES = st.from_regex(r"\A[A-Za-z0-9_+=,.@-]{2,64}\Z")


def parsed(text: str, name: str = "config") -> dict[str, Any]:
    with TemporaryDirectory() as directory:
        path = Path(directory, name)
        path.write_text(text, "utf-8", newline="")
        if name == "config":
            return dict(botocore.configloader.load_config(str(path))["profiles"])
        return dict(botocore.configloader.raw_config_parse(str(path)))
