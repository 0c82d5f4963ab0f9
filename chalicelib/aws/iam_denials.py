"""Tells what IAM's AccessDenied means: the user or group is missing, has another path, or a policy denies it.

The portal's policy limits by path. IAM knows no path for a user or group that does not exist, so it answers
AccessDenied where it would otherwise say NoSuchEntity. It does the same for users who were moved; below Firstday's
own paths, a policy denies explicitly. Only the account's lists, which no path limits, tell these cases apart.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chalicelib.arns import MEMBERS_PATH, SUSPENDED_PATH, SWITCH_ROLE_PATH
from chalicelib.aws.error_codes import Meanings, translated
from chalicelib.aws_errors import AWSDenied, AWSRefused, CodesInvalid, DeviceMissing, GroupMissing, UserMissing
from chalicelib.errors import FirstdayError
from chalicelib.members.record import comparable, no_member

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from chalicelib.members.iam_account_records import ListedUser

# Of the groups that the portal puts members into.
_PATHS_OF_GROUPS = (MEMBERS_PATH, SUSPENDED_PATH, SWITCH_ROLE_PATH)


def all_users(client: "IAMClient") -> "Mapping[str, ListedUser]":
    """All users of the account, by comparable name; 1,000 a call, and an account has 5,000."""
    from chalicelib.members.iam_account_records import ListedUser  # here, to keep it off the cold start

    pages = client.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000})
    with translated():
        listed = [user for page in pages for user in page["Users"]]
    return {
        comparable(user["UserName"]): ListedUser(user["UserName"], user["Path"], user["CreateDate"])
        for user in listed
    }


@contextmanager
def of_user(client: "IAMClient", user_name: str, meanings: Meanings | None = None) -> Iterator[None]:
    """Translate the errors of a call on a user.

    UserMissing, UserElsewhere and OtherSpelling are what the list of users agrees with; AWSDenied is any other
    refusal.
    """
    try:
        with translated({"NoSuchEntity": UserMissing(), **(meanings or {})}):
            yield
    except AWSDenied as denied:
        raise _why_not_user(client, user_name, denied) from None


@contextmanager
def of_group(client: "IAMClient", group_name: str, meanings: Meanings | None = None) -> Iterator[None]:
    """The same for a call on one of Firstday's groups: GroupMissing where the list does not have it.

    UserMissing if IAM knows the group, but not the user in the call.
    """

    def missing(sentence: str) -> FirstdayError:
        return UserMissing() if _names_user(sentence) else GroupMissing(group_name)

    try:
        with translated({"NoSuchEntity": missing, **(meanings or {})}):
            yield
    except AWSDenied as denied:
        raise _why_not_group(client, group_name, denied) from None


def _why_not_user(client: "IAMClient", user_name: str, denied: AWSDenied) -> FirstdayError:
    try:
        found = all_users(client).get(comparable(user_name))
    except AWSRefused:  # nobody can tell
        return denied
    if found is None:  # a policy without a path denies it for missing users, too
        return denied if denied.is_explicit else UserMissing()
    return no_member(found.user_name, found.path, user_name) or denied


def _why_not_group(client: "IAMClient", group_name: str, denied: AWSDenied) -> FirstdayError:
    pages = client.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 1000})
    try:
        with translated():
            paths = {group["GroupName"]: group["Path"] for page in pages for group in page["Groups"]}
    except AWSRefused:
        return denied
    if group_name not in paths and denied.is_explicit:
        return denied
    return denied if paths.get(group_name) in _PATHS_OF_GROUPS else GroupMissing(group_name)


def of_codes() -> Meanings:
    """What IAM's refusals of two MFA codes mean."""
    return {"InvalidAuthenticationCode": CodesInvalid(), "NoSuchEntity": _device_or_user}


def _device_or_user(sentence: str) -> FirstdayError:
    """IAM has one code for both; its sentence tells which."""
    return UserMissing() if _names_user(sentence) else DeviceMissing()


def _names_user(sentence: str) -> bool:
    """Whether a NoSuchEntity is about the user, rather than about another thing that the call names."""
    return sentence.startswith("The user with name")
