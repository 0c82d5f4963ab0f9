"""Suspended members: whether the records and IAM agree on who is, and who has been so for long."""

from collections.abc import Collection, Iterator
from datetime import datetime

from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.members.record import Member, comparable
from chalicelib.members.suspensions import is_resuming, is_suspended_long
from firstday.doctor import member_findings, mending, upkeep_findings
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMDetails


def check_suspended(members: Collection[Member], account: IAMDetails | None, now: datetime) -> Iterator[Finding]:
    """Members who are suspended in one place only, or for so long that somebody should decide."""
    users = {comparable(user.user_name): user for user in account.users} if account else {}
    for member in members:
        user = users.get(comparable(member.user_name))
        if member.offboarding_at:
            continue
        if user and (SUSPENDED_GROUP in user.groups) != bool(member.suspended_at) and not is_resuming(member):
            where = "IAM" if member.suspended_at is None else "the portal's record"
            remedies = [mending.typed("firstday", "suspend", member.user_name)]
            if member.suspended_at is None:
                remedies.append(f"{mending.typed('firstday', 'resume', member.user_name)}   # if they are to work")
            message = f"Only {where} says that this member is suspended."
            yield member_findings.SUSPENDED_HALF.found(member.user_name, message, *remedies)
        elif is_suspended_long(member, now):
            message = f"This member is suspended since {member.suspended_at:%Y-%m-%d}."
            offboard = mending.typed("firstday", "offboard", member.user_name)
            resume = f"{mending.typed('firstday', 'resume', member.user_name)}   # if they come back"
            yield upkeep_findings.SUSPENDED_LONG.found(member.user_name, message, offboard, resume)
