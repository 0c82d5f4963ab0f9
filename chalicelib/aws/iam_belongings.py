"""Everything that IAM keeps for a user, kind by kind: DeleteUser refuses while any of it exists.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.members.belongings import Belonging, Kind

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


@dataclass(frozen=True, slots=True)
class _Calls:
    """How one kind is listed and removed: ``items`` is the list in the answer, ``id`` the field with its name.

    ``remove`` takes the name under ``id``, too. IAM lists inline policies by their names alone: ``id`` is then
    for ``remove`` only.
    """

    kind: Kind
    list: str
    items: str
    id: str
    remove: str


# What gives access goes first. IAM allows few of each, so every list is one page.
_CALLS = (
    _Calls(Kind.ACCESS_KEY, "list_access_keys", "AccessKeyMetadata", "AccessKeyId", "delete_access_key"),
    _Calls(Kind.MFA_DEVICE, "list_mfa_devices", "MFADevices", "SerialNumber", "deactivate_mfa_device"),
    _Calls(Kind.SSH_KEY, "list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId", "delete_ssh_public_key"),
    _Calls(
        Kind.SIGNING_CERTIFICATE,
        "list_signing_certificates",
        "Certificates",
        "CertificateId",
        "delete_signing_certificate",
    ),
    _Calls(
        Kind.SERVICE_SPECIFIC_CREDENTIAL,
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
        "delete_service_specific_credential",
    ),
    _Calls(Kind.POLICY, "list_user_policies", "PolicyNames", "PolicyName", "delete_user_policy"),
    _Calls(Kind.POLICY, "list_attached_user_policies", "AttachedPolicies", "PolicyArn", "detach_user_policy"),
)


def found(client: "IAMClient", user_name: str) -> Iterator[Belonging]:
    """Everything that the user has, besides groups. Raises what botocore does."""
    if _has_login_profile(client, user_name):
        yield Belonging(Kind.LOGIN_PROFILE, user_name)
    for calls in _CALLS:
        answer: Any = getattr(client, calls.list)(UserName=user_name)
        for one in answer[calls.items]:
            yield Belonging(calls.kind, one if isinstance(one, str) else one[calls.id])


def remove(client: "IAMClient", user_name: str, belonging: Belonging) -> None:
    """Remove one thing, as ``found`` named it."""
    if belonging.kind is Kind.LOGIN_PROFILE:
        client.delete_login_profile(UserName=user_name)
        return
    (calls,) = (calls for calls in _CALLS if calls.kind is belonging.kind and _is_meant(calls, belonging.name))
    getattr(client, calls.remove)(UserName=user_name, **{calls.id: belonging.name})


def _is_meant(calls: _Calls, name: str) -> bool:
    """Whether it is the right one of the two kinds of policies: of a managed one, the name is its ARN."""
    return calls.kind is not Kind.POLICY or (calls.id == "PolicyArn") == name.startswith("arn:")


def _has_login_profile(client: "IAMClient", user_name: str) -> bool:
    try:
        client.get_login_profile(UserName=user_name)
    except client.exceptions.NoSuchEntityException:
        return False
    return True
