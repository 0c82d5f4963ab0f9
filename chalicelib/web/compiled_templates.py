"""Templates that packaging has compiled: reading one takes a fraction of making it from its source.

https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache
"""

import marshal
from contextlib import suppress
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """The compiled templates in ``folder``, which has one file for each.

    A file begins with what it was made for. If that is another Python or another source, Jinja compiles the
    template as ever.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 -- Jinja's signature
        return f"{name.replace('/', '.')}.bin"

    def load_bytecode(self, bucket: Bucket) -> None:
        header = _header(bucket)
        with suppress(FileNotFoundError):
            found = (self._folder / bucket.key).read_bytes()
            if found.startswith(header):
                # From bytes; Bucket.load_bytecode would have each number of the code read from the file by itself.
                bucket.code = marshal.loads(found[len(header) :])  # noqa: S302 -- the package's own

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing: packaging writes them, and Lambda's folder cannot be written to."""

    def write(self, bucket: Bucket) -> None:
        """Add the template in ``bucket``; the folder is there."""
        (self._folder / bucket.key).write_bytes(_header(bucket) + marshal.dumps(bucket.code))


def _header(bucket: Bucket) -> bytes:
    return MAGIC_NUMBER + bucket.checksum.encode()
