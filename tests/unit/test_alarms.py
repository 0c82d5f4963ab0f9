"""Alarms, the lines of the log that they count, and where audit events go."""

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from firstday.stack import function_policies
from firstday.stack.access_log import FORMAT
from firstday.stack.alarms import alarm_resources, alarms, by_setting, log_metrics
from firstday.stack.event_forwarding import event_forwarding
from firstday.stack.templates import STAGE, portal_overlay
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
TOLD = replace(SETTINGS, alarm_email="aws-alarms@example.com")
FORWARDED = replace(SETTINGS, audit_event_bus="default")
LINE = {"request_id": "r", "actor": None, "action": "POST /start", "outcome": "ok", "status": 200, "duration_ms": 5}
REFUSED = dict.fromkeys(FORMAT, "-") | {"status": "403", "resource_path": "/admin/members/{user_name}"}


def resources(settings: Any, stage: str = STAGE) -> Any:
    return portal_overlay(settings, stage)["Resources"]


def matches(pattern: str, line: dict[str, Any]) -> bool:
    """A metric filter's pattern on JSON, as far as ours go: equality, ``*`` in text, ``&&``, ``||`` and brackets.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """

    def compared(found: re.Match[str]) -> str:
        value, wanted = line.get(found[1]), json.loads(found[2])
        if isinstance(wanted, str):
            return str(isinstance(value, str) and fnmatchcase(value, wanted))
        return str(value == wanted)

    assert pattern.startswith("{ ")
    assert pattern.endswith(" }")
    judged = re.sub(r'\$\.(\w+) = ("[^"]*"|\d+)', compared, pattern[2:-2])
    expression = judged.replace("&&", "and").replace("||", "or")
    assert re.fullmatch(r"(True|False|and|or|[() ])+", expression)
    return bool(eval(expression))  # noqa: S307  # nothing but these words


@pytest.mark.parametrize(
    ("metric", "line", "counts"),
    [
        ("WrongTokens", {"outcome": "not_found"}, True),
        ("WrongTokens", {"outcome": "passcode"}, True),
        ("WrongTokens", {"outcome": "locked"}, True),
        ("WrongTokens", {"outcome": "expired"}, False),
        ("WrongTokens", {"action": "GET /member/config", "outcome": "not_found"}, False),
        ("AdminSignIns", {"action": "POST /console/sign-in", "status": 303}, True),
        ("AdminSignIns", {"action": "POST /console/sign-in", "status": 403}, False),
        ("AdminSignIns", {"action": "GET /console/sign-in", "status": 200}, False),
    ],
)
def test_a_line_of_the_portals_log_counts(metric: str, line: dict[str, Any], counts: bool) -> None:
    (found,) = [each for each in log_metrics() if each.metric == metric]
    assert matches(found.pattern, LINE | line) is counts


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ({}, True),
        ({"resource_path": "/admin/members"}, True),
        ({"status": "200"}, False),
        ({"resource_path": "/start"}, False),
        ({"resource_path": "-"}, False),  # no resource of this API
    ],
)
def test_a_line_of_the_access_log_counts(line: dict[str, Any], counts: bool) -> None:
    (found,) = [each for each in log_metrics() if each.log_group == "AccessLogs"]
    assert matches(found.pattern, REFUSED | line) is counts


@pytest.mark.parametrize("stage", [STAGE, "test"])
def test_a_pattern_has_its_wildcards_at_the_ends_of_a_text_where_cloudwatch_takes_them(stage: str) -> None:
    filters = [one["Properties"] for one in resources(SETTINGS, stage).values() if "FilterPattern" in str(one)]
    texts = [text for each in filters for text in re.findall(r'"([^"]*)"', each["FilterPattern"])]
    assert "/admin/*" in texts
    assert [text for text in texts if "*" in text.strip("*")] == []


def test_the_access_log_has_the_id_that_no_client_can_choose_and_what_a_client_decides_about_comes_last() -> None:
    """API Gateway may cut events off after 1,024 bytes; the ARN of a user has 612 characters at most."""
    assert FORMAT["extended_request_id"] == "$context.extendedRequestId"
    *bounded, last = FORMAT
    assert last == "request_id"
    assert len(json.dumps(dict.fromkeys(bounded, "x" * 30) | {"caller": "x" * 612})) < 1024


def test_the_access_log_has_nothing_that_a_client_may_write_a_token_into() -> None:
    """The log has only the resource of a path: links that were damaged on their way have their token there."""
    open_to_clients = ("$context.path", "requestOverride", "userAgent", "error.message", "domainPrefix", "input")
    assert [value for value in FORMAT.values() if any(part in value for part in open_to_clients)] == []


def test_every_metric_of_the_logs_has_an_alarm() -> None:
    own = {alarm.metric for alarm in alarms(STAGE) if alarm.namespace == "Firstday"}
    assert own == {metric.metric for metric in log_metrics()}


def test_the_alarms_are_two_more_than_an_account_has_for_nothing_as_the_costs_say() -> None:
    assert len(list(alarms(STAGE))) == 10 + 2
    assert list(by_setting(SETTINGS)) == []


def test_where_keys_age_an_alarm_tells_of_a_run_that_failed() -> None:
    ageing = replace(SETTINGS, access_key_days=90)
    assert [alarm.dimensions["FunctionName"] for alarm in by_setting(ageing)] == ["firstday-key-ageing"]
    assert "KeyAgeingErrorsAlarm" in alarm_resources(ageing, STAGE)
    assert "KeyAgeingErrorsAlarm" not in alarm_resources(SETTINGS, STAGE)


def test_without_an_address_the_alarms_are_there_and_tell_nobody() -> None:
    found: Any = alarm_resources(SETTINGS, STAGE)
    assert "AlarmTopic" not in found
    assert not [name for name, one in found.items() if "AlarmActions" in one["Properties"]]


def test_with_an_address_every_alarm_writes_to_it() -> None:
    found: Any = alarm_resources(TOLD, STAGE)
    assert found["AlarmEmail"]["Properties"]["Endpoint"] == "aws-alarms@example.com"
    told = [one for one in found.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert all(one["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}] for one in told)


def test_what_is_not_counted_is_nothing_amiss() -> None:
    found: Any = alarm_resources(SETTINGS, STAGE)
    states = {one["Properties"].get("TreatMissingData") for name, one in found.items() if name.endswith("Alarm")}
    assert states == {"notBreaching"}


def test_what_is_reserved_is_a_parameter_that_reserves_nothing_unless_the_settings_say_how_much() -> None:
    template: Any = portal_overlay(SETTINGS)
    assert template["Parameters"]["ReservedConcurrency"]["Default"] == 0
    reserved = template["Resources"]["APIHandler"]["Properties"]["ReservedConcurrentExecutions"]
    (condition,) = template["Conditions"]
    assert reserved == {"Fn::If": [condition, {"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]}
    for limit, expected in ((50, {"ReservedConcurrentExecutions": 50}), (0, {})):
        template = portal_overlay(replace(SETTINGS, maximum_concurrency=limit))
        assert template.keys() == {"Description", "Resources", "Outputs"}
        properties = template["Resources"]["APIHandler"]["Properties"]
        assert {name: value for name, value in properties.items() if "Concurrent" in name} == expected
        assert "ReservedConcurrentExecutions" not in template["Resources"]["Sweeper"]["Properties"]


def test_the_portal_knows_what_is_reserved_for_it() -> None:
    for limit, expected in ((None, {"Ref": "ReservedConcurrency"}), (50, "50"), (0, "0")):
        template: Any = portal_overlay(replace(SETTINGS, maximum_concurrency=limit))
        variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
        assert variables["RESERVED_CONCURRENCY"] == expected


def test_audit_events_go_nowhere_else_unless_the_settings_name_a_bus() -> None:
    assert event_forwarding(SETTINGS) == {}
    assert "Environment" not in resources(SETTINGS)["AuditWatcher"]["Properties"]


@pytest.mark.parametrize("settings", [SETTINGS, FORWARDED])
def test_changes_and_removals_of_audit_events_call_the_watcher_with_and_without_a_bus(settings: Any) -> None:
    found = resources(settings)
    function = found["AuditWatcher"]["Properties"]
    source = function["Events"]["Tampering"]["Properties"]
    assert source["Stream"] == {"Fn::GetAtt": ["AuditTable", "StreamArn"]}
    assert [json.loads(one["Pattern"]) for one in source["FilterCriteria"]["Filters"]] == [
        {"eventName": ["MODIFY", "REMOVE"]}
    ]
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "AuditWatcherLogs"}}
    assert found["AuditWatcherLogs"]["Properties"]["RetentionInDays"] == 90
    # Otherwise DynamoDB itself removed events.
    assert "TimeToLiveSpecification" not in found["AuditTable"]["Properties"]


def test_each_call_of_the_watcher_is_an_alarm() -> None:
    found: Any = alarm_resources(TOLD, STAGE)
    alarm = found["AuditTamperingAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("Invocations", 1)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": "firstday-audit-watcher"}]
    assert resources(SETTINGS)["AuditWatcher"]["Properties"]["FunctionName"] == "firstday-audit-watcher"


def test_a_stream_has_no_more_than_two_readers() -> None:
    """More are throttled: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html."""
    reading = [name for name, one in resources(FORWARDED).items() if '"StreamArn"' in json.dumps(one)]
    assert sorted(reading) == ["AuditEventPipe", "AuditEventPipeRole", "AuditWatcher", "AuditWatcherRole"]


def test_the_watchers_role_reads_the_stream_writes_its_log_and_writes_to_a_bus_only_if_there_is_one() -> None:
    plain: Any = function_policies.audit_watcher_lambda()
    assert [statement["Sid"] for statement in plain["Statement"]] == ["Stream", "Logs"]
    forwarded = resources(FORWARDED)
    (policy,) = forwarded["AuditWatcherRole"]["Properties"]["Policies"]
    _, bus, _ = policy["PolicyDocument"]["Statement"]
    assert bus["Action"] == ["events:PutEvents"]
    assert bus["Resource"] == forwarded["AuditEventPipe"]["Properties"]["Target"]
    assert forwarded["AuditWatcher"]["Properties"]["Environment"]["Variables"] == {
        "AUDIT_EVENT_BUS": bus["Resource"]
    }


def test_a_pipe_sends_new_audit_events_to_the_bus_under_their_action() -> None:
    found = resources(FORWARDED)
    assert found["AuditTable"]["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    pipe = found["AuditEventPipe"]["Properties"]
    bus = {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}
    assert pipe["Target"] == bus
    assert pipe["TargetParameters"] == {
        "EventBridgeEventBusParameters": {"Source": "firstday", "DetailType": "$.dynamodb.NewImage.action.S"},
        "InputTemplate": '{"event": <$.dynamodb.NewImage>}',
    }
    (filtered,) = pipe["SourceParameters"]["FilterCriteria"]["Filters"]
    assert json.loads(filtered["Pattern"]) == {"eventName": ["INSERT"]}


def test_the_pipes_role_reads_the_stream_and_writes_to_the_bus_and_no_more() -> None:
    arn = "arn:aws:events:ap-northeast-1:123456789012:event-bus/security"
    found: Any = event_forwarding(replace(SETTINGS, audit_event_bus=arn))
    (policy,) = found["AuditEventPipeRole"]["Properties"]["Policies"]
    stream, bus = policy["PolicyDocument"]["Statement"]
    assert stream["Resource"] == {"Fn::GetAtt": ["AuditTable", "StreamArn"]}
    assert {action.partition(":")[0] for action in stream["Action"]} == {"dynamodb"}
    assert bus == {"Sid": "Bus", "Effect": "Allow", "Action": ["events:PutEvents"], "Resource": arn}


@pytest.mark.parametrize(
    ("name", "event", "rate"),
    [
        ("Sweeper", "Daily", "rate(1 day)"),
        ("KeyRetirement", "Hourly", "rate(1 hour)"),
        ("Suspension", "Hourly", "rate(1 hour)"),
        ("KeyAgeing", "Daily", "rate(1 day)"),
    ],
)
def test_what_a_schedule_starts_runs_by_itself_with_a_role_and_a_log_of_its_own(
    name: str, event: str, rate: str
) -> None:
    found = resources(replace(SETTINGS, access_key_days=90))
    function = found[name]["Properties"]
    assert function["Events"] == {event: {"Type": "Schedule", "Properties": {"Schedule": rate}}}
    assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Logs"}}
    assert found[f"{name}Logs"]["Properties"]["RetentionInDays"] == 90
    assert function["Tracing"] == "PassThrough"
    assert set(function["Environment"]["Variables"]) == {"MEMBERS_TABLE", "AUDIT_TABLE"}
