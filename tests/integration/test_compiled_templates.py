"""The templates that packaging compiles: they make the same pages as their sources."""

import marshal
import re
from pathlib import Path

import hypothesis
import pytest

from chalicelib.web.rendering import TEMPLATES
from firstday.template_compiler import SUFFIXES
from tests.helpers import every_sample
from tests.helpers.deployed_package import PROJECT, DeployedPackage
from tests.helpers.sample_pages import LANGUAGES, shown

# Where the samples are, and what they are made with; after the package and what Lambda has.
TESTS = [str(PROJECT), str(Path(hypothesis.__file__).parents[1])]
# Renders every sample; what the lexer has kept tells whether any template was read from its source.
EVERY_PAGE = f"""
sys.path += {TESTS!r}
from chalicelib.web import rendering
from jinja2.lexer import _lexer_cache
from tests.helpers import console_pages, every_sample, sample_pages
assert rendering.__file__.startswith(package)
samples = [*every_sample.samples()]
pages = {{f"{{each.name}} {{language}}": sample_pages.shown(each, language)
         for each in samples for language in sample_pages.LANGUAGES}}
answer = [pages, len(_lexer_cache)]
"""
FAILING_PAGE = f"""
sys.path += {TESTS!r}
import traceback
from tests.helpers import sample_pages
sample = next(each for each in sample_pages.samples() if each.page == "qr-code")
try:
    sample_pages.shown(sample, "en", url=None)
except TypeError:
    answer = traceback.format_exc()
"""


@pytest.fixture(scope="module")
def compiled(deployed_copy: DeployedPackage) -> dict[str, str]:
    """Every page in every language, as the package renders it without reading a template's source."""
    pages, lexers = deployed_copy.run(EVERY_PAGE)
    assert lexers == 0
    return dict(pages)


def test_every_page_is_the_same_from_compiled_templates_and_from_their_sources(compiled: dict[str, str]) -> None:
    samples = [*every_sample.samples()]
    assert len(compiled) == len(samples) * len(LANGUAGES)
    for sample in samples:
        for language in LANGUAGES:
            assert compiled[f"{sample.name} {language}"] == shown(sample, language), (sample.name, language)


def test_each_template_is_compiled(deployed_copy: DeployedPackage) -> None:
    written = (path for path in TEMPLATES.rglob("*") if path.suffix in SUFFIXES)
    sources = {path.relative_to(TEMPLATES).as_posix() for path in written}
    files = (deployed_copy.folder / "compiled_templates").iterdir()
    assert {name for path in files for name in marshal.loads(path.read_bytes())} == sources  # noqa: S302


def test_a_traceback_out_of_a_compiled_template_names_the_template_and_the_line(
    deployed_copy: DeployedPackage,
) -> None:
    text = deployed_copy.run(FAILING_PAGE)
    name, line = re.findall(r'File "/var/task/templates/([a-z/-]+\.html)", line (\d+)', text)[-1]
    assert "url(" in (TEMPLATES / name).read_text(encoding="utf-8").splitlines()[int(line) - 1]
