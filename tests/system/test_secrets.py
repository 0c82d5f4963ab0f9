"""Secrets of a whole run, searched for by value in everything that is kept."""

import csv
import re
from pathlib import Path

from firstday.verification.browser import Browser, PageAnswer
from tests.helpers.kept_texts import kept
from tests.helpers.member_walk import secret_in
from tests.helpers.returning_member import link_for, session_of
from tests.helpers.running_sandbox import Device, Member, NewMember, RunningSandbox


def secrets(member: Member, invitation: dict[str, str]) -> dict[str, str]:
    assert member.device is not None
    credentials = (member.home / ".aws" / "credentials").read_text()
    return {
        "the seed": member.device.seed,
        "the invitation token": invitation["invitation_url"][-52:],
        "the passcode": invitation["passcode"],
        "the session token": member.browser.cookies["firstday-session"].partition(".")[2],
        "the secret access key": secret_in(credentials),
    }


def test_no_secret_of_a_whole_run_is_kept_anywhere(sandbox: RunningSandbox, new_member: NewMember) -> None:
    member = new_member("private-person")
    invitation = sandbox.invite("private-person", "--passcode")
    page = member.begin(invitation["invitation_url"])
    token = invitation["invitation_url"].partition("#")[2]
    wrong = member.browser.submit(page.form("start"), token=token, passcode="WRONG-ONE")
    page = member.browser.submit(wrong.form("start"), passcode=invitation["passcode"])
    page = member.scan(page)
    refused = member.browser.submit(page.form("codes"), code1="000000", code2="111111")
    member.save_files(member.enter_codes(refused))
    found = list(kept(sandbox))
    assert any("private-person" in text for _, text in found)
    assert any('"action": "POST /codes"' in text for _, text in found), (
        "the portal's log is not among what was searched"
    )
    for name, secret in secrets(member, invitation).items():
        assert len(secret) >= 8
        for where, text in found:
            assert secret not in text, f"{name} is in {where}"
            assert secret.replace("-", "") not in text, f"{name} is in {where}"


def test_no_address_that_a_server_sees_holds_a_token(sandbox: RunningSandbox, new_member: NewMember) -> None:
    member = new_member("discreet-person")
    invitation = sandbox.invite("discreet-person")
    token = invitation["invitation_url"].partition("#")[2]
    seen: list[str] = []

    def send(method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        seen.append(path)
        return sandbox.send(method, path, headers, body)

    member.browser = Browser(send, sandbox.portal_url)
    member.first_day(invitation["invitation_url"])
    assert len(seen) > 5
    assert not [path for path in seen if token in path]
    asked = {query for path in seen if (query := path.partition("?")[2])}
    assert {re.sub(r"^began=\d{10}$", "began", query) for query in asked} == {
        *("began", "member=discreet-person", "credentials=access-key&changed=yes")
    }


def test_no_secret_of_a_members_own_page_is_kept_anywhere(sandbox: RunningSandbox, new_member: NewMember) -> None:
    """Of its link and its session, of another device, and of a new access key; nor is it in an address."""
    member, seen = new_member("coming-back-discreetly"), list[str]()
    member.first_day(sandbox.invite("coming-back-discreetly")["invitation_url"])
    assert member.device is not None

    def send(method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        seen.append(path)
        return sandbox.send(method, path, headers, body)

    browser, session = Browser(send, sandbox.portal_url), session_of(member)
    token = link_for(member, session).partition("#")[2]
    overview = browser.submit(browser.get("me").form("me"), token=token)
    (move,) = [href for href in overview.links if "instead_of=" in href]
    code1, code2 = member.device.two_next_codes()
    shown = browser.submit(browser.get(move).form("me/add-device"), code1=code1, code2=code2)
    new = Device("".join(shown.by_id["secret-key"].split()))
    code1, code2 = new.two_codes()
    browser.submit(shown.form("me/codes"), code1=code1, code2=code2)
    issued = browser.submit(browser.get("me/replace-key").form("me/replace-key"))
    secrets = {
        "the link's secret": token[-52:],
        "the own page's session": browser.cookies["firstday-own"].partition(".")[2],
        "the other device's seed": new.seed,
        "the new secret access key": secret_in(issued.by_id["credentials-text"]),
        "the session token of STS": str(session.token),
        "the secret access key of STS": session.secret_access_key,
    }
    found = [*kept(sandbox), ("an address", "\n".join(seen))]
    assert any('"action": "POST /me/replace-key"' in text for _, text in found)
    for name, secret in secrets.items():
        assert len(secret) >= 20, name
        for where, text in found:
            assert secret not in text, f"{name} is in {where}"


def test_no_secret_of_an_administrator_is_kept_anywhere(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Secrets of the console, of pages shown once, and of an import: in no log, no table and no address."""
    seen: list[str] = []

    def send(method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        seen.append(path)
        return sandbox.send(method, path, headers, body)

    browser = Browser(send, sandbox.portal_url)
    sign_in = sandbox.firstday("console", "--print").stdout.strip().rpartition("#")[2]
    browser.submit(browser.get("console/sign-in").form("sign-in"), token=sign_in)
    page = browser.submit(
        browser.get("console/new-member").form("new-member"), user_name="discreetly", passcode="yes"
    )
    shown = page.by_id
    listed = tmp_path / "members.csv"
    listed.write_text("user_name,passcode\nimported-secretly,yes\n")
    imported = sandbox.firstday("import", str(listed), "--yes")
    assert imported.returncode == 0, imported.stderr
    (row,) = csv.DictReader((tmp_path / "members.results.csv").read_text("utf-8-sig").splitlines())
    secrets = {
        "the sign-in token": sign_in,
        "the console's session": browser.cookies["firstday-console"],
        "the link's secret": shown["link"].strip()[-52:],
        "the passcode": shown["passcode"],
        "an imported link's secret": row["link"][-52:],
        "an imported passcode": row["passcode"],
    }
    found = [*kept(sandbox), ("an address", "\n".join(seen))]
    assert any("imported-secretly" in text for _, text in found)
    for name, secret in secrets.items():
        assert len(secret.strip()) >= 8, name
        for where, text in found:
            assert secret.strip() not in text, f"{name} is in {where}"
            assert secret.strip().replace("-", "") not in text, f"{name} is in {where}"
