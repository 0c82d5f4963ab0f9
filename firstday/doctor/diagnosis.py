"""Checks whether AWS has what ``firstday.toml`` says: everything is read once, then checked.

Nothing is changed. docs/doctor.md says what is read, and with which permissions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, DeploymentError
from firstday.aws_sessions import account_of
from firstday.deployment.portal import DeployedPortal, deployed_portal
from firstday.doctor import catalogue
from firstday.doctor.checks import account as accounts
from firstday.doctor.checks import (
    administrators,
    groups,
    mail,
    members,
    organisation_policies,
    outside_users,
    portal_roles,
    qr_codes,
    roles,
    tables,
)
from firstday.doctor.expected_documents import documents
from firstday.doctor.findings import Finding, Severity
from firstday.doctor.policy_comparison import Policy
from firstday.doctor.reading_accounts import read_all, read_before
from firstday.doctor.snapshot import Snapshot
from firstday.stack.templates import known_accounts

__all__ = ["Finding", "Severity", "diagnose", "diagnose_stage", "findings_of"]

SessionOf = Callable[[str], AccountSession | None]


def diagnose(
    settings: Settings, session_of: SessionOf, portal: DeployedPortal | None, *, now: datetime | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong, the worst first.

    ``session_of`` takes an account id. Without a ``portal``, it finds what can be known before there is one: whose
    the credentials are, and what concerns the account alone. Raises DeploymentError if AWS cannot be asked at all.
    """
    identity, moment = settings.identity_account, now or datetime.now(UTC)
    found = {account_id: session_of(account_id) for account_id in known_accounts(settings)}
    sessions = {account_id: session for account_id, session in found.items() if session is not None}
    if identity not in sessions:
        raise DeploymentError(f"There are no credentials for the identity account {identity}.")
    belong = {account_id: account_of(session, settings) for account_id, session in sessions.items()}
    wrong = [accounts.wrong_account(settings, belong[one], one) for one in belong if belong[one] != one]
    if belong[identity] != identity:
        return _sorted(wrong)
    sessions = {account_id: session for account_id, session in sessions.items() if belong[account_id] == account_id}
    if portal is None:
        return _sorted([*wrong, *_of_account(settings, read_before(sessions[identity], settings, moment))])
    unseen = [roles.account_not_seen(settings, one) for one in settings.role_accounts if found[one] is None]
    snapshot = read_all(settings, sessions, portal, moment)
    return _sorted([*wrong, *unseen, *findings_of(settings, documents(settings, portal), snapshot)])


def diagnose_stage(settings: Settings, session_of: SessionOf, stage: str) -> tuple[Finding, ...]:
    """The same for the portal of ``stage``, also if there is none, or AWS does not allow looking for it."""
    session = session_of(settings.identity_account)
    try:
        portal = deployed_portal(session, settings, stage) if session else None
    except DeploymentError as error:
        found = diagnose(settings, session_of, None)
        # In another account there is no portal to be found, either.
        is_elsewhere = any(accounts.is_wrong_identity(settings, finding) for finding in found)
        return found if is_elsewhere else _sorted([*found, accounts.no_portal(settings, error)])
    return diagnose(settings, session_of, portal)


def findings_of(settings: Settings, expected: Mapping[str, Policy], snapshot: Snapshot) -> Iterator[Finding]:
    """What all checks find in a snapshot, as far as it was read; ``expected`` are the policies by their names."""
    yield from _of_account(settings, snapshot)
    if account := snapshot.identity:
        yield from groups.check_groups(settings, expected, account, snapshot.members or ())
        yield from groups.check_boundary(settings, expected, account)
        yield from roles.check_admin_role(settings, expected, account)
        yield from administrators.check_administrators(settings, account, snapshot.now)
        yield from roles.check_roles(settings, expected, settings.identity_account, account, snapshot.now)
    for account_id, target in snapshot.targets.items():
        yield from roles.check_roles(settings, expected, account_id, target, snapshot.now)
    for account_id in snapshot.given_up:
        yield roles.roles_given_up(settings, account_id)
    yield from portal_roles.check_portal_roles(snapshot.denials or ())
    yield from members.check_members(settings, snapshot)
    if account:
        yield from organisation_policies.check_own_denies(settings, account, snapshot.now)
        yield from outside_users.check_outside_users(settings, account, snapshot.members)
    yield from tables.check_protection(snapshot.unprotected_tables or ())
    if snapshot.audit_stream is not None:
        yield from tables.check_watcher(settings, snapshot.audit_stream)


def _of_account(settings: Settings, snapshot: Snapshot) -> Iterator[Finding]:
    for unreadable in snapshot.unreadable:
        yield accounts.not_permitted(settings, unreadable)
    if snapshot.has_password_policy is not None:
        yield from accounts.check_password_policy(settings, snapshot.has_password_policy)
    if settings.mail and snapshot.mail:
        yield from mail.check_mail(settings, settings.mail, snapshot.mail)
    yield from qr_codes.check_issuer(settings)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (catalogue.PLACES[finding.check], finding.subject)))
