"""Members: which user names IAM accepts."""

import re

from chalicelib.errors import InvalidInput

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html allows one character;
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html wants two in a role session
# name, which is the user name.
_USER_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def checked_user_name(text: str) -> str:
    """``text`` if it can be a member's user name, else InvalidInput saying what is wrong with it."""
    if _USER_NAME.fullmatch(text):
        return text
    if not text:
        raise InvalidInput("user_name", "A user name is needed.")
    if len(text) > 64:
        raise InvalidInput("user_name", f"The user name has {len(text)} characters; IAM allows 64.")
    if len(text) == 1 and _USER_NAME.fullmatch(text * 2):
        raise InvalidInput("user_name", "The user name needs two characters, as a role session name does.")
    bad = "".join(dict.fromkeys(char for char in text if not _USER_NAME.fullmatch(char * 2)))
    raise InvalidInput(
        "user_name",
        f"IAM does not take {bad!r} in a user name: use A-Z, a-z, 0-9 and + = , . @ _ - only.",
    )


def comparable(user_name: str) -> str:
    """The form in which IAM tells user names apart: without regard to case."""
    return user_name.lower()
