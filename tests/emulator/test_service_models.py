"""What the sandbox reads of botocore's models, against what botocore reads of them."""

import pytest
from botocore.session import get_session
from ministack.core import responses

from firstday.sandbox.emulation import service_models

SESSION = get_session()
SERVED = (
    *("apigateway", "cloudformation", "dynamodb", "events", "iam", "lambda", "logs"),
    *("monitoring", "s3", "ses", "sns", "sqs", "sts"),
)


@pytest.mark.parametrize("service", SERVED)
def test_a_services_metadata_is_what_botocore_has(service: str) -> None:
    found = service_models._model(service)
    name = responses._BOTOCORE_NAME.get(service, service)
    assert found is not None
    assert found.metadata == SESSION.get_service_model(name).metadata


def test_an_unknown_service_has_none() -> None:
    assert service_models._model("no-such-service") is None
