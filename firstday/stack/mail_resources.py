"""Mail: its table, the function that sends it once a minute, and the way on which Amazon SES tells of bounces.

SES publishes for a configuration set of its own region, so in another one there is no way back:
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
"""

from chalicelib.arns import INLINE_POLICY_NAME
from chalicelib.mail.configuration_set import OWN_SET, hears_events, set_name
from chalicelib.settings.records import Mail, Settings
from firstday.stack import mail_policies
from firstday.stack.own_functions import Resource, own_function, scheduled_function
from firstday.stack.table_resources import mail_table

MAILER_NAME, MAIL_EVENTS_NAME = "firstday-mailer", "firstday-mail-events"
# A run ends 40 seconds before this, so that two runs seldom send at once: together they would exceed the rate.
MAILER_SECONDS = 95
# What is heard of; delivered mail is nothing that anybody has to look after.
MATCHING = ["bounce", "complaint", "reject"]


def mail_resources(
    settings: Settings, portal_url: Resource, retention_days: int, runtime: str
) -> dict[str, Resource]:
    """Everything that sends mail; nothing where the settings have no ``[mail]``. ``portal_url`` is in the links."""
    if settings.mail is None:
        return {}
    return {
        "MailTable": mail_table(),
        "PortalMailPolicy": _portal_policy(),
        **_mailer(settings, settings.mail, portal_url, retention_days, runtime),
        **(_events(settings, retention_days, runtime) if hears_events(settings) else {}),
    }


def mail_outputs(settings: Settings) -> dict[str, Resource]:
    """The table's name; and the topic, which a configuration set of the organisation's own has to be given."""
    if settings.mail is None:
        return {}
    outputs: dict[str, Resource] = {"MailTableName": {"Value": {"Ref": "MailTable"}}}
    if hears_events(settings):
        outputs["MailEventsTopicArn"] = {"Value": {"Ref": "MailEventsTopic"}}
    return outputs


def _portal_policy() -> Resource:
    """Beside the portal's own, which is the same for every organisation."""
    properties = {
        "PolicyName": f"{INLINE_POLICY_NAME}-mail",
        "PolicyDocument": mail_policies.portal_mail(),
        "Roles": [{"Ref": "ApiHandlerRole"}],
    }
    return {"Type": "AWS::IAM::Policy", "Properties": properties}


def _mailer(
    settings: Settings, mail: Mail, portal_url: Resource, retention_days: int, runtime: str
) -> dict[str, Resource]:
    variables = {
        "MEMBERS_TABLE": {"Ref": "MembersTable"},
        "AUDIT_TABLE": {"Ref": "AuditTable"},
        "MAIL_TABLE": {"Ref": "MailTable"},
        "PORTAL_URL": portal_url,
    }
    return scheduled_function(
        "Mailer",
        {
            "FunctionName": MAILER_NAME,
            "Description": "Sends the portal's mail",
            "Handler": "chalicelib.mailer.handle",
            "Timeout": MAILER_SECONDS,
            "Environment": {"Variables": variables},
        },
        event="EveryMinute",
        schedule="rate(1 minute)",
        runtime=runtime,
        retention_days=retention_days,
        role_description="What the portal's mailer may do",
        policy=mail_policies.mailer(settings, mail),
    )


def _events(settings: Settings, retention_days: int, runtime: str) -> dict[str, Resource]:
    """The topic, the function that it calls, and the portal's own configuration set if it is the one in use."""
    variables = {"AUDIT_TABLE": {"Ref": "AuditTable"}, "MAIL_TABLE": {"Ref": "MailTable"}}
    topic = {"Ref": "MailEventsTopic"}
    subscription = {
        "Protocol": "lambda",
        "Endpoint": {"Fn::GetAtt": ["MailEvents", "Arn"]},
        "TopicArn": topic,
    }
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": "MailEvents"},
        "Principal": "sns.amazonaws.com",
        "SourceArn": topic,
    }
    return {
        **own_function(
            "MailEvents",
            {
                "FunctionName": MAIL_EVENTS_NAME,
                "Description": "Hears from Amazon SES which mail did not arrive",
                "Handler": "chalicelib.mail_events.handle",
                "MemorySize": 256,
                "Timeout": 60,
                "Environment": {"Variables": variables},
            },
            runtime=runtime,
            retention_days=retention_days,
            role_description="What the function that hears of bounces may do",
            policy=mail_policies.mail_events(),
        ),
        # Not encrypted with SNS's own key, which SES may not use.
        "MailEventsTopic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Firstday: mail"}},
        "MailEventsTopicPolicy": _topic_policy(settings),
        "MailEventsSubscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
        "MailEventsPermission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        **(_own_set() if set_name(settings) == OWN_SET else {}),
    }


def _topic_policy(settings: Settings) -> Resource:
    """SES alone publishes, for that configuration set.

    https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html
    """
    source = {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": mail_policies.set_arn("${AWS::Region}", set_name(settings)),
        }
    }
    statement = {
        "Sid": "SES",
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "MailEventsTopic"},
        "Condition": source,
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"Topics": [{"Ref": "MailEventsTopic"}], "PolicyDocument": document}
    return {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}


def _own_set() -> dict[str, Resource]:
    """Mail leaves by TLS only: an invitation's link is in it."""
    destination = {
        "Name": MAIL_EVENTS_NAME,
        "Enabled": True,
        "MatchingEventTypes": MATCHING,
        "SnsDestination": {"TopicARN": {"Ref": "MailEventsTopic"}},
    }
    return {
        "MailSet": {
            "Type": "AWS::SES::ConfigurationSet",
            "Properties": {"Name": OWN_SET, "DeliveryOptions": {"TlsPolicy": "REQUIRE"}},
        },
        "MailSetEvents": {
            "Type": "AWS::SES::ConfigurationSetEventDestination",
            "DependsOn": "MailEventsTopicPolicy",  # SES tries the topic
            "Properties": {"ConfigurationSetName": {"Ref": "MailSet"}, "EventDestination": destination},
        },
    }
