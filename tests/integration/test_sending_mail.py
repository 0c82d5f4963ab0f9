"""Each mail is sent once, at the rate of Amazon SES, whatever fails on the way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from chalicelib.admin.sending_mail import Sent
from chalicelib.audit import Action
from chalicelib.aws.mail_items import Box
from chalicelib.aws.ses import address_text, mail_id_of, tag_of
from chalicelib.wiring import Portal
from firstday.stack import mail_policies
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.mail_boxes import boxes_used, granted
from tests.helpers.mailing import EMAIL, invited_by_mail, mailer_of, mails_of, record, told, with_mail
from tests.helpers.strict_ses import MAIL, one, refused
from tests.helpers.sweeper import later
from tests.helpers.worlds import MEMBER, clients, invited

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def here(aws: Portal) -> Portal:
    return with_mail(aws)


def box(here: Portal, name: Box) -> list[Any]:
    items = clients(here)[1].scan(TableName="mail")["Items"]
    return [item for item in items if item["box"]["S"] == name]


def actions(here: Portal) -> list[str]:
    return [item["action"]["S"] for item in clients(here)[1].scan(TableName="audit")["Items"]]


def raising(error: Exception, times: int = 1) -> Callable[[Any], None]:
    left = [error] * times

    def before(_request: Any) -> None:
        if left:
            raise left.pop()

    return before


def test_an_invitation_is_sent_once_to_the_members_address(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here)
    assert mailer.run() == Sent(members=[MEMBER], is_finished=True)
    assert mailer.run() == Sent(is_finished=True)
    assert mailer.ses.recipients() == [EMAIL]
    assert (box(here, Box.WAITING), len(box(here, Box.SENT))) == ([], 3)


def test_what_is_sent_comes_from_the_settings_and_answers_nobody(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here)
    mailer.run()
    (sent,) = mailer.ses.sent
    assert one(sent["FromEmailAddress"]).display_name == "Example Corp AWS"
    assert one(sent["Destination"]["ToAddresses"][0]).display_name == MEMBER
    assert sent["Content"]["Simple"]["Headers"] == [{"Name": "Auto-Submitted", "Value": "auto-generated"}]
    assert sent["ConfigurationSetName"] == "firstday"


def test_the_link_of_each_try_is_another_and_only_hashes_are_kept(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here, before=raising(refused("InternalFailure", status=500)))
    mailer.run()
    later(here, 3 * MINUTE)
    mailer.run()
    (link,) = mailer.ses.links()
    assert len(box(here, Box.LINKS)) == 2
    everything = str([clients(here)[1].scan(TableName=name)["Items"] for name in ("mail", "members", "audit")])
    assert link.partition("#")[2] not in everything


class Killed(BaseException):
    """The function's end, wherever it is."""


def test_a_mailer_that_dies_before_ses_answers_loses_nothing(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here, before=raising(Killed()))  # type: ignore[arg-type]  # no Exception, as a killed function
    with pytest.raises(Killed):
        mailer.run()
    assert mailer.run().members == []  # the claim goes on
    later(here, 3 * MINUTE)
    assert mailer.run().members == [MEMBER]
    assert len(mailer.ses.sent) == 1


def test_one_that_dies_between_the_answer_and_its_record_has_the_mail_sent_twice(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here, after=raising(Killed()))  # type: ignore[arg-type]
    with pytest.raises(Killed):
        mailer.run()
    later(here, 3 * MINUTE)
    mailer.run()
    assert len(set(mailer.ses.links())) == 2
    assert mailer.run() == Sent(is_finished=True)


CALLS = (
    *(Call("Query", 1), Call("UpdateItem", 1), Call("GetItem", 1), Call("PutItem", 1)),
    *(Call("TransactWriteItems", number) for number in (1, 2)),
)


@pytest.mark.parametrize("fault", list(Fault), ids=str)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_fault_at_any_call_loses_no_mail_and_sends_none_twice(here: Portal, call: Call, fault: Fault) -> None:
    """SES has taken it when the last of them fails: that is tried again at once."""
    invited_by_mail(here)
    mailer = mailer_of(here)
    with watched(here, Wire(call, fault)):
        mailer.run()
    for _ in range(2):
        later(here, 3 * MINUTE)
        mailer.run()
    assert mailer.ses.recipients() == [EMAIL]
    assert box(here, Box.WAITING) == []


def test_these_are_all_its_calls(here: Portal) -> None:
    invited_by_mail(here)
    with watched(here, Wire()) as wire:
        mailer_of(here).run()
    assert {call.operation for call in wire.calls} | {"PutItem"} == {call.operation for call in CALLS}


def test_each_call_is_one_that_the_mailers_policy_allows(here: Portal) -> None:
    """And none of them is on a box that the policy names for nothing."""
    for name in ("sent", "no-address", "told"):
        invited_by_mail(here, name, None if name == "no-address" else EMAIL)
    here.members.record_events([told(here, Action.ACCESS_ENDING, "told")])
    mailer = mailer_of(here, before=raising(refused("BadRequestException")))
    used = set[tuple[str, str]]()
    with boxes_used(here, used):
        mailer.run()
        mailer.ses.before = raising(refused("InternalFailure", status=500))
        mailer.run()
    assert used == granted(mail_policies.mailer(here.settings, MAIL))


def test_two_mailers_at_once_send_each_mail_once(here: Portal) -> None:
    for number in range(3):
        invited_by_mail(here, f"member-{number}", f"member-{number}@example.com")
    mailer = mailer_of(here)
    other = replace(mailer)
    others = iter([other.run])

    def meanwhile(_request: Any) -> None:
        for run in others:
            run()

    mailer.ses.before = meanwhile
    first = mailer.run()
    assert sorted(mailer.ses.recipients()) == [f"member-{number}@example.com" for number in range(3)]
    assert len(first.members) == 1


def test_mails_leave_at_the_rate_of_ses(here: Portal) -> None:
    for number in range(6):
        invited_by_mail(here, f"member-{number}")
    mailer = mailer_of(here, rate=2.0)
    assert len(mailer.run().members) == 6
    assert mailer.waited == timedelta(seconds=2.5)


def test_a_rate_that_is_exceeded_all_the_same_slows_down_and_counts_as_no_attempt(here: Portal) -> None:
    invited_by_mail(here)
    too_fast = refused("TooManyRequestsException", "Maximum sending rate exceeded.", 429)
    mailer = mailer_of(here, before=raising(too_fast))
    assert mailer.run() == Sent(is_finished=True)
    (waiting,) = mails_of(here).waiting_of(MEMBER)
    assert (waiting.attempts, waiting.tried_at) == (0, None)
    later(here, 2 * MINUTE)
    assert mailer.run().members == [MEMBER]


def test_a_quota_that_is_used_up_waits_for_days_and_gives_nothing_up(here: Portal) -> None:
    for name in ("one", "two"):
        invited_by_mail(here, name)
    mailer = mailer_of(here, daily=0)
    for _ in range(3):
        assert mailer.run() == Sent()
        later(here, DAY)
    mailer.ses.daily = 10
    assert len(mailer.run().members) == 2


def test_a_fault_of_ses_is_tried_again_with_growing_pauses_and_given_up_after_a_day(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here, before=raising(ConnectTimeoutError(endpoint_url="ses"), times=1000))
    tries = 0
    for _ in range(27 * 12):
        before = mails_of(here).waiting_of(MEMBER)
        mailer.run()
        after = mails_of(here).waiting_of(MEMBER)
        tries += [each.attempts for each in before] != [each.attempts for each in after]
        if not after:
            break
        later(here, 5 * MINUTE)
    assert 20 < tries < 40
    (trouble,) = mails_of(here).trouble_of(MEMBER)
    assert (trouble.action, trouble.reason) == ("invitation.created", "Amazon SES did not answer")
    assert actions(here).count("mail.failed") == 1


def test_what_ses_will_never_take_is_trouble_at_once_and_names_no_address(here: Portal) -> None:
    invited_by_mail(here, email="dev-simple-user@example.net")
    mailer = mailer_of(here, is_sandboxed=True)
    assert mailer.run() == Sent(given_up=[MEMBER], is_finished=True)
    (trouble,) = mails_of(here).trouble_of(MEMBER)
    assert "sandbox mode" in trouble.reason
    assert "example.net" not in str(box(here, Box.TROUBLE))
    assert mails_of(here).troubles() == [trouble]


@pytest.mark.parametrize(
    "error",
    [
        refused("MessageRejected", "Email address is not verified. Identities: aws-portal@example.com"),
        refused("NotFoundException", "Configuration set <firstday> does not exist.", 404),
        refused("SendingPausedException"),
        refused("AccessDeniedException", "not authorized", 403),
    ],
    ids=["unverified", "no set", "paused", "denied"],
)
def test_what_stops_every_mail_ends_the_run_and_keeps_them_all(here: Portal, error: Exception) -> None:
    for name in ("one", "two"):
        invited_by_mail(here, name)
    mailer = mailer_of(here, before=raising(error))
    done = mailer.run()
    assert (len(done.refused), done.members, done.is_finished) == (1, [], False)
    later(here, 2 * MINUTE)
    assert len(mailer.run().members) == 2


def test_a_mail_whose_reason_is_gone_is_dropped(here: Portal) -> None:
    member = invited_by_mail(here, "superseded")
    record(here, replace(member, invited_at=here.now() + MINUTE))
    record(here, replace(invited_by_mail(here, "revoked"), revoked_at=here.now()))
    invited_by_mail(here, "no-address", None)
    invited_by_mail(here, "late")
    mailer = mailer_of(here)
    later(here, 8 * DAY)
    done = mailer.run()
    assert sorted(done.dropped) == ["late", "no-address", "revoked", "superseded"]
    assert (mailer.ses.sent, box(here, Box.WAITING)) == ([], [])


def test_administrators_are_told_once_beside_the_member_and_without_one(here: Portal) -> None:
    invited_by_mail(here, email=None)
    here.members.record_events([told(here, Action.ACCESS_ENDING)])
    mailer = mailer_of(here)
    for _ in range(3):
        mailer.run()
    assert mailer.ses.recipients() == ["aws-admins@example.com"]


def test_a_leaving_members_last_notice_goes_to_the_address_it_was_written_with(here: Portal) -> None:
    member = invited(here).member
    event = replace(told(here, Action.OFFBOARDING_BEGUN, "gone"), address="gone@example.com")
    here.members.record_events([event])
    mailer = mailer_of(here)
    assert mailer.run().members == ["gone"]
    assert mailer.ses.recipients() == ["gone@example.com"]
    assert "gone@example.com" not in str(box(here, Box.SENT)) + str(box(here, Box.TROUBLE))
    assert member.email is None


def test_a_run_ends_in_time_and_the_next_one_goes_on(here: Portal) -> None:
    for number in range(3):
        invited_by_mail(here, f"member-{number}")
    mailer, asked = mailer_of(here), iter([True, False])
    assert len(mailer.run(lambda: next(asked)).members) == 1
    assert len(mailer.run().members) == 2


def test_a_name_is_written_so_that_it_stays_one_address() -> None:
    for name in ("Example, Corp. (AWS)", 'The "Example"', "株式会社エグザンプル"):
        assert one(address_text(name, EMAIL)).addr_spec == EMAIL
    assert one(address_text("Example, Corp.", EMAIL)).display_name == "Example, Corp."


def test_a_tag_tells_the_mail_and_nothing_else_does() -> None:
    mail_id = "2026-11-30T08:30:00.000000+00:00#0001"
    assert mail_id_of(tag_of(mail_id)) == mail_id
    assert mail_id_of("somebody's own") is None


def test_a_reminder_of_an_invitation_that_was_made_anew_meanwhile_is_dropped(here: Portal) -> None:
    invited_by_mail(here)
    here.members.record_events([told(here, Action.INVITATION_REMINDED)])
    later(here, MINUTE)
    invited_by_mail(here)
    mailer = mailer_of(here)
    assert set(mailer.run().dropped) == {MEMBER}
    assert [sent["Content"]["Simple"]["Subject"]["Data"] for sent in mailer.ses.sent] == ["invitation.created"]
