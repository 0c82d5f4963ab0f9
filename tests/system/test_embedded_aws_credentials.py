"""Keys, certificates and passwords of the embedded AWS's users, until the users are deleted."""

import base64
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system.embedded_aws import (
    IDENTITY,
    REGION,
    PlainMinistack,
    Refused,
    User,
    allow,
    document,
    enable_device,
    new_user,
)

ARN = f"arn:aws:iam::{IDENTITY}"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def iam(aws: EmbeddedAWS) -> Any:
    return aws.session(IDENTITY).client("iam")


def ssh_key() -> str:
    """A key in OpenSSH's format, without a real key in it."""
    return "ssh-rsa " + base64.b64encode(b"\0\0\0\x07ssh-rsa" + secrets.token_bytes(264)).decode() + " someone"


def certificate() -> str:
    """A certificate's format, without a real certificate in it."""
    body = base64.encodebytes(secrets.token_bytes(300)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----"


def test_ssh_keys_are_uploaded_listed_and_deleted(aws: EmbeddedAWS, iam: Any) -> None:
    user, body = new_user(aws), ssh_key()
    key = iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=body)["SSHPublicKey"]
    assert (key["UserName"], key["SSHPublicKeyBody"], key["Status"]) == (user.name, body, "Active")
    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", key["Fingerprint"])
    (listed,) = iam.list_ssh_public_keys(UserName=user.name)["SSHPublicKeys"]
    assert listed == {name: key[name] for name in ("UserName", "SSHPublicKeyId", "Status", "UploadDate")}
    iam.delete_ssh_public_key(UserName=user.name, SSHPublicKeyId=key["SSHPublicKeyId"])
    assert iam.list_ssh_public_keys(UserName=user.name)["SSHPublicKeys"] == []


def test_certificates_are_uploaded_listed_and_deleted(aws: EmbeddedAWS, iam: Any) -> None:
    user, body = new_user(aws), certificate()
    made = iam.upload_signing_certificate(UserName=user.name, CertificateBody=body)["Certificate"]
    assert (made["UserName"], made["CertificateBody"], made["Status"]) == (user.name, body, "Active")
    assert iam.list_signing_certificates(UserName=user.name)["Certificates"] == [made]
    iam.delete_signing_certificate(UserName=user.name, CertificateId=made["CertificateId"])
    assert iam.list_signing_certificates(UserName=user.name)["Certificates"] == []


@pytest.mark.parametrize(
    ("service", "secret"),
    [
        ("codecommit.amazonaws.com", "ServicePassword"),
        ("cassandra.amazonaws.com", "ServicePassword"),
        ("bedrock.amazonaws.com", "ServiceCredentialSecret"),
    ],
)
def test_service_specific_credentials_are_made_listed_and_deleted(
    aws: EmbeddedAWS, iam: Any, service: str, secret: str
) -> None:
    user = new_user(aws)
    made = iam.create_service_specific_credential(UserName=user.name, ServiceName=service)
    credential = made["ServiceSpecificCredential"]
    (listed,) = iam.list_service_specific_credentials(UserName=user.name)["ServiceSpecificCredentials"]
    assert listed == {name: value for name, value in credential.items() if name != secret}
    assert len(credential[secret]) > 40
    other = iam.list_service_specific_credentials(UserName=user.name, ServiceName="other.amazonaws.com")
    assert other["ServiceSpecificCredentials"] == []
    key_id = credential["ServiceSpecificCredentialId"]
    iam.delete_service_specific_credential(UserName=user.name, ServiceSpecificCredentialId=key_id)
    assert iam.list_service_specific_credentials(UserName=user.name)["ServiceSpecificCredentials"] == []


def test_what_iam_does_not_take_is_refused(aws: EmbeddedAWS, iam: Any) -> None:
    user, key, made = new_user(aws), ssh_key(), certificate()
    for body in ("no key", "ssh-ed25519 AAAA", "ssh-rsa ?"):
        with Refused("InvalidPublicKey"):
            iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=body)
    with Refused("MalformedCertificate"):
        iam.upload_signing_certificate(UserName=user.name, CertificateBody="no certificate")
    with Refused("NotSupportedService") as refused:
        iam.create_service_specific_credential(UserName=user.name, ServiceName="s3.amazonaws.com")
    assert refused.status == 404
    iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=key)
    with Refused("DuplicateSSHPublicKey"):
        iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=key)
    iam.upload_signing_certificate(UserName=user.name, CertificateBody=made)
    with Refused("DuplicateCertificate"):
        iam.upload_signing_certificate(UserName=user.name, CertificateBody=made)


def test_there_are_so_many_of_each_and_no_more(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    for quota, one_more in (
        (5, lambda: iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=ssh_key())),
        (2, lambda: iam.upload_signing_certificate(UserName=user.name, CertificateBody=certificate())),
        (2, lambda: git_password(iam, user)),
    ):
        for _ in range(quota):
            one_more()
        with Refused("LimitExceeded") as refused:
            one_more()
        assert refused.status == 409


def git_password(iam: Any, user: User) -> None:
    iam.create_service_specific_credential(UserName=user.name, ServiceName="codecommit.amazonaws.com")


def test_a_permission_on_one_user_does_not_reach_anothers_credentials(aws: EmbeddedAWS, iam: Any) -> None:
    victim = new_user(aws, path="/admins/")
    caller = new_user(aws, allow("iam:Delete*", resource=f"{ARN}:user/members/*"))
    key = iam.upload_ssh_public_key(UserName=victim.name, SSHPublicKeyBody=ssh_key())["SSHPublicKey"]
    for name, code in ((caller.name, "NoSuchEntity"), (victim.name, "AccessDenied")):
        with Refused(code):
            caller.client("iam").delete_ssh_public_key(UserName=name, SSHPublicKeyId=key["SSHPublicKeyId"])


def test_a_call_without_a_user_name_is_about_the_callers_credentials(aws: EmbeddedAWS) -> None:
    user = new_user(aws, allow("iam:*SigningCertificate*", resource=f"{ARN}:user/members/*"))
    made = user.client("iam").upload_signing_certificate(CertificateBody=certificate())["Certificate"]
    assert made["UserName"] == user.name
    user.client("iam").delete_signing_certificate(CertificateId=made["CertificateId"])
    assert user.client("iam").list_signing_certificates()["Certificates"] == []


def _group(iam: Any, user: User) -> None:
    iam.create_group(GroupName=user.name)
    iam.add_user_to_group(GroupName=user.name, UserName=user.name)


Give = Callable[[Any, User], Any]
BELONGINGS: list[tuple[str, Give]] = [
    ("access keys", lambda iam, user: iam.create_access_key(UserName=user.name)),
    ("MFA device", lambda _, user: enable_device(user)),
    ("users from group", _group),
    ("login profile", lambda iam, user: iam.create_login_profile(UserName=user.name, Password="a-Password-1")),
    (
        "policies",
        lambda iam, user: iam.put_user_policy(
            UserName=user.name, PolicyName="test", PolicyDocument=document(allow("s3:*"))
        ),
    ),
    ("all policies", lambda iam, user: iam.attach_user_policy(UserName=user.name, PolicyArn=READ_ONLY)),
    (
        "referenced objects",
        lambda iam, user: iam.upload_ssh_public_key(UserName=user.name, SSHPublicKeyBody=ssh_key()),
    ),
    (
        "certificates",
        lambda iam, user: iam.upload_signing_certificate(UserName=user.name, CertificateBody=certificate()),
    ),
    ("referenced objects", git_password),
]


@pytest.mark.parametrize(("left", "give"), BELONGINGS)
def test_a_user_who_has_anything_left_is_not_deleted(aws: EmbeddedAWS, iam: Any, left: str, give: Give) -> None:
    user = new_user(aws)
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.access_key_id)
    give(iam, user)
    with Refused("DeleteConflict") as refused:
        iam.delete_user(UserName=user.name)
    assert (refused.status, left in refused.message) == (409, True), refused.message


def test_a_user_whom_everything_was_taken_from_is_deleted(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    for _, give in BELONGINGS:
        give(iam, user)
    own = {"UserName": user.name}
    for key in iam.list_access_keys(**own)["AccessKeyMetadata"]:
        iam.update_access_key(**own, AccessKeyId=key["AccessKeyId"], Status="Inactive")
        iam.delete_access_key(**own, AccessKeyId=key["AccessKeyId"])
    iam.deactivate_mfa_device(**own, SerialNumber=user.serial_number)
    iam.delete_virtual_mfa_device(SerialNumber=user.serial_number)
    iam.remove_user_from_group(**own, GroupName=user.name)
    iam.delete_login_profile(**own)
    iam.delete_user_policy(**own, PolicyName="test")
    iam.detach_user_policy(**own, PolicyArn=READ_ONLY)
    for key in iam.list_ssh_public_keys(**own)["SSHPublicKeys"]:
        iam.delete_ssh_public_key(**own, SSHPublicKeyId=key["SSHPublicKeyId"])
    for made in iam.list_signing_certificates(**own)["Certificates"]:
        iam.delete_signing_certificate(**own, CertificateId=made["CertificateId"])
    for made in iam.list_service_specific_credentials(**own)["ServiceSpecificCredentials"]:
        key_id = made["ServiceSpecificCredentialId"]
        iam.delete_service_specific_credential(**own, ServiceSpecificCredentialId=key_id)
    iam.delete_user(**own)
    with Refused("NoSuchEntity"):
        iam.get_user(**own)


def test_a_login_profile_is_there_until_it_is_deleted(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    for operation in (iam.get_login_profile, iam.delete_login_profile):
        with Refused("NoSuchEntity") as refused:
            operation(UserName=user.name)
        assert refused.status == 404
    iam.create_login_profile(UserName=user.name, Password="a-Password-1")
    assert iam.get_login_profile(UserName=user.name)["LoginProfile"]["UserName"] == user.name
    iam.delete_login_profile(UserName=user.name)


def test_a_key_that_was_never_used_has_no_date(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    used = iam.get_access_key_last_used(AccessKeyId=user.access_key_id)
    assert used["UserName"] == user.name
    assert used["AccessKeyLastUsed"] == {"Region": "N/A", "ServiceName": "N/A"}


@pytest.mark.parametrize("service", ["iam", "sts", "dynamodb"])
def test_the_last_use_of_a_key_is_known_even_if_it_was_denied(aws: EmbeddedAWS, iam: Any, service: str) -> None:
    user = new_user(aws)
    if service == "sts":
        user.client("sts").get_caller_identity()
    else:
        with pytest.raises(Exception, match="AccessDenied"):
            user.client(service).list_users() if service == "iam" else user.client(service).list_tables()
    used = iam.get_access_key_last_used(AccessKeyId=user.access_key_id)["AccessKeyLastUsed"]
    region = "us-east-1" if service == "iam" else REGION
    assert (used["ServiceName"], used["Region"]) in {(service, region), (service, REGION)}
    assert abs(datetime.now(UTC) - used["LastUsedDate"]) < timedelta(minutes=1)


def test_a_key_is_not_used_by_a_wrong_signature(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws)
    thief = User(aws, user.name, user.arn, user.access_key_id, "guessed")
    with Refused("SignatureDoesNotMatch"):
        thief.client("sts").get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=user.access_key_id)["AccessKeyLastUsed"]
    assert "LastUsedDate" not in used


def test_the_last_use_of_a_key_is_authorized_on_its_owner(aws: EmbeddedAWS) -> None:
    member, admin = new_user(aws), new_user(aws, path="/admins/")
    caller = new_user(aws, allow("iam:GetAccessKeyLastUsed", resource=f"{ARN}:user/members/*")).client("iam")
    assert caller.get_access_key_last_used(AccessKeyId=member.access_key_id)["UserName"] == member.name
    with Refused("AccessDenied") as refused:
        caller.get_access_key_last_used(AccessKeyId=admin.access_key_id)
    assert admin.arn in refused.message


def test_plain_ministack_still_has_no_such_credentials_and_forgets_the_use_of_keys(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    iam.create_user(UserName="key-owner")
    for operation in ("list_ssh_public_keys", "list_signing_certificates", "list_service_specific_credentials"):
        with Refused("InvalidAction"):
            getattr(iam, operation)(UserName="key-owner")
    key = iam.create_access_key(UserName="key-owner")["AccessKey"]
    plain.client("sts", key["AccessKeyId"], key["SecretAccessKey"]).get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert "LastUsedDate" not in used
