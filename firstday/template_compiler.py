"""Compiles the pages' templates for the package; run by packaging as a process of its own.

What is written holds Jinja's code of each template as Python's bytecode, without columns if this process makes it
without (``-X no_debug_ranges``). Tracebacks name the template as if Lambda had it, and the line in it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

from jinja2 import FileSystemLoader

from chalicelib.web.compiled_templates import write
from chalicelib.web.rendering import environment_of

SUFFIXES = (".html", ".txt")


def compile_templates(templates: Path, to: Path, deployed: str) -> None:
    """Compile each page and mail in ``templates`` into the folder ``to``; Lambda would have it in ``deployed``."""
    environment = environment_of(FileSystemLoader(templates))

    def compiled() -> Iterator[tuple[str, CodeType]]:
        pages = (path for path in templates.rglob("*") if path.suffix in SUFFIXES)
        for path in sorted(pages, key=lambda path: (path.parent, path.name)):
            name = path.relative_to(templates).as_posix()
            yield name, environment.compile(path.read_text(encoding="utf-8"), name, f"{deployed}/{name}")

    to.mkdir()
    write(to, compiled())


if __name__ == "__main__":
    compile_templates(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
