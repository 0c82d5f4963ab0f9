"""CloudFormation makes nothing under a name that is taken; ministack 1.5.33 takes over what is there.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

from collections.abc import Callable
from typing import Any

from ministack.services import apigateway_v1, cloudwatch_logs, dynamodb, iam, lambda_svc, ses_v2
from ministack.services.cloudformation import provisioners

# Of each type: the property with the name, what AWS calls the resource, and whether there is one of that name.
_TYPES: dict[str, tuple[str, str, Callable[[str], bool]]] = {
    "AWS::ApiGateway::DomainName": ("DomainName", "Domain", lambda name: name in apigateway_v1._domain_names),
    "AWS::DynamoDB::Table": ("TableName", "Table", lambda name: name in dynamodb._tables),
    "AWS::IAM::Group": ("GroupName", "Group", lambda name: name in iam._groups),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "Policy", lambda name: _is_policy(name)),
    "AWS::IAM::Role": ("RoleName", "Role", lambda name: name in iam._roles),
    "AWS::Lambda::Function": ("FunctionName", "Function", lambda name: name in lambda_svc._functions),
    "AWS::Logs::LogGroup": ("LogGroupName", "Log group", lambda name: name in cloudwatch_logs._log_groups),
    "AWS::SES::ConfigurationSet": ("Name", "Configuration set", lambda name: name in ses_v2._config_sets),
}


def install() -> None:
    """Wrap the creation of each of these types."""
    for resource_type, (key, words, exists) in _TYPES.items():
        handlers = provisioners._RESOURCE_HANDLERS[resource_type]
        provisioners._RESOURCE_HANDLERS[resource_type] = {
            **handlers,
            "create": _unless_taken(handlers["create"], key, words, exists),
        }


def _unless_taken(create: Callable[..., Any], key: str, words: str, exists: Callable[[str], bool]) -> Any:
    def created(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        name = properties.get(key)
        if name and exists(name):
            raise ValueError(
                f'Resource handler returned message: "{words} with name {name} already exists." '
                "(HandlerErrorCode: AlreadyExists)"
            )
        return create(logical_id, properties, stack_name)

    return created


def _is_policy(name: str) -> bool:
    return any(policy["PolicyName"] == name for policy in iam._policies.values())
