"""The config page as a member gets it, with everything that it offers beside the file."""

import html
import re
import subprocess

import pytest

from chalicelib.settings.records import Credentials
from firstday.verification.browser import Page
from tests.helpers.member_walk import downloads, enter_codes, scan, secret_in
from tests.helpers.worlds import MEMBER, PORTAL_URL, World, with_settings


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


def test_the_secret_is_in_what_is_downloaded_and_in_nothing_that_is_pasted(world: World) -> None:
    page = config_page(world)
    secret = secret_in(page.by_id["credentials-text"])
    assert page.answer.body.count(secret) == 1
    holding = {name for name, text in downloads(page).items() if secret in text}
    assert holding == {"credentials", "merge-config.sh", "merge-config.ps1"}


def test_who_works_with_a_code_a_day_may_be_asked_by_each_role_instead_and_back(world: World) -> None:
    config_page(world)
    first = world.browser.get("config")
    assert f"source_profile = {MEMBER}-session" in first.by_id["config-text"]
    assert f"aws configure mfa-login --profile {MEMBER} --update-profile {MEMBER}-session" in done(world)
    assert "works as before" not in first.text
    second = world.browser.submit(first.form("config"))
    assert "Save it again: until then, the file on your computer works as before." in second.text
    assert f"source_profile = {MEMBER}\n" in second.by_id["config-text"]
    assert "Enter MFA code for arn:aws:iam::123456789012:mfa/dev-simple-user" in done(world)
    third = world.browser.submit(second.form("config"))
    assert third.by_id["config-text"] == first.by_id["config-text"]


def test_the_choice_leaves_the_kind_of_credentials_that_the_page_shows(world: World) -> None:
    with_settings(world, credentials=(Credentials.AWS_LOGIN, Credentials.ACCESS_KEY))
    enter_codes(world.browser, scan(world))
    page = world.browser.get("config?credentials=access-key")
    changed = world.browser.submit(page.form("/config"))
    assert f"source_profile = {MEMBER}\n" in changed.by_id["config-text"]
    assert "mfa_serial" in changed.by_id["config-text"]


def test_the_script_is_deleted_when_it_is_done_so_that_the_next_one_gets_its_name(world: World) -> None:
    shown = config_page(world).text
    assert "sh merge-config.sh && rm merge-config.sh" in shown
    assert "if ($?) { rm merge-config.ps1 }" in shown


def test_where_the_secret_is_shown_the_link_to_the_tools_does_not_leave_the_page(world: World) -> None:
    link = re.compile(r'<a class="next" href="[^"]*/tools"([^>]*)>')
    assert link.findall(config_page(world).answer.body) == [' target="_blank"']
    assert link.findall(world.browser.get("config").answer.body) == [""]


def test_a_way_to_work_that_the_organisation_does_not_have_is_refused(world: World) -> None:
    config_page(world)
    assert world.browser.post("config", {"daily": "never"}).status == 404
    assert world.browser.post("config", {}).status == 404


@pytest.mark.parametrize(("session", "kept"), [("echo ASIA secret token", 1), ("false", 0)])
def test_without_mfa_login_a_session_is_kept_only_if_aws_gave_one(world: World, session: str, kept: int) -> None:
    config_page(world)
    (shown,) = re.findall(r"<pre[^>]*>(set -- .*?)</pre>", world.browser.get("done").answer.body, re.DOTALL)
    aws = f'aws() {{ case $1 in sts) {session} ;; *) echo "$@" ;; esac; }}\n'
    ran = subprocess.run(["sh"], input=aws + html.unescape(shown), capture_output=True, text=True)
    assert ran.stderr == ""
    assert ran.stdout.count("configure set aws_session_token token") == kept
    assert "secret" not in ran.stdout, "the arguments of a program can be seen by others"


def done(world: World) -> str:
    return world.browser.get("done").text


def test_the_command_for_ones_own_page_knows_the_portal_and_the_member(world: World) -> None:
    for page in (config_page(world), world.browser.get("done")):
        command, powershell = (page.by_id[f"own-page-{key}"] for key in ("posix", "powershell"))
        assert f"portal={PORTAL_URL}\nregion=ap-northeast-1\nprofile={MEMBER}\n" in command
        assert f"serial_number=arn:aws:iam::123456789012:mfa/{MEMBER}\n" in command
        assert f"$portal = '{PORTAL_URL}'\n" in powershell


def test_what_is_saved_by_hand_has_the_key_by_which_a_later_merge_finds_it(world: World) -> None:
    page = config_page(world)
    assert "firstday = 123456789012" in page.by_id["config-text"]
    assert downloads(page)["config"].strip() == page.by_id["config-text"].strip()
