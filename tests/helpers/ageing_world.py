"""Members whose access keys age, in memory and by the day: the use case of the key ageing, without AWS."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.admin.ageing_keys import Aged, Rule, age_keys
from chalicelib.audit import AuditEvent
from chalicelib.aws_errors import AWSBusy
from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.key_ages import AgeingKey, lines
from chalicelib.members.record import Member

BEGIN = datetime(2026, 1, 1, 3, tzinfo=UTC)
NAME, KEY = "dev-simple-user", "AKIAIOSFODNN7EXAMPLE"
RULE = Rule(90, UTC)


@dataclass
class AgeingWorld:
    """A member with one key, which was made on day 0; ``day`` is today. ``before`` runs before each call to AWS."""

    day: int = 0
    member: Member = field(default_factory=lambda: Member(NAME, BEGIN, proved_at=BEGIN, access_key_id=KEY))
    keys: dict[str, AccessKeyInfo] = field(default_factory=lambda: {KEY: AccessKeyInfo(KEY, BEGIN)})
    events: list[tuple[int, AuditEvent]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    rule: Rule = RULE

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(days=self.day)

    def run(self, day: int | None = None) -> Aged:
        """One run, on another day."""
        self.day = self.day if day is None else day
        here: Any = self
        return age_keys(here, here, now=self.now, table=lambda _: here, rule=self.rule)

    def told(self, action: str) -> list[int]:
        """The days on which there were events of this kind."""
        return [day for day, event in self.events if event.action == action]

    def use(self) -> None:
        """The key signs a request."""
        self.keys[KEY] = replace(self.keys[KEY], last_used_at=self.now)

    # What the use case calls.
    def page(self, **_: object) -> tuple[list[Member], None]:
        self.before()
        return [self.member], None

    def get(self, _: str) -> Member:
        self.before()
        return self.member

    def access_keys(self, _: str) -> tuple[AccessKeyInfo, ...]:
        self.before()
        return tuple(self.keys.values())

    def last_used_at(self, _: str, access_key_id: str) -> datetime | None:
        self.before()
        return self.keys[access_key_id].last_used_at

    def set_access_key_status(self, _: str, access_key_id: str, *, is_active: bool) -> None:
        self.before()
        assert not is_active, "it takes away, and never gives"
        self.keys[access_key_id] = replace(self.keys[access_key_id], is_active=False)

    def delete_access_key(self, _: str, access_key_id: str) -> None:
        self.before()
        self.keys.pop(access_key_id, None)

    def record(self, member: Member, keys: list[AgeingKey], events: tuple[AuditEvent, ...]) -> Member | None:
        self.before()
        if member.ageing_keys != self.member.ageing_keys:
            return None
        self.member = replace(self.member, ageing_keys=lines(keys))
        self.events += [(self.day, event) for event in events]
        return replace(member, ageing_keys=self.member.ageing_keys)


class Fails:
    """The ``nth`` call to AWS from now on fails, as AWS is busy."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise AWSBusy
