"""Every mail's HTML in a real browser, on a phone and on a desktop: it fits, and asks for nothing from anywhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.helpers import screenshots
from tests.helpers.chromium import DESKTOP, PHONE
from tests.helpers.sample_mails import LINK, SampleMail, samples

SAMPLES = {sample.name: sample for sample in samples()}


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport=request.param)
    yield page
    page.close()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_mail_fits_the_window_and_asks_for_nothing(sample: SampleMail, language: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    letter = sample.letter(language)
    page.set_content(letter.html)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert asked == []
    assert page.title() == letter.subject
    links = [link.get_attribute("href") for link in page.get_by_role("link").all()]
    assert LINK not in links or links == [LINK]
    assert page.locator("img, script, link, iframe").count() == 0


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", ["invitation", "key ageing"])
def test_a_picture_of_it_is_in_the_documents(name: str, language: str, chromium: Browser) -> None:
    page = chromium.new_page(viewport=PHONE)
    page.set_content(SAMPLES[name].letter(language).html)
    screenshots.take(page, f"mail-{name.replace(' ', '-')}-{language}")
    assert page.get_by_role("link").count() == 1
    page.close()
