"""API Gateway's access log: one event for each call, those that the IAM authorizer refuses included.

The function never sees a refused call, so only this log records those. ministack
1.5.33 ignores a stage's AccessLogSetting. AWS writes with a delay of its own.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app as ministack_app
from ministack.core.responses import request_scope
from ministack.services import apigateway_v1, cloudwatch_logs
from ministack.services.cloudformation import provisioners

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.apigateway import context_variables
from firstday.sandbox.emulation.served_request import Request
from firstday.sandbox.emulation.xml_answers import Response

Properties = dict[str, Any]
_STAGE = "AWS::ApiGateway::Stage"
_SETTINGS = "accessLogSettings"
_VARIABLE = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
_GROUP_ARN = re.compile(r"arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:([^:]+)(:\*)?")


def install() -> None:
    """Wrap the way of a request, and CloudFormation's creation and update of stages. After ``api_gateway``."""
    handle: Callable[..., Awaitable[Response | None]] = ministack_app._handle_execute_api_request

    async def handle_and_log(*arguments: Any, **options: Any) -> Response | None:
        response = await handle(*arguments, **options)
        current = served_request.current()
        if response is not None and current is not None and current.api_context:
            _log(current, response)
        return response

    ministack_app._handle_execute_api_request = handle_and_log
    handlers = provisioners._RESOURCE_HANDLERS[_STAGE]
    create, update = handlers["create"], handlers["update"]

    def create_with_log(logical_id: str, properties: Properties, stack_name: str) -> Any:
        _check(properties)
        return _with_settings(create(logical_id, properties, stack_name), properties)

    def update_with_log(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Any:
        _check(new)
        return _with_settings(update(physical_id, old, new, stack_name), new)

    provisioners._RESOURCE_HANDLERS[_STAGE] = {**handlers, "create": create_with_log, "update": update_with_log}


def _check(properties: Properties) -> None:
    """Refuse what AWS does not accept for a stage."""
    setting = properties.get("AccessLogSetting")
    if not setting:
        return
    if not (apigateway_v1._account_settings.get("settings") or {}).get("cloudwatchRoleArn"):
        raise ValueError("CloudWatch Logs role ARN must be set in account settings to enable logging")
    if not _GROUP_ARN.fullmatch(setting.get("DestinationArn", "")):
        raise ValueError("Invalid ARN specified in the request. ARN should be of a log group.")
    if not {"requestId", "extendedRequestId"} & set(_VARIABLE.findall(setting.get("Format", ""))):
        raise ValueError(
            "Access Log format string must contain at least one of $context.requestId, $context.extendedRequestId"
        )


def _with_settings(made: Any, properties: Properties) -> Any:
    setting = properties.get("AccessLogSetting") or {}
    stage = apigateway_v1._stages_v1[properties["RestApiId"]][properties["StageName"]]
    stage[_SETTINGS] = {"destinationArn": setting["DestinationArn"], "format": setting["Format"]} if setting else {}
    return made


def _log(current: Request, response: Response) -> None:
    api_id, stage_name = current.api_context["apiId"], current.api_context["stage"]
    scope = apigateway_v1.find_api_scope(api_id)
    stage = apigateway_v1.stages_for_api(api_id).get(stage_name)
    if scope is None or not (stage and stage.get(_SETTINGS)):
        return
    status, _, body = response
    known = context_variables.variables(current, status, len(body))
    line = _VARIABLE.sub(lambda match: _value(known, match[1]), stage[_SETTINGS]["format"])
    group = stage[_SETTINGS]["destinationArn"].split(":")[6]
    event = {"timestamp": int(current.began_at * 1000), "message": line}
    with request_scope(*scope):
        stream = {"logGroupName": group, "logStreamName": f"{api_id}-{stage_name}"}
        cloudwatch_logs._create_log_stream(stream)  # refused when it exists
        cloudwatch_logs._put_log_events({**stream, "logEvents": [event]})


def _value(known: dict[str, str], name: str) -> str:
    """A variable within JSON; "-" if it has no value."""
    value = known.get(name) or "-"
    return value if name == "error.messageString" else json.dumps(value)[1:-1]
