"""Reads the account's IAM for an adoption: a paged call, and two for each managed policy of AWS's in use."""

from collections.abc import Iterable
from dataclasses import replace

from botocore.exceptions import ClientError

from chalicelib.members.record import comparable
from firstday.adoption import needed_calls
from firstday.adoption.found_account import FoundAccount, FoundUser, Policy, account_from
from firstday.adoption.patient_reading import PatientReader
from firstday.aws_calls import DeploymentError, explained

_KINDS = ("User", "Group", "Role", "LocalManagedPolicy")


def found_account(reader: PatientReader) -> FoundAccount:
    """All of the account's IAM. Without the permission for that there is no plan: DeploymentError."""
    with explained("Reading the account's users, groups, roles and policies"):
        pages = reader.iam.get_paginator("get_account_authorization_details")
        return account_from(pages.paginate(Filter=list(_KINDS), PaginationConfig={"PageSize": 1000}))


def with_managed_policies(reader: PatientReader, account: FoundAccount, names: Iterable[str]) -> FoundAccount:
    """``account`` with the managed policies that these users have and that are not the account's own."""
    users = [user for name in names if (user := account.users.get(comparable(name)))]
    arns = sorted(account.attached_to(users) - account.policies.keys())

    def look(arn: str) -> Policy | None:
        return reader.read(needed_calls.MANAGED_POLICY, lambda: _default_version(reader, arn))

    found = {arn: document for arn, document in zip(arns, reader.of_each(arns, look), strict=True) if document}
    return replace(account, policies={**account.policies, **found})


def _default_version(reader: PatientReader, arn: str) -> Policy | None:
    try:
        version = reader.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = reader.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":  # deleted just now
            return None
        raise
    return document if isinstance(document, dict) else None


def users_of_group(account: FoundAccount, group: str) -> tuple[FoundUser, ...]:
    """All users of an IAM group, in order; DeploymentError if there is no such group, or nobody in it."""
    if group not in account.groups:
        raise DeploymentError(
            f"IAM has no group {group}. There are: {', '.join(sorted(account.groups)) or 'none'}."
        )
    users = [user for user in account.users.values() if group in user.groups]
    if not users:
        raise DeploymentError(f"Nobody is in IAM's group {group}.")
    return tuple(sorted(users, key=lambda user: comparable(user.user_name)))
