"""The calls of IAM and S3 that plant one account; each refusal is told with the place in the file."""

import base64
import json
import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.errors import FirstdayError
from firstday.sandbox.planting.contents import Document, Grants


class PlantingRefused(FirstdayError):
    """The embedded AWS refused something of the file, as AWS would."""

    code = "planting_refused"


@contextmanager
def told_with(place: str) -> Iterator[None]:
    """Tell a refusal in this block with the place in the file that it is about."""
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]
        message = f"{place} cannot be planted. AWS says {found['Code']}: {found['Message']}"
        raise PlantingRefused(message) from None


def put_grants(iam: Any, kind: str, name: str, grants: Grants) -> None:
    """Give a user, group or role (``kind`` is "user", "group" or "role") its policies."""
    owner = {f"{kind.capitalize()}Name": name}
    put, attach = _call(iam, f"put_{kind}_policy"), _call(iam, f"attach_{kind}_policy")
    for policy, document in grants.inline_policies.items():
        put(**owner, PolicyName=policy, PolicyDocument=json.dumps(document))
    for arn in grants.managed_policies:
        attach(**owner, PolicyArn=arn)


def _call(iam: Any, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(iam, name)
    return found


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def boundary(arn: str) -> dict[str, str]:
    """The parameter of a permissions boundary, if there is one."""
    return {"PermissionsBoundary": arn} if arn else {}


def new_password() -> str:
    """A password that every password policy takes."""
    return secrets.token_urlsafe(24) + "aA1!" + secrets.choice(string.ascii_letters)


def upload_ssh_key(iam: Any, user_name: str) -> None:
    """An SSH key of nobody's, for CodeCommit."""
    iam.upload_ssh_public_key(UserName=user_name, SSHPublicKeyBody=f"ssh-rsa {_noise()} {user_name}")


def upload_certificate(iam: Any, user_name: str) -> None:
    """A signing certificate in form only."""
    body = f"-----BEGIN CERTIFICATE-----\n{_noise()}\n-----END CERTIFICATE-----\n"
    iam.upload_signing_certificate(UserName=user_name, CertificateBody=body)


def make_bucket(s3: Any, region: str, name: str, policy: Document | None) -> None:
    """A bucket with its policy."""
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    if policy is not None:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))


def _noise() -> str:
    return base64.b64encode(secrets.token_bytes(96)).decode()
