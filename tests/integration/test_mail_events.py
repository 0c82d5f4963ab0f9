"""What Amazon SES tells after sending: events as its documentation has them, each recorded once at its member."""

import json
from typing import Any

import pytest

from chalicelib.aws.ses import TAG, tag_of
from chalicelib.mail_events import hear
from chalicelib.wiring import Portal
from firstday.stack import mail_policies
from tests.helpers.mail_boxes import boxes_used, granted
from tests.helpers.mailing import EMAIL, invited_by_mail, mailer_of, mails_of, with_mail
from tests.helpers.terminal_in_process import logged
from tests.helpers.worlds import MEMBER, clients

BOUNCE = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": EMAIL}]}


@pytest.fixture
def here(aws: Portal) -> Portal:
    portal = with_mail(aws)
    invited_by_mail(portal)
    mailer_of(portal).run()
    return portal


def bounced(message_id: str = "0106018f-00000001", *, kind: str = "eventType", **bounce: Any) -> dict[str, Any]:
    return {kind: "Bounce", "bounce": BOUNCE | bounce, "mail": {"messageId": message_id, "destination": [EMAIL]}}


def heard(here: Portal, *events: object) -> None:
    records = [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(each)}} for each in events]
    hear({"Records": records}, "request", mails_of(here), here.now())


def reasons(here: Portal) -> list[str]:
    return [trouble.reason for trouble in mails_of(here).trouble_of(MEMBER)]


def failures(here: Portal) -> list[dict[str, str]]:
    items = clients(here)[1].scan(TableName="audit")["Items"]
    told = [{name: value["S"] for name, value in item.items()} for item in items]
    return [event for event in told if event["action"] == "mail.failed"]


@pytest.mark.parametrize("kind", ["eventType", "notificationType"])
def test_a_bounce_is_seen_at_its_member_by_the_message_and_not_by_its_address(here: Portal, kind: str) -> None:
    recipients = [{"emailAddress": "another@example.org", "status": "5.1.1", "action": "failed"}]
    heard(here, bounced(kind=kind, bouncedRecipients=recipients))
    assert reasons(here) == ["the address does not exist"]
    (event,) = failures(here)
    assert (event["subject"], event["actor"]) == (MEMBER, "firstday-mailer")
    assert (event["detail_about"], event["detail_reason"]) == ("invitation.created", "the address does not exist")


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("General", "refuses mail"),
        ("NoEmail", "does not exist"),
        ("Suppressed", "has bounced before"),
        ("OnAccountSuppressionList", "suppression list"),
        ("SomethingNew", "refuses mail"),
    ],
)
def test_each_kind_of_bounce_has_its_words(here: Portal, kind: str, part: str) -> None:
    heard(here, bounced(bounceType="PERMANENT", bounceSubType=kind))
    (reason,) = reasons(here)
    assert part in reason


def test_a_complaint_is_told(here: Portal) -> None:
    complaint = {"complainedRecipients": [{"emailAddress": EMAIL}], "complaintFeedbackType": "abuse"}
    heard(here, {"eventType": "Complaint", "complaint": complaint, "mail": {"messageId": "0106018f-00000001"}})
    assert reasons(here) == ["the recipient has marked the mail as spam"]


def test_the_same_event_again_or_another_after_it_is_recorded_once(here: Portal) -> None:
    heard(here, {"eventType": "Delivery", "mail": {"messageId": "0106018f-00000001"}}, bounced(), bounced())
    heard(here, bounced(bounceSubType="NoEmail"))
    assert (len(reasons(here)), len(failures(here))) == (1, 1)


def test_what_passes_by_itself_is_only_noted(here: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    heard(here, bounced(bounceType="Transient", bounceSubType="MailboxFull"), bounced(bounceType="Undetermined"))
    assert reasons(here) == []
    lines = [line for line in logged(capsys) if line.get("action") == "mail event"]
    assert [line["outcome"] for line in lines] == ["noted", "noted"]
    assert lines[0]["kind"] == "Bounce Transient MailboxFull"


def test_a_mail_whose_message_nobody_recorded_is_found_by_its_tag(here: Portal) -> None:
    invited_by_mail(here, "other")
    (waiting,) = mails_of(here).waiting_of("other")
    event = bounced("unknown")
    event["mail"]["tags"] = {TAG: [tag_of(waiting.mail_id)], "ses:source-ip": ["203.0.113.7"]}
    heard(here, event)
    assert [trouble.user_name for trouble in mails_of(here).troubles()] == ["other"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "Successfully validated SNS topic for Amazon SES event publishing.",
        {"eventType": "Delivery Delay"},
        {"eventType": 7, "mail": [], "bounce": "no"},
        {"eventType": "Bounce", "bounce": {"bounceType": None, "bouncedRecipients": {}}, "mail": None},
        {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}, "mail": {"messageId": "somebody-elses"}},
        {"eventType": "Bounce", "bounce": BOUNCE, "mail": {"tags": {TAG: ["not hex"]}}},
        {"eventType": "Complaint", "mail": {"tags": {TAG: [{}]}}},
    ],
    ids=str,
)
def test_what_is_unknown_is_no_error_and_changes_nothing(here: Portal, event: object) -> None:
    heard(here, event)
    assert (reasons(here), failures(here)) == ([], [])


def test_a_record_that_is_no_json_is_no_error(here: Portal) -> None:
    hear({"Records": [{"Sns": {"Message": "{"}}, {}]}, "request", mails_of(here), here.now())
    assert reasons(here) == []


def test_each_call_is_one_that_the_functions_policy_allows(here: Portal) -> None:
    used = set[tuple[str, str]]()
    unknown = bounced("unknown")
    unknown["mail"]["tags"] = {TAG: [tag_of("unknown")]}
    with boxes_used(here, used):
        heard(here, bounced(), unknown)
    assert used == granted(mail_policies.mail_events())


def test_no_address_is_kept_or_logged(here: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    heard(here, bounced(diagnosticCode=f"smtp; 550 5.1.1 <{EMAIL}> unknown"))
    assert EMAIL not in capsys.readouterr().out
    kept = [clients(here)[1].scan(TableName=name)["Items"] for name in ("mail", "audit")]
    assert EMAIL not in str(kept)
