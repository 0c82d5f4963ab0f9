"""A user's SSH public keys, signing certificates and service-specific credentials.

ministack 1.5.33 has none of them. Nothing here signs in with one: they only have to be
found and removable, and a user who has one cannot be deleted. The form of an
upload is checked, not the cryptography in it.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
"""

import base64
import binascii
import hashlib
import secrets
import ssl
from functools import partial
from typing import Any

from ministack.core.responses import AccountScopedDict, get_account_id
from ministack.services import iam

from firstday.sandbox.aws_keys import new_unique_id
from firstday.sandbox.emulation.iam import paged_lists
from firstday.sandbox.emulation.xml_answers import Parameters, Response, elements, error, parameter, success

SSH_KEYS_PER_USER = 5
CERTIFICATES_PER_USER = 2
CREDENTIALS_PER_SERVICE = 2
# Each service with the parts of its credential.
_SERVICES = {
    "codecommit.amazonaws.com": ("ServiceUserName", "ServicePassword"),
    "cassandra.amazonaws.com": ("ServiceUserName", "ServicePassword"),
    "bedrock.amazonaws.com": ("ServiceCredentialAlias", "ServiceCredentialSecret"),
}
Store = Any  # ministack's dictionary of one account's resources

_ssh_keys: Store = AccountScopedDict()
_certificates: Store = AccountScopedDict()
_service_credentials: Store = AccountScopedDict()
STORES = (_ssh_keys, _certificates, _service_credentials)


def install() -> None:
    """Serve the nine operations."""
    iam._IAM_HANDLERS.update(
        UploadSSHPublicKey=_upload_ssh_key,
        DeleteSSHPublicKey=partial(_delete, "DeleteSSHPublicKey", _ssh_keys, "SSHPublicKeyId"),
        UploadSigningCertificate=_upload_certificate,
        DeleteSigningCertificate=partial(_delete, "DeleteSigningCertificate", _certificates, "CertificateId"),
        CreateServiceSpecificCredential=_create_service_credential,
        DeleteServiceSpecificCredential=partial(
            _delete, "DeleteServiceSpecificCredential", _service_credentials, "ServiceSpecificCredentialId"
        ),
    )
    for action, listing in _LISTINGS.items():
        paged_lists.serve(action, listing)


def ssh_keys_of(user_name: str) -> list[str]:
    """The ids of the user's SSH public keys."""
    return _of(_ssh_keys, user_name)


def certificates_of(user_name: str) -> list[str]:
    """The ids of the user's signing certificates."""
    return _of(_certificates, user_name)


def service_credentials_of(user_name: str) -> list[str]:
    """The ids of the user's service-specific credentials."""
    return _of(_service_credentials, user_name)


def _upload_ssh_key(parameters: Parameters) -> Response:
    user_name, body = parameter(parameters, "UserName"), parameter(parameters, "SSHPublicKeyBody").strip()
    blob = _ssh_key(body)
    if blob is None:
        return error(400, "InvalidPublicKey", "The public key is invalid.")
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    fingerprint = ":".join(digest[place : place + 2] for place in range(0, 32, 2))
    own = ssh_keys_of(user_name)
    if any(_ssh_keys[key_id]["Fingerprint"] == fingerprint for key_id in own):
        return error(400, "DuplicateSSHPublicKey", "The SSH public key is already associated with the user.")
    if len(own) >= SSH_KEYS_PER_USER:
        return _over_quota("SSHPublicKeysPerUser", SSH_KEYS_PER_USER)
    key = _new(_ssh_keys, "APKA", "SSHPublicKeyId", user_name, "UploadDate")
    key |= {"Fingerprint": fingerprint, "SSHPublicKeyBody": body}
    return success("UploadSSHPublicKey", f"<SSHPublicKey>{elements(key, *key)}</SSHPublicKey>")


def _ssh_key(body: str) -> bytes | None:
    """The bytes for the fingerprint, from a key in ssh-rsa or PEM format, or None."""
    words = body.split()
    is_pem = body.startswith("-----BEGIN PUBLIC KEY-----") and body.endswith("-----END PUBLIC KEY-----")
    if not is_pem and (len(words) < 2 or words[0] != "ssh-rsa"):
        return None
    try:
        return base64.b64decode("".join(body.splitlines()[1:-1]) if is_pem else words[1], validate=True) or None
    except binascii.Error:
        return None


def _upload_certificate(parameters: Parameters) -> Response:
    user_name, body = parameter(parameters, "UserName"), parameter(parameters, "CertificateBody").strip()
    try:
        ssl.PEM_cert_to_DER_cert(body)
    except ValueError:
        return error(400, "MalformedCertificate", "Unable to parse certificate. Please ensure it is in PEM format.")
    if any(certificate["CertificateBody"] == body for certificate in _certificates.values()):
        return error(409, "DuplicateCertificate", "The certificate is already associated with a user.")
    if len(certificates_of(user_name)) >= CERTIFICATES_PER_USER:
        return _over_quota("SigningCertificatesPerUser", CERTIFICATES_PER_USER)
    certificate = _new(_certificates, "ASCA", "CertificateId", user_name, "UploadDate")
    certificate |= {"CertificateBody": body}
    xml = elements(certificate, *certificate)
    return success("UploadSigningCertificate", f"<Certificate>{xml}</Certificate>")


def _create_service_credential(parameters: Parameters) -> Response:
    user_name, service = parameter(parameters, "UserName"), parameter(parameters, "ServiceName")
    if service not in _SERVICES:
        return error(404, "NotSupportedService", f"No such service {service} is supported for this operation")
    own = [_service_credentials[key_id]["ServiceName"] for key_id in service_credentials_of(user_name)]
    if own.count(service) >= CREDENTIALS_PER_SERVICE:
        return _over_quota("ServiceSpecificCredentialsPerUser", CREDENTIALS_PER_SERVICE)
    name, secret = _SERVICES[service]
    made = _new(_service_credentials, "ACCA", "ServiceSpecificCredentialId", user_name, "CreateDate")
    made |= {"ServiceName": service, name: f"{user_name}-at-{get_account_id()}"}
    xml = elements(made | {secret: secrets.token_urlsafe(32)}, *made, secret)  # shown once, and kept nowhere
    return success(
        "CreateServiceSpecificCredential", f"<ServiceSpecificCredential>{xml}</ServiceSpecificCredential>"
    )


def _new(store: Store, prefix: str, id_name: str, user_name: str, date: str) -> dict[str, str]:
    """A new active entry, stored."""
    key_id = new_unique_id(prefix)
    store[key_id] = {"UserName": user_name, id_name: key_id, "Status": "Active", date: iam._now()}
    entry: dict[str, str] = store[key_id]
    return entry


def _delete(action: str, store: Store, id_name: str, parameters: Parameters) -> Response:
    """Delete one entry; a permission on one user must not reach another user's."""
    user_name, key_id = parameter(parameters, "UserName"), parameter(parameters, id_name)
    if key_id not in _of(store, user_name):
        kind = id_name.removesuffix("Id")
        return error(404, "NoSuchEntity", f"The {kind} with id {key_id} cannot be found.")
    del store[key_id]
    return success(action)


def _of(store: Store, user_name: str) -> list[str]:
    return [key_id for key_id, entry in store.items() if entry["UserName"] == user_name]


def _over_quota(name: str, quota: int) -> Response:
    return error(409, "LimitExceeded", f"Cannot exceed quota for {name}: {quota}")


def _service_credentials_for(parameters: Parameters) -> list[str]:
    service = parameter(parameters, "ServiceName")
    own = service_credentials_of(parameter(parameters, "UserName"))
    return [key_id for key_id in own if service in ("", _service_credentials[key_id]["ServiceName"])]


def _ssh_key_xml(key_id: str) -> str:
    return elements(_ssh_keys[key_id], "UserName", "SSHPublicKeyId", "Status", "UploadDate")


def _certificate_xml(key_id: str) -> str:
    certificate = _certificates[key_id]
    return elements(certificate, *certificate)


def _service_credential_xml(key_id: str) -> str:
    made = _service_credentials[key_id]
    return elements(made, *made)


_LISTINGS = {
    "ListSSHPublicKeys": paged_lists.Listing(
        "SSHPublicKeys", lambda parameters: ssh_keys_of(parameter(parameters, "UserName")), _ssh_key_xml
    ),
    "ListSigningCertificates": paged_lists.Listing(
        "Certificates", lambda parameters: certificates_of(parameter(parameters, "UserName")), _certificate_xml
    ),
    "ListServiceSpecificCredentials": paged_lists.Listing(
        "ServiceSpecificCredentials", _service_credentials_for, _service_credential_xml
    ),
}
