"""The resources that outlive the portal's stack: tables and logs, and what all APIs of the account share."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, explained
from firstday.deployment.putting_back import log_role_of
from firstday.deployment.resource_words import API_ACCOUNT, LOG_GROUP, ROLE, TABLE, resource_words
from firstday.deployment.stack import Stack
from firstday.deployment.table_protection import lift_protection

RETAINING = ("Retain", "RetainExceptOnCreate")


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource that outlives the stack ``stack_name``."""

    stack_name: str
    logical_id: str
    resource_type: str
    physical_id: str

    @property
    def is_data(self) -> bool:
        """Whether there is something in it that --delete-data means."""
        return self.resource_type in (TABLE, LOG_GROUP)

    @property
    def words(self) -> str:
        return f"{resource_words(self.logical_id, self.resource_type)} ({self.physical_id})"


def kept_of(stack: Stack) -> Iterator[Kept]:
    """What a stack keeps when it is removed, or has kept; raises DeploymentError."""
    physical_ids = stack.resources()
    for logical_id, resource in stack.template().get("Resources", {}).items():
        if resource.get("DeletionPolicy") in RETAINING and logical_id in physical_ids:
            yield Kept(stack.name, logical_id, resource["Type"], physical_ids[logical_id])


def kept_tables(stack: Stack) -> list[str]:
    """The names of the tables that a stack keeps when it is removed; raises DeploymentError."""
    return [kept.physical_id for kept in kept_of(stack) if kept.resource_type == TABLE]


def is_there(kept: Kept, session: AccountSession, settings: Settings) -> bool:
    """Whether it is still there; raises DeploymentError."""
    with explained(f"Looking for {kept.words}"):
        if kept.resource_type == TABLE:
            database = session.client("dynamodb", settings.region)
            with suppress(database.exceptions.ResourceNotFoundException):
                return bool(database.describe_table(TableName=kept.physical_id))
        elif kept.resource_type == LOG_GROUP:
            logs = session.client("logs", settings.region)
            found = logs.describe_log_groups(logGroupNamePrefix=kept.physical_id)["logGroups"]
            return kept.physical_id in [group["logGroupName"] for group in found]
        elif kept.resource_type == ROLE:
            iam = session.client("iam", settings.region)
            with suppress(iam.exceptions.NoSuchEntityException):
                return bool(iam.get_role(RoleName=kept.physical_id))
        elif kept.resource_type == API_ACCOUNT:
            log_role = log_role_of(session.client("apigateway", settings.region))
            return log_role is not None and log_role.is_of(kept.stack_name)
    return False


def delete(kept: Kept, session: AccountSession, settings: Settings) -> None:
    """Delete a table or a log; no error if it is gone already. Raises DeploymentError."""
    with explained(f"Deleting {kept.words}"):
        client = session.client("dynamodb" if kept.resource_type == TABLE else "logs", settings.region)
        with suppress(client.exceptions.ResourceNotFoundException):
            if kept.resource_type == TABLE:
                lift_protection(client, kept.physical_id)
                client.delete_table(TableName=kept.physical_id)
            else:
                client.delete_log_group(logGroupName=kept.physical_id)


def by_hand(kept: Kept, settings: Settings) -> list[str]:
    """The commands that remove what is kept."""
    region = f" --region {settings.region}"
    arn = f"arn:{settings.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    name = kept.physical_id
    commands: Mapping[str, list[str]] = {
        TABLE: [
            f"aws dynamodb update-table --no-deletion-protection-enabled --table-name {name}{region}",
            f"aws dynamodb delete-table --table-name {name}{region}",
        ],
        LOG_GROUP: [f"aws logs delete-log-group --log-group-name {name}{region}"],
        API_ACCOUNT: [
            f"aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value={region}"
        ],
        ROLE: [
            f"aws iam detach-role-policy --role-name {name} --policy-arn {arn}",
            f"aws iam delete-role --role-name {name}",
        ],
    }
    return commands.get(kept.resource_type, [])
