"""A denial does not mean "not there": each operation is denied, and member, administrator and log see why.

Every request is made once without a fault to see its calls to AWS; then once for each of these calls, with that
one denied as a service control policy denies it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from firstday.stack import function_policies
from firstday.verification.browser import Page
from tests.helpers.admin_calls import call, user
from tests.helpers.aws_faults import LIES, Deny, Refuse, Wire, watched
from tests.helpers.aws_requests import IN_TRANSACTIONS
from tests.helpers.checked_member import a_checked_world
from tests.helpers.console_administrator import signed_in
from tests.helpers.journeys import calls_of, with_device, with_leftover, with_old_keys
from tests.helpers.member_walk import shown_codes
from tests.helpers.sweeper import abandoned, later, swept
from tests.helpers.worlds import MEMBER, World, a_world, deployed, with_settings, within

SENTENCE = "with an explicit deny in a service control policy"
PASSWORD = "correct Horse battery 1"
Ask = Callable[[World], Any]


@dataclass(frozen=True)
class Request:
    """One request of the portal: ``prepared`` makes the world that it is made in, ``ask`` makes it."""

    name: str
    prepared: Callable[[Any], World]
    ask: Ask

    def __str__(self) -> str:
        return self.name


def admin(method: str, path: str, body: object = None) -> Ask:
    return lambda _: call(method, path, body)


def after_minutes(world: World) -> World:
    world.clock.lead += timedelta(minutes=20)
    return world


def a_member(here: Any) -> World:
    """Active for twenty minutes, in an account that has the role and the groups' policies."""
    return after_minutes(a_checked_world(here))


def with_a_password(here: Any) -> World:
    """The same, with a console password."""
    world = with_settings(a_member(here), console_password=True)
    world.iam.create_login_profile(UserName=MEMBER, Password=PASSWORD)
    return world


ADMIN = tuple(
    Request(name, with_a_password if "password" in name else a_member, ask)
    for name, ask in {
        "inviting somebody new": admin("POST", "invitations", {"user_name": "another"}),
        "creating a member": admin("POST", "members", {"user_name": "another"}),
        "inviting again": admin("POST", "invitations", {"user_name": MEMBER}),
        "revoking": admin("POST", "invitations/revoke", {"user_name": MEMBER}),
        "the list": admin("GET", "members"),
        "looking at a member": admin("GET", f"members/{MEMBER}"),
        "the check": admin("GET", f"members/{MEMBER}/check"),
        "changing groups": admin("PUT", f"members/{MEMBER}/groups", {"groups": ["operators"]}),
        "a lost phone": admin("POST", f"members/{MEMBER}/mfa-reset", {}),
        "somebody away": admin("POST", f"members/{MEMBER}/suspension", {}),
        "a forgotten password": admin("POST", f"members/{MEMBER}/password-reset", {}),
        "planning to offboard": admin("GET", f"members/{MEMBER}/offboarding"),
        "offboarding": admin("DELETE", f"members/{MEMBER}"),
        "the refresh": admin("POST", "refresh", {}),
        "checking an import": admin("POST", "imports/check", {"csv": "user_name,groups\nanother,developers\n"}),
        "the audit trail": admin("GET", "audit-events?limit=1"),
        "a sign-in link": admin("POST", "console-links", {"portal_url": "https://portal.example.com"}),
    }.items()
)


def open_link(world: World) -> Page:
    page = world.browser.get("start")
    return world.browser.submit(page.form("start"), token=world.invitation.token)


def opened(begin: Callable[[Any], World]) -> Callable[[Any], World]:
    def prepared(here: Any) -> World:
        world = after_minutes(begin(here))
        open_link(world)
        return world

    return prepared


def at_the_codes(here: Any) -> World:
    world = opened(a_world)(here)
    page = world.browser.post("register-device", {})
    world.browser.get("register-device")
    return Coded(world.portal, world.invitation, world.browser, page)


@dataclass
class Coded(World):
    """A member who has scanned the QR code of ``page``."""

    page: Page


def type_codes(world: World) -> Page:
    assert isinstance(world, Coded)
    return world.browser.submit(world.page.form("codes"), **shown_codes(world.page))


def type_fresh_codes(world: World) -> Page:
    assert isinstance(world, Coded)
    return world.browser.submit(world.page.form("fresh-codes"), **shown_codes(world.page, "fresh-codes"))


def at_the_fresh_codes(here: Any) -> World:
    world = at_the_codes(here)
    assert isinstance(world, Coded)
    page = world.browser.submit(world.page.form("codes"), **shown_codes(world.page, late=8))
    return Coded(world.portal, world.invitation, world.browser, page)


def with_key(here: Any) -> World:
    world = opened(with_old_keys)(here)
    page = world.browser.post("register-device", {})
    world.browser.submit(page.form("existing-device"), code1="123456", code2="654321")
    return world


def replace_key(world: World) -> Page:
    page = world.browser.get("access-key")
    return world.browser.submit(page.form("access-key")) if page.status == 200 else page


def with_password(here: Any) -> World:
    return with_settings(with_key(here), console_password=True)


MEMBERS = (
    Request("opening the link", a_world, open_link),
    Request("a QR code", opened(a_world), lambda world: world.browser.post("register-device", {})),
    Request("a leftover device", opened(with_leftover), lambda world: world.browser.post("register-device", {})),
    Request("a device of before", opened(with_device), lambda world: world.browser.post("register-device", {})),
    Request("two codes", at_the_codes, type_codes),
    Request("two fresh codes", at_the_fresh_codes, type_fresh_codes),
    Request(
        "two codes of a device of before",
        opened(with_device),
        lambda world: world.browser.post("existing-device", {"code1": "123456", "code2": "654321"}),
    ),
    Request("replacing the key", with_key, replace_key),
    Request("the rules for a password", with_password, lambda world: world.browser.get("password")),
    Request(
        "choosing a password",
        with_password,
        lambda world: world.browser.post("password", {"password": PASSWORD, "repeated": PASSWORD}),
    ),
    Request("the config", with_key, lambda world: world.browser.get("config")),
    Request("the member's check", with_key, lambda world: world.browser.post("check", {})),
)


@cache
def operations(request: Request) -> tuple[str, ...]:
    """The request's calls to AWS without a fault."""
    return tuple(dict.fromkeys(one.operation for one in calls_of(request.prepared, request.ask)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, requests in (("administrators", ADMIN), ("members", MEMBERS)):
        if f"denied_to_{name}" in metafunc.fixturenames:
            rows = [(request, operation) for request in requests for operation in operations(request)]
            metafunc.parametrize(f"denied_to_{name}", rows, ids=[f"{request}, {what}" for request, what in rows])


def log_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def test_an_administrator_is_told_the_action_and_aws_own_sentence(
    denied_to_administrators: tuple[Request, str], capsys: pytest.CaptureFixture[str]
) -> None:
    request, operation = denied_to_administrators
    with within(request.prepared) as world:
        with watched(world.portal, Deny(operation)):
            status, answer = request.ask(world)
        assert user() is not None
    told = json.dumps(answer)
    if operation in ("GetGroupPolicy", "GetRole"):  # what the check may do without
        assert (status, answer["roles"][0]["may_assume"]) == (200, None)
    elif status == 200:
        assert SENTENCE in told, "looking and refreshing tell it among the differences"
        assert operation in told
        assert any(SENTENCE in line.get("detail", "") for line in log_of(capsys))
    else:
        assert (status, answer["error"]["code"]) == (500, "denied")
        assert SENTENCE in answer["error"]["message"]
        assert f":{operation}" in answer["error"]["message"]
        assert answer["error"]["message"].endswith("once it is allowed, do the same again.")
        assert any(SENTENCE in line.get("detail", "") for line in log_of(capsys))
    assert not [lie for lie in LIES if lie in told], told


def test_a_member_is_told_that_it_is_not_allowed_and_whom_to_tell(
    denied_to_members: tuple[Request, str], capsys: pytest.CaptureFixture[str]
) -> None:
    request, operation = denied_to_members
    with within(request.prepared) as world:
        devices = world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
        with watched(world.portal, Deny(operation)):
            page = request.ask(world)
        if operation != "DeleteVirtualMFADevice":
            assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) >= len(devices)
    if operation in ("GetGroupPolicy", "GetRole"):
        assert page.status == 200
        return
    assert (page.status, page.heading) == (500, "AWS does not allow this step")
    assert f":{operation}" in page.text
    assert "aws-admins@example.com" in page.text
    assert SENTENCE not in page.text
    assert any(SENTENCE in line.get("detail", "") for line in log_of(capsys))
    assert not [lie for lie in LIES if lie in page.text]


def test_every_action_of_the_portals_policy_was_denied_once() -> None:
    denied = {operation for request in (*ADMIN, *MEMBERS) for operation in operations(request)}
    with deployed() as here:
        world = a_member(here)
        with watched(here, Wire()) as wire:
            call("DELETE", f"members/{MEMBER}")
            admin_console = signed_in(here)
            admin_console.get("console/members")
    denied |= {one.operation for one in wire.calls} & {"TransactWriteItems"}
    assert world is not None
    wanted = {
        action.partition(":")[2]
        for statement in function_policies.portal_lambda()["Statement"]  # type: ignore[attr-defined]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }
    elsewhere = {
        # Called only after a denial, or for a member who has such a thing: the same code serves them all.
        *("ListGroups", "DeleteAccessKey", "DeleteSSHPublicKey", "DeleteUserPolicy"),
        *("DeleteServiceSpecificCredential", "DeleteSigningCertificate", "DetachUserPolicy"),
        *("CreateLogStream", "PutLogEvents"),
        *IN_TRANSACTIONS.values(),
    }
    assert wanted - denied <= elsewhere, wanted - denied - elsewhere


QUOTAS = {
    "CreateUser": ("inviting somebody new", "UsersPerAccount: 5000", "no room for another IAM user"),
    "AddUserToGroup": ("changing groups", "GroupsPerUser: 10", "ten groups"),
}


@pytest.mark.parametrize("operation", QUOTAS)
def test_an_administrator_is_told_which_quota_it_is(operation: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, quota, words = QUOTAS[operation]
    (request,) = [one for one in ADMIN if one.name == name]
    sentence = f"Cannot exceed quota for {quota}"
    with within(request.prepared) as world, watched(world.portal, Refuse(operation, "LimitExceeded", sentence)):
        status, answer = request.ask(world)
    assert status == 409
    assert words in answer["error"]["message"]
    assert answer["error"]["message"].endswith(f"AWS says: {sentence}")
    assert any(line.get("detail") == sentence for line in log_of(capsys))


@pytest.mark.parametrize(
    ("name", "operation", "heading"),
    [
        ("a QR code", "CreateVirtualMFADevice", "There is no room for another MFA device"),
        ("two codes", "EnableMFADevice", "There is no room for another MFA device"),
        ("two codes", "AddUserToGroup", "You are in too many groups"),
        ("replacing the key", "CreateAccessKey", "You already have two access keys"),
    ],
)
def test_a_member_is_told_which_quota_it_is(
    name: str, operation: str, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (request,) = [one for one in MEMBERS if one.name == name]
    refusal = Refuse(operation, "LimitExceeded", "Cannot exceed quota for Things: 2")
    with within(request.prepared) as world, watched(world.portal, refusal):
        page = request.ask(world)
    assert (page.status, page.heading) == (409, heading)
    assert "aws-admins@example.com" in page.text
    assert any(line.get("detail") == "Cannot exceed quota for Things: 2" for line in log_of(capsys))


@pytest.mark.parametrize("name", ["inviting somebody new", "creating a member"])
def test_without_the_boundary_nobody_is_made_and_the_cause_is_told(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (request,) = [one for one in ADMIN if one.name == name]
    scope = "Scope ARN: arn:aws:iam::123456789012:policy/members/x does not exist or is not attachable."
    with within(request.prepared) as world:
        with watched(world.portal, Refuse("CreateUser", "NoSuchEntity", scope)):
            status, answer = request.ask(world)
        assert user("another") is None
    assert (status, answer["error"]["code"]) == (409, "boundary_missing")
    assert "permissions boundary is gone" in answer["error"]["message"]
    assert "firstday doctor" in answer["error"]["message"]
    assert any(line.get("error") == "BoundaryMissing" for line in log_of(capsys))


def test_a_sweeper_that_is_denied_says_what_and_in_whose_words() -> None:
    with deployed() as here:
        abandoned(here)
        later(here, timedelta(days=60))
        with watched(here, Deny("DeleteVirtualMFADevice")):
            assert swept(here).refused == [MEMBER]
