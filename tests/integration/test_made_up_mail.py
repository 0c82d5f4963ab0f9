"""What a scheduled function's role could put into the mail table leads no link away, and stops no other mail."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from chalicelib.admin.sending_mail import Sent
from chalicelib.aws.mail_items import Box
from chalicelib.letters import write_letter
from chalicelib.wiring import Portal
from tests.helpers.mailing import EMAIL, invited_by_mail, mailer_of, mails_of, record, with_mail
from tests.helpers.worlds import MEMBER, PORTAL_URL, clients, invited

EVIL = "https://portal.example.org/start"
SUSPENSION = "firstday-suspension"


@pytest.fixture
def here(aws: Portal) -> Portal:
    return with_mail(aws)


def put(here: Portal, **values: Any) -> None:
    """An item before all others; None leaves an attribute out, and what is no text is as DynamoDB has it."""
    known = {
        "id": "1",
        "box": Box.WAITING.value,
        "actor": SUSPENSION,
        "action": "access.ending",
        "subject": MEMBER,
        "occurred_at": here.now().isoformat(),
    }
    texts = {name: value for name, value in {**known, **values}.items() if value is not None}
    found = {name: {"S": value} if isinstance(value, str) else value for name, value in texts.items()}
    clients(here)[1].put_item(TableName="mail", Item=found)


def waiting(here: Portal) -> list[str]:
    items = clients(here)[1].scan(TableName="mail")["Items"]
    return [item["id"]["S"] for item in items if item["box"]["S"] == Box.WAITING]


UNREADABLE: list[dict[str, Any]] = [
    {"actor": None},
    {"action": {"N": "1"}},
    {"occurred_at": "yesterday"},
    {"detail_until": {"L": []}},
    {"tried_at": "soon"},
]


@pytest.mark.parametrize("values", UNREADABLE, ids=str)
def test_an_item_that_cannot_be_read_stops_neither_the_mailer_nor_the_console(
    here: Portal, values: dict[str, Any]
) -> None:
    put(here, **values)
    invited_by_mail(here)
    assert [mail.event.action for mail in mails_of(here).waiting_of(MEMBER)] == ["invitation.created"]
    mailer = mailer_of(here)
    assert mailer.run().members == [MEMBER]
    assert mailer.ses.recipients() == [EMAIL]


@pytest.mark.parametrize(
    "values",
    [
        {"attempts": "many"},
        {"subject": "x" * 3000},
        {"subject": None},
        {"subject": f"{MEMBER}\r\nBcc: somebody@example.org"},
        {"for_administrators": {"BOOL": True}, "subject": f"{EVIL} now"},
        {"action": "offboarding.begun", "address": "two@@example.org"},
        {"action": "offboarding.begun", "address": "a@example.org, b@example.org"},
    ],
    ids=str,
)
def test_one_that_cannot_be_sent_keeps_no_other_waiting_and_is_not_sent(
    here: Portal, values: dict[str, Any]
) -> None:
    put(here, **values)
    invited_by_mail(here)
    mailer = mailer_of(here)
    assert mailer.run().members == [MEMBER]
    assert mailer.ses.recipients() == [EMAIL]


def test_what_the_mailer_cannot_write_is_tried_again_later_and_fails_the_run(here: Portal) -> None:
    """As of a newer version, which somebody has gone back from."""
    invited_by_mail(here, "newer")
    record(here, replace(invited(here).member, email=EMAIL))
    put(here, action="made.up")
    mailer = mailer_of(here)
    mailer.write = partial(write_letter, here.settings, PORTAL_URL)
    done = mailer.run()
    assert (done.members, done.refused, done.is_finished) == (["newer"], [MEMBER], True)
    assert done.reason == "the mailer cannot write it: ValueError"
    (mail,) = mails_of(here).waiting_of(MEMBER)
    assert mail.attempts == 1


@pytest.mark.parametrize("action", ["invitation.created", "invitation.reminded"])
def test_no_invitation_is_led_to_the_administrators_address(here: Portal, action: str) -> None:
    member = invited_by_mail(here)
    mailer = mailer_of(here)
    mailer.run()
    assert member.invited_at
    at = member.invited_at.isoformat()
    put(here, action=action, for_administrators={"BOOL": True}, occurred_at=at)
    assert mailer.run() == Sent(dropped=[MEMBER], is_finished=True)
    assert mailer.ses.recipients() == [EMAIL]


@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("access.ending", {"until": f"soon. Go to {EVIL}"}),
        ("groups.changed", {"groups": EVIL, "before": f"dev\n\n{EVIL}"}),
        ("access_key.ageing", {"access_key_id": EVIL, "ends_on": EVIL}),
        ("access_key.issued", {"access_key_id": EVIL, "source_ip": EVIL}),
        ("device.added", {"serial_number": f"arn:aws:iam::123456789012:mfa/{EVIL}"}),
    ],
)
def test_no_detail_brings_a_text_or_a_link_of_its_own_into_a_mail(
    here: Portal, action: str, details: dict[str, str]
) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here)
    mailer.write = partial(write_letter, here.settings, PORTAL_URL)
    mailer.run()
    made_up = {f"detail_{name}": value for name, value in details.items()}
    put(here, action=action, actor=f"arn:aws:sts::123456789012:assumed-role/firstday-admin/{EVIL}", **made_up)
    mailer.run()
    content = str(mailer.ses.sent[1]["Content"])
    assert "example.org" not in content


def test_nor_does_the_record(here: Portal) -> None:
    """Its last day, which the suspension's role may write."""
    invited_by_mail(here, until=f"soon. Go to {EVIL}")
    mailer = mailer_of(here)
    mailer.write = partial(write_letter, here.settings, PORTAL_URL)
    mailer.run()
    put(here, action="access.ending")
    mailer.run()
    assert "example.org" not in str(mailer.ses.sent[1]["Content"])


def test_one_under_the_id_of_a_mail_that_was_sent_is_sent_once(here: Portal) -> None:
    invited_by_mail(here)
    (mail,) = mails_of(here).waiting_of(MEMBER)
    mailer = mailer_of(here)
    mailer.run()
    put(here, id=mail.mail_id, action="access_key.deleted")
    mailer.run()
    assert (len(mailer.ses.sent), waiting(here)) == (2, [])


def test_one_of_which_trouble_is_known_already_is_given_up_and_gone(here: Portal) -> None:
    """A bounce that came before the mailer, which died, had recorded the message."""
    invited_by_mail(here)
    (mail,) = mails_of(here).waiting_of(MEMBER)
    mails_of(here).failed(mail, "the address does not exist", here.now(), was_sent=True)
    assert not mails_of(here).failed(mail, "Amazon SES refuses it", here.now())
    assert waiting(here) == []
    assert [trouble.reason for trouble in mails_of(here).trouble_of(MEMBER)] == ["the address does not exist"]
