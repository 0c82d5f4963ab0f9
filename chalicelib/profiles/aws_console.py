"""Links into the AWS console: to sign in to the account, and to switch to a role there.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_sign-in.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
"""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, urlencode

from chalicelib.settings.records import Role, Settings

# From botocore's endpoint rules for AWS Sign-In; not tried with any of these partitions.
SIGN_IN_HOSTS = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
    "aws-eusc": "signin.amazonaws-eusc.eu",
    "aws-iso": "signin.c2shome.ic.gov",
    "aws-iso-b": "signin.sc2shome.sgov.gov",
    "aws-iso-e": "signin.csphome.adc-e.uk",
    "aws-iso-f": "signin.csphome.hci.ic.gov",
}


class SwitchRole(NamedTuple):
    """A role to switch to in the console; ``name`` is its profile's, and what the console then shows."""

    name: str
    role_name: str
    account_id: str
    href: str


def sign_in_url(account_id: str, partition: str) -> str:
    """Where the account's IAM users sign in to the console."""
    return f"https://{account_id}.{SIGN_IN_HOSTS[partition]}/console"


def switch_role_url(role: Role, partition: str, display_name: str) -> str:
    """The AWS console's page for switching to ``role``, with all fields filled in."""
    fields = {
        "account": role.account_id,
        "roleName": role.path.removeprefix("/") + role.role_name,
        "displayName": display_name,
    }
    return f"https://{SIGN_IN_HOSTS[partition]}/switchrole?{urlencode(fields, quote_via=quote, safe='')}"


def switch_roles(settings: Settings, groups: Iterable[str]) -> tuple[SwitchRole, ...]:
    """The roles of those of ``groups`` that the organisation still has, each with its link.

    The console sends no external id, so it cannot switch to a role that demands one:
    https://repost.aws/knowledge-center/iam-switch-role
    """
    return tuple(
        SwitchRole(
            role.profile, role.role_name, role.account_id, switch_role_url(role, settings.partition, role.profile)
        )
        for role in settings.roles_of(settings.present(groups))
        if not role.external_id
    )
