"""Deploying the portal and the roles that members switch to."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import Settings
from firstday.cloudformation import target_accounts, target_template
from firstday.packaging import Package, merge
from firstday.stacks import DeploymentError, Pause, Session, Stack, explained

__all__ = ["DeployedPortal", "DeploymentError", "deploy_portal", "deploy_target", "deploy_targets"]

PORTAL_STACK = "firstday"
TARGET_STACK = "firstday-roles"


@dataclass(frozen=True, slots=True)
class DeployedPortal:
    """Where the portal is; ``portal_url`` has no slash at its end."""

    portal_url: str
    rest_api_id: str
    admin_role_arn: str
    members_table: str
    audit_table: str
    console_table: str
    function_name: str


def deploy_portal(
    session: Session,
    package: Package,
    settings: Settings,
    *,
    stack_name: str = PORTAL_STACK,
    pause: Pause = time.sleep,
) -> DeployedPortal:
    """Create or update the portal's stack in the identity account, to which ``session`` belongs.

    Raises DeploymentError, before anything is changed if the account is another one.
    """
    _check_account(session, settings, settings.identity_account)
    bucket = _Bucket(session, settings, settings.identity_account)
    bucket.make_sure_it_exists()
    key = bucket.put(package.zip_path.read_bytes(), "zip")
    code = {"CodeUri": {"Bucket": bucket.name, "Key": key}}
    template = merge(package.template, {"Resources": {"APIHandler": {"Properties": code}}})
    stack = Stack(session.client("cloudformation", settings.region), stack_name, pause)
    outputs = stack.deploy(template, bucket.upload_template)
    return DeployedPortal(
        portal_url=outputs["PortalURL"],
        rest_api_id=outputs["RestAPIId"],
        admin_role_arn=outputs["AdminRoleArn"],
        members_table=outputs["MembersTableName"],
        audit_table=outputs["AuditTableName"],
        console_table=outputs["ConsoleTableName"],
        function_name=outputs["APIHandlerName"],
    )


def deploy_target(
    session: Session,
    settings: Settings,
    account_id: str,
    *,
    stack_name: str = TARGET_STACK,
    pause: Pause = time.sleep,
) -> None:
    """Create or update the roles of one account, to which ``session`` belongs; raises DeploymentError."""
    _check_account(session, settings, account_id)

    def upload(body: str) -> str:
        bucket = _Bucket(session, settings, account_id)
        bucket.make_sure_it_exists()
        return bucket.upload_template(body)

    stack = Stack(session.client("cloudformation", settings.region), stack_name, pause)
    stack.deploy(target_template(settings, account_id), upload)


def deploy_targets(session_of: Callable[[str], Session], settings: Settings) -> None:
    """Create or update the roles of every account; ``session_of`` takes an account id."""
    for account_id in target_accounts(settings):
        deploy_target(session_of(account_id), settings, account_id)


def _check_account(session: Session, settings: Settings, account_id: str) -> None:
    with explained("Asking AWS whose credentials these are"):
        found = session.client("sts", settings.region).get_caller_identity()["Account"]
    if found != account_id:
        raise DeploymentError(f"These credentials are for the account {found}, but this belongs into {account_id}.")


class _Bucket:
    """The private bucket that CloudFormation takes the code from, one in each account and region."""

    def __init__(self, session: Session, settings: Settings, account_id: str) -> None:
        self.name = f"firstday-{account_id}-{settings.region}"
        self._region = settings.region
        # Whoever else makes a bucket of this name shall not get the code.
        self._own = {"Bucket": self.name, "ExpectedBucketOwner": account_id}
        self._s3 = session.client("s3", settings.region)

    def make_sure_it_exists(self) -> None:
        with explained(f"Preparing the bucket {self.name}"):
            if self._has(lambda: self._s3.head_bucket(**self._own)):
                return
            # S3 takes its oldest region for granted and does not want it named.
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
            self._s3.create_bucket(Bucket=self.name, **({} if self._region == "us-east-1" else place))
            self._s3.put_public_access_block(**self._own, PublicAccessBlockConfiguration=_NOTHING_PUBLIC)
            self._s3.put_bucket_encryption(**self._own, ServerSideEncryptionConfiguration=_ENCRYPTED)

    def put(self, content: bytes, suffix: str) -> str:
        """Put an object under its own digest, unless it is there; returns its key."""
        key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
        with explained(f"Uploading to the bucket {self.name}"):
            if not self._has(lambda: self._s3.head_object(**self._own, Key=key)):
                self._s3.put_object(**self._own, Key=key, Body=content)
        return key

    def upload_template(self, body: str) -> str:
        """The URL of a template that is too long for a request."""
        key = self.put(body.encode(), "template.json")
        return f"{self._s3.meta.endpoint_url}/{self.name}/{key}"

    @staticmethod
    def _has(look: Callable[[], Any]) -> bool:
        try:
            look()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True


_NOTHING_PUBLIC = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
