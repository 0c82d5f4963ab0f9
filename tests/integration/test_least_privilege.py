"""The policy of each Lambda function allows exactly the calls that its code makes.

Every use case runs here while its calls to AWS are recorded as IAM authorizes them; then they are compared with
the policy, in both directions.
"""

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from app import app
from chalicelib.wiring import Portal
from firstday.stack import function_policies, policies
from tests.helpers import use_cases
from tests.helpers.admin_calls import call
from tests.helpers.audit_event_bus import BUS
from tests.helpers.aws_faults import Wire, watched
from tests.helpers.aws_requests import ACCOUNT, REGION, Recorder, table_arn
from tests.helpers.iam_evaluation import Grant, Request, denials, denied, grants, missing, needless
from tests.helpers.member_walk import enter_codes, scan
from tests.helpers.worlds import LOADER, MEMBER, TABLES, World, a_world, deployed

VALUES = {
    "AWS::Partition": "aws",
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    **{
        f"{name}Logs.Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"
        for name in ("Portal", "Sweeper", "KeyRetirement", "KeyAgeing", "Census", "Suspension", "AuditWatcher")
    },
    "AuditTable.StreamArn": f"{table_arn('audit')}/stream/2026-11-30T09:00:00.000",
    **{f"{name.title()}Table.Arn": table_arn(name) for name in (*TABLES, "mail")},
}
# What Lambda itself does with the function's role before and after its code runs.
BY_THE_RUNTIME = {"logs:CreateLogStream", "logs:PutLogEvents", *function_policies.STREAM_ACTIONS}
# Routes that answer without asking AWS anything.
WITHOUT_CALLS = {
    *("GET /start", "GET /register-device", "GET /check", "GET /tools"),
    *("GET /me", "GET /me/codes", "GET /me/fresh-codes"),
    *("GET /member/config", "GET /member/merge-config.sh"),  # which tell what has taken their place
}
SOURCES = Path(__file__).parents[2] / "chalicelib"


@dataclass(frozen=True)
class Function:
    """A Lambda function: its policy, all its use cases, and a function that names the current one."""

    policy: Callable[[], policies.Policy]
    use_cases: tuple[use_cases.UseCases, ...]
    where: Callable[[], str]


# By the policy's name in firstday.stack.function_policies.
FUNCTIONS = {
    "portal_lambda": Function(function_policies.portal_lambda, use_cases.PORTAL, use_cases.route),
    "sweeper_lambda": Function(function_policies.sweeper_lambda, use_cases.SWEEPER, lambda: "the sweeper"),
    "key_retirement_lambda": Function(
        partial(function_policies.key_retirement_lambda, has_mail=True),
        use_cases.KEY_RETIREMENT,
        lambda: "the key retirement",
    ),
    "census_lambda": Function(function_policies.census_lambda, use_cases.CENSUS, lambda: "the census"),
    "suspension_lambda": Function(
        partial(function_policies.suspension_lambda, has_mail=True), use_cases.SUSPENSION, lambda: "the suspension"
    ),
    "key_ageing_lambda": Function(
        partial(function_policies.key_ageing_lambda, has_mail=True), use_cases.KEY_AGEING, lambda: "the key ageing"
    ),
    "audit_watcher_lambda": Function(
        partial(function_policies.audit_watcher_lambda, BUS), use_cases.WATCHER, lambda: "the watcher"
    ),
}
each_function = pytest.mark.parametrize("name", FUNCTIONS)


@cache
def recorded(name: str) -> Recorder:
    """All calls of the function."""
    recorder = Recorder(FUNCTIONS[name].where)
    for use_case in FUNCTIONS[name].use_cases:
        use_case(recorder)
    return recorder


def complaints(policy: Any, recorder: Recorder) -> list[str]:
    """What is wrong with ``policy``, a sentence each."""
    granted = grants(policy, VALUES)
    ours = [grant for grant in granted if grant.action not in BY_THE_RUNTIME]
    lacking = [
        f"missing: {request}, which {', '.join(sorted(recorder.requests[request]))} calls"
        for request in missing(granted, recorder.requests)
    ]
    lacking += [f"denied: {request}" for request in denied(denials(policy, VALUES), recorder.requests)]
    return [*lacking, *(f"needless: {grant}" for grant in needless(ours, recorder.requests))]


def test_every_policy_of_a_function_is_proved() -> None:
    assert {name for name in vars(function_policies) if name.endswith("_lambda")} == set(FUNCTIONS)


@each_function
def test_the_policy_allows_what_is_called_and_nothing_else(name: str) -> None:
    assert complaints(FUNCTIONS[name].policy(), recorded(name)) == []


@pytest.mark.parametrize("key", ["session#0a", "link#0a", "event#0a", "census#", "Census"])
def test_it_writes_no_session_and_no_link(key: str) -> None:
    """The census, whose own item is in the table of the console's sessions."""
    granted = grants(function_policies.census_lambda(), VALUES)

    def put(*keys: str) -> Request:
        return Request("dynamodb:PutItem", table_arn("console"), sets=(("dynamodb:LeadingKeys", frozenset(keys)),))

    assert missing(granted, [put("census")]) == []
    assert missing(granted, [put(key), put("census", key)]) == sorted([put(key), put("census", key)], key=str)


# The recording is complete.
def test_every_route_was_used() -> None:
    routes = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
    assert routes - recorded("portal_lambda").places == WITHOUT_CALLS


def test_every_operation_that_the_code_names_was_called() -> None:
    """Also methods that are called by their names in a string."""
    named = {word for path in SOURCES.rglob("*.py") for word in words(path)}
    operations = {
        operation
        for service in ("iam", "dynamodb", "sts", "events")
        for operation in LOADER.load_service_model(service, "service-2")["operations"]
        if xform_name(operation) in named
    }
    assert operations == set().union(*(recorded(name).operations for name in FUNCTIONS))


def words(path: Path) -> set[str]:
    """The attributes and the strings in a file of code."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return strings | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


# The comparison would notice mistakes.
def parts(name: str) -> list[Grant]:
    return [grant for grant in grants(FUNCTIONS[name].policy(), VALUES) if grant.action not in BY_THE_RUNTIME]


@each_function
def test_without_any_one_action_on_any_one_resource_something_is_missing(name: str) -> None:
    for left_out in parts(name):
        others = [grant for grant in parts(name) if grant != left_out]
        lacking = missing(others, recorded(name).requests)
        assert {request.action for request in lacking} == {left_out.action}, left_out


@pytest.mark.parametrize(
    ("sid", "action"),
    [
        ("Members", "iam:UpdateLoginProfile"),
        ("Members", "iam:PutUserPolicy"),
        ("Console", "dynamodb:DeleteItem"),
        ("Audit", "dynamodb:GetItem"),
        ("ReadAudit", "dynamodb:Scan"),
    ],
)
def test_an_action_too_many_is_named(sid: str, action: str) -> None:
    policy = changed(sid, lambda statement: statement["Action"].append(action))
    found = complaints(policy, recorded("portal_lambda"))
    assert found
    assert all(text.startswith(f"needless: {action} on ") for text in found)


def test_a_deny_too_many_is_named() -> None:
    members = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/members/*"}
    policy = changed("PathsBelow", lambda statement: statement.update(Resource=members))
    found = complaints(policy, recorded("portal_lambda"))
    assert f"denied: iam:DeleteUser on arn:aws:iam::{ACCOUNT}:user/members/{MEMBER}" in found
    assert all(text.startswith("denied: iam:") for text in found)


def test_an_action_too_few_is_named_with_the_route_that_needs_it() -> None:
    policy = changed("Members", lambda statement: statement["Action"].remove("iam:ResyncMFADevice"))
    assert complaints(policy, recorded("portal_lambda")) == [
        f"missing: iam:ResyncMFADevice on arn:aws:iam::{ACCOUNT}:user/members/{MEMBER},"
        " which POST /existing-device, POST /fresh-codes, POST /me/add-device, POST /me/fresh-codes,"
        " POST /me/replace-key calls"
    ]


@pytest.mark.parametrize(
    ("sid", "resource", "named"),
    [
        ("Members", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/${AWS::AccountId}/*"}, "missing: iam:"),
        ("ReadAudit", {"Fn::GetAtt": ["AuditTable", "Arn"]}, "missing: dynamodb:Query"),
        ("Devices", "arn:aws:iam::*:user/*", "missing: iam:CreateVirtualMFADevice"),
    ],
)
def test_a_resource_too_narrow_is_named(sid: str, resource: Any, named: str) -> None:
    policy = changed(sid, lambda statement: statement.update(Resource=resource))
    assert any(text.startswith(named) for text in complaints(policy, recorded("portal_lambda")))


def test_a_resource_too_many_is_named() -> None:
    guests = f"arn:aws:iam::{ACCOUNT}:user/guests/*"
    policy = changed("Members", lambda statement: statement.update(Resource=[statement["Resource"], guests]))
    found = complaints(policy, recorded("portal_lambda"))
    assert len(found) == len(function_policies.MEMBER_ACTIONS)
    assert all(f" on {guests} " in text for text in found)


def test_another_boundary_than_the_one_demanded_is_named() -> None:
    other = {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}}
    policy = changed("CreateMembers", lambda statement: statement.update(Condition=other))
    found = complaints(policy, recorded("portal_lambda"))
    assert any("with iam:PermissionsBoundary = arn:aws:iam::123456789012:policy/members/" in text for text in found)


def changed(sid: str, change: Callable[[Any], object]) -> Any:
    """The portal's policy, with one statement changed."""
    policy: Any = copy.deepcopy(function_policies.portal_lambda())
    (statement,) = [one for one in policy["Statement"] if one["Sid"] == sid]
    change(statement)
    return policy


# IAM knows no path of a missing user or group, so a policy with a path does not apply.
def test_those_who_are_gone_are_missed_alike_whichever_way_iam_says_so() -> None:
    with deployed() as here:
        plainly = told_of_the_gone(here, Wire())
    recorder = Recorder(use_cases.route)
    with deployed() as here:
        assert told_of_the_gone(here, recorder) == plainly
    assert recorder.unmatched == {"AddUserToGroup", "EnableMFADevice", "GetUser"}


def told_of_the_gone(here: Portal, wire: Wire) -> list[Any]:
    """The portal's answers about members and groups that somebody has deleted in IAM."""
    world, told = a_world(here), list[Any]()
    world.clock.lead += timedelta(minutes=2)
    page = scan(world)
    world.iam.delete_group(GroupName="developers")
    with watched(here, wire):
        told.append(enter_codes(world.browser, page).heading)
    delete_user(world)
    with watched(here, wire):
        told.append(enter_codes(world.browser, page).heading)
        for method, path in (
            ("GET", ""),
            ("GET", "/check"),
            ("GET", "/offboarding"),
            ("POST", "/mfa-reset"),
            ("POST", "/suspension"),
            ("DELETE", ""),
        ):
            status, answer = call(method, f"members/{MEMBER}{path}", {} if method == "POST" else None)
            told.append((path, status, answer.get("error", {}).get("code"), answer.get("user")))
    return told


def delete_user(world: World) -> None:
    """Deletes a user as somebody who tidies up in IAM does it."""
    for device in world.iam.list_mfa_devices(UserName=MEMBER)["MFADevices"]:
        world.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=device["SerialNumber"])
    for group in world.iam.list_groups_for_user(UserName=MEMBER)["Groups"]:
        world.iam.remove_user_from_group(UserName=MEMBER, GroupName=group["GroupName"])
    world.iam.delete_user(UserName=MEMBER)
