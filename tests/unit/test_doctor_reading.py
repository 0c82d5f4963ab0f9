"""The doctor reads AWS in pages, with few calls, and goes on if something is not permitted."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from firstday.aws_calls import DeploymentError
from firstday.deployment.resource_words import ROLE
from firstday.doctor import catalogue, needed_actions
from firstday.doctor.diagnosis import diagnose
from firstday.doctor.reading_accounts import read_all
from firstday.doctor.snapshot import AuditStream, Denial
from tests.helpers.doctor_snapshots import NOW, PORTAL
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
IDENTITY, TARGET = "123456789012", "210987654321"
Answer = Callable[[dict[str, Any]], Any]


def refusal(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class NoSuchEntityException(Exception):
    pass


def resource(logical_id: str, physical_id: str) -> dict[str, str]:
    return {
        "LogicalResourceId": logical_id,
        "ResourceType": ROLE,
        "PhysicalResourceId": physical_id,
        "ResourceStatus": "CREATE_COMPLETE",
    }


class FakeAWS:
    """One account: pages of some entities, and the calls that were made. ``refused`` maps calls to error codes."""

    exceptions = type("Exceptions", (), {"NoSuchEntityException": NoSuchEntityException})

    def __init__(self, account_id: str = IDENTITY, members: int = 0) -> None:
        self.account_id, self.refused, self.calls = account_id, dict[str, str](), Counter[str]()
        self.caller = f"arn:aws:iam::{account_id}:user/auditor"
        self.names = [f"member-{number:04}" for number in range(members)]
        self.devices = {name: name for name in self.names}
        self.keys: dict[str, list[str]] = {}
        self.other_devices: set[str] = set()
        self.is_deployed = True
        self.simulated: list[Any] = []
        self.mappings = [
            {"UUID": "of-a-table-that-is-gone", "EventSourceArn": "old", "State": "Enabled"},
            {"UUID": "off", "EventSourceArn": "new", "State": "Disabled"},
        ]
        self._lock = threading.Lock()

    def client(self, _service: str, _region: str | None = None) -> Any:
        return self

    def _called(self, operation: str) -> None:
        with self._lock:
            self.calls[operation] += 1
        if operation in self.refused:
            raise refusal(operation, self.refused[operation])

    def get_paginator(self, operation: str) -> Any:
        parts: dict[str, Callable[[], Iterator[Any]]] = {
            "get_account_authorization_details": self._details,
            "list_virtual_mfa_devices": self._devices,
            "query": lambda: iter([{"Items": []}]),
            "list_stack_resources": self._stack_resources,
            "simulate_principal_policy": self._simulated,
            "list_event_source_mappings": lambda: iter([{"EventSourceMappings": self.mappings}]),
        }

        def paginate(**_: Any) -> Iterator[Any]:
            for page in parts[operation]():
                self._called(operation)
                yield page

        return type("Paginator", (), {"paginate": staticmethod(paginate)})

    def _details(self) -> Iterator[Any]:
        for begin in range(0, max(len(self.names), 1), 1000):
            users = [{"UserName": name, "Path": "/members/"} for name in self.names[begin : begin + 1000]]
            yield {"UserDetailList": users}
        yield {
            "RoleDetailList": [
                {"RoleName": role.role_name, "Arn": role.arn("aws"), "AssumeRolePolicyDocument": "no JSON"}
                | {"RolePolicyList": [{"PolicyName": "guardrail", "PolicyDocument": {}}]}
                for role in SETTINGS.roles
                if role.account_id == self.account_id
            ]
        }

    def _devices(self) -> Iterator[Any]:
        found = [
            {"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{name}", "User": {"UserName": user}}
            for name, user in self.devices.items()
        ]
        yield {"VirtualMFADevices": found}
        yield {"VirtualMFADevices": [{"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/nobody"}]}

    def _simulated(self) -> Iterator[Any]:
        yield {"EvaluationResults": self.simulated}

    def _stack_resources(self) -> Iterator[Any]:
        if not self.is_deployed:
            message = "Stack with id firstday does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "ListStackResources")
        yield {
            "StackResourceSummaries": [
                resource("Role", "role"),
                resource("ApiHandlerRole", SETTINGS.roles[0].role_name),
                resource("Former", "gone") | {"ResourceStatus": "DELETE_COMPLETE"},
                {"LogicalResourceId": "Never", "ResourceType": ROLE, "ResourceStatus": "CREATE_FAILED"},
            ]
        }

    def describe_table(self, **_: str) -> Any:
        self._called("describe_table")
        return {"Table": {"StreamSpecification": {"StreamEnabled": True}, "LatestStreamArn": "new"}}

    def list_access_keys(self, *, UserName: str) -> Any:  # noqa: N803
        self._called("list_access_keys")
        if UserName == "deleted-just-now":
            raise refusal("ListAccessKeys", "NoSuchEntity")
        keys = [{"AccessKeyId": key, "Status": "Active"} for key in self.keys.get(UserName, [])]
        return {"AccessKeyMetadata": [*keys, {"AccessKeyId": "AKIAOLD", "Status": "Inactive"}]}

    def list_mfa_devices(self, *, UserName: str) -> Any:  # noqa: N803
        self._called("list_mfa_devices")
        return {"MFADevices": [{}] if UserName in self.other_devices else []}

    def get_role(self, **_: str) -> Any:
        self._called("get_role")
        return {"Role": {"MaxSessionDuration": 3600}}

    def get_account_password_policy(self) -> None:
        self._called("get_account_password_policy")
        raise NoSuchEntityException

    def get_caller_identity(self) -> Any:
        self._called("get_caller_identity")
        return {"Account": self.account_id, "Arn": self.caller}


def test_five_thousand_members_who_have_registered_cost_a_few_calls() -> None:
    aws = FakeAWS(members=5000)
    snapshot = read_all(SETTINGS, {IDENTITY: aws}, PORTAL, NOW)
    assert snapshot.identity is not None
    assert len(snapshot.identity.users) == 5000
    assert snapshot.keys_without_device == {}
    assert sum(aws.calls.values()) < 35


@pytest.mark.parametrize(
    ("detail", "policy_ids", "decision", "names"),
    [
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, [], "by organisation", ()),
        ({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}, [], "by boundary", ()),
        (
            {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True}},
            ["role_dev-SwitchRole-S3FullAccess_guardrail"],
            "explicitDeny",
            ("guardrail",),
        ),
        ({}, ["a-managed-policy"], "explicitDeny", ()),
    ],
)
def test_what_keeps_a_function_from_something_is_read(
    detail: dict[str, Any], policy_ids: list[str], decision: str, names: tuple[str, ...]
) -> None:
    aws = FakeAWS()
    matched = [{"SourcePolicyId": one} for one in policy_ids]
    denied = {"EvalActionName": "iam:GetUser", "EvalDecision": "explicitDeny", "MatchedStatements": matched}
    aws.simulated = [denied | detail]
    snapshot = read_all(SETTINGS, {IDENTITY: aws}, PORTAL, NOW)
    assert snapshot.denials is not None
    assert set(snapshot.denials) == {Denial(SETTINGS.roles[0].role_name, "iam:GetUser", decision, names)}


def test_of_who_has_no_virtual_device_keys_are_listed_and_then_other_devices() -> None:
    aws = FakeAWS(members=3)
    aws.names.append("deleted-just-now")
    aws.devices = {"member-0000": "member-0000"}
    aws.keys = {name: [f"AKIA{name}"] for name in aws.names[:2]}
    snapshot = read_all(SETTINGS, {IDENTITY: aws}, PORTAL, NOW)
    assert snapshot.keys_without_device == {"member-0001": ("AKIAmember-0001",)}
    assert (aws.calls["list_access_keys"], aws.calls["list_mfa_devices"]) == (3, 1)
    aws.other_devices = {"member-0001"}
    assert read_all(SETTINGS, {IDENTITY: aws}, PORTAL, NOW).keys_without_device == {}


def test_durations_are_read_of_the_settings_roles_in_every_account() -> None:
    identity, target = FakeAWS(), FakeAWS(TARGET)
    snapshot = read_all(SETTINGS, {IDENTITY: identity, TARGET: target}, PORTAL, NOW)
    assert [role.maximum_session_seconds for role in snapshot.targets[TARGET].roles] == [3600, 3600]
    assert (identity.calls["get_role"], target.calls["get_role"]) == (1, 2)
    assert snapshot.targets[TARGET].roles[0].trust == {}


def test_of_what_calls_the_watcher_the_present_stream_of_the_table_counts() -> None:
    snapshot = read_all(SETTINGS, {IDENTITY: FakeAWS()}, PORTAL, NOW)
    assert snapshot.audit_stream == AuditStream(PORTAL.audit_table, "new", {"off": False})
    assert snapshot.unprotected_tables == (PORTAL.members_table, PORTAL.audit_table)


def test_what_the_stacks_believe_to_be_there_is_read_in_every_account() -> None:
    identity, target = FakeAWS(), FakeAWS(TARGET)
    target.is_deployed = False
    snapshot = read_all(SETTINGS, {IDENTITY: identity, TARGET: target}, PORTAL, NOW)
    assert snapshot.identity is not None
    assert snapshot.identity.stack_resources == {(ROLE, "role"), (ROLE, SETTINGS.roles[0].role_name)}
    assert snapshot.targets[TARGET].stack_resources == set()


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        ("get_account_authorization_details", needed_actions.DETAILS),
        ("list_virtual_mfa_devices", needed_actions.DEVICES),
        ("list_access_keys", needed_actions.KEYS),
        ("get_role", needed_actions.ROLE),
        ("list_stack_resources", needed_actions.STACK_RESOURCES),
        ("get_account_password_policy", needed_actions.PASSWORD_POLICY),
        ("query", needed_actions.RECORDS),
        ("describe_table", needed_actions.TABLES),
        ("list_event_source_mappings", needed_actions.MAPPINGS),
    ],
)
def test_what_is_not_permitted_is_named_and_the_rest_goes_on(call: str, permission: str) -> None:
    aws = FakeAWS(members=1)
    aws.devices = {}
    aws.refused = {call: "AccessDeniedException" if call == "query" else "AccessDenied"}
    found = diagnose(SETTINGS, {IDENTITY: aws}.get, PORTAL, now=NOW)
    assert [one.subject for one in found if one.check == "not-permitted"] == [f"dev: {permission}"]
    checks = {one.check for one in found}
    assert checks.isdisjoint(catalogue.without(permission))
    assert len(checks) > 1


def test_what_is_no_matter_of_permissions_ends_it_in_words() -> None:
    aws = FakeAWS(members=1)
    aws.refused = {"list_virtual_mfa_devices": "Throttling"}
    with pytest.raises(DeploymentError, match="Reading ListVirtualMFADevices of the account 123456789012: "):
        diagnose(SETTINGS, {IDENTITY: aws}.get, PORTAL, now=NOW)


def test_without_an_identity_account_there_is_nothing_to_say() -> None:
    with pytest.raises(DeploymentError, match="no credentials for the identity account 123456789012"):
        diagnose(SETTINGS, lambda _: None, PORTAL, now=NOW)


def test_who_cannot_be_reached_is_told() -> None:
    class Unreachable(FakeAWS):
        def get_caller_identity(self) -> Any:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    with pytest.raises(DeploymentError, match="Asking AWS whose credentials these are"):
        diagnose(SETTINGS, {IDENTITY: Unreachable()}.get, PORTAL, now=NOW)


def test_the_portals_admin_role_is_told_to_make_way_for_somebody_who_may_read() -> None:
    aws = FakeAWS()
    aws.caller = f"arn:aws:sts::{IDENTITY}:assumed-role/firstday-admin/admin"
    with pytest.raises(DeploymentError, match=r"admin role, firstday-admin, .* With --profile, name a profile of"):
        diagnose(SETTINGS, {IDENTITY: aws}.get, PORTAL, now=NOW)
    assert aws.calls == {"get_caller_identity": 1}


def test_credentials_for_a_wrong_target_are_told_and_not_used() -> None:
    wrong = FakeAWS(IDENTITY)
    found = diagnose(SETTINGS, {IDENTITY: FakeAWS(), TARGET: wrong}.get, PORTAL, now=NOW)
    assert (found[0].check, found[0].subject) == ("wrong-account", "stg")
    assert found[0].remedy == "# Run it again, with --account-profile stg=PROFILE"
    assert wrong.calls == {"get_caller_identity": 1}


def test_before_there_is_a_portal_the_account_alone_is_looked_at() -> None:
    aws = FakeAWS()
    found = diagnose(SETTINGS, {IDENTITY: aws}.get, None, now=NOW)
    assert [one.check for one in found] == ["password-policy-unset"]
    assert set(aws.calls) == {"get_caller_identity", "get_account_password_policy"}
