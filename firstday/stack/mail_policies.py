"""What the portal's functions may do with mail, in terms of its stack's template: each has boxes of the mail table.

``dynamodb:LeadingKeys`` are the hash keys of what a request names, in a transaction too:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
Conditions of SES: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsesv2.html
"""

from chalicelib.aws.mail_items import Box
from chalicelib.mail.configuration_set import set_name
from chalicelib.settings.records import Mail, Settings
from firstday.stack.policies import Policy, Resource, allow, arn_of, document, sub
from firstday.stack.protection import Statement

_ACTIONS = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
WAITING_ACTIONS = tuple(f"dynamodb:{name}" for name in _ACTIONS)


def in_boxes(sid: str, actions: tuple[str, ...], *boxes: Box) -> Statement:
    """``actions`` on the items in these boxes."""
    limit = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [box.value for box in boxes]}}
    return allow(sid, actions, arn_of("MailTable")) | {"Condition": limit}


def portal_mail() -> Policy:
    """What the portal may do besides: put mail into the box of those that wait, and look at what came of it.

    It sees the hashes of mailed links, and makes none. It forgets what did not arrive once that is settled.
    """
    return document(
        in_boxes("Tell", ("dynamodb:PutItem",), Box.WAITING),
        in_boxes("Links", ("dynamodb:GetItem",), Box.LINKS, Box.SENT),
        in_boxes("LookAtMail", ("dynamodb:Query",), Box.WAITING, Box.TROUBLE),
        in_boxes("Settled", ("dynamodb:DeleteItem",), Box.TROUBLE),
    )


def mailer(settings: Settings, mail: Mail) -> Policy:
    """What the mailer may do: send from the settings' address, and record it.

    It makes links to invitations that are mailed, so at worst it opens those. It changes no record.
    """
    writing = ("dynamodb:PutItem",)
    sender = {"Condition": {"StringEquals": {"ses:FromAddress": mail.sender_address}}}
    return document(
        allow("Records", ("dynamodb:GetItem",), arn_of("MembersTable")),
        in_boxes("Waiting", WAITING_ACTIONS, Box.WAITING),
        in_boxes("Done", writing, Box.SENT, Box.TROUBLE, Box.LINKS),
        allow("Send", ("ses:SendEmail",), sending_resources(settings, mail)) | sender,
        allow("Rate", ("ses:GetAccount",), "*"),
        allow("Audit", writing, arn_of("AuditTable")),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("MailerLogs")),
    )


def mail_events() -> Policy:
    """What the function that hears of bounces may do: look a mail up, and record that it never arrived."""
    return document(
        in_boxes("LookAtMail", ("dynamodb:GetItem",), Box.SENT, Box.WAITING),
        in_boxes("Trouble", ("dynamodb:PutItem",), Box.TROUBLE),
        allow("Audit", ("dynamodb:PutItem",), arn_of("AuditTable")),
        allow("Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn_of("MailEventsLogs")),
    )


def sending_resources(settings: Settings, mail: Mail) -> list[Resource]:
    """The identity, and the configuration set if there is one: SES asks for both."""
    name = set_name(settings)
    return [mail.identity_arn, *([set_arn(mail.region, name)] if name else [])]


def set_arn(region: str, name: str) -> Resource:
    """The ARN of a configuration set of the portal's account."""
    return sub(f"arn:${{AWS::Partition}}:ses:{region}:${{AWS::AccountId}}:configuration-set/{name}")
