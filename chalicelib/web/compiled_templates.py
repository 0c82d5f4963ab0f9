"""Templates that packaging has compiled: reading one takes a fraction of making it from its source.

https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache
"""

import marshal
from collections.abc import Iterable
from importlib.util import MAGIC_NUMBER
from itertools import groupby
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """The compiled templates in ``folder``, which has one file for each folder of templates.

    Compiled templates resemble each other, so that together they are a third smaller in the package. What there is
    of a template begins with what it was made for. If that is another Python or another source, Jinja compiles the
    template as ever.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, dict[str, bytes]] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 -- Jinja's signature
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        header, found = _header(bucket), self._compiled(_file_name(bucket.key)).get(bucket.key, b"")
        if found.startswith(header):
            # From bytes; Bucket.load_bytecode would have each number of the code read from the file by itself.
            bucket.code = marshal.loads(found[len(header) :])  # noqa: S302 -- the package's own

    def _compiled(self, file_name: str) -> dict[str, bytes]:
        """What is in the file, each template still as bytes: only those that are asked for are made into code."""
        if file_name not in self._read:
            path = self._folder / file_name
            self._read[file_name] = marshal.loads(path.read_bytes()) if path.exists() else {}  # noqa: S302
        return self._read[file_name]

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing: packaging writes them, and Lambda's folder cannot be written to."""

    def write(self, buckets: Iterable[Bucket]) -> None:
        """Write the templates in ``buckets``, which are sorted by their names; the folder is there."""
        for file_name, group in groupby(buckets, lambda bucket: _file_name(bucket.key)):
            compiled = {bucket.key: _header(bucket) + marshal.dumps(bucket.code) for bucket in group}
            (self._folder / file_name).write_bytes(marshal.dumps(compiled))


def _file_name(name: str) -> str:
    """``console.parts.bin`` for ``console/parts/macros.html``, ``.bin`` for what is in no folder."""
    return f"{name.rpartition('/')[0].replace('/', '.')}.bin"


def _header(bucket: Bucket) -> bytes:
    return MAGIC_NUMBER + bucket.checksum.encode()
