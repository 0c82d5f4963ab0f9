"""Alarms about problems that no member may report.

Thresholds are for the portal of some hundred or thousand members. Without ``alarm_email`` the alarms are there and
tell nobody: they are seen in CloudWatch, and an account's first ten are free.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.mail.configuration_set import hears_events
from chalicelib.settings.records import Settings
from firstday.stack import audit_watcher_resources, key_retirement_resources, mail_resources, sweeper_resources

Resource = dict[str, object]

# The namespace of the metrics that come from the logs.
NAMESPACE = "Firstday"
# Chalice's name for the API, and so the dimension of its metrics.
API_NAME = "firstday"
FIVE_MINUTES, HOUR = 300, 3600
GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"


@dataclass(frozen=True, slots=True)
class Alarm:
    """``threshold`` in a period of ``seconds``; ``periods`` in a row; a ``statistic`` of p95 is a percentile."""

    logical_id: str
    description: str
    namespace: str
    metric: str
    dimensions: dict[str, object]
    threshold: int
    statistic: str = "Sum"
    seconds: int = FIVE_MINUTES
    periods: int = 1


@dataclass(frozen=True, slots=True)
class LogMetric:
    """Counts the lines of a log group that match ``pattern``.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """

    metric: str
    log_group: str
    pattern: str


def alarm_resources(settings: Settings, stage: str) -> dict[str, Resource]:
    """Alarms, the metrics that they need, and the topic that they write to if the settings have an address."""
    tells = bool(settings.alarm_email)
    return {
        **{f"{each.metric}Metric": _metric_filter(each) for each in log_metrics()},
        **{
            f"{each.logical_id}Alarm": _alarm(each, tells=tells)
            for each in (*alarms(stage), *mail_alarms(settings))
        },
        **(_topic(settings.alarm_email) if tells else {}),
    }


def log_metrics() -> tuple[LogMetric, ...]:
    """The metrics that count lines of the logs.

    The portal's lines come from chalicelib/logs.py; in those of stack/access_log.py, every value is text.
    A pattern may have ``*`` at the beginning and at the end of a text only.
    """
    wrong = '{ ($.action = "POST /start") && (($.outcome = "not_found") || ($.outcome = "passcode")'
    refused = '{ ($.status = "403") && ($.resource_path = "/admin/*") }'
    return (
        LogMetric("WrongTokens", "PortalLogs", f'{wrong} || ($.outcome = "locked")) }}'),
        LogMetric("AdminSignIns", "PortalLogs", '{ ($.action = "POST /console/sign-in") && ($.status = 303) }'),
        LogMetric("RefusedAdminCalls", "AccessLogs", refused),
    )


def alarms(stage: str) -> Iterable[Alarm]:
    """Every alarm of the portal."""
    portal: dict[str, object] = {"FunctionName": {"Ref": "APIHandler"}}
    sweeper: dict[str, object] = {"FunctionName": sweeper_resources.FUNCTION_NAME}
    key_retirement: dict[str, object] = {"FunctionName": key_retirement_resources.FUNCTION_NAME}
    watcher: dict[str, object] = {"FunctionName": audit_watcher_resources.FUNCTION_NAME}
    api: dict[str, object] = {"ApiName": API_NAME, "Stage": stage}
    functions, gateway = "AWS/Lambda", "AWS/ApiGateway"
    return (
        Alarm("PortalErrors", "The portal's function failed or ran out of time", functions, "Errors", portal, 1),
        Alarm("PortalThrottles", "The portal had no room to run", functions, "Throttles", portal, 1),
        Alarm(
            "PortalDuration",
            "One in twenty requests takes the portal's function more than ten seconds, of 25",
            *(functions, "Duration", portal, 10_000),
            statistic="p95",
            periods=3,
        ),
        Alarm(
            "ServerErrors",
            "Ten requests in five minutes got an error of the portal's, or AWS was busy",
            *(gateway, "5XXError", api, 10),
        ),
        Alarm(
            "Latency",
            "One in twenty people waits for more than ten seconds",
            *(gateway, "Latency", api, 10_000),
            statistic="p95",
            periods=3,
        ),
        Alarm(
            "WrongTokens",
            "Twenty links or passcodes in five minutes were wrong: somebody may be guessing",
            *(NAMESPACE, "WrongTokens", {}, 20),
        ),
        Alarm("AdminSignIns", "Somebody signed in to the portal's console", NAMESPACE, "AdminSignIns", {}, 1),
        Alarm(
            "RefusedAdminCalls",
            "Five calls in five minutes to the portal's admin API were refused",
            *(NAMESPACE, "RefusedAdminCalls", {}, 5),
        ),
        Alarm(
            "SweeperErrors",
            "The portal's sweeper failed; it tries again the next day",
            *(functions, "Errors", sweeper, 1),
            seconds=HOUR,
        ),
        Alarm(
            "KeyRetirementErrors",
            "A replaced access key may still be active; the portal tries again within the hour",
            *(functions, "Errors", key_retirement, 1),
            seconds=HOUR,
        ),
        # Not a line of its log: nothing else calls the function, and this counts even if it fails or has no log.
        Alarm(
            "AuditTampering",
            "Somebody changed or removed events of the audit trail",
            *(functions, "Invocations", watcher, 1),
        ),
    )


def mail_alarms(settings: Settings) -> Iterable[Alarm]:
    """Those of the functions that a portal has if it sends mail. A single failure of the mailer mends itself."""
    if settings.mail is None:
        return ()
    mailer: dict[str, object] = {"FunctionName": mail_resources.MAILER_NAME}
    events: dict[str, object] = {"FunctionName": mail_resources.MAIL_EVENTS_NAME}
    sending = Alarm(
        "MailerErrors",
        "Mail waits: the mailer failed five times in an hour, or Amazon SES refuses all mail",
        *("AWS/Lambda", "Errors", mailer, 5),
        seconds=HOUR,
    )
    hearing = Alarm(
        "MailEventsErrors",
        "The portal could not record which mail did not arrive",
        *("AWS/Lambda", "Errors", events, 1),
        seconds=HOUR,
    )
    return (sending, hearing) if hears_events(settings) else (sending,)


def _metric_filter(metric: LogMetric) -> Resource:
    counted = {"MetricNamespace": NAMESPACE, "MetricName": metric.metric, "MetricValue": "1"}
    properties = {
        "LogGroupName": {"Ref": metric.log_group},
        "FilterPattern": metric.pattern,
        "MetricTransformations": [counted],
    }
    return {"Type": "AWS::Logs::MetricFilter", "Properties": properties}


def _alarm(alarm: Alarm, *, tells: bool) -> Resource:
    kind = "Statistic" if alarm.statistic == "Sum" else "ExtendedStatistic"
    properties: Resource = {
        "AlarmDescription": f"Firstday: {alarm.description}",
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric,
        kind: alarm.statistic,
        "Period": alarm.seconds,
        "EvaluationPeriods": alarm.periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": GREATER_OR_EQUAL,
        # Without data, there is no problem.
        "TreatMissingData": "notBreaching",
    }
    if alarm.dimensions:
        properties["Dimensions"] = [{"Name": name, "Value": value} for name, value in alarm.dimensions.items()]
    if tells:
        properties["AlarmActions"] = [{"Ref": "AlarmTopic"}]
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def _topic(address: str) -> dict[str, Resource]:
    # Not encrypted with SNS's own key, which CloudWatch may not use. What alarms say is no secret.
    subscription = {"Protocol": "email", "Endpoint": address, "TopicArn": {"Ref": "AlarmTopic"}}
    return {
        "AlarmTopic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Firstday"}},
        "AlarmEmail": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
    }
