"""A test's own client of an AWS service: it takes what the real one takes, and nothing else."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from botocore import xform_name
from botocore.session import get_session
from botocore.validate import validate_parameters


@cache
def _shapes(service: str) -> dict[str, Any]:
    """What each method takes, by botocore's own model."""
    model = get_session().get_service_model(service)
    return {xform_name(name): model.operation_model(name).input_shape for name in model.operation_names}


def _checked(method: Callable[..., Any], service: str) -> Callable[..., Any]:
    @wraps(method)
    def call(self: "FakedClient", **parameters: Any) -> Any:
        shape = _shapes(service)[self.paginated if method.__name__ == "paginate" else method.__name__]
        if shape is None:
            assert not parameters, parameters
        else:
            validate_parameters(parameters, shape)
        return method(self, **parameters)

    return call


def _noted(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def get_paginator(self: "FakedClient", operation: str) -> Any:
        self.paginated = operation
        return method(self, operation)

    return get_paginator


class FakedClient:
    """Whatever method of ``service`` a subclass has is called by names that botocore's model has, with such values.

    A paginator is the client itself. Whoever is no client of AWS's all the same has other methods.
    """

    service = ""
    paginated = ""

    def __init_subclass__(cls, service: str = "") -> None:
        cls.service = service or cls.service
        for name, method in list(vars(cls).items()):
            if name == "get_paginator":
                setattr(cls, name, _noted(method))
            elif name == "paginate" or name in _shapes(cls.service):
                setattr(cls, name, _checked(method, cls.service))
