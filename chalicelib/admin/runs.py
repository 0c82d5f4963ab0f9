"""What the functions that run on a schedule have in common: what a run tells, and whom it looks at."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from chalicelib.aws_errors import AWSBusy
from chalicelib.members.record import Member

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable

Each = TypeVar("Each")
# AWS that is too busy for so many after each other is so for everybody.
BUSY_FOR_ALL = 3


@dataclass(slots=True, kw_only=True)
class Run:
    """What a run did, by user name.

    ``refused`` are those with whom AWS did not let it; ``reason`` is why, for the last of them. ``is_finished`` is
    false where time, too much to do or a busy AWS ended it: the next run goes on.
    """

    refused: list[str] = field(default_factory=list)
    reason: str = ""
    is_finished: bool = False


def everybody(members: "MembersTable") -> Iterator[Member]:
    """Every record, in order of the names."""
    after = None
    while True:
        page, after = members.page(limit=None, after=after)
        yield from page
        if after is None:
            return


def go_through(
    waiting: Iterable[Each], act: Callable[[Each], None], has_time: Callable[[], bool]
) -> list[Each] | None:
    """``act`` on each; the ones for whom AWS was too busy, who keep nobody else waiting.

    None if it did not get through: the time was up, or AWS too busy for several after each other. AWSBusy if
    ``waiting`` itself cannot be read.
    """
    busy: list[Each] = []
    in_a_row = 0
    for each in waiting:
        if not has_time():
            return None
        try:
            act(each)
            in_a_row = 0
        except AWSBusy:
            busy.append(each)
            in_a_row += 1
        if in_a_row == BUSY_FOR_ALL:
            return None
    return busy
