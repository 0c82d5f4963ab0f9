"""The command for one's own page, with real curl and the real AWS CLI, against policies that are really checked."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from botocore.credentials import Credentials

from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE
from tests.helpers.admin_credentials import called, key
from tests.helpers.running_sandbox import BIN, Member, RunningSandbox, plain

NAME = "returning"
LINK = ("/member/link", "POST")
# The last two are those of an earlier command.
ROUTES = (("POST", "/member/link"), ("GET", "/member/config"), ("GET", "/member/merge-config.sh"))
SETTINGS = load(SETTINGS_FILE)
ROLE = "arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess"
# Interactive, and without anybody's own settings.
SHELLS = {"dash": ["-i"], "bash": ["--norc", "-i"], "zsh": ["-f", "-i"]}


def serial_number(member: Member) -> str:
    return f"arn:aws:iam::123456789012:mfa/{member.user_name}"


def newcomer(sandbox: RunningSandbox, user_name: str, home: Path, group: str = "developers") -> Member:
    """A member whose first day is over. Each member has two codes at once; a third would need a wait."""
    new = Member(sandbox, user_name, home, sandbox.browser())
    new.first_day(sandbox.invite(user_name, "--group", group)["invitation_url"])
    return new


@pytest.fixture(scope="module")
def member(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Member:
    return newcomer(sandbox, NAME, tmp_path_factory.mktemp(NAME))


@pytest.fixture(scope="module")
def session(member: Member) -> Credentials:
    return session_with_mfa(member)


def session_with_mfa(member: Member) -> Credentials:
    """The session that ``aws sts get-session-token`` gives a member for an MFA code."""
    return credentials(member, "get-session-token", *with_mfa(member))


def with_mfa(member: Member) -> tuple[str, ...]:
    assert member.device is not None
    given = (f"--serial-number={serial_number(member)}", f"--token-code={member.device.code()}")
    return f"--profile={member.user_name}", *given


def credentials(member: Member, *arguments: str) -> Credentials:
    status, shown = member.aws("sts", *arguments, "--output=json")
    assert status == 0, shown
    found = json.loads(shown)["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def curl(sandbox: RunningSandbox, who: Credentials, path: str, method: str = "GET") -> tuple[int, str]:
    """Real curl, signing: the HTTP status, and the answer."""
    token = f'header = "x-amz-security-token: {who.token}"\n' if who.token else ""
    signed_for = f"aws:amz:{SETTINGS.region}:execute-api"
    arguments = ["--config", "-", "--silent", "--request", method, "--aws-sigv4", signed_for]
    done = subprocess.run(
        ["curl", *arguments, "--write-out", "\n%{http_code}", sandbox.portal_url + path],
        input=f'user = "{who.access_key}:{who.secret_key}"\n{token}',
        capture_output=True,
        text=True,
        check=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def pasted(member: Member, shell: str, text: str, code: str) -> str:
    """Paste ``text`` into an interactive shell, all at once, and type the code when asked; all that was shown."""
    variables = {"PATH": f"{BIN}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "> "}
    terminal: pexpect.spawn[str] = pexpect.spawn(
        shell, SHELLS[shell], env=member.environment | variables, encoding="utf-8", timeout=60
    )
    terminal.send(text)
    terminal.expect_exact("MFA code: ")
    shown = str(terminal.before)
    terminal.sendline(code)
    terminal.sendline("echo $?; exit")
    terminal.expect(pexpect.EOF)
    return shown + str(terminal.before)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_member_opens_their_own_page_with_the_command_of_the_last_page(
    sandbox: RunningSandbox, tmp_path: Path, shell: str
) -> None:
    member = newcomer(sandbox, f"back-in-{shell}", tmp_path)
    assert member.device is not None
    shown = pasted(member, shell, member.browser.get("done").by_id["own-page-posix"], member.device.code())
    link = re.search(rf"within a minute\. It opens once:\s+{re.escape(sandbox.portal_url)}/me#(0\w+)\s", shown)
    assert link, shown
    assert [path.name for path in member.home.iterdir() if path.name.startswith("firstday-")] == []
    browser = sandbox.browser()
    form = browser.get("me").form("me")
    assert browser.submit(form, token=link[1]).heading == f"Your own page, {member.user_name}"


def test_the_long_term_key_alone_is_refused(sandbox: RunningSandbox, member: Member) -> None:
    for method, path in ROUTES:
        status, answer = curl(sandbox, key(member), path, method)
        assert status == 403
        assert "explicit deny" in plain(answer)


def test_a_session_without_mfa_is_refused(sandbox: RunningSandbox, member: Member) -> None:
    without = credentials(member, "get-session-token", f"--profile={NAME}")
    assert curl(sandbox, without, *LINK)[0] == 403


def test_a_session_with_mfa_gets_a_link_from_curl_and_nothing_secret(
    sandbox: RunningSandbox, member: Member, session: Credentials
) -> None:
    status, answer = curl(sandbox, session, *LINK)
    assert status == 200, answer
    assert answer.startswith(f"{sandbox.portal_url}/me#0")
    seed = member.device and member.device.seed
    for secret in (key(member).secret_key, session.secret_key, session.token, seed):
        assert str(secret) not in answer


def test_an_earlier_command_is_told_of_the_new_one(sandbox: RunningSandbox, session: Credentials) -> None:
    for path in ("/member/config", "/member/config?credentials=none", "/member/merge-config.sh"):
        status, answer = curl(sandbox, session, path)
        assert status == 410
        assert "replaced by one that opens your own page" in answer


def test_somebody_else_gets_a_link_of_their_own_only(sandbox: RunningSandbox, tmp_path: Path) -> None:
    theirs = session_with_mfa(newcomer(sandbox, "neighbour", tmp_path, "operators"))
    for path in ("/member/link", f"/member/link?user_name={NAME}"):
        link = curl(sandbox, theirs, path, "POST")[1]
        browser = sandbox.browser()
        opened = browser.submit(browser.get("me").form("me"), token=link.strip().partition("#")[2])
        assert opened.heading == "Your own page, neighbour"
        assert NAME not in opened.text


def test_a_stolen_signature_or_token_of_a_session_is_worth_nothing(
    sandbox: RunningSandbox, member: Member, session: Credentials
) -> None:
    for forged in (
        Credentials(session.access_key, session.secret_key),
        Credentials(session.access_key, "x" * 40, session.token),
        Credentials(key(member).access_key, key(member).secret_key, session.token),
    ):
        assert curl(sandbox, forged, *LINK)[0] == 403


@pytest.fixture(scope="module")
def powerful(sandbox: RunningSandbox) -> Iterator[Credentials]:
    """A session, without MFA, of a role that may invoke every route of every API."""
    iam: Any = sandbox.root("iam")
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    written = {
        name: json.dumps({"Version": "2012-10-17", "Statement": [one]})
        for name, one in {"allow": allow, "trust": trust}.items()
    }
    iam.create_user(UserName="mighty")
    iam.put_user_policy(UserName="mighty", PolicyName="all", PolicyDocument=written["allow"])
    made = iam.create_access_key(UserName="mighty")["AccessKey"]
    role = iam.create_role(RoleName="mighty", AssumeRolePolicyDocument=written["trust"])["Role"]
    iam.put_role_policy(RoleName="mighty", PolicyName="all", PolicyDocument=written["allow"])
    sts = sandbox.aws.session("123456789012").client(
        "sts", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"]
    )
    found = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=NAME)["Credentials"]
    yield Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    iam.delete_access_key(UserName="mighty", AccessKeyId=made["AccessKeyId"])


def test_a_role_session_is_refused_even_under_a_members_name_and_with_every_permission(
    sandbox: RunningSandbox, powerful: Credentials
) -> None:
    status, answer = curl(sandbox, powerful, *LINK)
    assert status == 403
    assert answer.startswith("Only a member's own IAM user can fetch this.")


def test_the_session_of_a_members_role_is_refused(sandbox: RunningSandbox, member: Member) -> None:
    named = (f"--role-arn={ROLE}", f"--role-session-name={NAME}")
    role = credentials(member, "assume-role", *named, *with_mfa(member))
    assert curl(sandbox, role, *LINK)[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/members"),
        ("GET", f"/admin/members/{NAME}"),
        ("GET", "/admin/audit-events"),
        ("PUT", f"/admin/members/{NAME}/groups"),
        ("POST", "/admin/invitations"),
        ("POST", "/admin/console-links"),
        ("DELETE", f"/admin/members/{NAME}"),
    ],
)
def test_with_mfa_a_member_still_cannot_call_the_admin_api(
    sandbox: RunningSandbox, session: Credentials, method: str, path: str
) -> None:
    status, answer = curl(sandbox, session, path, method)
    assert status == 403
    assert "not authorized to perform: execute-api:Invoke" in answer


def test_a_path_that_only_looks_like_the_members_own_is_refused(
    sandbox: RunningSandbox, session: Credentials
) -> None:
    """Signed by botocore: curl signs an encoded slash in another way than API Gateway reads it."""
    answer = called(sandbox, session, "/admin/members/x%2FGET%2Fmember%2Fconfig")
    assert (answer.status, "not authorized to perform" in answer.body) == (403, True)
    assert called(sandbox, session, "/admin/members/GET/member/config").status == 404


def test_without_a_signature_nobody_learns_that_the_route_is_there(sandbox: RunningSandbox) -> None:
    assert called(sandbox, None, "/member/config").status == called(sandbox, None, "/nowhere").status == 404


def test_the_administrator_has_no_own_page(sandbox: RunningSandbox) -> None:
    known = sandbox.record["admin_environment"]
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    assert curl(sandbox, Credentials(*(known[name] for name in names)), *LINK)[0] == 403


def test_after_a_reset_a_session_that_has_begun_gets_no_link(sandbox: RunningSandbox, session: Credentials) -> None:
    """The last test of this member: the session of ``sts:GetSessionToken`` outlives the device."""
    assert sandbox.firstday("reset-mfa", NAME, "--yes").returncode == 0
    status, answer = curl(sandbox, session, *LINK)
    assert status == 403
    assert "not registered with the portal" in answer
