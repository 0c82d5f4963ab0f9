"""How often the portal asks AWS on a member's way: each page, and all together."""

from itertools import pairwise

from tests.helpers.journeys import journey

# The page that the member is on, and the calls of the next one.
CALLS = {
    "start": ["GetItem", "TransactWriteItems"],
    "register": ["UpdateItem", "CreateVirtualMFADevice"],
    "codes": ["GetItem", "EnableMFADevice", "AddUserToGroup", "TransactWriteItems"],
    "access key": ["UpdateItem", "CreateAccessKey", "TransactWriteItems"],
    "config": ["GetItem"],
}


def test_each_page_asks_aws_for_what_it_needs_and_no_more() -> None:
    found = journey()
    ends = [*(made for made, _, _ in found.halts), len(found.calls)]
    made = [[call.operation for call in found.calls[begin:end]] for begin, end in pairwise(ends)]
    assert [calls for calls in made if calls] == list(CALLS.values())


def test_iam_is_asked_four_times_and_never_more_than_twice_by_a_page() -> None:
    of_iam = [[call for call in calls if "Item" not in call] for calls in CALLS.values()]
    assert sum(map(len, of_iam)) == 4
    assert max(map(len, of_iam)) == 2
