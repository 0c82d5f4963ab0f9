"""The administrator's console in a real browser, against the sandbox: every page is looked at by axe-core."""

import csv
import io
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers import screenshots
from tests.helpers.chromium import DESKTOP, PHONE, Visitor
from tests.helpers.running_sandbox import BIN, Member, RunningSandbox

WORDS = {
    "en": {
        "sign in": "Sign in",
        "first": "Sign in again first",
        "sign out": "Sign out",
        "new": "Create and invite",
        "again": "Invite again",
        "revoke": "Revoke the invitation",
        "groups": "Change groups",
        "reset …": "Reset the MFA device …",
        "reset": "Reset the MFA device",
        "cancel": "Cancel",
        "offboard …": "Offboard …",
        "offboard": "Offboard {name}",
        "check": "Check the list",
        "invite": "Invite {count} members",
        "done": "The import is done",
        "filtered": "No member matches",
        "zone": "Times are in Asia/Tokyo.",
    },
    "ja": {
        "sign in": "サインインする",
        "first": "もう一度サインインしてください",
        "sign out": "サインアウト",
        "new": "作成して招待する",
        "again": "もう一度招待する",
        "revoke": "招待を取り消す",
        "groups": "グループを変更する",
        "reset …": "MFA デバイスをリセットする…",
        "reset": "MFA デバイスをリセットする",
        "cancel": "キャンセル",
        "offboard …": "利用を終了する…",
        "offboard": "{name} さんの利用を終了する",
        "check": "リストを確認する",
        "invite": "{count} 人を招待する",
        "done": "取り込みが終わりました",
        "filtered": "一致するメンバーはいません",
        "zone": "時刻は Asia/Tokyo で表示しています。",
    },
}
TOKYO = "Asia/Tokyo"
# More members than one request can invite if IAM takes few calls a second.
COUNT, CALLS_PER_SECOND = 30, 6


@pytest.fixture(scope="module")
def slow_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with an IAM that refuses more than a few calls a second, as AWS does."""
    with running(
        port=0, portal_port=0, member="dev-simple-user", iam_calls_per_second=CALLS_PER_SECOND
    ) as running_one:
        yield RunningSandbox(as_record(running_one), tmp_path_factory.mktemp("admin"), running_one.aws)


def link(sandbox: RunningSandbox) -> str:
    result = sandbox.firstday("console", "--print")
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def signed_in(
    sandbox: RunningSandbox, chromium: Browser, viewport: ViewportSize, language: str, **options: Any
) -> Visitor:
    """An administrator who has followed the link that the command line prints."""
    visitor = Visitor.at(chromium, sandbox.portal_url, viewport, language, timezone_id=TOKYO, **options)
    visitor.page.goto(link(sandbox))
    assert visitor.page.evaluate("location.href") == f"{sandbox.portal_url}/console/sign-in"
    visitor.check()
    visitor.click(WORDS[language]["sign in"])
    assert visitor.page.url.partition("?")[0] == f"{sandbox.portal_url}/console"
    return visitor


def open_page(visitor: Visitor, sandbox: RunningSandbox, path: str) -> None:
    visitor.page.goto(f"{sandbox.portal_url}/console/{path}")
    visitor.check()


def until_done(visitor: Visitor, heading: str) -> None:
    """The import goes on by itself; every page on the way passes the checks."""
    expect(visitor.page.locator("h1")).to_have_text(heading, timeout=60_000)
    visitor.check()


def downloaded(visitor: Visitor, folder: Path) -> list[dict[str, str]]:
    with visitor.page.expect_download() as download:
        visitor.page.locator("a[download]").click()
    assert download.value.suggested_filename == "firstday-invitations.csv"
    download.value.save_as(folder / "results.csv")
    return list(csv.DictReader(io.StringIO((folder / "results.csv").read_text("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("language", "viewport", "options"),
    [
        ("ja", PHONE, {"is_mobile": True, "has_touch": True}),
        ("en", DESKTOP, {}),
        ("en", PHONE, {"color_scheme": "dark"}),
        ("ja", DESKTOP, {"color_scheme": "dark"}),
    ],
    ids=["ja-phone", "en-desktop", "en-dark-phone", "ja-dark-desktop"],
)
def test_a_member_from_the_invitation_to_the_end(
    sandbox: RunningSandbox,
    chromium: Browser,
    tmp_path: Path,
    language: str,
    viewport: ViewportSize,
    options: dict[str, Any],
) -> None:
    words = WORDS[language]
    is_phone = "phone" if viewport == PHONE else "desktop"
    name = f"of-console-{language}-{is_phone}"
    visitor = signed_in(sandbox, chromium, viewport, language, **options)
    page = visitor.page

    def press(button: str) -> None:
        visitor.click(words[button].format(name=name))
        visitor.check()

    open_page(visitor, sandbox, "members?filter=no-such-member")
    expect(page.locator("#main")).to_contain_text(words["filtered"])
    expect(page.locator("footer")).to_contain_text(words["zone"])
    open_page(visitor, sandbox, "new-member")
    page.fill("#user_name", "no spaces")
    press("new")
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("#user_name", name)
    page.check("#group-developers")
    press("new")
    invitation_url = page.inner_text("#link")
    assert "(UTC+09:00)" in page.inner_text(f"#message-{language}")
    member = Member(sandbox, name, tmp_path, sandbox.browser())
    assert member.first_day(invitation_url).heading == f"You are ready, {name}"
    open_page(visitor, sandbox, f"member?user_name={name}")
    page.check("#group-operators")
    press("groups")
    press("reset …")
    press("cancel")
    press("reset …")
    press("reset")
    assert page.inner_text("#link") != invitation_url
    open_page(visitor, sandbox, f"member?user_name={name}")
    press("revoke")
    press("again")
    open_page(visitor, sandbox, f"audit?user_name={name}")
    open_page(visitor, sandbox, f"member?user_name={name}")
    press("offboard …")
    press("offboard")
    open_page(visitor, sandbox, f"member?user_name={name}")
    users = sandbox.root("iam").list_users(PathPrefix="/members/")["Users"]
    assert name not in [user["UserName"] for user in users]
    press("sign out")
    open_page(visitor, sandbox, "members")
    page.context.close()


@pytest.mark.parametrize(
    ("language", "viewport"), [("ja", PHONE), ("en", DESKTOP)], ids=["in Japanese on a phone", "in English"]
)
def test_after_an_hour_one_signs_in_again_and_is_where_one_was(
    sandbox: RunningSandbox, chromium: Browser, language: str, viewport: ViewportSize
) -> None:
    visitor = signed_in(sandbox, chromium, viewport, language)
    begun_an_hour_ago(sandbox)
    open_page(visitor, sandbox, "member?user_name=dev-simple-user")
    expect(visitor.page.locator("form[action$='/console/groups']")).to_have_count(0)
    open_page(visitor, sandbox, "offboard?user_name=dev-simple-user")
    expect(visitor.page.locator("h1")).to_have_text(WORDS[language]["first"])
    visitor.page.goto(link(sandbox))
    visitor.click(WORDS[language]["sign in"])
    assert visitor.page.url.startswith(f"{sandbox.portal_url}/console/offboard?user_name=dev-simple-user&")
    visitor.check()
    open_page(visitor, sandbox, "member?user_name=dev-simple-user")
    expect(visitor.page.locator("form[action$='/console/groups']")).to_have_count(1)
    visitor.page.context.close()


def begun_an_hour_ago(sandbox: RunningSandbox) -> None:
    """Every session of the console, as if that much time had passed."""
    dynamodb = sandbox.root("dynamodb")
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if "console" in name.lower()]
    for item in dynamodb.scan(TableName=table)["Items"]:
        if item["pk"]["S"].startswith("session#"):
            dynamodb.update_item(
                TableName=table,
                Key={"pk": item["pk"]},
                UpdateExpression="SET started_at = :at",
                ExpressionAttributeValues={":at": {"S": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}},
            )


@pytest.mark.parametrize(
    ("language", "viewport"), [("ja", PHONE), ("en", DESKTOP)], ids=["in Japanese on a phone", "in English"]
)
def test_a_list_is_mended_checked_and_imported_by_itself(
    sandbox: RunningSandbox, chromium: Browser, tmp_path: Path, language: str, viewport: ViewportSize
) -> None:
    words = WORDS[language]
    visitor = signed_in(sandbox, chromium, viewport, language)
    page, prefix = visitor.page, f"app-{language}"
    open_page(visitor, sandbox, "import")
    lines = [f"{prefix}-{number:02},," for number in range(1, 25)]
    page.fill("#csv", "\n".join(["user_name,groups,passcode", f"{prefix} 00,nobody,", *lines]))
    visitor.click(words["check"])
    visitor.check()
    expect(page.get_by_role("alert")).to_be_visible()
    lines[0] = f"{prefix}-01,developers operators,yes"
    page.fill("#csv", "\n".join(["user_name,groups,passcode", *lines]))
    visitor.click(words["check"])
    visitor.check()
    if viewport == DESKTOP:
        screenshots.take(page, f"console-import-check-{language}")
    page.get_by_role("button", name=words["invite"].format(count=24)).click()
    until_done(visitor, words["done"])
    rows = downloaded(visitor, tmp_path)
    assert [row["user_name"] for row in rows] == [line.partition(",")[0] for line in lines]
    assert {row["status"] for row in rows} == {"invited"}
    assert [bool(row["passcode"]) for row in rows] == [True] + [False] * 23
    browser = sandbox.browser()
    sent = {"token": rows[0]["link"].partition("#")[2], "passcode": rows[0]["passcode"]}
    assert browser.post("start", sent).heading == "Register your phone"
    show_states(sandbox, rows, tmp_path)
    open_page(visitor, sandbox, f"members?filter={prefix}")
    screenshots.take(page, f"console-members-{language}")
    open_page(visitor, sandbox, f"member?user_name={prefix}-02")
    if viewport == DESKTOP:
        screenshots.take(page, f"console-member-{language}")
    page.context.close()


def show_states(sandbox: RunningSandbox, rows: list[dict[str, str]], folder: Path) -> None:
    """Members in different states: ready, registering, opened, revoked."""
    ready = Member(sandbox, rows[1]["user_name"], folder, sandbox.browser())
    ready.first_day(rows[1]["link"])
    registering = Member(sandbox, rows[2]["user_name"], folder, sandbox.browser())
    registering.scan(registering.begin(rows[2]["link"]))
    Member(sandbox, rows[3]["user_name"], folder, sandbox.browser()).begin(rows[3]["link"])
    assert sandbox.firstday("revoke", rows[4]["user_name"]).returncode == 0


def test_a_typed_list_survives_the_end_of_the_session_and_is_forgotten_once_it_is_checked(
    sandbox: RunningSandbox, chromium: Browser
) -> None:
    visitor = signed_in(sandbox, chromium, DESKTOP, "en")
    page, text = visitor.page, "user_name\nkept-member\n"
    open_page(visitor, sandbox, "import")
    page.fill("#csv", text)
    page.context.clear_cookies()
    visitor.click("Check the list")
    assert visitor.heading == "You are not signed in"
    other = page.context.new_page()  # as the command opens it
    other.goto(link(sandbox))
    other.get_by_role("button", name="Sign in").click()
    open_page(visitor, sandbox, "import")
    assert page.input_value("#csv") == text
    visitor.click("Check the list")
    assert visitor.heading == "This is what will happen"
    open_page(visitor, sandbox, "import")
    assert page.input_value("#csv") == ""
    page.fill("#csv", text)
    visitor.click("Sign out")
    assert page.evaluate("localStorage.length") == 0
    page.context.close()


def test_a_moment_has_the_offset_of_its_own_day(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", timezone_id="Europe/Berlin")
    page = visitor.page
    page.goto(link(sandbox))
    page.route("**/console/audit", lambda route: route.fulfill(body=_with_moments(route.fetch().text())))
    visitor.click("Sign in")
    page.goto(f"{sandbox.portal_url}/console/audit")
    shown = page.locator("time").all_inner_texts()
    assert shown[:2] == ["2026-01-15 13:00 UTC+01:00", "2026-07-15 14:00 UTC+02:00"]
    assert "Times are in Europe/Berlin." in page.inner_text("footer")
    page.context.close()


def _with_moments(text: str) -> str:
    winter, summer = (f'<time datetime="2026-{month}-15T12:00:00Z"></time>' for month in ("01", "07"))
    return text.replace("<h1", f"{winter}{summer}<h1", 1)


def test_an_import_goes_on_by_itself_where_aws_is_busy(
    slow_sandbox: RunningSandbox, chromium: Browser, tmp_path: Path
) -> None:
    visitor = signed_in(slow_sandbox, chromium, PHONE, "en")
    page, names = visitor.page, [f"patient-{number:02}" for number in range(COUNT)]
    open_page(visitor, slow_sandbox, "import")
    page.fill("#csv", "\n".join(["user_name", *names]))
    visitor.click("Check the list")
    visitor.click(f"Invite {COUNT} members")
    assert visitor.heading.endswith(f"of {COUNT} lines are done")
    assert "It goes on by itself in" in page.inner_text("#main")
    until_done(visitor, "The import is done")
    visitor.check()
    rows = downloaded(visitor, tmp_path)
    assert [(row["user_name"], row["status"]) for row in rows] == [(name, "invited") for name in names]
    page.context.close()


def test_the_console_without_javascript(slow_sandbox: RunningSandbox, chromium: Browser, tmp_path: Path) -> None:
    visitor = Visitor.at(chromium, slow_sandbox.portal_url, DESKTOP, "en", java_script_enabled=False)
    page, address = visitor.page, link(slow_sandbox)
    page.goto(address)
    page.fill("#token", address)
    visitor.click("Sign in")
    visitor.click("日本語")
    assert visitor.heading == "概況"
    visitor.click("English")
    visitor.click("Import a list")
    names = [f"no-script-{number:02}" for number in range(COUNT)]
    file = tmp_path / "members.csv"
    file.write_bytes(
        "\r\n".join(["ユーザー名;グループ", *(f"{name};developers" for name in names)]).encode("cp932")
    )
    page.set_input_files("#file", file)
    visitor.click("Check the list")
    visitor.click("日本語")
    visitor.click("English")
    visitor.click(f"Invite {COUNT} members")
    assert visitor.heading.endswith(f"of {COUNT} lines are done")
    while visitor.heading != "The import is done":
        visitor.click("Go on")
    rows = downloaded(visitor, tmp_path)
    assert [(row["user_name"], row["status"]) for row in rows] == [(name, "invited") for name in names]
    visitor.click("Sign out")
    assert visitor.heading == "You are signed out"
    page.goto(f"{slow_sandbox.portal_url}/console/members")
    assert visitor.heading == "You are not signed in"
    assert visitor.problems == []
    page.context.close()


def test_the_link_can_be_copied_and_all_is_in_reach_of_the_keyboard(
    sandbox: RunningSandbox, chromium: Browser
) -> None:
    permissions = {"permissions": ["clipboard-read", "clipboard-write"]}
    visitor = signed_in(sandbox, chromium, DESKTOP, "en", **permissions)
    page = visitor.page
    open_page(visitor, sandbox, "new-member")
    page.focus("#user_name")
    page.keyboard.type("by-keyboard")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "group-developers"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert visitor.heading == "by-keyboard is invited"
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#link")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "/start#0" in page.evaluate("navigator.clipboard.readText()")
    page.context.close()


def test_the_command_opens_the_console_in_the_browser_and_its_command_line_holds_no_token(
    sandbox: RunningSandbox, chromium: Browser, tmp_path: Path
) -> None:
    """BROWSER is a program that notes what it was asked to open; Chromium then opens that."""
    asked, browser = tmp_path / "asked", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$*" >{asked}.new && mv {asked}.new {asked}\n')
    browser.chmod(0o700)
    command = [str(BIN / "firstday"), "console"]
    environment = sandbox.admin_environment | {"BROWSER": str(browser)}
    running_command = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not asked.exists() and running_command.poll() is None:
        time.sleep(0.05)
    page = chromium.new_context().new_page()
    address = asked.read_text()
    page.goto(address)
    page.wait_for_url(f"{sandbox.portal_url}/console/sign-in")
    shown, problems = running_command.communicate(timeout=60)
    assert (shown, problems, running_command.returncode) == ("The console opens in your browser.\n", "", 0)
    assert address.startswith("file://")
    assert not Path(address.removeprefix("file://")).exists()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{sandbox.portal_url}/console?*")
    page.context.close()


def test_the_command_prints_the_link_where_no_browser_opens(sandbox: RunningSandbox) -> None:
    for environment in ({}, {"BROWSER": "/bin/false"}, {"BROWSER": "/no/such/browser"}):
        result = sandbox.firstday("console", **environment)
        assert result.returncode == 0
        assert result.stdout.startswith(f"{sandbox.portal_url}/console/sign-in#")
        assert "If no browser has opened, open this within a minute" in result.stderr
