"""An organisation of any size in the form of a file for ``--plant``, the same each time."""

from typing import Any

IDENTITY = "123456789012"
# Large enough to meet pages, rates and the time limits of functions.
SIZE = 300
_TEAMS = ("Readers-A", "Readers-B", "Readers-C")
_VERSION = "2012-10-17"


def large_organisation(size: int = SIZE) -> dict[str, Any]:
    """``size`` users of the identity account, of every kind that adopting them meets, and some roles."""
    return {
        IDENTITY: {
            "groups": [
                {"name": name, "path": "/teams/", "managed_policies": ["ReadOnlyAccess"]} for name in _TEAMS
            ],
            "users": [_user(number) for number in range(1, size + 1)],
            "roles": [_role(number) for number in range(1, 11)],
        }
    }


def _user(number: int) -> dict[str, Any]:
    """Every second has another team, every third a password, every fifth no device, every seventh two keys."""
    name = f"large-user-{number:03}"
    name = name.upper() if number % 29 == 0 else name
    user: dict[str, Any] = {
        "name": name,
        "path": ("/", "/staff/", "/staff/tokyo/")[number % 3],
        "groups": [_TEAMS[number % len(_TEAMS)]],
        "created_days_ago": number * 3,
        "access_keys": [{"created_days_ago": number * 2, "used_days_ago": number % 7}],
        "devices": [{"name": name if number % 4 else f"phone-{number}"}] if number % 5 else [],
        "console_password": number % 3 == 0,
        "service_use": {"s3": number % 7, "sts": number % 11} if number % 2 else {},
    }
    if number % 7 == 0:
        user["access_keys"].append({"created_days_ago": 1})
    if number % 13 == 0:
        user["inline_policies"] = {"own": _policy(Action="s3:ListAllMyBuckets", Resource="*")}
    if number % 17 == 0:
        user["passkeys"] = ["laptop"]
    return user


def _role(number: int) -> dict[str, Any]:
    root = {"AWS": f"arn:aws:iam::{IDENTITY}:root"}
    return {
        "name": f"large-role-{number:02}",
        "trust_policy": _policy(Principal=root, Action="sts:AssumeRole"),
        "managed_policies": ["ReadOnlyAccess"],
    }


def _policy(**statement: Any) -> dict[str, Any]:
    return {"Version": _VERSION, "Statement": [{"Effect": "Allow", **statement}]}
