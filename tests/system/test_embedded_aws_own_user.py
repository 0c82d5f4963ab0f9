"""Operations of IAM that name no user are about the caller, and are authorised on the caller's ARN.

"If you do not specify a user name, IAM determines the user name implicitly based on the Amazon Web Services
access key ID signing the request": https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
"""

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from firstday.sandbox.emulation.iam.user_and_group_rules import IMPLICIT_USER
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system.embedded_aws import User, allow, new_user

# The other parameters that are required; they name nothing that exists.
PARAMETERS: dict[str, dict[str, str]] = {
    "ChangePassword": {"OldPassword": "correct Horse battery 1", "NewPassword": "correct Horse battery 2"},
    "CreateLoginProfile": {"Password": "correct Horse battery 1"},
    "DeactivateMFADevice": {"SerialNumber": "arn:aws:iam::123456789012:mfa/nothing"},
    "DeleteAccessKey": {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"},
    "DeleteServiceSpecificCredential": {"ServiceSpecificCredentialId": "ACCAIOSFODNN7EXAMPLE"},
    "DeleteSigningCertificate": {"CertificateId": "TA7SMP42TDN5Z26OBPJE7EXAMPLE"},
    "UpdateAccessKey": {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Inactive"},
    "UploadSigningCertificate": {"CertificateBody": "none"},
}
# The embedded AWS does not have these operations.
NOT_OFFERED = {
    "GetMFADevice",
    "ResetServiceSpecificCredential",
    "UpdateServiceSpecificCredential",
    "UpdateSigningCertificate",
}


def refusal(user: User, action: str) -> str:
    """IAM's error for ``action`` without a user's name; empty if it succeeds."""
    client = user.client("iam")
    try:
        getattr(client, xform_name(action))(**PARAMETERS.get(action, {}))
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""


@pytest.mark.parametrize("action", sorted({*IMPLICIT_USER, "ChangePassword"}))
def test_what_names_no_user_is_authorised_on_the_callers_own_arn(aws: EmbeddedAWS, action: str) -> None:
    other = new_user(aws)
    of_other = new_user(aws, allow(f"iam:{action}", resource=other.arn))
    denied = f"AccessDenied: User: {of_other.arn} is not authorized to perform: iam:{action} on resource: "
    assert refusal(of_other, action).startswith(f"{denied}{of_other.arn} ")
    own = allow(f"iam:{action}", resource="arn:aws:iam::*:user/members/${aws:username}")
    assert "not authorized" not in refusal(new_user(aws, own), action)


@pytest.mark.parametrize("action", ["GetUser", "ListMFADevices", "ChangePassword"])
def test_so_it_is_in_a_session_with_mfa(aws: EmbeddedAWS, action: str) -> None:
    own = allow(f"iam:{action}", resource="arn:aws:iam::*:user/members/${aws:username}")
    user = new_user(aws, own, device=True)
    session = user.client("sts").get_session_token(**user.mfa())["Credentials"]
    client = user.with_session("iam", session)
    names = {"GetUser": client.get_user, "ListMFADevices": client.list_mfa_devices}
    try:
        names.get(action, client.change_password)(**PARAMETERS.get(action, {}))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchEntity"  # noqa: PT017  there is no password


def test_all_operations_whose_user_name_may_be_left_out_are_known() -> None:
    model: Any = get_session().get_service_model("iam")
    shapes = {name: model.operation_model(name).input_shape for name in model.operation_names}
    optional = {
        name
        for name, shape in shapes.items()
        if shape and "UserName" in shape.members and "UserName" not in shape.required_members
    }
    assert optional == IMPLICIT_USER | NOT_OFFERED
