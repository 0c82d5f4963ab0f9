"""Who administers the portal, and what they may do there."""

import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import app
from chalicelib.admin.authority import WHO_MAY, Rank, may, rank_of, tasks_of
from chalicelib.arns import ADMIN_ROLE_NAME, is_admin_session
from chalicelib.settings.records import Administrators, Role, SwitchRoleGroup
from firstday.stack import administrator_policies
from firstday.stack.policies import PORTAL_API
from tests.helpers.federated_callers import ADMINISTRATORS, CALLERS, FEDERATED_ADMIN, HELP_DESK, SESSIONS
from tests.helpers.settings_makers import example_settings
from tests.helpers.worlds import ADMIN

SETTINGS = replace(example_settings(), administrators=ADMINISTRATORS)
SSO_ADMIN = "AWSReservedSSO_Admin_0123456789abcdef"
# Pages of the console that everybody may open.
OPEN = {"GET /console/sign-in", "POST /console/sign-in", "POST /console/sign-out"}


@pytest.mark.parametrize("caller", CALLERS)
def test_the_settings_say_which_sessions_administer(caller: str) -> None:
    assert rank_of(caller, SETTINGS) is CALLERS[caller]


@pytest.mark.parametrize("caller", CALLERS)
def test_without_the_table_in_the_settings_only_the_portals_own_role_administers(caller: str) -> None:
    expected = Rank.ADMINISTRATOR if caller == ADMIN else None
    assert rank_of(caller, example_settings()) is expected


@pytest.mark.parametrize(
    "name",
    ["someone@example.com", "a=b,c@d", "i-0123456789abcdef0", "x.y-z_", "AWSReservedSSO_HelpDesk_x", "a" * 64],
)
def test_any_session_name_that_aws_takes_is_taken(name: str) -> None:
    assert rank_of(f"{SESSIONS}/{SSO_ADMIN}/{name}", SETTINGS) is Rank.ADMINISTRATOR


@pytest.mark.parametrize(
    "caller",
    [
        "",
        "anonymous",
        "arn:aws:iam::123456789012:root",
        "arn:aws:sts::123456789012:assumed-root",
        f"arn:aws:iam::123456789012:user/{SSO_ADMIN}",
        f"arn:aws:iam::123456789012:user/assumed-role/{SSO_ADMIN}/someone",
        f"arn:aws:iam::123456789012:role/{SSO_ADMIN}",
        f"arn:aws:sts::123456789012:federated-user/{SSO_ADMIN}",
        f"arn:aws:sts::123456789012:federated-user/assumed-role/{SSO_ADMIN}/x",
        f"arn:aws:sts::210987654321:assumed-role/{SSO_ADMIN}/someone",
        f"arn:aws-cn:sts::123456789012:assumed-role/{SSO_ADMIN}/someone",
        f"arn:aws:iam::123456789012:assumed-role/{SSO_ADMIN}/someone",
        f"arn:aws:sts:ap-northeast-1:123456789012:assumed-role/{SSO_ADMIN}/someone",
        f"{SESSIONS}/{SSO_ADMIN}",
        f"{SESSIONS}/{SSO_ADMIN}/",
        f"{SESSIONS}/{SSO_ADMIN}/a/b",
        f"{SESSIONS}/path/{SSO_ADMIN}/someone",
        f"{SESSIONS}/{SSO_ADMIN}/someone\n",
        f"{SESSIONS}/{SSO_ADMIN}/some one",
        f"{SESSIONS}/{SSO_ADMIN}/一人目",
        f"{SESSIONS}/{SSO_ADMIN.lower()}/someone",
        f"{SESSIONS}/x{SSO_ADMIN}/someone",
        f"{SESSIONS}/AWSReservedSSO_Administrator/someone",
        f"{SESSIONS}/Firstday-Admin/someone",
    ],
)
def test_nobody_else_does(caller: str) -> None:
    assert rank_of(caller, SETTINGS) is None
    assert not is_admin_session(caller, "aws", "123456789012")


ROLES = st.sampled_from([SSO_ADMIN, SSO_ADMIN.upper(), "AWSReservedSSO_HelpDesk_1", ADMIN_ROLE_NAME, "reader"])
KINDS = st.sampled_from(["assumed-role", "federated-user", "user", "role", "Assumed-Role", "assumed-role/x"])


@given(
    st.sampled_from(["aws", "aws-cn", ""]),
    st.sampled_from(["sts", "iam"]),
    st.sampled_from(["123456789012", "210987654321", "１２３４５６７８９０１２", ""]),
    KINDS,
    ROLES,
    st.text("a=,.@-_+9/é\n ", min_size=1, max_size=4),
)
def test_only_sessions_of_roles_of_the_identity_account_have_a_rank(
    partition: str, service: str, account: str, kind: str, role: str, session: str
) -> None:
    rank = rank_of(f"arn:{partition}:{service}::{account}:{kind}/{role}/{session}", SETTINGS)
    is_session = (partition, service, account, kind) == ("aws", "sts", "123456789012", "assumed-role")
    is_named = re.fullmatch(r"[a=,.@\-_+9]{2,4}", session) is not None
    expected = {SSO_ADMIN: Rank.ADMINISTRATOR, ADMIN_ROLE_NAME: Rank.ADMINISTRATOR}
    expected["AWSReservedSSO_HelpDesk_1"] = Rank.HELP_DESK
    assert rank is (expected.get(role) if is_session and is_named else None)


def test_a_role_on_both_lists_is_the_help_desks() -> None:
    both = replace(SETTINGS, administrators=Administrators(("AWSReservedSSO_*",), ("AWSReservedSSO_HelpDesk_*",)))
    assert [rank_of(caller, both) for caller in (FEDERATED_ADMIN, HELP_DESK)] == [
        Rank.ADMINISTRATOR,
        Rank.HELP_DESK,
    ]


@pytest.mark.parametrize("name", ["firstday-ApiHandlerRole-X1Y2", "Firstday-x", "dev-SwitchRole-S3FullAccess"])
def test_no_pattern_means_a_role_of_the_portal_or_one_that_members_switch_to(name: str) -> None:
    wide = replace(SETTINGS, administrators=Administrators(("*",), ()))
    assert rank_of(f"{SESSIONS}/{name}/someone", wide) is None
    assert rank_of(f"{SESSIONS}/anything/someone", wide) is Rank.ADMINISTRATOR


def test_a_role_that_members_switch_to_is_known_however_the_settings_write_its_name() -> None:
    switch_role = Role("admin", "123456789012", SSO_ADMIN.upper(), is_existing=True)
    elsewhere = replace(switch_role, account_id="210987654321")
    for role, expected in ((switch_role, None), (elsewhere, Rank.ADMINISTRATOR)):
        settings = replace(SETTINGS, groups=(SwitchRoleGroup("admins", (role,)),))
        assert rank_of(FEDERATED_ADMIN, settings) is expected


def test_every_route_of_administrators_is_in_the_table_and_no_other() -> None:
    routes = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
    assert {route for route in routes if re.match(r"\w+ /(admin|console)\b", route)} - OPEN == WHO_MAY.keys()


def test_an_administrator_may_do_everything_and_a_help_desk_looks_checks_and_resets() -> None:
    assert tasks_of(Rank.ADMINISTRATOR) == WHO_MAY.keys()
    assert tasks_of(None) == frozenset()
    changing = {task for task in tasks_of(Rank.HELP_DESK) if not task.startswith("GET ")}
    assert changing == {
        "POST /admin/members/{user_name}/mfa-reset",
        "POST /admin/members/{user_name}/password-reset",
        "POST /admin/console-links",
        "POST /console/check",
        "POST /console/reset-mfa",
        "POST /console/reset-password",
    }
    assert not {task for task in tasks_of(Rank.HELP_DESK) if re.search("import|invit|offboard|group|new-m", task)}


@pytest.mark.parametrize("rank", Rank)
@pytest.mark.parametrize("task", ["GET /admin/nothing", "PATCH /admin/members", "get /admin/members", ""])
def test_a_route_that_is_not_in_the_table_is_nobodys(rank: Rank, task: str) -> None:
    assert not may(rank, task)


def statements(policy: Any) -> list[tuple[str, list[str]]]:
    """The effects and resources of each statement."""
    found = []
    for one in policy["Statement"]:
        assert one["Action"] == ["execute-api:Invoke"]
        resources = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        found.append((one["Effect"], [resource["Fn::Sub"] for resource in resources]))
    return found


@pytest.mark.parametrize("user_name", ["dev-simple-user", "a=b,c@d", "offboarding", "check"])
@pytest.mark.parametrize("task", administrator_policies.ADMIN_TASKS)
def test_what_iam_lets_such_a_role_call_is_what_the_table_says(task: str, user_name: str) -> None:
    method, path = task.split()
    called = f"{PORTAL_API}/api/{method}{path.replace('{user_name}', user_name)}"
    made = {
        Rank.ADMINISTRATOR: administrator_policies.administrator_permissions(),
        Rank.HELP_DESK: administrator_policies.help_desk_permissions(),
    }
    for rank, policy in made.items():
        matching = {
            effect
            for effect, resources in statements(policy)
            if any(fnmatchcase(called, resource) for resource in resources)
        }
        assert (matching == {"Allow"}) is may(rank, task)
