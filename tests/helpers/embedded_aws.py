"""The common parts of the tests of the embedded AWS: accounts, users with devices, and their clients."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.members.mfa import code_at, seconds_left, step_at
from firstday.sandbox.process.embedded_aws import EmbeddedAWS

IDENTITY, TARGET = "123456789012", "210987654321"
REGION = "ap-northeast-1"
ONCE = Config(retries={"total_max_attempts": 1}, proxies={})


class PlainMinistack:
    """ministack without the layer, started as its users start it."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.endpoint_url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        environment = {
            "PATH": os.environ["PATH"],
            "AUTH": "true",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "ERROR",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ministack"], env=environment, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while not _is_open(self.port) and time.monotonic() < deadline:
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def client(
        self, service: str, access_key_id: str = IDENTITY, secret: str = "test", token: str | None = None
    ) -> Any:
        """A client with these credentials; by default the ones that ministack takes for root."""
        return client_of(self.endpoint_url, service, access_key_id, secret, token)


@cache
def root_session(aws: EmbeddedAWS, account_id: str = IDENTITY) -> Any:
    """The root user's session, one for all: botocore's models are read once for each session."""
    return aws.session(account_id)


@cache
def root_client(aws: EmbeddedAWS, service: str, account_id: str = IDENTITY) -> Any:
    return root_session(aws, account_id).client(service)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def client_of(endpoint_url: str, service: str, access_key_id: str, secret: str, token: str | None = None) -> Any:
    """A client that tries once, so that a test sees every refusal."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=ONCE,
    )


@dataclass
class User:
    """An IAM user with an access key, and a device once one is enabled."""

    aws: EmbeddedAWS
    name: str
    arn: str
    access_key_id: str
    secret_access_key: str
    serial_number: str = ""
    seed: str = ""

    def client(self, service: str) -> Any:
        """A client with the user's long-term key."""
        return client_of(self.aws.endpoint_url, service, self.access_key_id, self.secret_access_key)

    def with_session(self, service: str, credentials: Mapping[str, Any]) -> Any:
        """A client with session credentials, as STS returns them."""
        return client_of(
            self.aws.endpoint_url,
            service,
            credentials["AccessKeyId"],
            credentials["SecretAccessKey"],
            credentials["SessionToken"],
        )

    def code(self, offset: int = 0) -> str:
        """The device's code ``offset`` steps from now. 0 and 1 are unused after ``enable_device``."""
        return code_at(self.seed, steady_step() + offset)

    def mfa(self, offset: int = 0) -> dict[str, str]:
        """The MFA parameters of AssumeRole and GetSessionToken."""
        return {"SerialNumber": self.serial_number, "TokenCode": self.code(offset)}


def new_user(
    aws: EmbeddedAWS, *statements: Mapping[str, Any], path: str = "/members/", device: bool = False
) -> User:
    """A user of the identity account with these permissions."""
    iam = root_client(aws, "iam")
    name = f"user-{uuid.uuid4().hex[:8]}"
    arn = iam.create_user(UserName=name, Path=path)["User"]["Arn"]
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    user = User(aws, name, arn, key["AccessKeyId"], key["SecretAccessKey"])
    if device:
        enable_device(user)
    return user


def enable_device(user: User, name: str = "") -> None:
    """Give the user a device, with codes of the past: those of now and of the next step stay unused."""
    iam = root_client(user.aws, "iam")
    created = iam.create_virtual_mfa_device(VirtualMFADeviceName=name or user.name)["VirtualMFADevice"]
    user.serial_number, user.seed = created["SerialNumber"], created["Base32StringSeed"].decode()
    iam.enable_mfa_device(
        UserName=user.name,
        SerialNumber=user.serial_number,
        AuthenticationCode1=user.code(-2),
        AuthenticationCode2=user.code(-1),
    )


def new_role(
    aws: EmbeddedAWS,
    trust: Mapping[str, Any],
    *statements: Mapping[str, Any],
    account: str = IDENTITY,
    name: str = "",
    **options: Any,
) -> str:
    """The ARN of a new role; ``trust`` is completed to an Allow of the identity account."""
    iam = root_client(aws, "iam", account)
    name = name or f"role-{uuid.uuid4().hex[:8]}"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{IDENTITY}:root"},
        "Action": "sts:AssumeRole",
        **trust,
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(statement), **options)["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=document(*statements))
    return str(role["Arn"])


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document of the version that knows policy variables."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def steady_step() -> int:
    """The current step, waiting if it is about to end."""
    if seconds_left(time.time()) <= 3:
        time.sleep(3.1)
    return step_at(time.time())


class Refused:
    """The error that AWS answered in a ``with`` block: code, message and HTTP status."""

    def __init__(self, code: str) -> None:
        self._expected = code
        self._raises = pytest.raises(ClientError)
        self.message = ""
        self.status = 0

    def __enter__(self) -> Self:
        self._caught = self._raises.__enter__()
        return self

    def __exit__(self, *details: Any) -> bool:
        suppressed = bool(self._raises.__exit__(*details))
        response: Any = self._caught.value.response
        self.message = response["Error"]["Message"]
        self.status = response["ResponseMetadata"]["HTTPStatusCode"]
        assert response["Error"]["Code"] == self._expected, response
        return suppressed
