"""Sending mail in the embedded AWS: what SES takes, what it refuses, and what is kept of it."""

import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from firstday.sandbox.caught_mail import CaughtMail, caught
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import (
    IDENTITY,
    REGION,
    TARGET,
    PlainMinistack,
    Refused,
    allow,
    new_user,
    root_client,
)
from tests.helpers.embedded_ses import (
    DOMAIN,
    IDENTITY_ARN,
    MEMBER,
    SENDER,
    SES,
    SET,
    SET_ARN,
    VERIFIED,
    content,
    mail,
    ses_of,
)

FAST = replace(VERIFIED, max_send_rate=10_000)
TEXT, HTML = "招待です。\n\nhttp://127.0.0.1:8000/start#" + "x" * 80 + "\n", "<p>招待です。</p>\n"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    """One of its own: these tests change what SES goes by."""
    with EmbeddedAWS(accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0) as embedded:
        root_client(embedded, "sesv2").create_configuration_set(ConfigurationSetName=SET)
        yield embedded


@pytest.fixture
def ses(aws: EmbeddedAWS) -> Any:
    return ses_of(aws, FAST)


def last(aws: EmbeddedAWS) -> CaughtMail:
    return caught(aws.mail_directory)[-1]


def test_a_mail_is_kept_whole(aws: EmbeddedAWS, ses: Any) -> None:
    headers = [{"Name": "Auto-Submitted", "Value": "auto-generated"}]
    message_id = ses.send_email(
        **mail(
            '"Yamada, Hanako" <hanako@example.org>',
            sender="=?utf-8?b?5L6L?= <aws-portal@example.com>",
            FromEmailAddressIdentityArn=IDENTITY_ARN,
            ReplyToAddresses=["aws-admins@example.com"],
            ConfigurationSetName=SET,
            EmailTags=[{"Name": "action", "Value": "invitation-created"}, {"Name": "id", "Value": "1_2"}],
            Content=content("Amazon Web Services の利用設定（Example Corp）", TEXT, HTML, Headers=headers),
        )
    )["MessageId"]
    found = last(aws)
    assert found == CaughtMail(
        message_id=message_id,
        sent_at=found.sent_at,
        sender="例 <aws-portal@example.com>",
        subject="Amazon Web Services の利用設定（Example Corp）",
        to=('"Yamada, Hanako" <hanako@example.org>',),
        reply_to=("aws-admins@example.com",),
        headers=(("Auto-Submitted", "auto-generated"),),
        tags=(("action", "invitation-created"), ("id", "1_2")),
        configuration_set=SET,
        text=TEXT,
        html=HTML,
    )
    assert abs((found.sent_at - datetime.now(UTC)).total_seconds()) < 60


def test_files_are_private_and_in_order_and_have_the_time_of_the_sandbox(aws: EmbeddedAWS, ses: Any) -> None:
    for subject in ("one", "two", "three"):
        ses.send_email(**mail(Content=content(subject)))
    assert [each.subject for each in caught(aws.mail_directory)][-3:] == ["one", "two", "three"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in aws.mail_directory.glob("*.eml")}
    assert (modes, stat.S_IMODE(aws.mail_directory.stat().st_mode)) == ({0o600}, 0o700)
    aws.move_clock(hours=80 * 24)
    ses.send_email(**mail())
    assert abs(last(aws).sent_at.timestamp() - aws.now) < 60


@pytest.mark.parametrize(
    "sender", ["aws-portal@example.com", "any@aws.example.com", "Example Corp <AWS-Portal@Example.Com>"]
)
def test_a_domain_covers_its_addresses_and_subdomains(ses: Any, sender: str) -> None:
    assert ses.send_email(**mail(sender=sender))["MessageId"]


@pytest.mark.parametrize("sender", ["a@example.org", "a@notexample.com", "example.com@example.net"])
def test_another_sender_is_refused(ses: Any, sender: str) -> None:
    with Refused("MessageRejected") as refused:
        ses.send_email(**mail(sender=sender))
    assert refused.message == (
        "Email address is not verified. The following identities failed the check in region "
        f"AP-NORTHEAST-1: {sender}"
    )


def test_an_identity_is_of_one_account_and_region_and_one_that_the_api_made_waits_for_its_proof(
    aws: EmbeddedAWS, ses: Any
) -> None:
    elsewhere = aws.session(IDENTITY).client("sesv2", region_name="us-east-1")
    for client in (elsewhere, root_client(aws, "sesv2", TARGET)):
        with Refused("MessageRejected"):
            client.send_email(**mail())
    made = ses.create_email_identity(EmailIdentity="example.net")
    assert made["VerifiedForSendingStatus"] is False
    assert ses.get_email_identity(EmailIdentity="example.net")["VerificationStatus"] == "PENDING"
    with Refused("MessageRejected"):
        ses.send_email(**mail(sender="a@example.net"))
    aws.set_ses(replace(FAST, verified=(IDENTITY_ARN, f"{SES}:identity/example.net")))
    assert ses.get_email_identity(EmailIdentity="example.net")["VerifiedForSendingStatus"] is True
    assert ses.send_email(**mail(sender="a@example.net"))


def test_an_identity_that_is_named_has_to_be_the_senders(ses: Any) -> None:
    for arn in (f"{SES}:identity/example.org", IDENTITY_ARN.replace(IDENTITY, TARGET)):
        with Refused("MessageRejected"):
            ses.send_email(**mail(FromEmailAddressIdentityArn=arn))


@pytest.mark.parametrize(
    "recipient",
    [
        "花子@example.org",
        "hanako@例え.jp",
        "花子 <hanako@example.org>",
        "hanako",
        "hanako@example",
        "hanako@192.0.2.1",
        "@example.org",
        "ha nako@example.org",
        "Example, Corp. <hanako@example.org>",
        "hanako@example.org, taro@example.org",
        "hanako@example.org\nBcc: taro@example.org",
        f"{'a' * 65}@example.org",
        "",
    ],
)
def test_one_bad_recipient_refuses_the_whole_call(aws: EmbeddedAWS, ses: Any, recipient: str) -> None:
    before = len(caught(aws.mail_directory))
    with Refused("BadRequestException"):
        ses.send_email(**mail(MEMBER, recipient))
    assert len(caught(aws.mail_directory)) == before


def test_there_are_from_one_to_fifty_recipients(ses: Any) -> None:
    many = [f"m{number}@example.org" for number in range(51)]
    assert ses.send_email(**mail(*many[:50]))
    with Refused("BadRequestException"):
        ses.send_email(**mail(*many[:50]) | {"Destination": {"ToAddresses": many[:50], "CcAddresses": many[50:]}})
    with Refused("BadRequestException"):
        ses.send_email(**mail() | {"Destination": {}})


def test_the_set_has_to_be_there(ses: Any) -> None:
    with Refused("NotFoundException") as refused:
        ses.send_email(**mail(ConfigurationSetName="none"))
    assert (refused.message, refused.status) == ("Configuration set <none> does not exist.", 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"EmailTags": [{"Name": "action", "Value": "member.edited"}]},
        {"EmailTags": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
        {"Content": content(Headers=[{"Name": "Subject", "Value": "x"}])},
        {"Content": content(Headers=[{"Name": "X-Name", "Value": "例"}])},
        {"Content": content(Headers=[{"Name": f"X-{number}", "Value": "x"} for number in range(16)])},
        {"Content": content("")},
        {"Content": content(text="")},
        {"Content": content("two\nlines")},
        {"Content": {"Simple": {"Subject": {"Data": "例"}, "Body": {"Text": {"Data": "x"}}}}},
        {"Content": {"Raw": {"Data": b"Subject: x\n\nx"}}},
        {"Content": {"Template": {"TemplateName": "x", "TemplateData": "{}"}}},
    ],
)
def test_what_ses_would_not_take_or_the_sandbox_has_not_is_refused(ses: Any, wrong: dict[str, Any]) -> None:
    with Refused("BadRequestException"):
        ses.send_email(**mail(**wrong))


def test_more_than_the_rate_is_refused_and_a_refused_call_can_be_made_again(aws: EmbeddedAWS) -> None:
    ses_of(aws, replace(VERIFIED, max_send_rate=2))
    ses = new_user(aws, allow("ses:*")).client("sesv2")
    time.sleep(1.1)
    assert ses.get_account()["SendQuota"]["MaxSendRate"] == 2
    assert ses.send_email(**mail(*[f"m{number}@example.org" for number in range(3)]))
    with Refused("TooManyRequestsException") as refused:
        ses.send_email(**mail())
    assert (refused.message, refused.status) == ("Maximum sending rate exceeded.", 429)
    time.sleep(1.1)
    assert ses.send_email(**mail())


def test_a_days_quota_ends_and_the_next_day_there_is_another(aws: EmbeddedAWS) -> None:
    aws.move_clock(hours=25)
    ses_of(aws, replace(FAST, max_24_hour_send=2))
    ses = new_user(aws, allow("ses:*")).client("sesv2")
    ses.send_email(**mail("success@simulator.amazonses.com"))
    for number in (1, 2):
        ses.send_email(**mail())
        assert ses.get_account()["SendQuota"]["SentLast24Hours"] == number
    with Refused("TooManyRequestsException") as refused:
        ses.send_email(**mail())
    assert refused.message == "Daily message quota exceeded."
    aws.move_clock(hours=24.1)
    assert ses.get_account()["SendQuota"]["SentLast24Hours"] == 0
    assert ses.send_email(**mail())


def test_in_sess_own_sandbox_recipients_have_to_be_verified_too(aws: EmbeddedAWS) -> None:
    ses = ses_of(aws, replace(FAST, production_access=False))
    account = ses.get_account()
    assert (account["ProductionAccessEnabled"], account["SendQuota"]["Max24HourSend"]) == (False, 200)
    with Refused("MessageRejected") as refused:
        ses.send_email(**mail())
    assert refused.message.endswith("AP-NORTHEAST-1: hanako@example.org")
    assert ses.send_email(**mail(f"hanako@{DOMAIN}"))


def test_sending_can_be_paused(aws: EmbeddedAWS) -> None:
    ses = ses_of(aws, replace(FAST, sending_enabled=False))
    assert ses.get_account()["SendingEnabled"] is False
    with Refused("SendingPausedException"):
        ses.send_email(**mail())


OF_SENDER = {"StringEquals": {"ses:FromAddress": "aws-portal@example.com"}}


@pytest.mark.usefixtures("ses")
@pytest.mark.parametrize(
    ("statement", "more", "is_allowed"),
    [
        (allow("ses:SendEmail", resource=IDENTITY_ARN, Condition=OF_SENDER), {}, True),
        (allow("ses:SendEmail", resource=IDENTITY_ARN, Condition=OF_SENDER), {"sender": "ceo@example.com"}, False),
        (allow("ses:SendEmail", resource=IDENTITY_ARN), {"ConfigurationSetName": SET}, False),
        (allow("ses:SendEmail", resource=[IDENTITY_ARN, SET_ARN]), {"ConfigurationSetName": SET}, True),
        (allow("ses:SendEmail", resource=f"{SES}:identity/example.org"), {}, False),
        (allow("ses:SendRawEmail", resource="*"), {}, False),
        (
            allow(
                "ses:SendEmail",
                Condition={"ForAllValues:StringLike": {"ses:Recipients": ["*@example.org"]}},
            ),
            {},
            True,
        ),
        (
            allow("ses:SendEmail", Condition={"ForAllValues:StringLike": {"ses:Recipients": ["*@example.net"]}}),
            {},
            False,
        ),
        (allow("ses:SendEmail", Condition={"StringEquals": {"ses:FromDisplayName": "Example Corp AWS"}}), {}, True),
    ],
)
def test_iam_is_asked_about_identity_set_and_sender(
    aws: EmbeddedAWS, statement: dict[str, Any], more: dict[str, Any], is_allowed: bool
) -> None:
    client = new_user(aws, statement).client("sesv2")
    if is_allowed:
        assert client.send_email(**mail(**more))
        return
    with Refused("AccessDeniedException") as refused:
        client.send_email(**mail(**more))
    assert "is not authorized to perform: ses:SendEmail on resource: arn:aws:ses:" in refused.message


def test_only_who_may_sees_the_quota(aws: EmbeddedAWS) -> None:
    with Refused("AccessDeniedException"):
        new_user(aws, allow("ses:SendEmail")).client("sesv2").get_account()
    assert new_user(aws, allow("ses:GetAccount")).client("sesv2").get_account()["SendingEnabled"] is not None


def test_there_is_no_other_way_to_send(aws: EmbeddedAWS, ses: Any) -> None:
    with Refused("BadRequestException"):
        ses.send_bulk_email(
            FromEmailAddress=SENDER,
            DefaultContent={"Template": {"TemplateName": "x", "TemplateData": "{}"}},
            BulkEmailEntries=[{"Destination": {"ToAddresses": [MEMBER]}}],
        )
    with pytest.raises(Exception, match="no such operation of ses"):
        root_client(aws, "ses").send_email(
            Source=SENDER,
            Destination={"ToAddresses": [MEMBER]},
            Message={"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}},
        )


def test_plain_ministack_still_takes_mail_that_ses_would_not(plain: PlainMinistack) -> None:
    ses = plain.client("sesv2")
    ses.create_email_identity(EmailIdentity=DOMAIN)
    many = [f"m{number}@example.org" for number in range(51)]
    assert ses.send_email(**mail(*many, "花子", ConfigurationSetName="none"))["MessageId"]
