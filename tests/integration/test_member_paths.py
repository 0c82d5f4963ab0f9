"""No call of an administrator's action names a user without a check of the path in the same request.

The names are of any kind: any text, in any case, and users under any path in IAM.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.wiring import Portal
from tests.helpers.admin_calls import call
from tests.helpers.aws_faults import Wire, watched
from tests.helpers.worlds import deployed

# Users under all kinds of paths; several look like each other.
USERS = {
    "alice": "/members/",
    "Bob": "/members/",
    "root": "/",
    "boss": "/admins/",
    "carol": "/members/sub/",
    "dave": "/Members/",
    "erin": "/members-too/",
    "frank": "/x/members/",
}
LOOKALIKES = [
    "ALICE",
    "bob",
    "Root",
    "BOSS",
    "аlice",
    "alice\n",
    " alice",
    "members/alice",
    "../boss",
    "boss ",
    "*",
    "a?ice",
]
NAMES = st.one_of(
    st.sampled_from([*USERS, *LOOKALIKES]),
    st.sampled_from([*USERS]).flatmap(
        lambda name: st.tuples(*(st.sampled_from([char.upper(), char.lower()]) for char in name)).map("".join)
    ),
    st.text(alphabet="aAbBoOsS/.*+=,@_-é ", min_size=1, max_size=8),
)
# Each action of an administrator, by the name that was typed.
DOINGS: dict[str, Callable[[str], tuple[str, str, object]]] = {
    "create": lambda name: ("POST", "members", {"user_name": name}),
    "invite": lambda name: ("POST", "invitations", {"user_name": name}),
    "revoke": lambda name: ("POST", "invitations/revoke", {"user_name": name}),
    "show": lambda name: ("GET", f"members/{quote(name, safe='')}", None),
    "check": lambda name: ("GET", f"members/{quote(name, safe='')}/check", None),
    "groups": lambda name: ("PUT", f"members/{quote(name, safe='')}/groups", {"groups": ["operators"]}),
    "reset": lambda name: ("POST", f"members/{quote(name, safe='')}/mfa-reset", {}),
    "reset password": lambda name: ("POST", f"members/{quote(name, safe='')}/password-reset", {}),
    "plan": lambda name: ("GET", f"members/{quote(name, safe='')}/offboarding", None),
    "offboard": lambda name: ("DELETE", f"members/{quote(name, safe='')}", None),
    "refresh": lambda _: ("POST", "refresh", {}),
}
# These calls make the user a member, or only check whether it is one.
SETTLING = {"GetUser", "CreateUser"}


class PathWatch(Wire):
    """Notes which users were checked to be members, and fails on a call that names another one."""

    def __init__(self, iam: Any) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self._iam = iam
        self._settled: set[str] = set()

    def begin(self) -> None:
        """A new request: what was checked in an earlier one may have changed."""
        self._settled.clear()

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        name = sent.get("UserName")
        answer = super().send(operation, request)
        if name is None:
            return answer
        if operation in SETTLING:
            if answer is None or answer.status_code == 200:
                self._settle(operation, name, sent)
        elif name not in self._settled:
            self.complaints.append(f"{operation} of {name!r}")
        return answer

    def _settle(self, operation: str, name: str, sent: dict[str, str]) -> None:
        if operation == "CreateUser":
            if sent.get("Path") != "/members/" or "PermissionsBoundary" not in sent:
                self.complaints.append(f"CreateUser of {name!r} with {sent}")
            self._settled.add(name)
        elif USERS.get(name, "/members/") == "/members/":
            self._settled.add(name)


def populated(here: Portal) -> Any:
    iam = here.iam.client
    for name, path in USERS.items():
        iam.create_user(UserName=name, Path=path)
    return iam


@given(steps=st.lists(st.tuples(st.sampled_from(sorted(DOINGS)), NAMES), min_size=1, max_size=8))
@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_call_names_a_user_whose_path_was_not_checked(
    steps: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed() as here:
        iam = populated(here)
        watch = PathWatch(iam)
        with watched(here, watch):
            for doing, name in steps:
                watch.begin()
                status, answer = call(*DOINGS[doing](name))
                assert status in {200, 400, 404, 409}, (doing, name, answer)
        assert watch.complaints == []
        still_there = {user["UserName"]: user["Path"] for user in iam.list_users()["Users"]}
    outsiders = {name: path for name, path in USERS.items() if path != "/members/"}
    assert outsiders.items() <= still_there.items()
    capsys.readouterr()


def test_the_watch_would_notice() -> None:
    with deployed() as here:
        watch = PathWatch(populated(here))
        with watched(here, watch):
            here.iam_administration.groups("boss")
            here.iam.get_user("boss")
            here.iam_administration.groups("boss")
        assert watch.complaints == ["ListGroupsForUser of 'boss'"] * 2
