"""The people and the demo buckets of an organisation in the embedded AWS.

The portal's stack and the roles' stacks are deployed by ``firstday deploy``; everything here
is what an organisation has before, or does by hand around it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.arns import ADMIN_ROLE_NAME
from chalicelib.members.mfa import code_at, step_at
from chalicelib.settings.records import Settings
from firstday.account_names import account_name
from firstday.sandbox.devices import enabled_device
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.stack.templates import known_accounts

ADMIN = "admin"
DEPLOYER = "deployer"
ADMIN_PATH = "/admins/"
ADMIN_PROFILE = "firstday-admin"
IDENTITY_PROFILE = "identity-admin"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
# The password page shows these rules, and the doctor looks for them.
PASSWORD_RULES = {
    "MinimumPasswordLength": 14,
    "RequireLowercaseCharacters": True,
    "RequireUppercaseCharacters": True,
    "RequireNumbers": True,
    "AllowUsersToChangePassword": True,
}


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
class Deployer:
    """An IAM user who may do everything in one account; without MFA, so that a rehearsal is quick."""

    profile: str
    account_id: str
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """``deployers`` begin with the identity account's; ``buckets`` maps account ids to the demo buckets."""

    admin: Admin
    deployers: tuple[Deployer, ...]
    buckets: dict[str, str]


def set_up(aws: EmbeddedAWS, settings: Settings) -> Organisation:
    """Everything that does not depend on the portal; it may be deployed before or after."""
    identity, profiles = aws.session(settings.identity_account), deployer_profiles(settings)
    identity.client("iam").update_account_password_policy(**PASSWORD_RULES)
    return Organisation(
        _new_admin(identity, f"arn:aws:iam::{settings.identity_account}:role/{ADMIN_ROLE_NAME}"),
        tuple(_new_deployer(aws.session(account), profile, account) for account, profile in profiles.items()),
        {account: _demo_bucket(aws.session(account), account) for account in role_accounts(settings)},
    )


def deployer_profiles(settings: Settings) -> dict[str, str]:
    """The deployers' profiles, by account id, the identity account's first; ``stg-admin`` is the account stg's."""
    found = {settings.identity_account: IDENTITY_PROFILE}
    for account_id in known_accounts(settings):
        profile = f"{account_name(settings, account_id)}-admin"
        is_taken = profile in (IDENTITY_PROFILE, ADMIN_PROFILE)
        found.setdefault(account_id, f"{account_id}-admin" if is_taken else profile)
    return found


def role_accounts(settings: Settings) -> tuple[str, ...]:
    """The accounts that members switch to, also where others make the roles."""
    return tuple(dict.fromkeys(role.account_id for role in settings.roles))


def groups_of_first_member(settings: Settings) -> list[str]:
    """The default groups; else the first one, as an invitation has to name one."""
    return [*settings.default_groups] or [settings.groups[0].name]


def prepared_sign_in(aws: EmbeddedAWS, settings: Settings, admin: Admin) -> Callable[[], SessionCredentials]:
    """Everything for a session of the admin role but the last step, which the role has to be deployed for."""
    identity = aws.session(settings.identity_account)
    # A device of the sandbox's own, since a code works once: the administrator's codes stay unused.
    serial_number, seed = enabled_device(identity.client("iam"), ADMIN, f"{ADMIN}-sandbox")
    sts = identity.client(
        "sts", aws_access_key_id=admin.access_key_id, aws_secret_access_key=admin.secret_access_key
    )

    def sign_in() -> SessionCredentials:
        credentials = sts.assume_role(
            RoleArn=admin.role_arn,
            RoleSessionName=admin.user_name,
            SerialNumber=serial_number,
            TokenCode=code_at(seed, step_at(time.time())),
        )["Credentials"]
        return SessionCredentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
        )

    return sign_in


def _demo_bucket(target: Any, account_id: str) -> str:
    """A bucket for members to find: ``aws s3 ls`` with their role shows it."""
    s3, name = target.client("s3"), f"firstday-demo-{account_id}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": target.region_name})
    s3.put_object(Bucket=name, Key="welcome.txt", Body=b"You switched role. Welcome!\n")
    return name


def _new_deployer(account: Any, profile: str, account_id: str) -> Deployer:
    iam = account.client("iam")
    iam.create_user(UserName=DEPLOYER, Path=ADMIN_PATH)
    iam.attach_user_policy(UserName=DEPLOYER, PolicyArn=ADMINISTRATOR_ACCESS)
    key = iam.create_access_key(UserName=DEPLOYER)["AccessKey"]
    return Deployer(profile, account_id, key["AccessKeyId"], key["SecretAccessKey"])


def _new_admin(identity: Any, role_arn: str) -> Admin:
    iam = identity.client("iam")
    iam.create_user(UserName=ADMIN, Path=ADMIN_PATH)
    iam.put_user_policy(UserName=ADMIN, PolicyName="administer", PolicyDocument=_may_assume(role_arn))
    key = iam.create_access_key(UserName=ADMIN)["AccessKey"]
    serial_number, seed = enabled_device(iam, ADMIN, ADMIN)
    return Admin(ADMIN, key["AccessKeyId"], key["SecretAccessKey"], serial_number, seed, role_arn)


def _may_assume(role_arn: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
