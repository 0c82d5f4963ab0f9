"""The page on Powertools for AWS Lambda."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from obvious_page import register_device

resolver = APIGatewayRestResolver()


@resolver.post("/register-device")
def post_register_device() -> Response[str]:
    page = register_device(resolver.current_event.headers["Cookie"])
    return Response(status_code=200, content_type="text/html; charset=utf-8", body=page)


def app(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolver.resolve(event, context)
