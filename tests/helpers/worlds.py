"""The portal in process against moto.

moto takes any six digits for MFA codes and ignores policy conditions, so these tests show
that each use case makes the right calls to AWS, and nothing about codes and conditions.
"""

import base64
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from botocore.loaders import create_loader
from botocore.session import get_session
from moto import mock_aws

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.inviting import NewInvitation, invite
from chalicelib.arns import (
    BASELINE_GROUP,
    BOUNDARY_NAME,
    MEMBERS_PATH,
    SUSPENDED_GROUP,
    SUSPENDED_PATH,
    SWITCH_ROLE_PATH,
)
from chalicelib.aws.clients import Clients
from chalicelib.aws.patience import Patience
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE, Portal, assemble, use
from firstday.stack.templates import portal_overlay
from firstday.verification.browser import Browser, PageAnswer
from tests.helpers.documented_answers import check_documented
from tests.helpers.moto_gaps import fill
from tests.helpers.moto_state import State, put_back, saved

ADMIN = "arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"
MEMBER = "dev-simple-user"
# Gives up at once, so that a page tells of every failure.
HURRIED = Patience(attempts=1, seconds=0, pause=lambda _: None)
PORTAL_URL = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/api"
LOADER = create_loader()  # one for all, as reading botocore's models takes longest
EXAMPLE = load(SETTINGS_FILE)
RESOURCES: Any = portal_overlay(EXAMPLE)["Resources"]
TABLES = {name: RESOURCES[f"{name.title()}Table"]["Properties"] for name in ("members", "audit", "console")}
ALLOW_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


class Clock:
    """A clock that lags behind AWS's and can be put forward."""

    def __init__(self, lead: timedelta = timedelta(minutes=-10)) -> None:
        self.lead = lead

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.lead


@cache
def _assembled(patience: Patience) -> Portal:
    """A portal with clients of moto, which take longer to make than a test to run."""
    # The session has credentials, so that it does not look at the machine's own settings.
    session = get_session({"config_file": (None, None, os.devnull, None), "profile": (None, None, None, None)})
    session.register_component("data_loader", LOADER)
    session.set_credentials("testing", "testing")
    here = assemble(
        EXAMPLE,
        Clients(session, EXAMPLE.region, patience),
        members_table="members",
        audit_table="audit",
        console_table="console",
    )
    fill(here)
    return here


@contextmanager
def deployed(patience: Patience = HURRIED) -> Iterator[Portal]:
    """A portal on its own moto: its tables, groups and boundary exist."""
    with mock_aws():
        here = replace(_assembled(patience), clock=Clock())
        put_back(_stack())
        use(here)
        try:
            yield here
        finally:
            use(None)


@cache
def _stack() -> State:
    """What is deployed before anybody is invited; asked for within a moto of its own, which is empty."""
    here = _assembled(HURRIED)
    iam, dynamodb = clients(here)
    iam.create_policy(PolicyName=BOUNDARY_NAME, Path=MEMBERS_PATH, PolicyDocument=ALLOW_ALL)
    iam.create_group(GroupName=BASELINE_GROUP, Path=MEMBERS_PATH)
    iam.create_group(GroupName=SUSPENDED_GROUP, Path=SUSPENDED_PATH)
    for group in here.settings.groups:
        iam.create_group(GroupName=group.name, Path=SWITCH_ROLE_PATH)
    for name, table in TABLES.items():
        keys = ("AttributeDefinitions", "BillingMode", "KeySchema", "GlobalSecondaryIndexes")
        dynamodb.create_table(TableName=name, **{key: table[key] for key in keys if key in table})
    return saved()


def clients(here: Portal) -> tuple[Any, Any]:
    """IAM and DynamoDB clients for looking behind the portal."""
    return here.iam.client, here.members.database.client


@dataclass
class World:
    """A member's first day: the portal, an invitation, and a browser."""

    portal: Portal
    invitation: NewInvitation
    browser: Browser

    @property
    def clock(self) -> Clock:
        clock = self.portal.clock
        assert isinstance(clock, Clock)
        return clock

    @property
    def iam(self) -> Any:
        return clients(self.portal)[0]

    @property
    def dynamodb(self) -> Any:
        return clients(self.portal)[1]

    def another_browser(self) -> Browser:
        return in_process_browser()


def a_world(here: Portal, **options: Any) -> World:
    return World(here, invited(here, **options), in_process_browser())


def with_settings(world: World, **settings: Any) -> World:
    """The same world, for an organisation with other settings."""
    portal = replace(world.portal, settings=replace(world.portal.settings, **settings))
    use(portal)
    return replace(world, portal=portal)


W = TypeVar("W", bound=World)


@dataclass(frozen=True)
class Kept(Generic[W]):
    """A world to be entered again and again, at the moment at which it was left."""

    world: W
    state: State
    left_at: datetime
    cookies: dict[str, str]


def keep(world: W) -> Kept[W]:
    return Kept(world, saved(), world.portal.now(), dict(world.browser.cookies))


def again(begin: Callable[[Portal], W], here: Portal) -> W:
    """What ``begin`` makes of a portal, made once for all."""
    if begin not in _KEPT:
        with deployed() as first:
            _KEPT[begin] = keep(begin(first))
    world: W = entered(_KEPT[begin], here)
    return world


@contextmanager
def within(begin: Callable[[Portal], W]) -> Iterator[W]:
    """The same, on a moto of its own."""
    with deployed() as here:
        yield again(begin, here)


_KEPT: dict[Callable[[Portal], World], Kept[Any]] = {}


def entered(kept: Kept[W], here: Portal) -> W:
    """The world that was kept, in this moto and with a browser of its own."""
    put_back(kept.state)
    here = replace(here, settings=kept.world.portal.settings)
    use(here)
    browser = in_process_browser(kept.world.browser.language)
    browser.cookies.update(kept.cookies)
    world = replace(kept.world, portal=here, browser=browser)
    # The portal's time goes on from there, so that no session has run out; AWS's is further ahead of it.
    world.clock.lead = kept.left_at - datetime.now(UTC)
    return world


def invited(here: Portal, user_name: str = MEMBER, **options: Any) -> NewInvitation:
    values = {"groups": (), "with_passcode": False, **options}
    return invite(of_admin(here), user_name=user_name, **values)


def of_admin(here: Portal) -> AdminRequest:
    return AdminRequest(here, here.now(), ADMIN)


def in_process_browser(language: str = "en") -> Browser:
    return Browser(in_process, PORTAL_URL, language=language)


def in_process(method: str, path: str, headers: dict[str, str], body: str, **identity: str) -> PageAnswer:
    """Hand a request to the app as API Gateway does on its own domain; ``identity`` is who signed it."""
    event = event_of(method, path, headers, body, **identity)
    answer = answer_to(event)
    check_documented(method, event["requestContext"]["resourcePath"], answer)
    return answer


def answer_to(event: object) -> PageAnswer:
    """The app's answer to an event of Lambda."""
    from app import app

    response = app(event, None)
    several = {name.lower(): values for name, values in response["multiValueHeaders"].items()}
    single = {name.lower(): [value] for name, value in response["headers"].items()}
    return PageAnswer(response["statusCode"], single | several, response["body"])


def event_of(method: str, path: str, headers: dict[str, str], body: str, **identity: str) -> dict[str, Any]:
    """The event that API Gateway makes from a request."""
    from app import app

    below_stage = urlsplit(path).path.removeprefix("/api")
    resource, parts = _resource(below_stage.removesuffix("/"), app.routes)
    is_binary = headers.get("Content-Type", "").partition(";")[0] in app.api.binary_types
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": parse_qs(urlsplit(path).query) or None,
        "pathParameters": parts or None,
        "stageVariables": None,
        "body": base64.b64encode(body.encode("latin-1")).decode() if is_binary else body,
        "isBase64Encoded": is_binary,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "path": f"/api{below_stage}",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "192.0.2.1", **identity},
        },
    }


def _resource(path: str, routes: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The route that API Gateway finds for ``path``, and its path parameters, as they were sent."""
    for resource in routes:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(resource))
        if found := re.fullmatch(pattern, path):
            return resource, found.groupdict()
    return path, {}
