"""Rules on the values in a file for ``--plant``, which are IAM's."""

import re

from chalicelib.settings.rules import managed_policy_in, quoted
from chalicelib.settings.table import Complaint, Rule

# The sandbox has these already, for its own people.
OWN_USERS = frozenset({"admin", "deployer"})
OWN_DEVICES = frozenset({"admin", "admin-sandbox"})
_SERVICES = ("codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com")


def name_up_to(longest: int) -> Rule:
    """A name that IAM takes."""

    def rule(value: str) -> Complaint | None:
        if re.fullmatch(r"[\w+=,.@-]+", value, re.ASCII) and len(value) <= longest:
            return None
        return Complaint(
            f"{quoted(value)} is not a name that IAM takes.",
            f"Use up to {longest} letters, digits and + = , . @ _ -.",
        )

    return rule


def path(value: str) -> Complaint | None:
    """An IAM path: a user's may hold anything that can be printed."""
    if re.fullmatch(r"/|/[!-~]+/", value, re.ASCII) and len(value) <= 512:
        return None
    return Complaint(f"{quoted(value)} is not an IAM path.", 'Begin and end it with a slash: "/developers/".')


def managed_policy(account_id: str) -> Rule:
    """A policy of AWS's, one of this file, or a whole ARN."""
    return managed_policy_in("aws", account_id)


def bucket_name(value: str) -> Complaint | None:
    """A bucket's name, which is none of the sandbox's own buckets'."""
    if value.startswith("firstday-demo-"):
        return Complaint(f"{quoted(value)} is a name of the sandbox's own.", "Choose another name.")
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value, re.ASCII):
        return None
    return Complaint(f"{quoted(value)} is not a bucket's name.", "Use 3 to 63 small letters, digits, - and dots.")


def service(value: str) -> Complaint | None:
    """A service's namespace, with which the names of its actions begin."""
    if re.fullmatch(r"[a-z0-9-]{1,64}", value, re.ASCII):
        return None
    return Complaint(f"{quoted(value)} is not the namespace of a service.", 'Write, for instance, "s3".')


def service_credential(value: str) -> Complaint | None:
    """A service that has credentials of its own."""
    if value in _SERVICES:
        return None
    return Complaint(f"{quoted(value)} has no credentials of its own.", f"Write one of {', '.join(_SERVICES)}.")
