"""What moto holds, saved and put back, so that what many tests begin with is made once."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import iam_backends

from tests.helpers import moto_gaps


@dataclass(frozen=True)
class State:
    """Of each backend itself and its attributes; then what moto lacks."""

    backends: tuple[tuple[Any, dict[str, Any]], ...]
    service_credentials: frozenset[tuple[str, str]]
    boundaries: dict[str, str]


def saved() -> State:
    backends = tuple((backend, deepcopy(vars(backend), {id(backend): backend})) for backend in _backends())
    return State(backends, frozenset(moto_gaps.SERVICE_CREDENTIALS), dict(moto_gaps.BOUNDARIES))


def put_back(state: State) -> None:
    """``state`` itself stays as it is."""
    for (former, attributes), backend in zip(state.backends, _backends(), strict=True):
        vars(backend).clear()
        vars(backend).update(deepcopy(attributes, {id(former): backend}))
    moto_gaps.SERVICE_CREDENTIALS.clear()
    moto_gaps.SERVICE_CREDENTIALS.update(state.service_credentials)
    moto_gaps.BOUNDARIES.clear()
    moto_gaps.BOUNDARIES.update(state.boundaries)


def _backends() -> tuple[Any, Any]:
    return iam_backends["123456789012"]["aws"], dynamodb_backends["123456789012"]["ap-northeast-1"]
