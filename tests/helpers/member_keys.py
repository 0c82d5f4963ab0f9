"""Access keys of users of a running sandbox, as root makes and sees them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from botocore.credentials import Credentials

from chalicelib.aws.items import member_from, member_item, member_key
from tests.helpers.running_sandbox import RunningSandbox


def new_key(sandbox: RunningSandbox, user_name: str) -> Credentials:
    """A further key of the user's."""
    key = sandbox.root("iam").create_access_key(UserName=user_name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def statuses(sandbox: RunningSandbox, user_name: str) -> dict[str, str]:
    """The status of each key, by its id."""
    keys = sandbox.root("iam").list_access_keys(UserName=user_name)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in keys}


def replaced(sandbox: RunningSandbox, user_name: str, since: timedelta) -> tuple[Credentials, Credentials]:
    """A member's former and new key, and the record that their own page leaves behind."""
    sandbox.invite(user_name)
    former, new = new_key(sandbox, user_name), new_key(sandbox, user_name)
    dynamodb, name = sandbox.root("dynamodb"), sandbox.table("Members")
    found = member_from(dynamodb.get_item(TableName=name, Key=member_key(user_name))["Item"])
    ends_at = datetime.now(UTC) - since + timedelta(days=1)
    record = replace(
        found, access_key_id=new.access_key, former_key_id=former.access_key, former_key_ends_at=ends_at
    )
    dynamodb.put_item(TableName=name, Item=member_item(record))
    return former, new
