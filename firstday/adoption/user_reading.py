"""Reads of one user what the account's lists do not have: devices, keys, password, and what was used lately."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from firstday.adoption import needed_calls
from firstday.adoption.adoption_plan import Credentials, KeyFacts
from firstday.adoption.patient_reading import PatientReader
from firstday.adoption.service_losses import Usage

T = TypeVar("T")
# Seconds between looks at a report of IAM's, which takes some to be made.
PAUSES = (0.5, 1.0, 2.0, 2.0, 4.0, 4.0, 8.0)
NOT_PERMITTED, NOT_READY, FAILED = (
    "not permitted",
    "IAM has not finished its report",
    "IAM could not make its report",
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Credentials without MFA: how they are listed, where their names stand in the answer, and what they are."""

    permission: str
    call: str
    items: str
    name: str
    words: str


_OTHERS = (
    _Kind(needed_calls.SSH_KEYS, "list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId", "SSH key"),
    _Kind(
        needed_calls.CERTIFICATES,
        "list_signing_certificates",
        "Certificates",
        "CertificateId",
        "signing certificate",
    ),
    _Kind(
        needed_calls.SERVICE_CREDENTIALS,
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
        "service-specific credential",
    ),
)


def credentials_of(reader: PatientReader, user_name: str) -> Credentials:
    """Six calls, and one for each of two keys at most."""
    iam = reader.iam
    others = [_others(reader, kind, user_name) for kind in _OTHERS]
    devices: list[Any] | None = reader.read(
        needed_calls.DEVICES, lambda: _of_user(lambda: iam.list_mfa_devices(UserName=user_name)["MFADevices"], [])
    )
    keys: list[Any] | None = reader.read(
        needed_calls.KEYS,
        lambda: _of_user(lambda: iam.list_access_keys(UserName=user_name)["AccessKeyMetadata"], []),
    )
    has_password = reader.read(
        needed_calls.PASSWORD, lambda: _of_user(lambda: bool(iam.get_login_profile(UserName=user_name)), False)
    )
    return Credentials(
        None if devices is None else tuple(one["SerialNumber"] for one in devices),
        None if keys is None else tuple(_key(reader, one) for one in keys),
        has_password,
        None if None in others else tuple(name for found in others for name in found or ()),
    )


def _others(reader: PatientReader, kind: _Kind, user_name: str) -> list[str] | None:
    """The active ones of a kind, in words."""

    def look() -> list[str]:
        found: list[Any] = _of_user(lambda: getattr(reader.iam, kind.call)(UserName=user_name)[kind.items], [])
        active = [one for one in found if one.get("Status", "Active") == "Active"]
        return [
            " for ".join(filter(None, (f"{kind.words} {one[kind.name]}", one.get("ServiceName")))) for one in active
        ]

    return reader.read(kind.permission, look)


def _key(reader: PatientReader, key: Any) -> KeyFacts:
    key_id, is_active = key["AccessKeyId"], key["Status"] == "Active"

    def look() -> Any:
        return _of_user(lambda: reader.iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"], {})

    used = reader.read(needed_calls.KEY_USE, look)
    if used is None:
        return KeyFacts(key_id, is_active, is_known=False)
    used_at = used.get("LastUsedDate")
    return KeyFacts(key_id, is_active, used_at, used.get("ServiceName") if used_at else None)


def _of_user(look: Callable[[], T], missing: T) -> T:
    """What IAM tells; ``missing`` where it has nothing of the kind."""
    try:
        return look()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return missing
        raise


def usage_of(reader: PatientReader, user_arn: str) -> Usage:
    """When the user last used each service, by IAM's own report: two calls, and more while it is being made.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
    """
    found = reader.read(needed_calls.USAGE, lambda: _report(reader, user_arn))
    return Usage(unknown=NOT_PERMITTED) if found is None else found


def _report(reader: PatientReader, user_arn: str) -> Usage:
    job = reader.iam.generate_service_last_accessed_details(Arn=user_arn)["JobId"]
    for pause in PAUSES:
        answer = reader.iam.get_service_last_accessed_details(JobId=job)
        if answer["JobStatus"] == "COMPLETED":
            return Usage(_services(reader, job, answer))
        if answer["JobStatus"] == "FAILED":
            return Usage(unknown=FAILED)
        reader.pause(pause)
    return Usage(unknown=NOT_READY)


def _services(reader: PatientReader, job: str, answer: Any) -> dict[str, Any]:
    services: dict[str, Any] = {}
    while True:
        services |= {
            one["ServiceNamespace"]: one.get("LastAuthenticated") for one in answer["ServicesLastAccessed"]
        }
        if not answer.get("IsTruncated"):
            return services
        answer = reader.iam.get_service_last_accessed_details(JobId=job, Marker=answer["Marker"])
