"""Compiles the pages' templates for the package; run by packaging as a process of its own.

What is written holds Jinja's code of each template as Python's bytecode, without columns if this process makes it
without (``-X no_debug_ranges``). Tracebacks name the template as Lambda has it, and the line in it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2.bccache import Bucket

from chalicelib.web.compiled_templates import CompiledTemplates
from chalicelib.web.rendering import environment_of


def compile_templates(templates: Path, to: Path, deployed: str) -> None:
    """Compile each page and mail in ``templates`` into the folder ``to``; Lambda has them in ``deployed``."""
    environment, compiled = environment_of(templates, None), CompiledTemplates(to)

    def buckets() -> Iterator[Bucket]:
        pages = (path for path in templates.rglob("*") if path.suffix in (".html", ".txt"))
        for path in sorted(pages, key=lambda path: (path.parent, path.name)):
            name = path.relative_to(templates).as_posix()
            source = path.read_text(encoding="utf-8")
            bucket = compiled.get_bucket(environment, name, None, source)
            bucket.code = environment.compile(source, name, f"{deployed}/{name}")
            yield bucket

    to.mkdir()
    compiled.write(buckets())


if __name__ == "__main__":
    compile_templates(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
