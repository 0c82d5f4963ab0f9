"""Where the administrator's AWS credentials come from, and what is wrong there."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.credentials import JSONFileCache
from botocore.exceptions import BotoCoreError, CredentialRetrievalError
from botocore.session import Session

KEY_ID = "AWS_ACCESS_KEY_ID"
_PROCESS = "credential_process"
# What AssumeRole is given, in small letters, and the line of ~/.aws/config that it comes from.
_LINES = {
    "rolearn": "role_arn",
    "serialnumber": "mfa_serial",
    "durationseconds": "duration_seconds",
    "rolesessionname": "role_session_name",
    "externalid": "external_id",
}
_EXAMPLES = {
    "role_arn": "arn:aws:iam::123456789012:role/firstday-admin",
    "mfa_serial": "arn:aws:iam::123456789012:mfa/dev-simple-user",
}
_WANTED = "what it prints is not the JSON that AWS tools want, with Version, AccessKeyId and SecretAccessKey"
# What botocore raises where such a program is missing, or prints something else.
PROCESS_FAULTS = (OSError, ValueError, AttributeError, TypeError, CredentialRetrievalError)


class SessionCache(JSONFileCache):  # type: ignore[misc]  # botocore has no types
    """The AWS CLI's cache of role sessions. A file that holds none, such as an empty one, is as good as missing."""

    def __contains__(self, cache_key: str) -> bool:
        try:
            found = self[cache_key]
            return bool(found["Credentials"]["AccessKeyId"] and found["Credentials"]["Expiration"])
        except (KeyError, TypeError):
            return False

    def __setitem__(self, cache_key: str, value: Any) -> None:
        with suppress(OSError):  # of a disk that is full or read-only: the code is asked for each time
            super().__setitem__(cache_key, value)


def precedence_words(session: Session) -> str:
    """A sentence, after a space, if keys in the environment are used in place of a profile that is named there."""
    profile = session.profile
    if not profile or session.instance_variables().get("profile") or not os.environ.get(KEY_ID):
        return ""
    return (
        f" These are the keys in {KEY_ID}, which take precedence over AWS_PROFILE={profile}. To use the profile, "
        f"unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or add --profile {profile}."
    )


def region_of(session: Session) -> str:
    """The region that AWS tools would use; a variable that is empty does not count."""
    return str(session.get_config_variable("region") or session.get_scoped_config().get("region", ""))


def region_words(session: Session) -> str:
    """A sentence, after a space, if the environment's region is used in place of the profile's."""
    used, of_profile = region_of(session), session.get_scoped_config().get("region", "")
    if used == of_profile or not of_profile:
        return ""
    return (
        f" This call was for the region {used} of AWS_DEFAULT_REGION, which takes precedence over the profile's "
        f"{of_profile}. To use that, unset AWS_DEFAULT_REGION."
    )


def setting_words(reason: str, session: Session | None) -> str | None:
    """Which line of the profile AWS does not take, if ``reason`` names what it was given for."""
    found = next((line for name, line in _LINES.items() if name in reason.lower()), None)
    if found is None:
        return None
    profile = f" of the profile {session.profile or 'default'}" if session else ""
    example = f" It looks like {_EXAMPLES[found]}." if found in _EXAMPLES else ""
    return f"AWS does not take {found}{profile}.{example} ({reason})"


def process_words(error: Exception, session: Session | None) -> str | None:
    """What is wrong with the ``credential_process`` of the profile; None if that is not the error."""
    if isinstance(error, BotoCoreError) and not (
        isinstance(error, CredentialRetrievalError) and error.kwargs.get("provider") == "custom-process"
    ):
        return None
    found = next(_processes(session), None) if session else None
    if found is None:
        return None
    # The command itself is not shown: it may hold a secret.
    return f"{_PROCESS} of the profile {found} gives no credentials: {_why(error)}. Try that line in a shell."


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'its program'} cannot be run ({error.strerror})"
    if isinstance(error, CredentialRetrievalError):
        return str(error.kwargs.get("error_msg", "")).strip().rstrip(".") or "it failed without a word"
    if "quotation" in str(error) or "escaped character" in str(error):
        return "its quotation marks do not match"
    return _WANTED


def _processes(session: Session) -> Iterator[str]:
    """Of the profile that is used and those it starts from, the ones that have a ``credential_process``."""
    profiles = session.full_config.get("profiles", {})
    name, seen = session.profile or "default", set[str]()
    while name in profiles and name not in seen:
        seen.add(name)
        if _PROCESS in profiles[name]:
            yield name
        name = profiles[name].get("source_profile", "")
