"""SES of the embedded AWS as tests use it: an identity, a mail, a function that is told of bounces."""

from typing import Any

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.sandbox.process.ses_settings import SESSettings
from tests.helpers.embedded_aws import IDENTITY, REGION, root_client

DOMAIN = "example.com"
SET = "sample-set"
SENDER = "Example Corp AWS <aws-portal@example.com>"
MEMBER = "Hanako Yamada <hanako@example.org>"
SES = f"arn:aws:ses:{REGION}:{IDENTITY}"
IDENTITY_ARN, SET_ARN = f"{SES}:identity/{DOMAIN}", f"{SES}:configuration-set/{SET}"
VERIFIED = SESSettings(verified=(IDENTITY_ARN,))


def content(subject: str = "Hello", text: str = "A text.", html: str = "", **more: Any) -> dict[str, Any]:
    """Simple content, in UTF-8; without the parts that are empty."""
    parts = {"Text": text, "Html": html}
    body = {name: {"Data": data, "Charset": "UTF-8"} for name, data in parts.items() if data}
    return {"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": body, **more}}


def mail(*to: str, sender: str = SENDER, **more: Any) -> dict[str, Any]:
    """The parameters of a SendEmail."""
    return {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": list(to or [MEMBER])},
        "Content": content(),
        **more,
    }


def ses_of(aws: EmbeddedAWS, settings: SESSettings = VERIFIED) -> Any:
    """Root's client, after SES was set like this."""
    aws.set_ses(settings)
    return root_client(aws, "sesv2")


def told_of_bounces(function: str, *, may_publish: bool = True, may_invoke: bool = True) -> dict[str, Any]:
    """A template as the portal's: set, destination, topic, and a function that logs what it gets."""
    topic, arn = {"Ref": "Topic"}, {"Fn::GetAtt": ["Function", "Arn"]}
    publish = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": IDENTITY, "AWS:SourceArn": f"{SES}:configuration-set/{function}"}
        },
    }
    destination = {
        "Name": "bounces",
        "Enabled": True,
        "MatchingEventTypes": ["bounce", "complaint"],
        "SnsDestination": {"TopicARN": topic},
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    code = "import json\ndef handle(event, context):\n    print('told', json.dumps(event))"
    resources = {
        "Set": ("AWS::SES::ConfigurationSet", {"Name": function}),
        "Topic": ("AWS::SNS::Topic", {}),
        "Role": (
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
        ),
        "Function": (
            "AWS::Lambda::Function",
            {
                "FunctionName": function,
                "Code": {"ZipFile": code},
                "Handler": "index.handle",
                "Runtime": "python3.12",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        ),
        "Destination": (
            "AWS::SES::ConfigurationSetEventDestination",
            {"ConfigurationSetName": {"Ref": "Set"}, "EventDestination": destination},
        ),
        "Subscription": (
            "AWS::SNS::Subscription",
            {"TopicArn": topic, "Protocol": "lambda", "Endpoint": arn},
        ),
    }
    if may_publish:
        policy = {"Version": "2012-10-17", "Statement": [publish]}
        resources["Policy"] = ("AWS::SNS::TopicPolicy", {"Topics": [topic], "PolicyDocument": policy})
    if may_invoke:
        invoke = {"FunctionName": arn, "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
        resources["Invoke"] = ("AWS::Lambda::Permission", {**invoke, "SourceArn": topic})
    return {"Resources": {name: {"Type": kind, "Properties": given} for name, (kind, given) in resources.items()}}
