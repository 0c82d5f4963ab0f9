"""What the sandbox adds to ministack, all of it in one place."""

from . import (
    api_gateway,
    credentials,
    iam_groups,
    iam_rules,
    mfa_devices,
    policy_variables,
    request_context,
    sts_sessions,
)
from .keys import RootCredentials


def install(roots: tuple[RootCredentials, ...]) -> None:
    """Wrap ministack's functions, before it serves the first request."""
    credentials.install(roots)
    mfa_devices.install()
    iam_rules.install()
    request_context.install()
    sts_sessions.install()
    policy_variables.install()
    iam_groups.install()
    api_gateway.install()
