"""From sessions of the accounts to a snapshot of all that the checks look at."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession
from firstday.deployment.portal import TARGET_STACK, DeployedPortal, stacks_of_identity_account
from firstday.doctor.snapshot import IAMDetails, Snapshot, Unreadable
from firstday.doctor.snapshot_reader import Reader


def read_before(session: AccountSession, settings: Settings, now: datetime) -> Snapshot:
    """The snapshot before the portal is deployed."""
    reader = Reader(session, settings.region, settings.identity_account)
    has_password_policy, mail = reader.has_password_policy(), reader.mail(settings)
    return Snapshot(
        now=now, has_password_policy=has_password_policy, mail=mail, unreadable=tuple(reader.unreadable)
    )


def read_all(
    settings: Settings, sessions: Mapping[str, AccountSession], portal: DeployedPortal, now: datetime
) -> Snapshot:
    """The snapshot of all accounts that have a session; one is the identity account's."""
    reader = Reader(sessions[settings.identity_account], settings.region, settings.identity_account)
    account = reader.details("User", "Group", "Role", "LocalManagedPolicy")
    account = reader.with_stack_resources(account, *stacks_of_identity_account(settings, portal.stack_name))
    devices, tables = reader.devices(), reader.tables(portal.members_table, portal.audit_table)
    snapshot = Snapshot(
        now=now,
        identity=reader.with_durations(account, settings),
        devices=devices,
        keys_without_device=reader.keys_without_device(account, devices),
        members=reader.members(portal.members_table),
        has_password_policy=reader.has_password_policy(),
        denials=reader.denials(account, settings, portal),
        unprotected_tables=_unprotected(tables),
        audit_stream=reader.audit_stream(portal.audit_table, tables[portal.audit_table]) if tables else None,
        mail=reader.mail(settings),
        unreadable=tuple(reader.unreadable),
    )
    return _with_targets(snapshot, settings, sessions)


def _unprotected(tables: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The names of those that can be deleted."""
    if tables is None:
        return None
    return tuple(name for name, table in tables.items() if not table.get("DeletionProtectionEnabled"))


def _with_targets(snapshot: Snapshot, settings: Settings, sessions: Mapping[str, AccountSession]) -> Snapshot:
    targets: dict[str, IAMDetails] = {}
    unreadable: list[Unreadable] = list(snapshot.unreadable)
    for account_id in settings.role_accounts:
        if account_id != settings.identity_account and account_id in sessions:
            reader = Reader(sessions[account_id], settings.region, account_id)
            found = reader.with_stack_resources(reader.details("Role"), TARGET_STACK)
            found = reader.with_durations(found, settings)
            unreadable += reader.unreadable
            if found is not None:
                targets[account_id] = found
    given_up = []
    for account_id in sessions.keys() - set(settings.role_accounts):
        reader = Reader(sessions[account_id], settings.region, account_id)
        if reader.has_roles_for(settings.identity_account):
            given_up.append(account_id)
        unreadable += reader.unreadable
    return replace(snapshot, targets=targets, given_up=tuple(sorted(given_up)), unreadable=tuple(unreadable))
