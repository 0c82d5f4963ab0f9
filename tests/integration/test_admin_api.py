"""The administrator's API: who may call it, and what it says to a mistake."""

import json
from typing import Any

import pytest

from chalicelib.members.link_tokens import token_text
from tests.helpers.admin_calls import basis
from tests.helpers.aws_faults import Before, Call, Fault, Once, Wire, watched
from tests.helpers.worlds import ADMIN, MEMBER, World, in_process, in_process_browser

HEADERS = {"Content-Type": "application/json"}


def invite(body: object, **identity: str) -> tuple[int, dict[str, Any]]:
    return post("invitations", body, **identity)


def post(path: str, body: object, **identity: str) -> tuple[int, dict[str, Any]]:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = in_process("POST", f"/api/admin/{path}", HEADERS, text, **(identity or {"userArn": ADMIN}))
    assert answer.headers["cache-control"] == ["no-store"]
    return answer.status, json.loads(answer.body)


@pytest.mark.usefixtures("world")
def test_a_caller_whom_nobody_verified_is_refused() -> None:
    for identity in ({"userArn": ""}, {"sourceIp": "127.0.0.1"}):
        status, answer = invite({"user_name": "another"}, **identity)
        assert (status, answer["error"]["code"]) == (403, "refused")


def test_an_invitation_creates_the_member_in_the_baseline_group_only(world: World) -> None:
    status, answer = invite({"user_name": "another"})
    assert status == 200
    assert answer["groups"] == ["developers"]
    user = world.iam.get_user(UserName="another")["User"]
    assert user["Path"] == "/members/"
    groups = world.iam.list_groups_for_user(UserName="another")["Groups"]
    assert [group["GroupName"] for group in groups] == ["firstday-members"]


@pytest.mark.usefixtures("world")
def test_only_the_first_link_of_a_member_is_new() -> None:
    post("members", {"user_name": "another"})
    assert [invite({"user_name": "another"})[1]["is_new"] for _ in range(2)] == [True, False]


def test_inviting_again_gives_a_new_link_and_ends_the_old_one(world: World) -> None:
    _, answer = invite({"user_name": MEMBER})
    browser = in_process_browser()
    old = browser.post("start", {"token": world.invitation.token})
    assert old.heading == "This invitation is no longer valid"
    assert browser.post("start", {"token": answer["token"]}).heading == "Register your phone"


def test_revoking_ends_the_link_and_its_session_and_may_be_repeated(world: World) -> None:
    page = world.browser.post("start", {"token": world.invitation.token})
    for _ in range(2):
        assert post("invitations/revoke", {"user_name": MEMBER, "basis": basis()}) == (200, {"user_name": MEMBER})
    page = world.browser.submit(page.form("register-device"))
    assert page.heading == "This invitation is no longer valid"
    items = world.dynamodb.scan(TableName="audit")["Items"]
    assert [item["action"]["S"] for item in items].count("invitation.revoked") == 1


@pytest.mark.usefixtures("world")
def test_revoking_what_nobody_has_is_told_so() -> None:
    status, answer = post("invitations/revoke", {"user_name": "stranger", "basis": basis("stranger")})
    assert (status, answer["error"]["message"]) == (400, "stranger has no invitation.")
    assert post("invitations/revoke", {"user_name": MEMBER, "basis": basis()}, userArn="")[0] == 403


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"user_name": ""}, "user_name", "needed"),
        ({}, "user_name", "needed"),
        ({"user_name": "a"}, "user_name", "two characters"),
        ({"user_name": "a" * 65}, "user_name", "65 characters; IAM allows 64"),
        ({"user_name": "山田"}, "user_name", "'山田'"),
        ({"user_name": "a b/c"}, "user_name", "' /'"),
        ({"user_name": "x\r\nSet-Cookie: a=b"}, "user_name", "IAM does not take"),
        ({"user_name": 7}, "user_name", "type str"),
        ({"user_name": "ok", "groups": ["nobody"]}, "groups", "There are: developers, operators"),
        ({"user_name": "ok", "groups": [f"g{n}" for n in range(12)]}, "groups", "There are"),
        ({"user_name": "ok", "groups": [1]}, "groups", "list of names"),
        ({"user_name": "ok", "groups": "developers"}, "groups", "type list"),
        ({"user_name": "ok", "passcode": "yes"}, "passcode", "type bool"),
        ({"user_name": "ok", "role": "x"}, "role", "unknown"),
        ({"user_name": "ok", "passcode": True, "chosen_passcode": "1234"}, "chosen_passcode", "7KQ2-M9XR"),
        ({"user_name": "ok", "chosen_passcode": ""}, "chosen_passcode", "7KQ2-M9XR"),
        ({"user_name": "ok", "token": "short"}, "token", "at least 43"),
        ("[]", "body", "not a JSON object"),
        ("{", "body", "not JSON"),
        ('{"user_name": "first", "user_name": "second"}', "user_name", "user_name is there twice"),
        ('{"user_name": "ok", "groups": [{"a": {"b": 1, "b": 1}}]}', "b", "b is there twice"),
        ("[" * 8000, "body", "not JSON"),
        ('{"user_name": "' + "x" * 9000 + '"}', "body", "too long"),
    ],
)
def test_a_mistake_is_named_with_its_field(world: World, body: object, field: str, words: str) -> None:
    status, answer = invite(body)
    assert status == 400
    assert answer["error"]["field"] == field
    assert words in answer["error"]["message"]
    users = [user["UserName"] for user in world.iam.list_users()["Users"]]
    assert users == [MEMBER]


def test_an_iam_user_who_is_no_member_is_not_touched(world: World) -> None:
    world.iam.create_user(UserName="root-like", Path="/admins/")
    status, answer = invite({"user_name": "root-like"})
    assert status == 409
    assert "outside /members/" in answer["error"]["message"]
    assert world.iam.list_groups_for_user(UserName="root-like")["Groups"] == []


def test_a_member_without_the_boundary_is_not_invited(world: World) -> None:
    world.iam.create_user(UserName="loose", Path="/members/")
    status, answer = invite({"user_name": "loose"})
    assert status == 400
    assert "lacks the permissions boundary" in answer["error"]["message"]


@pytest.mark.parametrize("fault", Fault, ids=str)
@pytest.mark.parametrize(
    "call",
    [Call("GetItem", 1), Call("CreateUser", 1), Call("AddUserToGroup", 1), Call("TransactWriteItems", 1)],
    ids=str,
)
def test_a_call_that_fails_once_is_mended_by_inviting_again(world: World, call: Call, fault: Fault) -> None:
    with watched(world.portal, Wire(call, fault)):
        status, answer = invite({"user_name": "another"})
        assert (status, answer["error"]["code"]) == (503, "busy")
        status, answer = invite({"user_name": "another"})
    assert status == 200
    opened = in_process_browser().post("start", {"token": answer["token"]})
    assert opened.heading == "Register your phone"


def test_a_member_created_by_a_call_whose_reply_was_lost_is_invited_all_the_same(world: World) -> None:
    with watched(world.portal, Wire(Call("CreateUser", 1), Fault.CUT_AFTER)):
        assert invite({"user_name": "another"})[0] == 503
        # IAM does not know everywhere yet what it has done.
    with watched(world.portal, Once("GetUser", "NoSuchEntity")):
        assert invite({"user_name": "another"})[0] == 503
        assert invite({"user_name": "another"})[0] == 200


def test_revoking_does_not_hit_an_invitation_that_is_newer_than_it_knows(world: World) -> None:
    newer: dict[str, Any] = {}
    again = Before("TransactWriteItems", lambda: newer.update(invite({"user_name": MEMBER})[1]))
    with watched(world.portal, again):
        assert post("invitations/revoke", {"user_name": MEMBER, "basis": basis()})[0] == 503
    assert in_process_browser().post("start", {"token": newer["token"]}).heading == "Register your phone"


@pytest.mark.usefixtures("world")
def test_an_invitation_with_a_chosen_token_can_be_asked_for_again() -> None:
    body = {"user_name": "another", "token": "t" * 43, "unless_invited": True}
    body |= {"passcode": True, "chosen_passcode": "7KQ2-M9XR"}
    first = invite(body)[1]
    token = token_text("another", "t" * 43)
    assert (first["token"], first["passcode"], first["is_new"]) == (token, "7KQ2-M9XR", True)
    browser = in_process_browser()
    page = browser.post("start", {"token": first["token"], "passcode": "7kq2m9xr"})
    assert page.heading == "Register your phone"
    # Nothing changes: neither the passcode nor the session that it has opened.
    assert invite(body)[1] == first
    assert browser.submit(page.form("register-device")).heading.startswith("Scan the QR code")
    other = invite({**body, "token": "u" * 43})
    assert (other[0], other[1]["error"]["code"]) == (409, "invited_already")


def test_whom_a_busy_aws_kept_from_being_invited_is_new_all_the_same(world: World) -> None:
    with watched(world.portal, Wire(Call("AddUserToGroup", 1), Fault.THROTTLED)):
        assert invite({"user_name": "another"})[0] == 503
    assert invite({"user_name": "another"})[1]["is_new"] is True
