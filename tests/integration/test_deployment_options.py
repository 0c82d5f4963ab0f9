"""The options of the settings that add resources, turned on and off again in an embedded AWS."""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.settings.records import RUNTIMES, Settings
from firstday.packaging import build
from firstday.runtimes import this_python
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.deployments import deploy_portal
from tests.helpers.settings_makers import example_settings

LISTENER = "/aws/lambda/listener"
PROJECT = Path(__file__).parents[2]
OFF = example_settings()
ON = replace(
    OFF,
    alarm_email="aws-alarms@example.com",
    audit_event_bus="default",
    maximum_concurrency=50,
    firewall=True,
    access_key_days=90,
    runtime=next(name for name in RUNTIMES[::-1] if name != this_python().runtime),
)
ADDED = {
    *("KeyAgeing", "KeyAgeingDaily", "KeyAgeingDailyPermission", "KeyAgeingErrorsAlarm"),
    *("KeyAgeingEventInvokeConfig", "KeyAgeingLogs", "KeyAgeingRole"),
    *("AlarmTopic", "AlarmEmail", "AuditEventPipe", "AuditEventPipeRole", "Firewall", "FirewallOfStage"),
}


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
    assert tampering_on_the_bus(aws) == {
        "actor": None,
        "action": "audit.tampered",
        "outcome": "removed",
        "subject": "dev-simple-user",
        "id": "2026-11-30",
    }
    assert resources(aws, OFF, tmp_path) == before


def tampering_on_the_bus(aws: EmbeddedAWS) -> dict[str, Any]:
    """The event that a rule of the bus gets when somebody removes an event from the trail."""
    session = aws.session(OFF.identity_account)
    events, logs, dynamodb = (session.client(name) for name in ("events", "logs", "dynamodb"))
    pattern = {"source": ["firstday"], "detail-type": ["audit.tampered"]}
    events.put_rule(Name="tampering", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="tampering", Targets=[{"Id": "listener", "Arn": a_listener(session)}])
    audit = next(name for name in dynamodb.list_tables()["TableNames"] if "Audit" in name)
    key = {"pk": {"S": "member#dev-simple-user"}, "sk": {"S": "2026-11-30"}}
    dynamodb.put_item(TableName=audit, Item=key)
    dynamodb.delete_item(TableName=audit, Key=key)
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with suppress(logs.exceptions.ResourceNotFoundException):
            messages = [found["message"] for found in logs.filter_log_events(logGroupName=LISTENER)["events"]]
            for message in messages:
                if message.startswith("{"):
                    event: dict[str, Any] = json.loads(message)["detail"]["event"]
                    return event
        time.sleep(0.5)
    raise AssertionError("no event on the bus")


def a_listener(session: Any) -> str:
    """A function that prints what it is called with: its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = session.client("iam").create_role(RoleName="listener", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as packed:
        packed.writestr("index.py", "import json\ndef handle(event, context):\n    print(json.dumps(event))\n")
    made = session.client("lambda").create_function(
        FunctionName="listener",
        Runtime=this_python().runtime,
        Role=role,
        Handler="index.handle",
        Code={"ZipFile": code.getvalue()},
    )
    return str(made["FunctionArn"])


@pytest.mark.parametrize(
    "name", ["firstday-sweeper", "firstday-key-retirement", "firstday-census", "firstday-suspension"]
)
def test_what_a_schedule_starts_runs_where_nobody_has_been_yet(name: str, aws: EmbeddedAWS) -> None:
    client: Any = aws.session(OFF.identity_account).client("lambda")
    answer = client.invoke(FunctionName=name)
    assert "FunctionError" not in answer, answer["Payload"].read()
