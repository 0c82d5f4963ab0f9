"""ministack asks botocore's model of a service how its answers are called: here, each is read once, by one session.

By itself it makes a session for each service, and every one looks through the folders of all services.
"""

from functools import cache

from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel
from botocore.session import get_session
from ministack.core import responses


def install() -> None:
    session = get_session()

    @cache
    def model(service: str) -> ServiceModel | None:
        try:
            return session.get_service_model(responses._BOTOCORE_NAME.get(service, service))
        except UnknownServiceError:
            return None

    responses._service_model = model
