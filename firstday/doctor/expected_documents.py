"""The policies as they have to be in AWS, with what only the deployed stack knows filled in.

Their names are what ``firstday doctor --document`` takes.
"""

import re
from collections.abc import Iterator
from typing import Any

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP, SUSPENDED_GROUP
from chalicelib.settings.records import Settings
from firstday.deployment.portal import DeployedPortal
from firstday.doctor.policy_comparison import Policy
from firstday.stack import administrator_policies, policies
from firstday.stack.sweeper_resources import FUNCTION_NAME

BOUNDARY = "boundary"
TRUST = "trust"
ADMIN_TRUST = "admin-trust"
ADMIN_PERMISSIONS = "admin-permissions"
# For the settings' [administrators]; these roles are others' to make.
ADMINISTRATORS = "administrators"
HELP_DESK = "help-desk"


def group_document(name: str) -> str:
    """The name of a group's policy, the baseline group's too."""
    return f"group/{name}"


def role_document(profile: str) -> str:
    """The name of the permissions of the role that a profile leads to."""
    return f"role/{profile}"


def documents(settings: Settings, portal: DeployedPortal) -> dict[str, Policy]:
    """Every policy by its name."""
    return {name: filled(policy, settings, portal) for name, policy in _written(settings)}


def _written(settings: Settings) -> Iterator[tuple[str, policies.Policy]]:
    yield group_document(BASELINE_GROUP), policies.member_baseline(settings)
    yield group_document(QUARANTINE_GROUP), policies.quarantine_group()
    yield group_document(SUSPENDED_GROUP), policies.suspended_group()
    for group in settings.groups:
        yield group_document(group.name), policies.switch_role_group(settings, group)
    yield BOUNDARY, policies.member_boundary(settings)
    yield TRUST, policies.role_trust(settings)
    yield ADMIN_TRUST, policies.admin_role_trust(settings)
    yield ADMIN_PERMISSIONS, policies.admin_role_permissions()
    yield ADMINISTRATORS, administrator_policies.administrator_permissions()
    yield HELP_DESK, administrator_policies.help_desk_permissions()
    for role in settings.roles:
        if not role.is_existing:
            yield role_document(role.profile), policies.role_permissions(settings, role)


def filled(value: Any, settings: Settings, portal: DeployedPortal) -> Any:
    """``value`` as CloudFormation makes it, with every function done."""
    known = {
        "AWS::Partition": settings.partition,
        "AWS::Region": settings.region,
        "AWS::AccountId": settings.identity_account,
        "RestAPI": portal.rest_api_id,
        **_table_arns(settings, portal),
    }
    match value:
        case {"Fn::Sub": str(written)}:
            return re.sub(r"\$\{([\w:.]+)\}", lambda found: known[found[1]], written)
        case {"Fn::GetAtt": ["Sweeper", "Arn"]}:
            here = f"{settings.partition}:lambda:{settings.region}:{settings.identity_account}"
            return f"arn:{here}:function:{FUNCTION_NAME}"
        case {"Fn::GetAtt": [str(name), "Arn"]} if f"{name}.Arn" in known:
            return known[f"{name}.Arn"]
        case dict():
            return {key: filled(item, settings, portal) for key, item in value.items()}
        case list():
            return [filled(item, settings, portal) for item in value]
    return value


def _table_arns(settings: Settings, portal: DeployedPortal) -> dict[str, str]:
    here = f"arn:{settings.partition}:dynamodb:{settings.region}:{settings.identity_account}:table"
    tables = {"Members": portal.members_table, "Audit": portal.audit_table, "Console": portal.console_table}
    return {f"{name}Table.Arn": f"{here}/{table}" for name, table in tables.items()}
