"""What the functions that run on a schedule have in common: what a run tells, and whom it looks at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.members.record import Member

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable


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
