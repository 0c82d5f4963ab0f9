"""Calls of the admin API with an administrator's credentials, or somebody else's."""

from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from firstday.verification import aws_files
from firstday.verification.browser import PageAnswer
from tests.helpers.running_sandbox import Member, RunningSandbox

IDENTITY = "123456789012"


def called(sandbox: RunningSandbox, credentials: Credentials | None, path: str = "/admin/members") -> PageAnswer:
    """A call of the admin API with ``credentials``."""
    url = sandbox.portal_url + path
    request = AWSRequest("GET", url)
    if credentials:
        SigV4Auth(credentials, "execute-api", sandbox.record["region"]).add_auth(request)
    headers = dict(request.headers.items()) | {"Host": urlsplit(url).netloc}
    return sandbox.send("GET", path, headers, "")


def administrator(sandbox: RunningSandbox) -> Credentials:
    known = sandbox.record["admin_environment"]
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return Credentials(*(known[name] for name in names))


def key(member: Member) -> Credentials:
    """The member's long-term key."""
    found = aws_files.access_key((member.home / ".aws" / "credentials").read_text())
    return Credentials(found.access_key_id, found.secret_access_key)
