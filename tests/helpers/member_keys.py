"""Access keys of users of a running sandbox, as root makes and sees them."""

from botocore.credentials import Credentials

from tests.helpers.running_sandbox import RunningSandbox


def new_key(sandbox: RunningSandbox, user_name: str) -> Credentials:
    """A further key of the user's."""
    key = sandbox.root("iam").create_access_key(UserName=user_name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def statuses(sandbox: RunningSandbox, user_name: str) -> dict[str, str]:
    """The status of each key, by its id."""
    keys = sandbox.root("iam").list_access_keys(UserName=user_name)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in keys}
