"""Where the administrator's AWS credentials come from, and what is wrong there."""

import os
import re
import shlex
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from botocore.credentials import JSONFileCache, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ConfigParseError, CredentialRetrievalError
from botocore.session import Session

from firstday.portal.errors import PortalError

NO_CREDENTIALS = "No AWS credentials were found. Set AWS_PROFILE, or name a profile with --profile."
KEY_ID = "AWS_ACCESS_KEY_ID"
# As they follow each other in ReadOnlyCredentials.
_KEYS = (KEY_ID, "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
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
PROCESS_FAULTS = (
    OSError,
    ValueError,
    AttributeError,
    TypeError,
    IndexError,
    RuntimeError,
    CredentialRetrievalError,
)


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


def keys_in_use(session: Session) -> ReadOnlyCredentials:
    """The keys of ``session`` as they are now; an MFA code is asked for if need be.

    Raises PortalError where there are none, or they hold what no key does: a header with it could not be sent, and
    AWS would speak of a wrong signature.
    """
    found = session.get_credentials()
    if found is None:
        raise PortalError(NO_CREDENTIALS)
    keys = found.get_frozen_credentials()
    if not (keys.access_key and keys.secret_key):
        raise CredentialRetrievalError(provider=found.method, error_msg=_WANTED)
    for name, value in zip(_KEYS, keys, strict=False):
        if foreign := re.search(r"""[^!-~]|["']""", value or ""):
            where = name if found.method == "env" else name.lower()
            raise PortalError(
                f"{where} holds {foreign[0]!a}, as no key of AWS does. Set it again, without blanks, line ends and "
                "quotation marks."
            )
    return keys


def setting_words(error: ValueError) -> str:
    """What is wrong with a setting of AWS tools that botocore cannot read, and the variable that it comes from."""
    text = str(error)
    variables = [
        name
        for name, value in os.environ.items()
        if name.startswith("AWS_") and name not in _KEYS and value and text.endswith((f" {value}", repr(value)))
    ]
    where = f"Correct {variables[0]}" if variables else "Look for it in the variables AWS_… and in the profile"
    return f"Your AWS settings cannot be used: {text}. {where}."


def config_words(error: ConfigParseError) -> str:
    """Which file AWS tools cannot read, where, and why. The line itself is not shown: it may hold a secret."""
    path, reason = str(error.kwargs["path"]), error.kwargs["error"]
    with suppress(OSError):
        if Path(path).read_bytes().startswith((BOM_UTF8, BOM_UTF16_LE, BOM_UTF16_BE)):
            return f"Unable to parse config file: {path} has a byte order mark. Save it as UTF-8 without one."
    if isinstance(reason, UnicodeDecodeError):
        return f"Unable to parse config file: {path} is not UTF-8 text. Save it as UTF-8."
    lines = [getattr(reason, "lineno", None), *(line for line, _ in getattr(reason, "errors", ()))]
    where = next((f", line {line}" for line in lines if line), "")
    return f"Unable to parse config file: {path}{where}."


def signing_in_words(session: Session | None) -> str:
    """How to sign in to IAM Identity Center where there is no session of it, or one that is over."""
    profile = (session.profile if session else None) or "default"
    named = shlex.quote(profile)
    return (
        f"The profile {profile} gets its credentials from IAM Identity Center, and you are not signed in there, or"
        f" not any more. Sign in, then do the same again: aws sso login --profile {named}"
    )


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


def profile_line_words(reason: str, session: Session | None) -> str | None:
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
    if isinstance(error, RuntimeError):
        return "what it prints has expired already"
    if isinstance(error, IndexError):
        return "no program is named there"
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
