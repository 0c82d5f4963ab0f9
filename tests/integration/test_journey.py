"""The member's journey through the portal's pages."""

from tests.integration.conftest import MEMBER, World


def test_a_member_goes_from_the_link_to_the_config(world: World) -> None:
    browser = world.browser
    page = browser.get("start")
    assert page.heading == "Welcome to AWS at Example Corp"
    page = browser.submit(page.form("start"), token=world.invitation.token)
    assert page.heading == "Register your phone"
    page = browser.submit(page.form("register-device"))
    assert page.heading.startswith("Scan the QR code")
    page = browser.submit(page.form("codes"), code1="123456", code2="654321")
    assert page.heading == "Get your access key"
    page = browser.submit(page.form("access-key"))
    print(page.text)
    assert page.heading == "Save two files"
    assert f"[profile {MEMBER}]" in page.by_id["config-text"]
    page = browser.get("done")
    print(page.text)
    assert page.heading == f"You are ready, {MEMBER}"
