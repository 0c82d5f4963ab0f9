"""The roles of the settings that others manage: nothing is compared, but members have to get in, and only they."""

import json
from collections.abc import Iterator
from datetime import datetime

from chalicelib.admin.policy_evaluation.callers import Caller, users_meant
from chalicelib.admin.policy_evaluation.conditions import VERSION_WITH_VARIABLES
from chalicelib.admin.policy_evaluation.trust import names, trusts
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from chalicelib.arns import MEMBERS_PATH
from chalicelib.settings.records import Role, Settings
from chalicelib.settings.role_patterns import MFA_AND_OWN_NAME, Conditions
from chalicelib.words import hours
from firstday.account_names import account_name
from firstday.doctor import access_findings
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMRole
from firstday.existing_roles.escaping import quoted
from firstday.existing_roles.proposals import ANYBODY
from firstday.existing_roles.trust_description import described

MFA_CONDITION, NAME_CONDITION = ({name: MFA_AND_OWN_NAME[name]} for name in ("Bool", "StringLike"))


class OthersRole:
    """A role of the settings that others manage, and the role in its account under that name."""

    def __init__(self, settings: Settings, role: Role, found: IAMRole | None, now: datetime) -> None:
        self._settings, self._role, self._found = settings, role, found
        self._caller = Caller(settings.partition, settings.identity_account, ANYBODY, now)
        self._subject = f"{account_name(settings, role.account_id)}: {role.role_name}"
        self._external_id = role.external_id or None

    def findings(self) -> Iterator[Finding]:
        found = self._found
        if found is None or found.arn != self._role.arn(self._settings.partition):
            yield self._missing()
            return
        self._trust = described(found.trust, self._caller, self._role.account_id)
        users = [one for one in users_meant(found.trust, self._caller) if self._is_member(one)]
        enters = {one: trusts(found.trust, one, external_id=self._external_id) for one in users}
        if differs := self._other_external_id(found, users):
            yield differs
        elif set(enters.values()) == {False}:
            yield self._closed(found)
        else:
            yield from self._partly_closed(enters.get(self._caller))
        if differs or set(enters.values()) != {False}:
            yield from self._open(found, users)
        yield from self._duration(found)

    def _is_member(self, user: Caller) -> bool:
        return user.account_id == self._settings.identity_account and user.path == MEMBERS_PATH

    def _missing(self) -> Finding:
        arn, other = self._role.arn(self._settings.partition), self._found
        if other is None:
            remedy = f"# Whoever manages the roles there has to make {arn}; or correct {self._in_settings}."
            return access_findings.ROLE_MISSING.found(self._subject, "It is not there. Others manage it.", remedy)
        message = f"There is a role of this name, but it is another one: {other.arn}. Others manage it."
        remedy = f"# If it is meant, write path = {quoted(other.path)} in {self._in_settings}."
        return access_findings.ROLE_MISSING.found(self._subject, message, remedy)

    @property
    def _in_settings(self) -> str:
        return f"firstday.toml, the role of the profile {self._role.profile}"

    def _other_external_id(self, found: IAMRole, users: list[Caller]) -> Finding | None:
        """The external id is all that keeps somebody out."""
        demanded = self._trust.external_id
        if not demanded or not any(
            trusts(found.trust, one, external_id=self._external_id) is False
            and trusts(found.trust, one, external_id=demanded) is not False
            for one in users
        ):
            return None
        has = (
            f"the settings have {quoted(self._role.external_id)}" if self._external_id else "the settings have none"
        )
        message = f"Its trust policy demands the external id {quoted(demanded)}; {has}."
        remedy = f"# Write external_id = {quoted(demanded)} in {self._in_settings}."
        return access_findings.EXTERNAL_ID_DIFFERS.found(self._subject, message, remedy)

    def _closed(self, found: IAMRole) -> Finding:
        why = list(map(str, reasons(found.trust, self._caller, self._external_id)))
        message = " ".join(["Its trust policy lets no member in.", *why, *self._told()])
        remedy = "# Whoever manages the role has to let members in: this statement does."
        return access_findings.EXISTING_ROLE_CLOSED.found(self._subject, message, remedy, f"# {self._statement()}")

    def _told(self) -> Iterator[str]:
        """Whom it lets in, and what it demands of them."""
        if not (self._trust.ways or self._trust.others):
            yield "It trusts nobody, or cannot be read."
        for way in self._trust.ways:
            demands = f", and demands: {'; '.join(way.demands)}" if way.demands else ""
            yield f"It lets in {', '.join(way.whom)}{demands}."
        if self._trust.denials:
            yield f"In any case: {'; '.join(self._trust.denials)}."
        if self._trust.others and not self._trust.ways:
            yield f"It trusts {', '.join(self._trust.others)}."

    def _statement(self) -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": self._settings.identity_account},
            "Action": "sts:AssumeRole",
            "Condition": MFA_AND_OWN_NAME,
        }
        return json.dumps(statement)

    def _partly_closed(self, answer: bool | None) -> Iterator[Finding]:
        """What is to be said if any member at all gets in, or may."""
        if answer is False:
            yield access_findings.EXISTING_ROLE_FOR_SOME.found(self._subject, " ".join(self._told()))
        elif answer is None:
            yield access_findings.EXISTING_ROLE_UNCERTAIN.found(self._subject, " ".join(self._told()))

    def _open(self, found: IAMRole, users: list[Caller]) -> Iterator[Finding]:
        """What the trust policy itself leaves open, and whether the group's policy makes up for it."""
        external_id = self._trust.external_id or self._external_id
        is_here = self._role.account_id == self._settings.identity_account
        is_past = is_here and any(names(found.trust, one, external_id=external_id) is not False for one in users)
        if is_past:
            message = " ".join([*self._told(), "No grant is needed for that, so the group's conditions are void."])
            remedy = "# Whoever manages the role has to trust the account instead, by this statement alone:"
            kind = access_findings.GROUP_BYPASSED
            yield kind.found(self._subject, message, remedy, f"# {self._statement()}")
        meanwhile = f"Meanwhile {self._meanwhile(is_past=is_past)}"
        if self._trust.without_mfa:
            message = f"Its trust policy does not demand MFA: {'; '.join(self._trust.without_mfa)}. {meanwhile}"
            kind = access_findings.EXISTING_ROLE_WITHOUT_MFA
            yield kind.found(self._subject, message, *self._to_add(found, MFA_CONDITION))
        if self._trust.has_free_name:
            message = f"Its trust policy does not demand the user's own session name. {meanwhile}"
            kind = access_findings.EXISTING_ROLE_WITHOUT_NAME
            yield kind.found(self._subject, message, *self._to_add(found, NAME_CONDITION))

    def _meanwhile(self, *, is_past: bool) -> str:
        if is_past:
            return "nothing does, as the group's policy is not asked."
        group = next(one.name for one in self._settings.groups if self._role in one.roles)
        return f"the policy of the group {group} demands both MFA and the session name of its members."

    def _to_add(self, found: IAMRole, condition: Conditions) -> Iterator[str]:
        account = self._settings.identity_account
        yield f"# Whoever manages the role adds this to the Condition of each statement for users of {account}:"
        yield f"# {json.dumps(condition)[1:-1]}"
        if condition is NAME_CONDITION and found.trust.get("Version") != VERSION_WITH_VARIABLES:
            yield f'# It also needs "Version": "{VERSION_WITH_VARIABLES}", as an older one knows no variables.'

    def _duration(self, found: IAMRole) -> Iterator[Finding]:
        longest, promised = found.maximum_session_seconds, self._role.maximum_session_seconds
        if longest is None or longest == promised:
            return
        remedy = f"# Write maximum_session_seconds = {longest} in {self._in_settings}."
        message = f"Its sessions last {hours(longest)} h at most, the settings promise {hours(promised)} h."
        too_short, longer = access_findings.SESSION_TOO_SHORT, access_findings.SESSION_COULD_BE_LONGER
        yield (too_short if longest < promised else longer).found(self._subject, message, remedy)
