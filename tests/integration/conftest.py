"""The portal in process against moto.

moto takes any six digits for MFA codes and ignores policy conditions, so these tests show
that each use case makes the right calls to AWS, and nothing about codes and conditions.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.loaders import create_loader
from botocore.session import get_session
from moto import mock_aws

from chalicelib.admin.inviting import NewInvitation, invite
from chalicelib.arns import BASELINE_GROUP, BOUNDARY_NAME, MEMBERS_PATH, SWITCH_ROLE_PATH
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE, Portal, assemble, use
from firstday.stack.templates import portal_overlay
from tests.browser import Browser, PageAnswer
from tests.integration.documented_answers import check_documented
from tests.integration.moto_gaps import fill

ADMIN = "arn:aws:sts::123456789012:assumed-role/firstday-admin/admin"
MEMBER = "dev-simple-user"
PORTAL_URL = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/api"
LOADER = create_loader()  # one for all, as reading botocore's models takes longest
RESOURCES: Any = portal_overlay(load(SETTINGS_FILE))["Resources"]
TABLES = {name: RESOURCES[f"{name.title()}Table"]["Properties"] for name in ("members", "audit", "console")}
ALLOW_ALL = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


class Clock:
    """A clock that lags behind AWS's and can be put forward."""

    def __init__(self) -> None:
        self.lead = timedelta(minutes=-10)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.lead


@contextmanager
def deployed(*, attempts: int = 1) -> Iterator[Portal]:
    """A portal on its own moto: its tables, groups and boundary exist."""
    # The session has credentials, so that it does not look at the machine's own settings.
    session = get_session({"config_file": (None, None, os.devnull, None), "profile": (None, None, None, None)})
    session.register_component("data_loader", LOADER)
    session.set_credentials("testing", "testing")
    with mock_aws():
        here = assemble(
            load(SETTINGS_FILE),
            session,
            members_table="members",
            audit_table="audit",
            console_table="console",
            attempts=attempts,
            clock=Clock(),
        )
        fill(here)
        _deploy(here)
        use(here)
        try:
            yield here
        finally:
            use(None)


@pytest.fixture
def aws() -> Iterator[Portal]:
    with deployed() as here:
        yield here


def _deploy(here: Portal) -> None:
    iam, dynamodb = clients(here)
    iam.create_policy(PolicyName=BOUNDARY_NAME, Path=MEMBERS_PATH, PolicyDocument=ALLOW_ALL)
    iam.create_group(GroupName=BASELINE_GROUP, Path=MEMBERS_PATH)
    for group in here.settings.groups:
        iam.create_group(GroupName=group.name, Path=SWITCH_ROLE_PATH)
    for name, table in TABLES.items():
        keys = ("AttributeDefinitions", "BillingMode", "KeySchema", "GlobalSecondaryIndexes")
        dynamodb.create_table(TableName=name, **{key: table[key] for key in keys if key in table})


def clients(here: Portal) -> tuple[Any, Any]:
    """IAM and DynamoDB clients for looking behind the portal."""
    return here.iam._client, here.members.database.client


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


@pytest.fixture
def world(aws: Portal) -> World:
    return a_world(aws)


def invited(here: Portal, user_name: str = MEMBER, **options: Any) -> NewInvitation:
    values = {"groups": (), "with_passcode": False, "actor": ADMIN, "now": here.now(), **options}
    return invite(here.members, here.iam, here.settings, user_name=user_name, **values)


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
