"""Adoptions of IAM users that were begun and not finished, and what is different about adopted members."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH, boundary_arn
from chalicelib.members.record import Member, MemberState, comparable, state_of
from chalicelib.settings.records import Settings
from firstday.doctor import member_findings, mending
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMDetails, IAMUser

# An adoption takes some seconds, and IAM a minute or two to show it everywhere.
LASTS = timedelta(minutes=5)


def is_being_adopted(member: Member) -> bool:
    """Whether an adoption was begun and not finished. What such a user lacks is no other finding's concern."""
    return member.adopting_at is not None and member.adopted_at is None


def check_adoptions(
    settings: Settings, account: IAMDetails | None, members: Collection[Member], now: datetime
) -> Iterator[Finding]:
    """Each adoption that was left half done. Where IAM has no such user any more, the record is at fault."""
    users = {comparable(user.user_name): user for user in account.users} if account else {}
    for member in members:
        is_ending = state_of(member, now) is MemberState.OFFBOARDING
        if member.adopting_at is None or not is_being_adopted(member) or is_ending:
            continue
        user = users.get(comparable(member.user_name))
        if (account is None or user) and now - member.adopting_at >= LASTS:
            begun = f"It was begun at {member.adopting_at:%Y-%m-%d %H:%M} UTC."
            adopt = mending.typed("firstday", "adopt", member.user_name)
            release = f"{mending.typed('firstday', 'release', member.user_name)}   # or this"
            message = " ".join([begun, *_missing(settings, user)])
            yield member_findings.ADOPTION_UNFINISHED.found(member.user_name, message, adopt, release)


def _missing(settings: Settings, user: IAMUser | None) -> Iterator[str]:
    """What the user lacks to be a member."""
    if user is None:
        return
    lacking = [
        *(["the boundary"] if user.boundary != boundary_arn(settings.partition, settings.identity_account) else []),
        *([f"the group {BASELINE_GROUP}"] if BASELINE_GROUP not in user.groups else []),
        *([f"the path {MEMBERS_PATH}"] if user.path != MEMBERS_PATH else []),
    ]
    if lacking:
        yield f"The user does not have {', '.join(lacking)}."


def without_adopting(account: IAMDetails, members: Collection[Member]) -> IAMDetails:
    """``account`` without the users whose adoption was begun and not finished."""
    names = {comparable(member.user_name) for member in members if is_being_adopted(member)}
    return replace(account, users=tuple(user for user in account.users if comparable(user.user_name) not in names))


def is_half_released(member: Member, user: IAMUser) -> bool:
    """Whether the user is where they were before the adoption: a release moves them first of all."""
    return member.adopted_at is not None and user.path == member.former_path


def half_released(member: Member, user: IAMUser) -> Finding:
    """An adopted member who was moved back, by a release that was not finished, or by hand."""
    message = (
        f"IAM has this user as {user.user_name} under {user.path}. That is the path from before the adoption: a "
        "release may have been begun, and not finished."
    )
    kept = mending.iam("update-user", "--user-name", user.user_name, "--new-path", MEMBERS_PATH)
    remedies = (leaving(member), f"{kept}   # or this, to keep the member")
    return member_findings.USER_MOVED.found(member.user_name, message, *remedies)


def leaving(member: Member) -> str:
    """The command that ends a membership: an adopted user goes back, and is not deleted."""
    return mending.typed("firstday", "release" if member.adopted_at else "offboard", member.user_name)
