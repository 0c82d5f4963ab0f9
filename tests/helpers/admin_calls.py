"""An administrator of the portal in process, and a member with everything that IAM can keep of one."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.iam.models import iam_backends

from tests.helpers import moto_gaps
from tests.helpers.member_walk import Walk
from tests.helpers.worlds import ADMIN, MEMBER, World, in_process

HEADERS = {"Content-Type": "application/json"}
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'


def call(method: str, path: str, body: object = None, **identity: str) -> tuple[int, dict[str, Any]]:
    """One call of the admin API, as the administrator unless ``identity`` says otherwise: (status, answer).

    A change of a member is made from the present record, unless the ``body`` or the path has a basis.
    """
    path, body = _with_basis(method, path, body)
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    answer = in_process(method, f"/api/admin/{path}", HEADERS, text, **(identity or {"userArn": ADMIN}))
    assert answer.headers["cache-control"] == ["no-store"]
    return answer.status, json.loads(answer.body)


def basis(name: str = MEMBER) -> str:
    """The basis that an administrator would see now; found out without a call to AWS."""
    tables = dynamodb_backends["123456789012"]["ap-northeast-1"]
    record = tables.get_table("members").get_item(DynamoType({"S": "members"}), DynamoType({"S": name.lower()}))
    version = record.to_json()["Attributes"].get("version", {"S": "first"})["S"] if record else "none"
    found = user(name)
    return f"{version}.{secrets.token_hex(4)}.{found.id if found else ''}"


def _with_basis(method: str, path: str, body: object) -> tuple[str, object]:
    name, what = unquote(path.removeprefix("members/").partition("/")[0]), path.rpartition("/")[2]
    if method == "DELETE" and "?" not in path:
        return f"{path}?basis={basis(name)}", body
    if isinstance(body, dict) and what == "revoke" and isinstance(body.get("user_name"), str):
        return path, {"basis": basis(body["user_name"])} | body
    if isinstance(body, dict) and what in (
        "groups",
        "details",
        "mfa-reset",
        "password-reset",
        "suspension",
        "resumption",
    ):
        return path, {"basis": basis(name)} | body
    return path, body


def done(method: str, path: str, body: object = None) -> dict[str, Any]:
    """As ``call``, but it has to succeed."""
    status, answer = call(method, path, body)
    assert status == 200, answer
    return answer


def first_day(world: World) -> Walk:
    """The member's journey, to the end."""
    return Walk(world.browser, world.invitation.token).to_the_end()


def populate(world: World) -> None:
    """Give the member one of everything that the journey did not give."""
    iam = world.iam
    iam.create_login_profile(UserName=MEMBER, Password="correct horse battery staple")
    iam.upload_ssh_public_key(UserName=MEMBER, SSHPublicKeyBody="ssh-rsa AAAA dev-simple-user@example.com")
    iam.upload_signing_certificate(UserName=MEMBER, CertificateBody=certificate())
    moto_gaps.SERVICE_CREDENTIALS.add((MEMBER, "ACCAEXAMPLE0000000001"))
    iam.put_user_policy(UserName=MEMBER, PolicyName="inline", PolicyDocument=POLICY)
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=MEMBER, PolicyArn=arn)


@cache
def certificate() -> str:
    """A self-signed X.509 certificate, which moto looks into."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, MEMBER)])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def user(name: str = MEMBER) -> Any:
    """moto's own record of an IAM user; None if there is none."""
    users = iam_backends["123456789012"]["aws"].users.values()
    return next((user for user in users if user.name == name), None)


def groups_of(world: World, name: str = MEMBER) -> list[str]:
    return sorted(group["GroupName"] for group in world.iam.list_groups_for_user(UserName=name)["Groups"])


def keys_of(world: World, name: str = MEMBER) -> dict[str, str]:
    """Access key ids and their status."""
    keys = world.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in keys}


def devices_of(world: World, name: str = MEMBER) -> list[str]:
    return [device["SerialNumber"] for device in world.iam.list_mfa_devices(UserName=name)["MFADevices"]]


def events_of(name: str = MEMBER) -> list[tuple[str, str]]:
    """The member's audit trail as the API tells it, the oldest first: (who, what)."""
    events = done("GET", f"audit-events?user_name={name}&limit=200")["events"]
    return [(event["actor"].rpartition("/")[2], event["action"]) for event in reversed(events)]
