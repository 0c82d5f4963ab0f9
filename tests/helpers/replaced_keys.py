"""Members who have replaced their access key, and the run that deactivates the former one."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chalicelib.admin.retiring_keys import Retired, retire_keys
from chalicelib.aws.items import member_item
from chalicelib.wiring import Portal
from tests.helpers.sweeper import sweeper_of
from tests.helpers.worlds import MEMBER, clients, invited

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Keys:
    """The access key ids of a member."""

    former: str
    new: str


def replaced(here: Portal, user_name: str = MEMBER, **fields: Any) -> Keys:
    """A member who has two active keys, the former one for a day; ``fields`` are others of the record."""
    invited(here, user_name)
    iam, _ = clients(here)
    former, new = (iam.create_access_key(UserName=user_name)["AccessKey"]["AccessKeyId"] for _ in range(2))
    record(here, user_name, former_key_id=former, former_key_ends_at=here.now() + DAY, access_key_id=new, **fields)
    return Keys(former, new)


def record(here: Portal, user_name: str = MEMBER, **fields: Any) -> None:
    """Write ``fields`` into the record."""
    found = here.members.get(user_name)
    assert found
    clients(here)[1].put_item(TableName="members", Item=member_item(replace(found, **fields)))


def retired(here: Portal, **options: Any) -> Retired:
    return retire_keys(here.members, sweeper_of(here).iam, now=here.now(), **options)


def statuses(here: Portal, user_name: str = MEMBER) -> dict[str, str]:
    """The status of each key, as IAM has it."""
    found = clients(here)[0].list_access_keys(UserName=user_name)["AccessKeyMetadata"]
    return {key["AccessKeyId"]: key["Status"] for key in found}
