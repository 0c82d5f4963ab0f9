"""A mailed invitation is opened by every link that was mailed for it, and by nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.members.invitations import hashed
from chalicelib.members.link_tokens import new_secret, token_text
from chalicelib.members.record import Member
from chalicelib.wiring import Portal
from tests.helpers.aws_faults import Wire, watched
from tests.helpers.mailing import invited_by_mail, mailer_of, mails_of, record, with_mail
from tests.helpers.worlds import MEMBER, in_process_browser, invited

PASSCODE = "7KQ2-M9XR"


@pytest.fixture
def here(aws: Portal) -> Portal:
    return with_mail(aws)


def link_for(here: Portal, member: Member) -> str:
    """The token of one more link, as the mailer makes it."""
    secret = new_secret()
    assert member.token_hash
    assert member.expires_at
    mails_of(here).add_link(hashed(secret), member.token_hash, member.expires_at)
    return token_text(member.user_name, secret)


def opened(token: str, language: str = "en", **fields: str) -> int:
    """The status of the answer: 303 where the journey begins."""
    page = in_process_browser(language).post("start", {"token": token, **fields})
    return 303 if any(form.is_for("register-device") for form in page.forms) else page.status


def test_the_link_in_the_mail_opens_the_invitation(here: Portal) -> None:
    invited_by_mail(here)
    mailer = mailer_of(here)
    mailer.run()
    (link,) = mailer.ses.links()
    assert opened(link) == 303


def test_either_of_two_links_opens_it_and_each_ends_with_it(here: Portal) -> None:
    member = invited_by_mail(here)
    links = [link_for(here, member) for _ in range(2)]
    assert [opened(link) for link in links] == [303, 303]
    found = here.members.get(MEMBER)
    assert found is not None
    record(here, replace(found, accepted_at=here.now()))
    assert [opened(link) for link in links] == [410, 410]


def test_the_secret_behind_the_invitations_own_hash_opens_nothing(here: Portal) -> None:
    """The portal forgets it at once; should an administrator's program have chosen it, it is of no use."""
    secret = new_secret()
    record(here, replace(invited_by_mail(here), token_hash=hashed(secret)))
    assert opened(token_text(MEMBER, secret)) == 404


def test_a_mailed_link_does_not_open_an_invitation_that_is_not_mailed(here: Portal) -> None:
    member = invited(here).member
    assert opened(link_for(here, member)) == 404


def test_a_link_opens_nobody_elses_invitation(here: Portal) -> None:
    other = invited_by_mail(here, "somebody-else")
    invited_by_mail(here)
    secret = new_secret()
    assert other.token_hash
    assert other.expires_at
    mails_of(here).add_link(hashed(secret), other.token_hash, other.expires_at)
    assert opened(token_text(MEMBER, secret)) == 404


def test_the_link_of_an_earlier_mail_says_that_there_is_a_newer_one(here: Portal) -> None:
    link = link_for(here, invited_by_mail(here))
    invited_by_mail(here)
    assert opened(link) == 410


def test_the_passcode_is_asked_for_with_every_link(here: Portal) -> None:
    member = invited_by_mail(here, passcode=PASSCODE)
    first, second = (link_for(here, member) for _ in range(2))
    assert opened(first) == 200
    assert opened(first, passcode="2345-6789") == 403
    assert [opened(link, passcode=PASSCODE) for link in (first, second)] == [303, 303]


def test_wrong_passcodes_are_counted_over_all_links(here: Portal) -> None:
    member = invited_by_mail(here, passcode=PASSCODE)
    answers = [opened(link_for(here, member), passcode="2345-6789") for _ in range(10)]
    assert answers[:9] == [403] * 9
    assert opened(link_for(here, member), passcode=PASSCODE) == answers[9] == 403


def test_what_the_member_reads_is_known_from_then_on(here: Portal) -> None:
    opened(link_for(here, invited_by_mail(here)), "ja")
    found = here.members.get(MEMBER)
    assert found is not None
    assert found.language == "ja"


def test_only_a_link_that_the_record_does_not_know_costs_another_read(here: Portal) -> None:
    token = invited(here).token
    with watched(here, Wire()) as wire:
        assert opened(token) == 303
    mailed = link_for(here, invited_by_mail(here, "mailed"))
    assert [call.operation for call in wire.calls] == ["GetItem", "TransactWriteItems"]
    with watched(here, Wire()) as wire:
        assert opened(mailed) == 303
    assert [call.operation for call in wire.calls] == ["GetItem", "GetItem", "TransactWriteItems"]


def test_without_mail_no_language_is_kept(aws: Portal) -> None:
    assert opened(invited(aws).token, "ja") == 303
    found = aws.members.get(MEMBER)
    assert found is not None
    assert found.language is None


def test_links_are_forgotten_a_month_after_the_invitations_end(here: Portal) -> None:
    member = invited_by_mail(here)
    link_for(here, member)
    (item,) = [
        each
        for each in here.members.database.client.scan(TableName="mail")["Items"]
        if each["box"] == {"S": "links"}
    ]
    assert member.expires_at is not None
    assert int(item["expires_at_ttl"]["N"]) == int((member.expires_at + timedelta(days=30)).timestamp())
