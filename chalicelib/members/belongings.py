"""What a member may have in the portal and in IAM, thing by thing."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    SESSION = "session"
    INVITATION = "invitation"
    ACCESS_KEY = "access_key"
    LOGIN_PROFILE = "login_profile"
    MFA_DEVICE = "mfa_device"
    GROUP = "group"
    POLICY = "policy"
    SSH_KEY = "ssh_key"
    SIGNING_CERTIFICATE = "signing_certificate"
    SERVICE_SPECIFIC_CREDENTIAL = "service_specific_credential"
    IAM_USER = "iam_user"


@dataclass(frozen=True, slots=True)
class Belonging:
    """One thing of a member's; ``name`` is its id or ARN in IAM."""

    kind: Kind
    name: str
