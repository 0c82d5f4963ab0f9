"""The private bucket that CloudFormation takes the code and long templates from, one in each account and region."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from botocore.exceptions import ClientError

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, DeploymentError, explained

_NOTHING_PUBLIC = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
# S3's name for the version of an object that is older than the bucket's versioning.
_NO_VERSION = (None, "null")


class Uploaded(NamedTuple):
    """One version of an object: another object under the same key does not change it."""

    key: str
    version_id: str


class CodeBucket:
    """The bucket of the account ``account_id``, to which ``session`` belongs. All methods raise DeploymentError."""

    def __init__(self, session: AccountSession, settings: Settings, account_id: str) -> None:
        self.name = f"firstday-{account_id}-{settings.region}"
        self._region = settings.region
        self._tags = settings.tags
        # If somebody else makes a bucket of this name, it must not get the code.
        self._own = {"Bucket": self.name, "ExpectedBucketOwner": account_id}
        self._s3 = session.client("s3", settings.region)

    def exists(self) -> bool:
        """Whether this account has it; an error also where another one has a bucket of this name."""
        with explained(f"Looking for the bucket {self.name}"):
            try:
                return _found(lambda: self._s3.head_bucket(**self._own)) is not None
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                    raise
                raise DeploymentError(
                    f"The bucket {self.name} is there, and either is another account's or these credentials may "
                    "not look at it: they need s3:ListBucket. Bucket names are one in all of AWS; if it is not "
                    "yours, ask AWS Support."
                ) from error

    def make_sure_it_exists(self) -> None:
        """Make it if it is missing; in any case, have it encrypted and versioned, with nothing in it public."""
        if not self.exists():
            with explained(f"Making the bucket {self.name}"):
                # S3's default is its oldest region, which must not be named.
                place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
                self._s3.create_bucket(Bucket=self.name, **({} if self._region == "us-east-1" else place))
        with explained(f"Preparing the bucket {self.name}"):
            self._s3.put_public_access_block(**self._own, PublicAccessBlockConfiguration=_NOTHING_PUBLIC)
            self._s3.put_bucket_encryption(**self._own, ServerSideEncryptionConfiguration=_ENCRYPTED)
            self._s3.put_bucket_versioning(**self._own, VersioningConfiguration={"Status": "Enabled"})
            self._tag()

    def put(self, content: bytes, suffix: str) -> Uploaded:
        """Put an object under its own digest, unless exactly this object is there.

        The name proves nothing: anybody can work it out and put something else there. The checksum does, which
        S3 has computed itself.
        """
        digest = hashlib.sha256(content)
        key, checksum = f"{digest.hexdigest()}.{suffix}", base64.b64encode(digest.digest()).decode()
        with explained(f"Uploading to the bucket {self.name}"):
            version_id = self._version_with(key, checksum) or self._s3.put_object(
                **self._own, Key=key, Body=content, ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum
            ).get("VersionId")
        if version_id in _NO_VERSION:
            raise DeploymentError(f"The bucket {self.name} keeps no versions yet. Deploy again in some minutes.")
        return Uploaded(key, version_id)

    def upload_template(self, body: str) -> str:
        """The URL of a template that is too long for a request: of exactly this version, even if others follow."""
        self.make_sure_it_exists()
        uploaded = self.put(body.encode(), "template.json")
        return f"{self._s3.meta.endpoint_url}/{self.name}/{uploaded.key}?versionId={quote(uploaded.version_id)}"

    def remove(self) -> None:
        """Empty and delete it: everything in it is made again by deploying."""
        with explained(f"Removing the bucket {self.name}"):
            for page in self._s3.get_paginator("list_object_versions").paginate(**self._own):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                versions = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
                if versions:
                    self._s3.delete_objects(**self._own, Delete={"Objects": versions, "Quiet": True})
            self._s3.delete_bucket(**self._own)

    def _tag(self) -> None:
        """Give it the tags of the settings, and remove those that the settings no longer have."""
        tags = [{"Key": key, "Value": value} for key, value in self._tags.items()]
        if tags:
            self._s3.put_bucket_tagging(**self._own, Tagging={"TagSet": tags})
        else:
            self._s3.delete_bucket_tagging(**self._own)

    def _version_with(self, key: str, checksum: str) -> str | None:
        """The version of an object, None unless there is one that has exactly this SHA-256."""
        found = _found(lambda: self._s3.head_object(**self._own, Key=key, ChecksumMode="ENABLED"))
        if found is None or found.get("ChecksumSHA256") != checksum or found.get("VersionId") in _NO_VERSION:
            return None
        return str(found["VersionId"])


def _found(look: Callable[[], Any]) -> Any:
    """S3's answer, None if there is nothing of that kind."""
    try:
        return look()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
