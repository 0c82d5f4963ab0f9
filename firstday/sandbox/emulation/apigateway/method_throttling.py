"""A stage's limits for single methods: ministack 1.5.33 takes CloudFormation's ``~1`` for a part of the path.

It then finds none of them, and throttles each method as the stage says for all.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-stage-methodsetting.html
"""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

_method_settings: Callable[[Any], dict[str, Any]] = provisioners._apigw_method_settings


def install() -> None:
    """Read the paths as CloudFormation means them."""
    provisioners._apigw_method_settings = _with_paths


def _with_paths(raw: Any) -> dict[str, Any]:
    return {key.removeprefix("/").replace("~1", "/"): value for key, value in _method_settings(raw).items()}
