"""Roles as an identity provider's in the sandbox, and the sessions that people have of them.

The embedded AWS knows no SAML. A session has the same ARN however somebody got it, so here a user assumes the role.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from botocore.credentials import Credentials

from tests.helpers.embedded_aws import User, allow, new_role, new_user
from tests.helpers.running_sandbox import RunningSandbox
from tests.helpers.settings_makers import EXAMPLE

ADMIN_ROLE, DESK_ROLE = "AWSReservedSSO_Admin_0123456789abcdef", "AWSReservedSSO_HelpDesk_0123456789abcdef"
# A help desk with more permissions than it needs.
WIDE_DESK_ROLE, OTHER_ROLE = "AWSReservedSSO_HelpDesk_fedcba9876543210", "AWSReservedSSO_Developer_0123456789abcdef"


def file_with_administrators(folder: Path) -> Path:
    """The project's firstday.toml, of an organisation whose administrators come from an identity provider."""
    text = EXAMPLE.read_text("utf-8")
    for line in ("[administrators]", 'roles = ["AWS', 'help_desk = ["AWS'):
        assert f"# {line}" in text
        text = text.replace(f"# {line}", line)
    written = folder / "firstday.toml"
    written.write_text(text, "utf-8")
    return written


@dataclass(frozen=True)
class Provider:
    """A user who may assume the roles, in place of the identity provider."""

    sandbox: RunningSandbox
    user: User

    def session(self, role_name: str, name: str) -> Credentials:
        role_arn = f"arn:aws:iam::123456789012:role/{role_name}"
        found = self.user.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def environment(self, role_name: str, name: str) -> dict[str, str]:
        """What ``aws configure export-credentials`` puts into a shell."""
        keys = self.session(role_name, name)
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return dict(zip(names, (keys.access_key, keys.secret_key, keys.token), strict=True))


def provider_of(sandbox: RunningSandbox, policies: Mapping[str, str]) -> Provider:
    """Makes the roles, with ``policies`` as the doctor prints them for administrators and help desk."""
    everything = allow("*")
    for name, statements in {
        ADMIN_ROLE: json.loads(policies["administrators"])["Statement"],
        DESK_ROLE: json.loads(policies["help-desk"])["Statement"],
        WIDE_DESK_ROLE: [everything],
        OTHER_ROLE: [everything],
    }.items():
        new_role(sandbox.aws, {}, *statements, name=name)
    return Provider(sandbox, new_user(sandbox.aws, allow("sts:AssumeRole"), path="/staff/"))
