"""CloudFormation does not delete a role or policy that others have attached to; ministack 1.5.33 detaches that.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
"""

from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_ROLE, _POLICY = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"


def install() -> None:
    """Wrap the deletion of roles and managed policies."""
    handlers = provisioners._RESOURCE_HANDLERS
    delete_role, delete_policy = handlers[_ROLE]["delete"], handlers[_POLICY]["delete"]

    def role(name: str, properties: Properties) -> None:
        found = iam._roles.get(name, {})
        if set(found.get("AttachedPolicies", [])) - set(properties.get("ManagedPolicyArns", [])):
            raise ValueError("Cannot delete entity, must detach all policies first.")
        inline = {policy["PolicyName"] for policy in properties.get("Policies", [])}
        if set(found.get("InlinePolicies", {})) - inline:
            raise ValueError("Cannot delete entity, must delete policies first.")
        delete_role(name, properties)

    def policy(arn: str, properties: Properties) -> None:
        if iam._boundary_usage_counts().get(arn):
            raise ValueError("Cannot delete a policy attached to entities.")
        delete_policy(arn, properties)

    handlers[_ROLE] = {**handlers[_ROLE], "delete": role}
    handlers[_POLICY] = {**handlers[_POLICY], "delete": policy}
