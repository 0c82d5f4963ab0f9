"""IAM, as far as a check looks beyond the user: at the switch-role groups' policies and the account's roles."""

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.errors import translated
from chalicelib.aws.iam_admin import IAMAdapter
from chalicelib.errors import FirstdayError, GroupMissing
from chalicelib.ports import IAMRole

# The inline policy of every switch-role group, as the portal's stack calls it.
GROUP_POLICY_NAME = "firstday"


class _RoleMissing(FirstdayError):
    """The account has no role of this name."""


class CheckingIAM(IAMAdapter):
    """Both methods may raise AWSBusy, and AWSRefused where the portal may not look."""

    def group_policy(self, group_name: str) -> Mapping[str, Any] | None:
        """What the group may do; GroupMissing if the group or its policy is gone, None if it cannot be read."""
        with translated({"NoSuchEntity": GroupMissing(group_name)}):
            answer = self._client.get_group_policy(GroupName=group_name, PolicyName=GROUP_POLICY_NAME)
        return _read(answer["PolicyDocument"])

    def role(self, role_name: str) -> IAMRole | None:
        """The role of the identity account; None if there is none."""
        try:
            with translated({"NoSuchEntity": _RoleMissing()}):
                role = self._client.get_role(RoleName=role_name)["Role"]
        except _RoleMissing:
            return None
        trust_policy = _read(role.get("AssumeRolePolicyDocument"))
        return IAMRole(role["Arn"], trust_policy, role.get("MaxSessionDuration", 3600))


def _read(document: object) -> Mapping[str, Any] | None:
    """botocore has decoded it, unless it is no JSON."""
    return document if isinstance(document, Mapping) else None
