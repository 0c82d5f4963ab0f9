"""Snapshots for tests of the doctor: one in which everything is right, for any settings, and ways to spoil it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.arns import (
    ADMIN_ROLE_NAME,
    BASELINE_GROUP,
    MEMBERS_PATH,
    QUARANTINE_GROUP,
    SUSPENDED_GROUP,
    baseline_group_arn,
    boundary_arn,
    group_arn,
    iam_arn,
    mfa_arn,
    quarantine_group_arn,
    suspended_group_arn,
)
from chalicelib.members.record import Member
from chalicelib.settings.records import Role, Settings
from firstday.deployment.portal import DeployedPortal
from firstday.deployment.resource_words import GROUP, MANAGED_POLICY, ROLE
from firstday.doctor import expected_documents as names
from firstday.doctor.diagnosis import findings_of
from firstday.doctor.expected_documents import documents
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import AuditStream, IAMDetails, IAMGroup, IAMRole, IAMUser, Snapshot, VirtualDevice
from firstday.stack import policies

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MEMBER = "dev-simple-user"
PORTAL = DeployedPortal("https://example.com", "abc123", "", "members", "audit", "console", "function", "firstday")
STREAM = f"arn:aws:dynamodb:ap-northeast-1:123456789012:table/{PORTAL.audit_table}/stream/2026-11-25T09:00:00.000"


def good_snapshot(settings: Settings) -> Snapshot:
    """One member who has registered, and everything as the templates make it."""
    targets = {role.account_id for role in settings.roles} - {settings.identity_account}
    expected = documents(settings, PORTAL)
    boundary = boundary_arn(settings.partition, settings.identity_account)
    return Snapshot(
        now=NOW,
        identity=IAMDetails(
            users=(good_user(settings),),
            groups=tuple(good_groups(settings)),
            roles=(good_admin_role(settings), *good_roles(settings, settings.identity_account)),
            policies={boundary: expected[names.BOUNDARY]},
            stack_resources=frozenset(
                [
                    (MANAGED_POLICY, boundary),
                    (ROLE, ADMIN_ROLE_NAME),
                    *((GROUP, group.name) for group in good_groups(settings)),
                    *((ROLE, role.name) for role in good_roles(settings, settings.identity_account)),
                ]
            ),
        ),
        targets={account_id: good_target(settings, account_id) for account_id in targets},
        devices=(VirtualDevice(mfa_arn(settings.partition, settings.identity_account, MEMBER), MEMBER),),
        keys_without_device={},
        members=(good_member(settings),),
        has_password_policy=True,
        unprotected_tables=(),
        audit_stream=AuditStream(PORTAL.audit_table, STREAM, {"14e0db71-5d35-4eb5-b481-8945cf9d10c2": True}),
    )


def good_user(settings: Settings, user_name: str = MEMBER) -> IAMUser:
    boundary = boundary_arn(settings.partition, settings.identity_account)
    return IAMUser(user_name, MEMBERS_PATH, (BASELINE_GROUP, settings.groups[0].name), boundary=boundary)


def good_member(settings: Settings, user_name: str = MEMBER, **changes: Any) -> Member:
    """A member who was invited yesterday, and has registered."""
    yesterday = NOW - timedelta(days=1)
    proved: dict[str, Any] = {
        "created_at": yesterday,
        "groups": (settings.groups[0].name,),
        "token_hash": "0" * 64,
        "invited_at": yesterday,
        "expires_at": yesterday + timedelta(days=7),
        "opened_at": yesterday,
        "proved_at": yesterday,
        "accepted_at": yesterday,
        "serial_number": mfa_arn(settings.partition, settings.identity_account, user_name),
        "access_key_id": "AKIAEXAMPLE",
        "access_key_created_at": yesterday,
    }
    return Member(user_name, **(proved | changes))


def good_groups(settings: Settings) -> list[IAMGroup]:
    partition, account_id, expected = settings.partition, settings.identity_account, documents(settings, PORTAL)
    arns = {group.name: group_arn(partition, account_id, group.name) for group in settings.groups}
    arns[BASELINE_GROUP] = baseline_group_arn(partition, account_id)
    arns[QUARANTINE_GROUP] = quarantine_group_arn(partition, account_id)
    arns[SUSPENDED_GROUP] = suspended_group_arn(partition, account_id)
    return [IAMGroup(name, arn, {"firstday": expected[names.group_document(name)]}) for name, arn in arns.items()]


def good_roles(settings: Settings, account_id: str) -> tuple[IAMRole, ...]:
    return tuple(good_role(settings, role) for role in settings.roles if role.account_id == account_id)


def good_target(settings: Settings, account_id: str) -> IAMDetails:
    """An account with nothing but roles, which its stack has made."""
    roles = good_roles(settings, account_id)
    return IAMDetails(roles=roles, stack_resources=frozenset((ROLE, role.name) for role in roles))


def good_role(settings: Settings, role: Role) -> IAMRole:
    return IAMRole(
        role.role_name,
        role.arn(settings.partition),
        policies.role_trust(settings),
        {"firstday": policies.role_permissions(settings, role)},
        tuple(policies.managed_policy_arn(name, settings.partition) for name in role.managed_policies),
        role.maximum_session_seconds,
    )


def good_admin_role(settings: Settings) -> IAMRole:
    expected = documents(settings, PORTAL)
    arn = iam_arn(settings.partition, settings.identity_account, f"role/{ADMIN_ROLE_NAME}")
    own = {"firstday": expected[names.ADMIN_PERMISSIONS]}
    return IAMRole(ADMIN_ROLE_NAME, arn, expected[names.ADMIN_TRUST], own)


def with_identity(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """``snapshot`` with other users, groups, roles or policies in the identity account."""
    assert snapshot.identity is not None
    return replace(snapshot, identity=replace(snapshot.identity, **changes))


def found_in(settings: Settings, snapshot: Snapshot) -> list[Finding]:
    return list(findings_of(settings, documents(settings, PORTAL), snapshot))
