"""A member looks up a tool in a real browser, with JavaScript and without."""

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.helpers.chromium import DESKTOP, PHONE, Visitor
from tests.helpers.running_sandbox import RunningSandbox


@pytest.mark.parametrize(
    ("language", "viewport", "options"),
    [("ja", PHONE, {"is_mobile": True, "has_touch": True}), ("en", DESKTOP, {"java_script_enabled": False})],
    ids=["in Japanese on a phone", "in English on a desktop without JavaScript"],
)
def test_a_tool_is_chosen_and_its_lines_are_shown(
    sandbox: RunningSandbox, chromium: Browser, language: str, viewport: ViewportSize, options: dict[str, bool]
) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, viewport, language, **options)
    page, check = visitor.page, options.get("java_script_enabled", True)
    page.goto(f"{sandbox.portal_url}/tools")
    if check:  # axe itself is a script
        visitor.check()
    page.get_by_role("combobox").select_option("AWS CDK")
    visitor.click({"en": "Show", "ja": "表示"}[language])
    assert visitor.heading == "AWS CDK"
    assert page.url == f"{sandbox.portal_url}/tools?tool=cdk"
    assert "CDK_DEFAULT_ACCOUNT" in page.inner_text("main")
    assert "JavaScript" not in page.inner_text(".said")
    if check:
        visitor.check()
    visitor.click({"en": "日本語", "ja": "English"}[language])
    assert page.locator("select").input_value() == "cdk"
    assert visitor.problems == []
