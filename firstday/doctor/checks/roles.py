"""The roles that members switch to, in every account that could be looked into, and the admin role."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa, trusts
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from chalicelib.arns import ADMIN_ROLE_NAME, INLINE_POLICY_NAME, iam_arn
from chalicelib.settings.records import Role, Settings
from chalicelib.words import hours
from firstday.account_names import account_name, account_words
from firstday.deployment.portal import TARGET_STACK
from firstday.deployment.resource_words import ROLE
from firstday.doctor import access_findings, mending, upkeep_findings
from firstday.doctor.checks.roles_of_others import OthersRole
from firstday.doctor.expected_documents import ADMIN_PERMISSIONS, ADMIN_TRUST, TRUST, role_document
from firstday.doctor.findings import Finding
from firstday.doctor.policy_comparison import Policy, differences, is_same
from firstday.doctor.snapshot import IAMDetails, IAMRole
from firstday.stack.policies import managed_policy_arn

# Not real members: the question is about any member, and any other session name.
ANYBODY, SOMEBODY_ELSE = "a-member", "another-name"


def check_roles(
    settings: Settings, documents: Mapping[str, Policy], account_id: str, account: IAMDetails, now: datetime
) -> Iterator[Finding]:
    """Whether the settings' roles of one account are there, and let in the right users, for long enough."""
    there = {role.name: role for role in account.roles}
    for role in settings.roles:
        if role.account_id != account_id:
            continue
        found = there.get(role.role_name)
        if role.is_existing:
            yield from OthersRole(settings, role, found, now).findings()
        else:
            yield from _Checked(settings, documents, role, account, found, now).findings()


def check_admin_role(settings: Settings, documents: Mapping[str, Policy], account: IAMDetails) -> Iterator[Finding]:
    """Whether the role of the portal's administrators is as it was deployed."""
    arn = iam_arn(settings.partition, settings.identity_account, f"role/{ADMIN_ROLE_NAME}")
    role = next((role for role in account.roles if role.arn == arn), None)
    if role is None:
        by_hand = [
            mending.create_role(ADMIN_ROLE_NAME, trust=ADMIN_TRUST),
            mending.put_role_policy(ADMIN_ROLE_NAME, ADMIN_PERMISSIONS),
        ]
        remedies = mending.made_again(ROLE, ADMIN_ROLE_NAME, by_hand, account)
        yield access_findings.ROLE_MISSING.found(ADMIN_ROLE_NAME, "It is not there.", *remedies)
        return
    messages, remedies = [], []
    if not is_same(role.trust, documents[ADMIN_TRUST]):
        messages.append(f"Its trust policy: {differences(documents[ADMIN_TRUST], role.trust)}")
        remedies.append(mending.put_trust(role.name, ADMIN_TRUST))
    own = role.inline.get(INLINE_POLICY_NAME)
    if not is_same(own, documents[ADMIN_PERMISSIONS]):
        messages.append(f"Its permissions: {differences(documents[ADMIN_PERMISSIONS], own)}")
        remedies.append(mending.put_role_policy(role.name, ADMIN_PERMISSIONS))
    others = sorted(role.inline.keys() - {INLINE_POLICY_NAME})
    if others or role.attached:
        messages.append(f"It has {', '.join([*others, *role.attached])} besides.")
        remedies += mending.taken_away("role", role.name, others, role.attached)
    if messages:
        yield access_findings.ADMIN_ROLE_DIFFERS.found(role.name, " ".join(messages), *remedies)


def roles_given_up(settings: Settings, account_id: str) -> Finding:
    """The warning on an account whose last role has left the settings."""
    words = f"aws cloudformation delete-stack --stack-name {TARGET_STACK} --region {settings.region}".split()
    profile = None if account_id == settings.identity_account else mending.PROFILE
    message = f"The stack {TARGET_STACK} is still in {account_words(settings, account_id)}."
    remedy = mending.typed(*words, profile=profile)
    return upkeep_findings.ROLES_GIVEN_UP.found(account_name(settings, account_id), message, remedy)


def account_not_seen(settings: Settings, account_id: str) -> Finding:
    """The note on an account without credentials."""
    name = account_name(settings, account_id)
    count = sum(role.account_id == account_id for role in settings.roles)
    message = f"{count} role{'' if count == 1 else 's'} of the account {account_id} could not be seen."
    remedy = f"firstday doctor --account-profile {name}={mending.PROFILE}"
    return upkeep_findings.ACCOUNT_NOT_SEEN.found(name, message, remedy)


class _Checked:
    """One role of the settings, and the role in its account under that name."""

    def __init__(
        self,
        settings: Settings,
        documents: Mapping[str, Policy],
        role: Role,
        account: IAMDetails,
        found: IAMRole | None,
        now: datetime,
    ) -> None:
        self._settings, self._documents, self._role = settings, documents, role
        self._account, self._found, self._now = account, found, now
        self._is_other_account = role.account_id != settings.identity_account
        self._profile = mending.PROFILE if self._is_other_account else None
        self._subject = f"{account_name(settings, role.account_id)}: {role.role_name}"

    def findings(self) -> Iterator[Finding]:
        arn = self._role.arn(self._settings.partition)
        if self._found is None or self._found.arn != arn:
            yield self._missing()
            return
        yield from self._trust(self._found)
        yield from self._duration(self._found)
        yield from self._permissions(self._found)

    def _missing(self) -> Finding:
        account = account_name(self._settings, self._role.account_id)
        deploy = mending.DEPLOY
        if self._is_other_account:
            deploy += f" --account-profile {account}={mending.PROFILE}"
        other = self._found.arn if self._found else None
        name, by_hand = self._role.role_name, list(self._by_hand())
        remedies = mending.made_again(ROLE, name, by_hand, self._account, deploy=deploy, in_the_way=other)
        message = f"There is a role of this name, but it is another one: {other}." if other else "It is not there."
        return access_findings.ROLE_MISSING.found(self._subject, message, *remedies)

    def _by_hand(self) -> Iterator[str]:
        """The commands that make the role as its stack has."""
        role, profile = self._role, self._profile
        words = ("--path", role.path, "--max-session-duration", str(role.maximum_session_seconds))
        yield mending.create_role(role.role_name, *words, trust=TRUST, profile=profile)
        for policy in role.managed_policies:
            arn = managed_policy_arn(policy, self._settings.partition)
            yield mending.attach_role_policy(role.role_name, arn, profile)
        yield mending.put_role_policy(role.role_name, role_document(role.profile), profile)

    def _trust(self, found: IAMRole) -> Iterator[Finding]:
        """Names the known mistakes; any other difference is a finding, too, whatever it means."""
        settings, expected = self._settings, self._documents[TRUST]
        if is_same(found.trust, expected):
            return
        caller = Caller(settings.partition, settings.identity_account, ANYBODY, self._now)
        remedy = mending.put_trust(found.name, TRUST, self._profile)
        is_named = False
        if requires_mfa(found.trust, caller) is MFADemand.NO:
            is_named = True
            yield access_findings.TRUST_WITHOUT_MFA.found(self._subject, "Its trust policy forgot MFA.", remedy)
        if trusts(found.trust, caller, session_name=SOMEBODY_ELSE):
            is_named = True
            message = "Its trust policy forgot sts:RoleSessionName."
            yield access_findings.TRUST_WITHOUT_NAME.found(self._subject, message, remedy)
        if not is_named:
            words = [differences(expected, found.trust), *map(str, reasons(found.trust, caller))]
            yield access_findings.TRUST_DIFFERS.found(self._subject, " ".join(words), remedy)

    def _duration(self, found: IAMRole) -> Iterator[Finding]:
        longest, promised = found.maximum_session_seconds, self._role.maximum_session_seconds
        if longest is not None and longest < promised:
            message = f"Its sessions last {hours(longest)} h at most, the settings promise {hours(promised)} h."
            words = ("--role-name", found.name, "--max-session-duration", str(promised))
            remedy = mending.iam("update-role", *words, profile=self._profile)
            yield access_findings.SESSION_TOO_SHORT.found(self._subject, message, remedy)

    def _permissions(self, found: IAMRole) -> Iterator[Finding]:
        name, profile = found.name, self._profile
        wanted = {managed_policy_arn(policy, self._settings.partition) for policy in self._role.managed_policies}
        lacking, more = sorted(wanted - set(found.attached)), sorted(set(found.attached) - wanted)
        document = role_document(self._role.profile)
        own, expected = found.inline.get(INLINE_POLICY_NAME), self._documents[document]
        others = sorted(found.inline.keys() - {INLINE_POLICY_NAME})
        messages = [f"It lacks {arn}." for arn in lacking] + [f"It has {one} besides." for one in [*others, *more]]
        remedies = [mending.attach_role_policy(name, arn, profile) for arn in lacking]
        if not is_same(own, expected):
            messages.append(f"Its own policy: {differences(expected, own)}")
            remedies.append(mending.put_role_policy(name, document, profile))
        if messages:
            remedies += mending.taken_away("role", name, others, more, profile)
            yield access_findings.ROLE_PERMISSIONS_DIFFER.found(self._subject, " ".join(messages), *remedies)
