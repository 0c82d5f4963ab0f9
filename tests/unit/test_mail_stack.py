"""What the stack has where mail is sent, and what each function may do with it."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.settings.records import Domain, Mail
from firstday.stack import mail_policies
from firstday.stack.templates import portal_overlay
from tests.helpers.settings_makers import example_settings
from tests.helpers.strict_ses import MAIL

SETTINGS = replace(example_settings(), mail=MAIL)
OWN_SET = replace(MAIL, configuration_set="mail-of-ours")
ELSEWHERE = replace(MAIL, identity_arn=MAIL.identity_arn.replace("ap-northeast-1", "us-east-1"))


def template(mail: Mail | None) -> Any:
    return portal_overlay(replace(SETTINGS, mail=mail))


def kinds(mail: Mail | None) -> list[str]:
    return [resource.get("Type", "") for resource in template(mail)["Resources"].values()]


def statements(policy: Any) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def boxes(policy: Any, action: str) -> set[str]:
    """The boxes on whose items the policy allows the action."""
    return {
        box
        for statement in policy["Statement"]
        if action in statement["Action"] and "Condition" in statement
        for box in statement["Condition"].get("ForAllValues:StringEquals", {}).get("dynamodb:LeadingKeys", [])
    }


def test_without_mail_there_is_nothing_of_it() -> None:
    assert not [name for name in template(None)["Resources"] if "Mail" in name]
    assert not [name for name in template(None)["Outputs"] if "Mail" in name]


@pytest.mark.parametrize("name", ["KeyAgeing", "KeyRetirement", "Suspension"])
def test_a_function_that_tells_members_has_the_table_and_its_box_with_mail_only(name: str) -> None:
    def made(mail: Mail | None) -> tuple[Any, set[str]]:
        found: Any = portal_overlay(replace(SETTINGS, mail=mail, access_key_days=90))["Resources"]
        (policy,) = found[f"{name}Role"]["Properties"]["Policies"]
        variables = found[name]["Properties"]["Environment"]["Variables"]
        return variables.get("MAIL_TABLE"), boxes(policy["PolicyDocument"], "dynamodb:PutItem")

    assert made(None) == (None, set())
    table, written = made(MAIL)
    assert (table, written - {"told"}) == ({"Ref": "MailTable"}, {"waiting"})


def test_the_portals_own_set_tells_its_topic_of_what_did_not_arrive() -> None:
    resources = template(MAIL)["Resources"]
    assert resources["MailSet"]["Properties"]["Name"] == "firstday"
    destination = resources["MailSetEvents"]["Properties"]["EventDestination"]
    assert destination["SnsDestination"] == {"TopicARN": {"Ref": "MailEventsTopic"}}
    assert {"bounce", "complaint"} <= set(destination["MatchingEventTypes"])
    assert resources["MailEventsSubscription"]["Properties"]["TopicArn"] == {"Ref": "MailEventsTopic"}


def test_a_set_of_the_organisations_own_is_left_alone_and_its_topic_is_an_output() -> None:
    found = template(OWN_SET)
    assert "MailSet" not in found["Resources"]
    assert found["Outputs"]["MailEventsTopicArn"] == {"Value": {"Ref": "MailEventsTopic"}}
    (statement,) = found["Resources"]["MailEventsTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    arn = statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert arn.endswith(":configuration-set/mail-of-ours")
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}


def test_from_another_region_nothing_can_be_heard() -> None:
    assert "AWS::SNS::Topic" not in kinds(ELSEWHERE)
    assert "MailEvents" not in template(ELSEWHERE)["Resources"]
    assert "MailerErrorsAlarm" in template(ELSEWHERE)["Resources"]


def test_the_mailer_knows_the_address_that_links_begin_with() -> None:
    def url(domain: Domain | None) -> str:
        found: Any = portal_overlay(replace(SETTINGS, domain=domain))["Resources"]
        return str(found["Mailer"]["Properties"]["Environment"]["Variables"]["PORTAL_URL"]["Fn::Sub"])

    assert url(None).endswith(".${AWS::URLSuffix}/prod")
    assert url(Domain("aws.example.com", "arn:aws:acm:...")) == "https://aws.example.com"


@pytest.mark.parametrize(("mail", "name"), [(MAIL, "firstday"), (OWN_SET, "mail-of-ours"), (ELSEWHERE, None)])
def test_the_mailer_sends_from_that_address_and_with_that_set_only(mail: Mail, name: str | None) -> None:
    policy = mail_policies.mailer(replace(SETTINGS, mail=mail), mail)
    sending = [each for each in statements(policy).values() if any(a.startswith("ses:") for a in each["Action"])]
    send, rate = sending
    assert (send["Action"], rate["Action"]) == (["ses:SendEmail"], ["ses:GetAccount"])
    assert send["Condition"] == {"StringEquals": {"ses:FromAddress": "aws-portal@example.com"}}
    identity, *sets = send["Resource"]
    assert identity == mail.identity_arn
    assert [each["Fn::Sub"].rpartition("/")[2] for each in sets] == ([name] if name else [])


def test_no_function_writes_into_a_box_that_is_not_its_own() -> None:
    """Above all, only the mailer makes links; and nobody reads what is in them but the portal."""
    mailer, portal = mail_policies.mailer(SETTINGS, MAIL), mail_policies.portal_mail()
    events = mail_policies.mail_events()
    assert boxes(mailer, "dynamodb:PutItem") == {"waiting", "sent", "trouble", "links"}
    assert boxes(portal, "dynamodb:PutItem") == {"waiting"}
    assert boxes(events, "dynamodb:PutItem") == {"trouble"}
    assert boxes(mailer, "dynamodb:GetItem") == {"waiting"}
    assert boxes(portal, "dynamodb:GetItem") == {"links", "sent"}
    assert boxes(portal, "dynamodb:DeleteItem") == {"trouble"}
    assert not boxes(portal, "dynamodb:UpdateItem")
    assert not boxes(events, "dynamodb:UpdateItem") | boxes(events, "dynamodb:DeleteItem")


def test_every_statement_on_the_mail_table_names_boxes_and_none_scans() -> None:
    for policy in (mail_policies.mailer(SETTINGS, MAIL), mail_policies.portal_mail(), mail_policies.mail_events()):
        for statement in statements(policy).values():
            is_mail = statement["Resource"] == {"Fn::GetAtt": ["MailTable", "Arn"]}
            assert is_mail == ("ForAllValues:StringEquals" in statement.get("Condition", {}))
            assert not {"dynamodb:Scan", "dynamodb:BatchGetItem", "dynamodb:*"} & set(statement["Action"])


def test_neither_of_the_two_touches_iam_or_changes_a_record() -> None:
    for policy in (mail_policies.mailer(SETTINGS, MAIL), mail_policies.mail_events()):
        for statement in statements(policy).values():
            assert not any(action.startswith(("iam:", "sts:")) for action in statement["Action"])
            if statement["Resource"] == {"Fn::GetAtt": ["MembersTable", "Arn"]}:
                assert statement["Action"] == ["dynamodb:GetItem"]
