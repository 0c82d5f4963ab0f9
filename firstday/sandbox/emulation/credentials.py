"""The embedded AWS's credentials: random, made for one run, never guessable.

ministack 1.5.33 does this instead: "test" and any account number are root without a
signature check, and the credentials of a Lambda function are hashes of its ARN, which
everybody can compute.
"""

import secrets
from functools import partial
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import iam, lambda_svc, sts

from firstday.sandbox.aws_keys import RootCredentials, new_access_key_id


def install(roots: tuple[RootCredentials, ...]) -> None:
    """Make ``roots`` the only root credentials, and Lambda's credentials random."""
    # An empty key stays "root" for ministack: that is how it serves the public methods of an
    # API, and the gate lets nothing else through unsigned.
    iam_evaluator.is_root_access_key = lambda access_key_id: not access_key_id
    sts.is_root_access_key = iam_evaluator.is_root_access_key
    iam._gen_access_key_id = partial(new_access_key_id, "AKIA")
    iam._gen_session_access_key = sts._gen_session_access_key = partial(new_access_key_id, "ASIA")
    for root in roots:
        sts.register_session(root.access_key_id, _root_session(root))
    vault = _LambdaCredentials()
    lambda_runtime.execution_credentials = vault.of
    lambda_svc.execution_credentials = vault.of


def _root_session(root: RootCredentials) -> dict[str, Any]:
    # A session without a token and an end behaves as long-term root credentials do.
    return {
        "Arn": f"arn:aws:iam::{root.account_id}:root",
        "UserId": root.account_id,
        "AccountId": root.account_id,
        "PrincipalType": "Root",
        "SecretAccessKey": root.secret_access_key,
    }


class _LambdaCredentials:
    """One random session for each function and execution role."""

    def __init__(self) -> None:
        self._issued: dict[tuple[str, str], dict[str, str]] = {}

    def of(self, config: dict[str, Any]) -> dict[str, str]:
        """The AWS_* environment of the function that ``config`` describes."""
        key = (str(config.get("FunctionArn", "")), str(config.get("Role", "")))
        if key not in self._issued:
            self._issued[key] = _issue(config)
        return self._issued[key]


def _issue(config: dict[str, Any]) -> dict[str, str]:
    role_arn, session_name = str(config["Role"]), str(config["FunctionName"])
    role_name, account_id = role_arn.rsplit("/", 1)[-1], role_arn.split(":")[4]
    environment = {
        "AWS_ACCESS_KEY_ID": new_access_key_id("ASIA"),
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
        "AWS_SESSION_TOKEN": secrets.token_urlsafe(90),
    }
    sts.register_session(
        environment["AWS_ACCESS_KEY_ID"],
        {
            "Arn": f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}",
            "UserId": f"{sts._role_id(role_arn)}:{session_name}",
            "AccountId": account_id,
            "PrincipalType": "AssumedRole",
            "SecretAccessKey": environment["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": environment["AWS_SESSION_TOKEN"],
        },
    )
    return environment
