"""Event sources of Lambda functions: ministack 1.5.33 takes a stream that the function's role may not read.

Lambda reads with the permissions of that role: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from firstday.sandbox.emulation.iam.policy_simulation import role_allows

_HANDLER = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
_READS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")


def install() -> None:
    """Refuse streams that cannot be read, in CloudFormation only, as the portal names streams nowhere else."""
    create = _HANDLER["create"]

    def created(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        _check(properties)
        return create(logical_id, properties, stack_name)

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"] = {**_HANDLER, "create": created}


def _check(properties: dict[str, Any]) -> None:
    stream = str(properties["EventSourceArn"])
    function = lambda_svc._functions[str(properties["FunctionName"]).rpartition(":")[2]]
    role_name = function["config"]["Role"].rpartition("/")[2]
    if not all(role_allows(role_name, f"dynamodb:{name}", stream) for name in _READS):
        raise ValueError(
            f"Cannot access stream {stream}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, and ListStreams Actions on your stream in IAM."
        )
