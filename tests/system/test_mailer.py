"""The deployed mailer: a mailed link opens the portal, a bounce is seen at its member; what its roles cannot do."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.audit import Action, AuditEvent
from chalicelib.aws.items import item, member_from, member_item, member_key
from chalicelib.aws.mail_items import Box, waiting_item
from chalicelib.mail.kinds import BY_MAIL
from chalicelib.members.invitations import hashed
from chalicelib.members.link_tokens import new_secret
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from firstday.stack.mail_resources import MAIL_EVENTS_NAME, MAILER_NAME
from tests.helpers.lambda_role import Client, client_with, lambda_credentials, refused
from tests.helpers.running_sandbox import RunningSandbox

caught_mail = pytest.importorskip("firstday.sandbox.caught_mail")
MEMBER, ADMIN = "dev-simple-user", "arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"
BOUNCING = "bounce@simulator.amazonses.com"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    options: dict[str, Any] = {"with_mail": True, "runs_schedules": False}
    with running(port=0, portal_port=0, member=MEMBER, **options) as started:
        yield RunningSandbox(as_record(started), tmp_path_factory.mktemp("home"), started.aws)


def mailed(sandbox: RunningSandbox, user_name: str, email: str) -> None:
    """A member whose invitation waits to be mailed, as the portal leaves it."""
    dynamodb, now = sandbox.root("dynamodb"), datetime.now(UTC)
    found = dynamodb.get_item(TableName=sandbox.table("Members"), Key=member_key(MEMBER))["Item"]
    changes: dict[str, Any] = {"user_name": user_name, "email": email, "is_mailed": True, "invited_at": now}
    member = replace(member_from(found), token_hash=hashed(new_secret()), **changes)
    event = AuditEvent(ADMIN, Action.INVITATION_CREATED, user_name, now, {"link": BY_MAIL})
    dynamodb.put_item(TableName=sandbox.table("Members"), Item=member_item(member))
    dynamodb.put_item(TableName=sandbox.table("Mail"), Item=waiting_item(event))


def sent(sandbox: RunningSandbox) -> dict[str, Any]:
    """What a run of the mailer says."""
    answer = sandbox.root("lambda").invoke(FunctionName=MAILER_NAME)
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def links(sandbox: RunningSandbox) -> list[str]:
    mails = caught_mail.caught(Path(sandbox.record["mail_directory"]))
    return [link for mail in mails for link in re.findall(r"^http\S+/start#\S+$", mail.text, re.MULTILINE)]


def boxes(sandbox: RunningSandbox, box: Box) -> list[Any]:
    items = sandbox.root("dynamodb").scan(TableName=sandbox.table("Mail"))["Items"]
    return [each for each in items if each["box"]["S"] == box]


def eventually(look: Callable[[], list[Any]]) -> list[Any]:
    for _ in range(50):
        if found := look():
            return found
        time.sleep(0.2)
    return []


def test_a_mailed_link_opens_the_portal(sandbox: RunningSandbox) -> None:
    mailed(sandbox, MEMBER, "dev-simple-user@example.com")
    assert sent(sandbox)["members"] == [MEMBER]
    link = links(sandbox)[-1]
    assert link.startswith(f"{sandbox.portal_url}/start#")
    page = sandbox.browser().post("start", {"token": link})
    assert page.form("register-device").is_for("register-device")


def test_a_bounce_is_seen_at_its_member(sandbox: RunningSandbox) -> None:
    mailed(sandbox, "bounces", BOUNCING)
    assert sent(sandbox)["members"] == ["bounces"]
    (trouble,) = eventually(lambda: boxes(sandbox, Box.TROUBLE))
    assert trouble["subject"] == {"S": "bounces"}
    assert trouble["reason"] == {"S": "the address does not exist"}
    assert BOUNCING not in str(trouble)
    assert "mail.failed" in sandbox.firstday("audit", "--member", "bounces").stdout


@pytest.fixture(scope="module")
def mailer(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of its role."""
    with lambda_credentials(sandbox, MAILER_NAME) as credentials:
        yield client_with(sandbox, credentials)


def entry(box: str) -> dict[str, Any]:
    return dict(item({"box": box, "id": "made-up", "invitation_hash": "0" * 64}))


def test_at_worst_its_role_makes_a_link_to_a_mailed_invitation(mailer: Client, sandbox: RunningSandbox) -> None:
    mailer("dynamodb").put_item(TableName=sandbox.table("Mail"), Item=entry("links"))


def test_its_role_changes_no_record_and_reaches_no_other_box(mailer: Client, sandbox: RunningSandbox) -> None:
    dynamodb, mail, members = mailer("dynamodb"), sandbox.table("Mail"), sandbox.table("Members")
    key = member_key(MEMBER)
    assert dynamodb.get_item(TableName=members, Key=key)["Item"]
    refused(dynamodb.put_item, TableName=members, Item=member_item(member_from(key | _named())))
    refused(dynamodb.update_item, TableName=members, Key=key, UpdateExpression="REMOVE revoked_at")
    refused(dynamodb.delete_item, TableName=members, Key=key)
    for name in (mail, members):
        refused(dynamodb.scan, TableName=name)
    refused(dynamodb.put_item, TableName=mail, Item=entry("told"))
    for box in ("links", "trouble", "told", "sent"):
        refused(dynamodb.get_item, TableName=mail, Key=item({"box": box, "id": "made-up"}))


def _named() -> dict[str, Any]:
    return dict(item({"user_name": MEMBER, "created_at": datetime.now(UTC)}))


def test_its_role_sends_from_no_other_address_and_does_nothing_else(mailer: Client) -> None:
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    to = {"ToAddresses": ["dev-simple-user@example.com"]}
    ses, iam = mailer("sesv2"), mailer("iam")
    refused(ses.send_email, FromEmailAddress="ceo@example.com", Destination=to, Content=content)
    refused(ses.list_email_identities)
    refused(iam.list_users)
    refused(iam.create_access_key, UserName=MEMBER)


def test_neither_the_portal_nor_the_reader_of_bounces_makes_a_link(sandbox: RunningSandbox) -> None:
    for name in ("APIHandler", MAIL_EVENTS_NAME):
        with lambda_credentials(sandbox, name) as credentials:
            dynamodb = client_with(sandbox, credentials)("dynamodb")
            for box in ("links", "sent"):
                refused(dynamodb.put_item, TableName=sandbox.table("Mail"), Item=entry(box))
