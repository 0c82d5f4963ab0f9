"""IAM users of the identity account whom Firstday has nothing to do with, and who could be adopted as members."""

from collections.abc import Collection, Iterator

from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH, QUARANTINE_GROUP, SUSPENDED_GROUP
from chalicelib.members.record import Member, comparable
from chalicelib.settings.records import Settings
from firstday.account_names import account_name
from firstday.doctor import organisation_findings
from firstday.doctor.deny_sentences import counted
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMDetails

# More names than these are in the answer for programs only.
NAMED = 5


def check_outside_users(
    settings: Settings, account: IAMDetails, members: Collection[Member] | None
) -> Iterator[Finding]:
    """One note on all users who are in no place of Firstday's.

    IAM does not tell here who has a password or a key, nor who is a person: nobody is left out by a guess.
    """
    if members is None:
        return
    known = {comparable(member.user_name) for member in members}
    own = {BASELINE_GROUP, QUARANTINE_GROUP, SUSPENDED_GROUP, *(group.name for group in settings.groups)}
    names = sorted(
        user.user_name
        for user in account.users
        if not user.path.startswith(MEMBERS_PATH)
        and comparable(user.user_name) not in known
        and own.isdisjoint(user.groups)
    )
    if names:
        message = f"{len(names)} users are not members: {counted(names, NAMED)}."
        if len(names) == 1:
            message = f"One user is not a member: {names[0]}."
        subject = account_name(settings, settings.identity_account)
        found = organisation_findings.USERS_OUTSIDE.found
        yield found(subject, message, "firstday adopt USER", names=tuple(names))
