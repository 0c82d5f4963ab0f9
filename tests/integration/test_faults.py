"""If any call between the portal and AWS fails once, the journey ends as if none had."""

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from chalicelib.aws.patience import Patience
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.aws_faults import Call, Fault
from tests.helpers.journeys import JOURNEYS, journey, outcome, plain, walk, walk_with
from tests.helpers.member_walk import Walk
from tests.helpers.worlds import MEMBER, World, deployed, in_process, within


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "begin" in metafunc.fixturenames:
        every = [(begin, call) for begin in JOURNEYS for call in journey(begin).calls]
        metafunc.parametrize(("begin", "call"), every, ids=[f"{begin.__name__}-{call}" for begin, call in every])
    elif "call" in metafunc.fixturenames:
        metafunc.parametrize("call", journey().calls, ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_call_that_fails_once_changes_nothing_in_the_end(
    begin: Callable[[Portal], World], call: Call, fault: Fault, aws: Portal
) -> None:
    world, walked = walk_with(fault, call, begin, aws)
    # If the failed call was to find out who sent a form, the browser has sent it again by itself.
    assert ("AWS is busy" in walked.headings) != (world.browser.resent == 1)
    assert {page.status for page in walked.pages if page.heading == "AWS is busy"} <= {503}
    check_end(world, walked)
    check_keys_told(world)
    if begin is plain:
        check_audit(world)


def test_a_lost_reply_changes_nothing_where_botocore_tries_again(call: Call) -> None:
    with deployed(Patience(seconds=60, pause=lambda _: None)) as here:
        check_end(*walk_with(Fault.CUT_AFTER, call, plain, here))


class LostAnswers(Browser):
    """Loses the first answer of each form, and sends it again as API Gateway's page does after a timeout."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(in_process, browser.root)
        self.cookies = dict(browser.cookies)
        self.lost: list[str] = []

    def post(self, address: str, fields: Mapping[str, str]) -> Page:
        if address in self.lost:
            return super().post(address, fields)
        self.lost.append(address)
        before = dict(self.cookies)
        super().post(address, fields)
        self.cookies = before
        return super().post(address, fields)


@pytest.mark.parametrize("beginning", JOURNEYS)
def test_any_form_that_was_carried_out_may_be_sent_again(beginning: Callable[[Portal], World]) -> None:
    with within(beginning) as world:
        browser = LostAnswers(world.browser)
        check_end(world, walk(world, beginning).as_far(browser).to_the_end())
        assert browser.lost[-1].partition("?")[0].endswith("/access-key")
        check_keys_told(world)


def check_end(world: World, walked: Walk) -> None:
    assert outcome(world) == {
        "devices": [f"arn:aws:iam::123456789012:mfa/{MEMBER}"],
        "groups": ["developers", "firstday-members"],
        "keys": [walked.credentials],
    }


def check_keys_told(world: World) -> None:
    """The trail says that each inactive key was deactivated; it does not matter by which attempt."""
    items = world.dynamodb.scan(TableName="audit")["Items"]
    told = {item["detail_access_key_id"]["S"] for item in items if item["action"]["S"] == "access_key.deactivated"}
    keys = world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    assert {key["AccessKeyId"] for key in keys if key["Status"] == "Inactive"} <= told


def check_audit(world: World) -> None:
    """Once each; but opening and issuing again, and an unseen key that was deleted, are recorded again."""
    counted = actions(world)
    for repeatable in ("invitation.opened", "access_key.issued"):
        assert counted.pop(repeatable) in {1, 2}
    counted.pop("access_key.deleted", None)
    assert counted == dict.fromkeys(["user.created", "invitation.created", "mfa.enabled", "groups.granted"], 1)


def test_the_journeys_reach_every_call_of_the_members_side() -> None:
    reached = {call.operation for begin in JOURNEYS for call in journey(begin).calls}
    assert reached >= {
        "GetItem",
        "UpdateItem",
        "TransactWriteItems",
        "AddUserToGroup",
        "CreateVirtualMFADevice",
        "DeleteVirtualMFADevice",
        "ListMFADevices",
        "EnableMFADevice",
        "ResyncMFADevice",
        "CreateAccessKey",
        "ListAccessKeys",
        "DeleteAccessKey",
        "UpdateAccessKey",
    }


def test_a_journey_makes_at_most_thirteen_calls() -> None:
    calls = journey().calls
    assert len(calls) <= 13, Counter(str(call) for call in calls)


def actions(world: World) -> Counter[str]:
    items = world.dynamodb.scan(TableName="audit")["Items"]
    return Counter(item["action"]["S"] for item in items)
