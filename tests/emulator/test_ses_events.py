"""What becomes of a mail in the embedded AWS: SES tells the topic of its set, and that a function."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.sandbox.process.ses_settings import SESSettings
from tests.helpers import sample_portal
from tests.helpers.embedded_aws import IDENTITY, REGION, root_client
from tests.helpers.embedded_ses import IDENTITY_ARN, mail, ses_of, told_of_bounces
from tests.helpers.function_logs import lines

SETTINGS = SESSettings(
    verified=(IDENTITY_ARN,),
    max_send_rate=1000,
    suppressed=("left@example.org",),
    bouncing_domains=("gone.example",),
)


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0) as embedded:
        ses_of(embedded, SETTINGS)
        yield embedded


def deployed(aws: EmbeddedAWS, name: str, **options: bool) -> str:
    """The name of the set, and of the function that is told."""
    cloudformation = root_client(aws, "cloudformation")
    assert sample_portal.apply(cloudformation, name, told_of_bounces(name, **options)) == "CREATE_COMPLETE"
    return name


def send(aws: EmbeddedAWS, set_name: str, *to: str) -> str:
    """The message's id."""
    tags = [{"Name": "action", "Value": "invitation-created"}]
    request = mail(*to, ConfigurationSetName=set_name, EmailTags=tags)
    return str(root_client(aws, "sesv2").send_email(**request)["MessageId"])


def told(aws: EmbeddedAWS, name: str, expected: int) -> list[dict[str, Any]]:
    """The events that the function got."""
    found = [json.loads(line.removeprefix("told")) for line in lines(aws, name, "told", expected)]
    return [json.loads(record["Sns"]["Message"]) for event in found for record in event["Records"]]


@pytest.fixture(scope="module")
def by_recipient(aws: EmbeddedAWS) -> dict[str, dict[str, Any]]:
    """The events of mail to all kinds of recipients, with the ids that SendEmail returned."""
    name = deployed(aws, "told")
    recipients = [
        "Hanako Yamada <bounce+1@simulator.amazonses.com>",
        "complaint@simulator.amazonses.com",
        "suppressionlist@simulator.amazonses.com",
        "any@gone.example",
        "left@example.org",
        "success@simulator.amazonses.com",
        "hanako@example.org",
    ]
    ids = {send(aws, name, one): one for one in recipients}
    events = told(aws, name, 5)
    assert len(events) == 5
    return {ids[event["mail"]["messageId"]].rpartition("<")[2].rstrip(">"): event for event in events}


@pytest.mark.parametrize(
    ("address", "subtype"),
    [
        ("bounce+1@simulator.amazonses.com", "General"),
        ("any@gone.example", "General"),
        ("suppressionlist@simulator.amazonses.com", "Suppressed"),
        ("left@example.org", "OnAccountSuppressionList"),
    ],
)
def test_a_bounce_names_the_mail_and_the_recipient(
    by_recipient: dict[str, dict[str, Any]], address: str, subtype: str
) -> None:
    event = by_recipient[address]
    assert event["eventType"] == "Bounce"
    bounce, found = event["bounce"], event["mail"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", subtype)
    assert [one["emailAddress"] for one in bounce["bouncedRecipients"]] == [address]
    assert found["destination"] == [address]
    assert (found["tags"]["action"], found["tags"]["ses:configuration-set"]) == (["invitation-created"], ["told"])
    assert (found["sourceArn"], found["sendingAccountId"]) == (IDENTITY_ARN, IDENTITY)
    assert found["commonHeaders"]["subject"] == "Hello"


def test_a_complaint_is_told_and_what_arrives_is_not_where_nobody_asked(
    by_recipient: dict[str, dict[str, Any]],
) -> None:
    event = by_recipient["complaint@simulator.amazonses.com"]
    assert event["eventType"] == "Complaint"
    complained = event["complaint"]["complainedRecipients"]
    assert complained == [{"emailAddress": "complaint@simulator.amazonses.com"}]
    assert not {"hanako@example.org", "success@simulator.amazonses.com"} & set(by_recipient)


@pytest.mark.parametrize("lacking", ["may_publish", "may_invoke"])
def test_nobody_is_told_where_a_policy_is_missing(aws: EmbeddedAWS, lacking: str) -> None:
    name = deployed(aws, lacking.replace("_", "-"), **{lacking: False})
    send(aws, name, "bounce@simulator.amazonses.com")
    time.sleep(2)
    assert told(aws, name, 0) == []


def test_a_set_and_its_destination_are_read_by_the_api(aws: EmbeddedAWS) -> None:
    ses, name = root_client(aws, "sesv2"), deployed(aws, "read")
    assert ses.get_configuration_set(ConfigurationSetName=name)["ConfigurationSetName"] == name
    (found,) = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]
    assert (found["Enabled"], found["MatchingEventTypes"]) == (True, ["BOUNCE", "COMPLAINT"])
    root_client(aws, "cloudformation").delete_stack(StackName=name)
    assert is_removed(ses, name)


def is_removed(ses: Any, name: str) -> bool:
    """Whether the set goes with its stack, within some seconds."""
    for _ in range(100):
        if name not in ses.list_configuration_sets()["ConfigurationSets"]:
            return True
        time.sleep(0.1)
    return False
