"""Only administrators may administer the portal: attempts with all other kinds of credentials."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

from tests.helpers.admin_credentials import IDENTITY, administrator, called
from tests.helpers.embedded_aws import User, allow, new_user
from tests.helpers.running_sandbox import Member, NewMember, RunningSandbox

Refusals = list[dict[str, Any]]


def audit_events(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """The portal's audit events, the newest first, as the command line shows them."""
    result = sandbox.firstday("audit", "--limit", "200", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    events: list[dict[str, Any]] = found["events"] if isinstance(found, dict) else found
    return events


def access_log(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    logs = sandbox.root("logs")
    (group,) = [
        group["logGroupName"]
        for group in logs.describe_log_groups()["logGroups"]
        if "AccessLogs" in group["logGroupName"]
    ]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


@pytest.fixture(scope="module")
def stranger(sandbox: RunningSandbox) -> Iterator[dict[str, Credentials]]:
    """Callers of the account who are not administrators: a user, and sessions of two roles, without MFA."""
    iam = sandbox.root("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": IDENTITY}, "Action": "sts:AssumeRole"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.create_user(UserName="stranger")
    iam.put_user_policy(UserName="stranger", PolicyName="all", PolicyDocument=_policy(everything))
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    sts = sandbox.aws.session(IDENTITY).client(
        "sts", aws_access_key_id=user.access_key, aws_secret_access_key=user.secret_key
    )
    found = {"a user who may do everything": user}
    for name, statement in {"powerful": everything, "reader": {**everything, "Action": "s3:*"}}.items():
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=_policy(statement))
        session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="stranger")["Credentials"]
        found[name] = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    yield found
    iam.delete_access_key(UserName="stranger", AccessKeyId=user.access_key)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_the_administrator_is_let_in(sandbox: RunningSandbox) -> None:
    assert called(sandbox, administrator(sandbox)).status == 200


def test_a_role_session_without_mfa_and_a_user_are_refused_and_recorded(
    sandbox: RunningSandbox, stranger: dict[str, Credentials]
) -> None:
    """IAM would let them invoke the API; the trust policies of their roles do not ask for MFA."""
    for name in ("a user who may do everything", "powerful"):
        answer = called(sandbox, stranger[name])
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (403, "refused")
    recorded = {event["actor"] for event in audit_events(sandbox) if event["action"] == "admin.refused"}
    assert recorded >= {
        f"arn:aws:iam::{IDENTITY}:user/stranger",
        f"arn:aws:sts::{IDENTITY}:assumed-role/powerful/stranger",
    }


def test_refused_calls_are_recorded(sandbox: RunningSandbox, stranger: dict[str, Credentials]) -> None:
    """Without a signature, with a wrong one, and of a role that may not: API Gateway's own log has them."""
    known = stranger["powerful"]
    forged = Credentials(known.access_key, "x" * 40, known.token)
    path, former = f"/admin/members/recorded-{time.monotonic_ns()}", len(access_log(sandbox))
    assert [called(sandbox, who, path).status for who in (None, forged, stranger["reader"])] == [404, 403, 403]
    found = access_log(sandbox)[former:]
    assert {event["resource_path"] for event in found} == {"/admin/members/{user_name}"}
    assert [(event["status"], event["refusal"]) for event in found] == [
        ("404", "MISSING_AUTHENTICATION_TOKEN"),
        ("403", "INVALID_SIGNATURE"),
        ("403", "ACCESS_DENIED"),
    ]
    assert {event["source_ip"] for event in found} == {"127.0.0.1"}


def test_the_admin_role_cannot_be_assumed_without_mfa(
    sandbox: RunningSandbox, stranger: dict[str, Credentials]
) -> None:
    user = stranger["a user who may do everything"]
    sts = sandbox.aws.session(IDENTITY).client(
        "sts", aws_access_key_id=user.access_key, aws_secret_access_key=user.secret_key
    )
    with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=f"arn:aws:iam::{IDENTITY}:role/firstday-admin", RoleSessionName="stranger")


def test_a_session_of_the_morning_is_refused_with_what_the_profile_lacks(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """As time cannot be turned, the role asks for a code of the last 0 seconds instead of the last hour."""
    user = new_user(sandbox.aws, allow("sts:AssumeRole"), path="/administrators/", device=True)
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    files = morning_profiles(tmp_path, user, session, sandbox.record)
    young = sandbox.firstday("members", "--profile", "firstday-admin", **at_home(tmp_path / "1", files))
    assert young.returncode == 0, young.stderr
    with no_code_young_enough(sandbox):
        old = sandbox.firstday("members", "--profile", "firstday-admin", **at_home(tmp_path / "2", files))
    assert old.returncode == 1
    assert "is not authorized to perform: sts:AssumeRole" in old.stderr
    assert "The profile firstday-admin has no mfa_serial" in old.stderr
    assert "The source_profile of firstday-admin, morning, is a session" in old.stderr
    assert "Traceback" not in old.stderr


def morning_profiles(
    folder: Path, user: User, session: Mapping[str, str], record: Mapping[str, Any]
) -> dict[str, str]:
    """Files as ``aws configure mfa-login`` leaves them; the role's profile has no ``mfa_serial``."""
    where = f"region = {record['region']}\nendpoint_url = {record['aws_endpoint_url']}\n"
    (folder / "config").write_text(
        f"[profile morning]\n{where}\n[profile firstday-admin]\n{where}source_profile = morning\n"
        f"role_arn = arn:aws:iam::{IDENTITY}:role/firstday-admin\nrole_session_name = {user.name}\n"
    )
    (folder / "credentials").write_text(
        f"[morning]\naws_access_key_id = {session['AccessKeyId']}\n"
        f"aws_secret_access_key = {session['SecretAccessKey']}\naws_session_token = {session['SessionToken']}\n"
    )
    return {"AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}


def at_home(home: Path, files: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no role session is kept yet, and only the files have credentials."""
    home.mkdir()
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {"HOME": str(home), **files, **dict.fromkeys(keys, "")}


@contextmanager
def no_code_young_enough(sandbox: RunningSandbox) -> Iterator[None]:
    iam = sandbox.root("iam")
    trust = iam.get_role(RoleName="firstday-admin")["Role"]["AssumeRolePolicyDocument"]
    changed = json.dumps(trust).replace('"3600"', '"0"')
    assert changed != json.dumps(trust)
    iam.update_assume_role_policy(RoleName="firstday-admin", PolicyDocument=changed)
    try:
        yield
    finally:
        iam.update_assume_role_policy(RoleName="firstday-admin", PolicyDocument=json.dumps(trust))


def test_a_replayed_sign_in_link_is_refused_and_recorded(sandbox: RunningSandbox) -> None:
    link = sandbox.firstday("console", "--print").stdout.strip()
    browser, thief = sandbox.browser(), sandbox.browser()
    first = browser.submit(browser.get("console/sign-in").form("sign-in"), token=link)
    assert first.status == 200
    second = thief.submit(thief.get("console/sign-in").form("sign-in"), token=link)
    assert (second.status, thief.cookies) == (403, {})
    event = next(event for event in audit_events(sandbox) if event["action"] == "console.refused")
    assert event["actor"] == f"arn:aws:sts::{IDENTITY}:assumed-role/firstday-admin/admin"
    assert event["details"] == {"reason": "the link was used or has expired", "source_ip": "127.0.0.1"}


def test_a_members_cookie_does_not_open_the_console_and_is_recorded(
    sandbox: RunningSandbox, new_member: NewMember
) -> None:
    member: Member = new_member("curious-member")
    member.begin(sandbox.invite("curious-member")["invitation_url"])
    page = member.browser.get("console/members")
    assert page.status == 403
    assert "curious-member" not in page.text
    session = member.browser.cookies["firstday-session"]
    member.browser.cookies["firstday-console"] = session
    assert member.browser.get("console/members").status == 403
    event = next(event for event in audit_events(sandbox) if event["action"] == "console.refused")
    assert event["details"]["reason"] == "the session is a member's"
    assert called(sandbox, None).status == 404


def test_the_link_is_spent_by_a_click_and_not_by_looking_at_it(sandbox: RunningSandbox) -> None:
    link = sandbox.firstday("console", "--print").stdout.strip()
    path = urlsplit(link).path
    for method in ("GET", "HEAD"):
        sandbox.send(method, path, {"Host": urlsplit(link).netloc}, "")
    browser = sandbox.browser()
    assert browser.submit(browser.get("console/sign-in").form("sign-in"), token=link).status == 200
