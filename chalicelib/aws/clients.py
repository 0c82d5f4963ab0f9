"""The portal's clients of AWS, one of each service. In Lambda they come before all else: see ``app.py``."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chalicelib.arns import partition_of
from chalicelib.aws.patience import Patience

if TYPE_CHECKING:
    from botocore.config import Config

# With so many, some may wait for AWS without keeping others out.
ENOUGH_EXECUTIONS = 50


class Clients:
    """Clients in ``region``, which make a call again as ``patience`` says; ``on_client`` is told of each."""

    def __init__(
        self,
        session: Any,
        region: str,
        patience: Patience = Patience(),  # noqa: B008 -- it has no state
        on_client: Callable[[Any], None] = lambda _: None,
    ) -> None:
        def client(service: str) -> Any:
            made = session.create_client(service, region, config=client_config())
            patience.guard(made)
            on_client(made)
            return made

        self.patience = patience
        self.iam = client("iam")  # first, as the connection to it takes longest
        self.dynamodb = client("dynamodb")


def own_clients(region: str, on_client: Callable[[Any], None] = lambda _: None) -> Clients:
    """Those of the portal's own process.

    botocore makes them rather than boto3: they are the same, and it is half the import time.
    """
    from chalicelib.aws.packaged_data import new_session

    patience = patience_with(int(os.environ.get("RESERVED_CONCURRENCY", "0")))
    return Clients(new_session(partition_of(region)), region, patience, on_client)


def patience_with(executions: int) -> Patience:
    """Where only few requests may be under way at once, one that waits keeps others out: its page waits instead."""
    return Patience() if executions >= ENOUGH_EXECUTIONS else Patience(seconds=0.0)


def client_config() -> "Config":
    """An attempt without an answer ends after 5 s. ``Patience`` makes the next one, if there is one."""
    from botocore.config import Config

    return Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1})
