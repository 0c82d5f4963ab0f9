"""The options of the settings that add resources, turned on and off again in an embedded AWS."""

import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.organisation import RUNTIMES
from chalicelib.settings import Settings
from firstday.packaging import build
from firstday.runtimes import this_python
from firstday.sandbox.aws import EmbeddedAWS
from tests.deployments import deploy_portal
from tests.unit.settings_makers import example_settings

PROJECT = Path(__file__).parents[2]
OFF = example_settings()
ON = replace(
    OFF,
    alarm_email="aws-alarms@example.com",
    audit_event_bus="default",
    maximum_concurrency=50,
    firewall=True,
    runtime=next(name for name in RUNTIMES[::-1] if name != this_python().runtime),
)
ADDED = {"AlarmTopic", "AlarmEmail", "AuditEventPipe", "AuditEventPipeRole", "Firewall", "FirewallOfStage"}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(accounts=(OFF.identity_account,), region=OFF.region, port=0, portal_port=0) as embedded:
        yield embedded


def resources(aws: EmbeddedAWS, settings: Settings, folder: Path) -> dict[str, str]:
    """Type by logical id, of the stack as it is after deploying with ``settings``, without the API's versions."""
    session = aws.session(OFF.identity_account)
    deploy_portal(session, build(PROJECT, settings, folder), settings)
    pages = session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName="firstday")
    found = [one for page in pages for one in page["StackResourceSummaries"]]
    assert {one["ResourceStatus"].partition("_")[2] for one in found} == {"COMPLETE"}
    types = {one["LogicalResourceId"]: one["ResourceType"] for one in found}
    return {name: found for name, found in types.items() if found != "AWS::ApiGateway::Deployment"}


def test_every_option_can_be_turned_on_and_off_again(aws: EmbeddedAWS, tmp_path: Path) -> None:
    before = resources(aws, OFF, tmp_path)
    assert before["SweeperDaily"] == "AWS::Events::Rule"
    assert "AWS::CloudWatch::Alarm" in before.values()
    with_all = resources(aws, ON, tmp_path)
    assert with_all.keys() - before.keys() == ADDED
    assert with_all["AuditEventPipe"] == "AWS::Pipes::Pipe"
    with urllib.request.urlopen(f"{aws.portal_url}/start") as answer:  # noqa: S310  the scheme is http
        assert answer.status == 200
    assert resources(aws, OFF, tmp_path) == before


def test_the_sweeper_runs_where_nobody_has_been_yet(aws: EmbeddedAWS) -> None:
    client: Any = aws.session(OFF.identity_account).client("lambda")
    answer = client.invoke(FunctionName="firstday-sweeper")
    assert "FunctionError" not in answer, answer["Payload"].read()
