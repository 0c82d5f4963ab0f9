"""DynamoDB's protection against deletion, of the tables that outlive the stack.

It is not in the template: CloudFormation could not take back a first deployment that fails, for it may not delete
a protected table either. So ``firstday deploy`` turns it on as soon as the tables are there.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
"""

from collections.abc import Iterable, Iterator

from firstday.aws_calls import Client, explained


def unprotected_tables(database: Client, names: Iterable[str]) -> Iterator[str]:
    """The tables among these that exist and can be deleted; raises DeploymentError."""
    for name in names:
        with explained(f"Looking whether the table {name} is protected against deletion"):
            is_unprotected = _is_protected(database, name) is False
        if is_unprotected:
            yield name


def protect_tables(database: Client, names: Iterable[str]) -> None:
    """Protect those of the tables that are not; raises DeploymentError."""
    for name in unprotected_tables(database, names):
        with explained(f"All else is done. Protecting the table {name} against deletion"):
            database.update_table(TableName=name, DeletionProtectionEnabled=True)


def lift_protection(database: Client, name: str) -> None:
    """Turn off a table's protection; no error if the table is gone. Raises ClientError."""
    if _is_protected(database, name):
        database.update_table(TableName=name, DeletionProtectionEnabled=False)
        database.get_waiter("table_exists").wait(TableName=name)


def _is_protected(database: Client, name: str) -> bool | None:
    """None if there is no such table."""
    try:
        table = database.describe_table(TableName=name)["Table"]
    except database.exceptions.ResourceNotFoundException:
        return None
    return bool(table.get("DeletionProtectionEnabled"))
