"""The errors that can keep the sandbox from starting, each with its remedy."""

from chalicelib.errors import FirstdayError


class PortTaken(FirstdayError):
    """Another program listens on ``port`` of 127.0.0.1; ``option`` is the one that chooses another."""

    code = "port_taken"

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 is taken, perhaps by another sandbox. "
            f"Stop that program, or choose another port with {option}."
        )
        self.port = port


class UntriedVersion(FirstdayError):
    """The sandbox wraps internals of ministack, so it runs only with the version it was tried with."""

    code = "untried_version"

    def __init__(self, found: str, tried: str) -> None:
        super().__init__(
            f"The sandbox was tried with ministack {tried}, but {found} is installed. "
            f"Install the pinned requirements again: pip install --require-hashes -r requirements-sandbox.txt"
        )


class EmbeddedAWSFailed(FirstdayError):
    """The embedded AWS ended before it was ready, or was not ready in time."""

    code = "embedded_aws_failed"
