"""The member's files as the pages show them, read as the AWS CLI reads them."""

from collections.abc import Mapping
from configparser import Error, RawConfigParser
from dataclasses import dataclass

from firstday.verification.answers import Key


class Unreadable(ValueError):
    """The text is not a valid file; AWS tools could not read it either."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A section of the config; keys that it lacks are None."""

    name: str
    role_arn: str | None
    role_session_name: str | None
    duration_seconds: int | None
    mfa_serial: str | None
    external_id: str | None = None


Profiles = Mapping[str, Profile]


def profiles(config: str) -> Profiles:
    """From the profiles' names; ``config`` is the text of the file. Raises Unreadable."""
    parser = _parsed(config)
    found = [_profile(section.removeprefix("profile "), parser[section]) for section in parser.sections()]
    return {profile.name: profile for profile in found}


def access_key(credentials: str) -> Key:
    """The key of the one section in the text of the file ``credentials``; raises Unreadable."""
    parser = _parsed(credentials)
    try:
        (section,) = parser.sections()
        return Key(parser[section]["aws_access_key_id"], parser[section]["aws_secret_access_key"])
    except (ValueError, KeyError):
        raise Unreadable("There is no access key in it.") from None


def _profile(name: str, values: Mapping[str, str]) -> Profile:
    seconds = values.get("duration_seconds")
    return Profile(
        name,
        values.get("role_arn"),
        values.get("role_session_name"),
        int(seconds) if seconds and seconds.isdecimal() else None,
        values.get("mfa_serial"),
        values.get("external_id"),
    )


def _parsed(text: str) -> RawConfigParser:
    """A parser like botocore's: without interpolation or a default section."""
    parser = RawConfigParser(default_section="no such section")
    try:
        parser.read_string(text)
    except Error as error:
        # Its own message quotes the line, which may be that of the secret.
        raise Unreadable(f"AWS tools could not read it ({type(error).__name__}).") from None
    return parser
