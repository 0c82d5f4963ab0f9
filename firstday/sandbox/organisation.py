"""An organisation in the embedded AWS: stacks, demo buckets, and an administrator with MFA.

The portal's stack and the roles' stacks are deployed by ``firstday deploy``; everything here
is what an administrator would do by hand around them.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.mfa import code_at, seconds_left, step_at
from chalicelib.settings import Settings

from .aws import EmbeddedAWS
from .portal_domain import DOMAIN

ADMIN = "admin"
ADMIN_PATH = "/admins/"


@dataclass(frozen=True, slots=True)
class PortalStack:
    """What the sandbox needs of the deployed portal."""

    rest_api_id: str
    stage: str
    admin_role_arn: str


@dataclass(frozen=True, slots=True)
class SessionCredentials:
    """Temporary credentials, as STS returns them."""

    access_key_id: str
    secret_access_key: str
    session_token: str


@dataclass(frozen=True, slots=True)
class Admin:
    """The administrator: an IAM user who can do nothing but assume the admin role, with MFA."""

    user_name: str
    access_key_id: str
    secret_access_key: str
    serial_number: str
    seed: str
    role_arn: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """``buckets`` maps account ids to the demo buckets; ``session`` is one of the admin role."""

    portal: PortalStack
    admin: Admin
    session: SessionCredentials
    buckets: dict[str, str]


def set_up(aws: EmbeddedAWS, settings: Settings, deploy: Callable[[], PortalStack]) -> Organisation:
    """Everything in the embedded AWS, with what ``deploy`` deploys: the portal and the roles of all accounts."""
    identity = aws.session(settings.identity_account)
    portal = deploy()
    map_portal(identity, portal)
    targets = sorted({role.account_id for role in settings.roles})
    admin, session = _new_admin(identity, portal.admin_role_arn)
    buckets = {account_id: _demo_bucket(aws.session(account_id), account_id) for account_id in targets}
    return Organisation(portal, admin, session, buckets)


def map_portal(identity: Any, portal: PortalStack) -> None:
    """Lead the portal's own address to the deployed API, as a custom domain does."""
    gateway = identity.client("apigateway")
    gateway.create_domain_name(domainName=DOMAIN)
    gateway.create_base_path_mapping(domainName=DOMAIN, restApiId=portal.rest_api_id, stage=portal.stage)


def _demo_bucket(target: Any, account_id: str) -> str:
    """A bucket for members to find: ``aws s3 ls`` with their role shows it."""
    s3, name = target.client("s3"), f"firstday-demo-{account_id}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": target.region_name})
    s3.put_object(Bucket=name, Key="welcome.txt", Body=b"You switched role. Welcome!\n")
    return name


def _new_admin(identity: Any, role_arn: str) -> tuple[Admin, SessionCredentials]:
    """The administrator, and a session of the admin role."""
    iam = identity.client("iam")
    iam.create_user(UserName=ADMIN, Path=ADMIN_PATH)
    iam.put_user_policy(UserName=ADMIN, PolicyName="administer", PolicyDocument=_may_assume(role_arn))
    key = iam.create_access_key(UserName=ADMIN)["AccessKey"]
    serial_number, seed = _enabled_device(iam, ADMIN)
    admin = Admin(ADMIN, key["AccessKeyId"], key["SecretAccessKey"], serial_number, seed, role_arn)
    # A device of the sandbox's own, since a code works once: the administrator's codes stay unused.
    return admin, _role_session(identity, admin, *_enabled_device(iam, f"{ADMIN}-sandbox"))


def _may_assume(role_arn: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _enabled_device(iam: Any, name: str) -> tuple[str, str]:
    """A device of the administrator, enabled with codes of the past so that the current one is unused."""
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    serial_number, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    if seconds_left(time.time()) == 1:
        time.sleep(1)  # or the codes would grow too old on their way
    step = step_at(time.time())
    iam.enable_mfa_device(
        UserName=ADMIN,
        SerialNumber=serial_number,
        AuthenticationCode1=code_at(seed, step - 2),
        AuthenticationCode2=code_at(seed, step - 1),
    )
    return serial_number, seed


def _role_session(identity: Any, admin: Admin, serial_number: str, seed: str) -> SessionCredentials:
    sts = identity.client(
        "sts", aws_access_key_id=admin.access_key_id, aws_secret_access_key=admin.secret_access_key
    )
    credentials = sts.assume_role(
        RoleArn=admin.role_arn,
        RoleSessionName=admin.user_name,
        SerialNumber=serial_number,
        TokenCode=code_at(seed, step_at(time.time())),
    )["Credentials"]
    return SessionCredentials(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
    )
