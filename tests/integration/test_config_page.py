"""The config page as a member gets it, with everything that it offers beside the file."""

from firstday.verification.browser import Page
from tests.helpers.member_walk import downloads, enter_codes, scan
from tests.helpers.worlds import MEMBER, PORTAL_URL, World


def config_page(world: World) -> Page:
    page = enter_codes(world.browser, scan(world))
    return world.browser.submit(page.form("access-key"))


def test_the_page_offers_scripts_with_the_profiles_already_in(world: World) -> None:
    page = config_page(world)
    files = downloads(page)
    assert files.keys() >= {"config", "merge-config.sh", "merge-config.ps1"}
    for name in ("merge-config.sh", "merge-config.ps1"):
        assert files["config"] in files[name].replace("\r\n", "\n")
    assert page.by_id["merge-posix"].startswith("sh <<'END_OF_SCRIPT'")


def test_the_secret_is_in_the_credentials_and_the_csv_and_in_no_script(world: World) -> None:
    page = config_page(world)
    secret = page.by_id["credentials-text"].split()[-1]
    assert page.answer.body.count(secret) == 1
    assert [name for name, text in downloads(page).items() if secret in text] == ["access-key.csv"]


def test_the_command_that_fetches_it_again_knows_the_address_of_the_portal(world: World) -> None:
    command = config_page(world).by_id["fetch-text"]
    assert f"portal={PORTAL_URL}\n" in command
    assert "--aws-sigv4 aws:amz:ap-northeast-1:execute-api" in command
    assert f"--profile={MEMBER} " in command


def test_what_is_saved_by_hand_has_the_key_by_which_a_later_merge_finds_it(world: World) -> None:
    page = config_page(world)
    assert "firstday = 123456789012" in page.by_id["config-text"]
    assert downloads(page)["config"].strip() == page.by_id["config-text"].strip()
