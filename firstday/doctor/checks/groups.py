"""The switch-role groups, the baseline group and the permissions boundary."""

from collections.abc import Collection, Iterator, Mapping

from chalicelib.arns import (
    BASELINE_GROUP,
    BOUNDARY_NAME,
    INLINE_POLICY_NAME,
    MEMBERS_PATH,
    QUARANTINE_GROUP,
    QUARANTINE_PATH,
    SUSPENDED_GROUP,
    SUSPENDED_PATH,
    SWITCH_ROLE_PATH,
    baseline_group_arn,
    boundary_arn,
    group_arn,
    quarantine_group_arn,
    suspended_group_arn,
)
from chalicelib.members.record import Member, comparable
from chalicelib.settings.records import Settings
from firstday.deployment.resource_words import GROUP, MANAGED_POLICY
from firstday.doctor import access_findings, mending
from firstday.doctor.expected_documents import BOUNDARY, group_document
from firstday.doctor.findings import Finding
from firstday.doctor.policy_comparison import Policy, differences, is_same, statements
from firstday.doctor.snapshot import IAMDetails, IAMGroup

# Of groups that are not the settings'.
OWN_PATHS = {
    BASELINE_GROUP: MEMBERS_PATH,
    QUARANTINE_GROUP: QUARANTINE_PATH,
    SUSPENDED_GROUP: SUSPENDED_PATH,
}
PUT_BACK = "# Then its members, as the records have them, before any firstday members --refresh:"


def check_groups(
    settings: Settings, documents: Mapping[str, Policy], account: IAMDetails, members: Collection[Member] = ()
) -> Iterator[Finding]:
    """Whether the groups are there, with their own policy and no other, and with members only.

    ``members`` under another path have a finding of their own. An administrator may hold anybody.
    """
    known = {comparable(member.user_name) for member in members}
    partition, account_id = settings.partition, settings.identity_account
    wanted = {BASELINE_GROUP: baseline_group_arn(partition, account_id)}
    wanted[QUARANTINE_GROUP] = quarantine_group_arn(partition, account_id)
    wanted[SUSPENDED_GROUP] = suspended_group_arn(partition, account_id)
    wanted |= {group.name: group_arn(partition, account_id, group.name) for group in settings.groups}
    there = {group.name: group for group in account.groups}
    for name, arn in wanted.items():
        group = there.get(name)
        if group is None or group.arn != arn:
            yield _missing(name, group, account, members)
        else:
            yield from _policies(group, documents[group_document(name)])
            yield from _outsiders(group, account, known) if name != QUARANTINE_GROUP else ()


def check_boundary(settings: Settings, documents: Mapping[str, Policy], account: IAMDetails) -> Iterator[Finding]:
    """Whether the permissions boundary is there, and says what it is to say."""
    arn = boundary_arn(settings.partition, settings.identity_account)
    found = account.policies.get(arn)
    if found is None:
        by_hand = mending.create_boundary(BOUNDARY_NAME, MEMBERS_PATH, BOUNDARY)
        remedies = mending.made_again(MANAGED_POLICY, arn, [by_hand], account)
        yield access_findings.BOUNDARY_MISSING.found(BOUNDARY_NAME, "There is no such policy.", *remedies)
    elif not is_same(found, documents[BOUNDARY]):
        message = differences(documents[BOUNDARY], found)
        remedy = mending.put_boundary(arn, BOUNDARY)
        yield access_findings.BOUNDARY_DIFFERS.found(BOUNDARY_NAME, message, remedy)


def _missing(name: str, other: IAMGroup | None, account: IAMDetails, members: Collection[Member]) -> Finding:
    own_path = OWN_PATHS.get(name)
    by_hand = mending.create_group(name, own_path or SWITCH_ROLE_PATH, group_document(name))
    there = {user.user_name for user in account.users if user.path == MEMBERS_PATH}
    recorded = [one.user_name for one in members if one.proved_at and name in one.groups]
    # The doctor itself says which members are not in the baseline group.
    if own_path is None and (gone := sorted(there.intersection(recorded))):
        by_hand.append(PUT_BACK)
        by_hand += [mending.iam("add-user-to-group", "--group-name", name, "--user-name", one) for one in gone]
    in_the_way = other.arn if other else None
    remedies = mending.made_again(GROUP, name, by_hand, account, in_the_way=in_the_way)
    message = f"There is a group of this name, but it is another one: {other.arn}." if other else "It is not there."
    return access_findings.GROUP_MISSING.found(name, message, *remedies)


def _policies(group: IAMGroup, expected: Policy) -> Iterator[Finding]:
    found = group.inline.get(INLINE_POLICY_NAME)
    mended = mending.put_group_policy(group.name, group_document(group.name))
    if group.name == BASELINE_GROUP and not _denies(expected, found):
        message = "It lacks DenyAllExceptListedIfNoMFA." if found else f'It has no policy "{INLINE_POLICY_NAME}".'
        yield access_findings.DENY_MISSING.found(group.name, message, mended)
    elif found is None:
        message = f'It has no policy "{INLINE_POLICY_NAME}".'
        yield access_findings.GROUP_POLICY_DIFFERS.found(group.name, message, mended)
    elif not is_same(found, expected):
        yield access_findings.GROUP_POLICY_DIFFERS.found(group.name, differences(expected, found), mended)
    others = sorted(group.inline.keys() - {INLINE_POLICY_NAME})
    if others or group.attached:
        message = f"It has {', '.join([*others, *group.attached])}."
        remedies = mending.taken_away("group", group.name, others, group.attached)
        yield access_findings.GROUP_POLICY_EXTRA.found(group.name, message, *remedies)


def _denies(expected: Policy, found: Policy | None) -> bool:
    """Whether the statement that denies is among those of ``found``."""
    deny = [one for one in expected["Statement"] if one["Effect"] == "Deny"]
    return (statements({"Statement": deny}) or frozenset()) <= (statements(found) or frozenset())


def _outsiders(group: IAMGroup, account: IAMDetails, known: Collection[str]) -> Iterator[Finding]:
    for user in account.users:
        if group.name in user.groups and user.path != MEMBERS_PATH and comparable(user.user_name) not in known:
            message = f"This user, whose path is {user.path}, is in the group {group.name}."
            names = ("--group-name", group.name, "--user-name", user.user_name)
            remedy = mending.iam("remove-user-from-group", *names)
            yield access_findings.OUTSIDER_IN_GROUP.found(user.user_name, message, remedy)
