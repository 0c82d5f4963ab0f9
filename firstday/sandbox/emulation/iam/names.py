"""The names IAM accepts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; ministack takes
any text, in any letter case, as a new name.
"""

import re

from firstday.sandbox.emulation.xml_answers import Response, constraint, error

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_PATH = re.compile(r"/|/[!-~]+/", re.ASCII)


def name_error(name: str, member: str, longest: int) -> Response | None:
    """IAM's refusal of ``name`` as the request's ``member``, or None."""
    if len(name) > longest:
        return constraint(name, member, f"have length less than or equal to {longest}")
    if not _NAME.fullmatch(name):
        return error(
            400,
            "ValidationError",
            f"The specified value for {member} is invalid. It must contain only alphanumeric characters "
            "and/or the following: +=,.@_-",
        )
    return None


def path_error(path: str) -> Response | None:
    """IAM's refusal of ``path``, or None; "" stands for the default."""
    if not path or (_PATH.fullmatch(path) and len(path) <= 512):
        return None
    return error(
        400,
        "ValidationError",
        "The specified value for path is invalid. It must begin and end with / and contain only "
        "alphanumeric characters and/or / characters.",
    )


def exists_in_any_case(name: str, names: list[str]) -> bool:
    """IAM names of one kind are unique without regard to case."""
    return name.lower() in (other.lower() for other in names)
