"""Every page that the portal shows, with data: of the journey, of the member's own page, of the console."""

from collections.abc import Iterator

from tests.helpers import console_pages, own_sample_pages, sample_pages
from tests.helpers.sample_pages import Sample


def samples() -> Iterator[Sample]:
    """Every page in every variant that looks different."""
    for pages in (sample_pages, own_sample_pages, console_pages):
        yield from pages.samples()
