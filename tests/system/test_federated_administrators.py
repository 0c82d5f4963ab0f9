"""Administrators from an identity provider, by command and in the console, with the doctor's policies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.chromium import DESKTOP, Visitor
from tests.helpers.embedded_aws import allow, new_user
from tests.helpers.federated_sessions import (
    ADMIN_ROLE,
    DESK_ROLE,
    OTHER_ROLE,
    WIDE_DESK_ROLE,
    Provider,
    file_with_administrators,
    provider_of,
)
from tests.helpers.running_sandbox import Member, RunningSandbox

SMALL_PHONE: ViewportSize = {"width": 360, "height": 780}
SESSIONS = "arn:aws:sts::123456789012:assumed-role"
NAME, DESK_NAME = "admin@example.com", "desk@example.com"
OURS = "The rest is up to the portal's administrators."


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_with_administrators(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def organisation(settings_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running(port=0, portal_port=0, member="dev-simple-user", settings_file=settings_file) as running_one:
        yield RunningSandbox(as_record(running_one), tmp_path_factory.mktemp("admin"), running_one.aws)


@pytest.fixture(scope="module")
def deployer(organisation: RunningSandbox) -> dict[str, str]:
    """The environment of somebody who may do everything in the account."""
    user = new_user(organisation.aws, allow("*"), path="/staff/")
    keys = {"AWS_ACCESS_KEY_ID": user.access_key_id, "AWS_SECRET_ACCESS_KEY": user.secret_access_key}
    return {**keys, "AWS_SESSION_TOKEN": ""}


@pytest.fixture(scope="module")
def provider(organisation: RunningSandbox, settings_file: Path, deployer: dict[str, str]) -> Provider:
    def printed(name: str) -> str:
        options = ("--settings", str(settings_file), "--document", name)
        result = organisation.firstday("doctor", *options, **deployer)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return provider_of(organisation, {name: printed(name) for name in ("administrators", "help-desk")})


def events_of(sandbox: RunningSandbox, user_name: str) -> list[tuple[str, str]]:
    """(who, what), the oldest first."""
    result = sandbox.firstday("audit", "--member", user_name, "--json")
    assert result.returncode == 0, result.stderr
    return [(event["actor"], event["action"]) for event in reversed(json.loads(result.stdout)["events"])]


def test_people_with_such_a_role_administer_by_command_without_another_role(
    organisation: RunningSandbox, provider: Provider, tmp_path: Path
) -> None:
    as_admin = provider.environment(ADMIN_ROLE, NAME)
    as_desk = provider.environment(DESK_ROLE, DESK_NAME)
    name = "of-federation"
    invited = organisation.firstday("invite", name, "--group", "developers", "--json", **as_admin)
    assert invited.returncode == 0, invited.stderr
    member = Member(organisation, name, tmp_path, organisation.browser())
    member.first_day(json.loads(invited.stdout)["invitation_url"])
    for looking in (("members",), ("member", name), ("check", name), ("audit", "--member", name)):
        shown = organisation.firstday(*looking, **as_desk)
        assert (shown.returncode, name in shown.stdout) == (0, True), shown.stderr
    reset = organisation.firstday("reset-mfa", name, "--yes", **as_desk)
    assert reset.returncode == 0, reset.stderr
    gone = organisation.firstday("offboard", name, "--yes", **as_admin)
    assert gone.returncode == 0, gone.stderr
    told = events_of(organisation, name)
    assert (f"{SESSIONS}/{ADMIN_ROLE}/{NAME}", "invitation.created") in told
    assert (f"{SESSIONS}/{DESK_ROLE}/{DESK_NAME}", "mfa.reset") in told
    assert told[-1] == (f"{SESSIONS}/{ADMIN_ROLE}/{NAME}", "user.deleted")
    shown = organisation.firstday("audit", "--member", name)
    assert f"{DESK_NAME} ({DESK_ROLE})" in shown.stdout


REFUSED = (
    ("invite", "another"),
    ("create", "another"),
    ("groups", "dev-simple-user", "operators"),
    ("revoke", "dev-simple-user"),
    ("offboard", "dev-simple-user", "--yes"),
    ("members", "--refresh"),
)


@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_a_help_desk_is_refused_the_rest_in_words(
    organisation: RunningSandbox, provider: Provider, command: tuple[str, ...]
) -> None:
    """By IAM, if it has the policy that the doctor prints; by the portal in any case."""
    narrow = organisation.firstday(*command, **provider.environment(DESK_ROLE, DESK_NAME))
    wide = organisation.firstday(*command, **provider.environment(WIDE_DESK_ROLE, DESK_NAME))
    assert (narrow.returncode, wide.returncode) == (1, 1)
    assert "not authorized to perform: execute-api:Invoke" in narrow.stderr
    assert "firstday doctor --document administrators prints the policy" in narrow.stderr
    assert "firstday: Your role is the help desk's: it may list, show and check members" in wide.stderr
    assert wide.stderr.endswith(f"{OURS}\n")
    users = organisation.root("iam").list_users(PathPrefix="/members/")["Users"]
    assert [user["UserName"] for user in users] == ["dev-simple-user"]


def test_a_role_that_fits_no_pattern_is_told_who_administers(
    organisation: RunningSandbox, provider: Provider
) -> None:
    result = organisation.firstday("members", **provider.environment(OTHER_ROLE, NAME))
    assert result.returncode == 1
    assert "assume the role firstday-admin, or have a role that its settings name" in result.stderr


def test_a_profile_of_such_a_role_needs_no_code(
    organisation: RunningSandbox, provider: Provider, tmp_path: Path
) -> None:
    record, user = organisation.record, provider.user
    where = f"region = {record['region']}\nendpoint_url = {record['aws_endpoint_url']}\n"
    (tmp_path / "config").write_text(
        f"[profile sso]\n{where}source_profile = own\nrole_session_name = {NAME}\n"
        f"role_arn = arn:aws:iam::123456789012:role/{ADMIN_ROLE}\n\n[profile own]\n{where}"
    )
    (tmp_path / "credentials").write_text(
        f"[own]\naws_access_key_id = {user.access_key_id}\naws_secret_access_key = {user.secret_access_key}\n"
    )
    files = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), ""),
    }
    result = organisation.firstday("members", "--profile", "sso", HOME=str(tmp_path), **files)
    assert result.returncode == 0, result.stderr
    assert "dev-simple-user" in result.stdout


def signed_in(
    provider: Provider, role: str, name: str, browser: Browser, size: ViewportSize, language: str
) -> Visitor:
    sandbox = provider.sandbox
    link = sandbox.firstday("console", "--print", **provider.environment(role, name)).stdout.strip()
    visitor = Visitor.at(browser, sandbox.portal_url, size, language)
    visitor.page.goto(link)
    visitor.click({"en": "Sign in", "ja": "サインインする"}[language])
    visitor.check()
    return visitor


def opened(visitor: Visitor, provider: Provider, path: str) -> Any:
    visitor.page.goto(f"{provider.sandbox.portal_url}/console/{path}")
    visitor.check()
    return visitor.page


@pytest.mark.usefixtures("provider")
def test_the_console_is_the_administrators_as_before(
    organisation: RunningSandbox, provider: Provider, chromium: Browser, tmp_path: Path
) -> None:
    name = "of-console"
    visitor = signed_in(provider, ADMIN_ROLE, NAME, chromium, DESKTOP, "en")
    opened(visitor, provider, "new-member").fill("#user_name", name)
    visitor.click("Create and invite")
    visitor.check()
    invitation_url = visitor.page.inner_text("#link")
    member = Member(organisation, name, tmp_path, organisation.browser())
    assert member.first_day(invitation_url).heading == f"You are ready, {name}"
    desk = signed_in(provider, WIDE_DESK_ROLE, DESK_NAME, chromium, DESKTOP, "en")
    opened(desk, provider, f"member?user_name={name}")
    desk.click("Reset the MFA device …")
    desk.click("Reset the MFA device")
    desk.check()
    assert desk.heading == f"{name} can register a new phone"
    opened(visitor, provider, f"member?user_name={name}")
    expect(visitor.page.locator(".timeline")).to_contain_text(f"by {WIDE_DESK_ROLE}/{DESK_NAME}")
    expect(visitor.page.locator(".timeline")).to_contain_text(f"by {ADMIN_ROLE}/{NAME}")
    visitor.click("Offboard …")
    visitor.click(f"Offboard {name}")
    visitor.check()
    assert (f"{SESSIONS}/{ADMIN_ROLE}/{NAME}", "user.deleted") in events_of(organisation, name)
    for each in (visitor, desk):
        each.page.context.close()


@pytest.mark.parametrize(
    ("language", "size", "words"),
    [
        ("en", SMALL_PHONE, "Your role may not do this"),
        ("ja", SMALL_PHONE, "あなたのロールではこの操作はできません"),
        ("en", DESKTOP, "Your role may not do this"),
        ("ja", DESKTOP, "あなたのロールではこの操作はできません"),
    ],
)
def test_a_help_desk_sees_what_it_may_do_and_is_refused_the_rest(
    provider: Provider, chromium: Browser, language: str, size: ViewportSize, words: str
) -> None:
    visitor = signed_in(provider, DESK_ROLE, DESK_NAME, chromium, size, language)
    for path in ("members", "audit", "member?user_name=dev-simple-user", "reset-mfa?user_name=dev-simple-user"):
        page = opened(visitor, provider, path)
        for hidden in ("new-member", "import", "invite", "revoke", "groups", "offboard"):
            expect(page.locator(f"[href*='/console/{hidden}'], [action*='/console/{hidden}']")).to_have_count(0)
    for path in ("new-member", "import", "offboard?user_name=dev-simple-user"):
        page = opened(visitor, provider, path)
        expect(page.locator("h1")).to_have_text(words)
    visitor.page.context.close()


def test_the_doctor_lists_these_roles_with_their_path_and_whom_they_trust(
    provider: Provider, settings_file: Path, deployer: dict[str, str]
) -> None:
    result = provider.sandbox.firstday("doctor", "--settings", str(settings_file), "--json", **deployer)
    found = [(one["check"], one["subject"]) for one in json.loads(result.stdout)["findings"]]
    ours = {(check, subject) for check, subject in found if check.startswith("administrators-")}
    assert ours == {
        (f"administrators-{kind}", role)
        for kind in ("made-by-hand", "without-mfa")
        for role in (ADMIN_ROLE, DESK_ROLE, WIDE_DESK_ROLE)
    }
