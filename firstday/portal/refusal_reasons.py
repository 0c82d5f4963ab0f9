"""Finds out from the profile why AWS does not let somebody assume the admin role: one function a reason.

AWS says the same for every reason, "not authorized to perform: sts:AssumeRole". The role's trust policy asks for an
MFA code of the last hour and for the user's own name (``policies.admin_role_trust``). Only AWS knows how old the
code of a session is; these functions look at the profile.

And who may call the portal, where it or API Gateway refuses somebody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.arns import ADMIN_ROLE_NAME

_REFUSED = re.compile(
    r"User: arn:[a-z-]+:iam::\d{12}:user/(?:[^ ]*/)?(?P<user_name>[^ /]+) "
    r"is not authorized to perform: sts:AssumeRole on resource: (?P<role_arn>[^ ]+)"
)


# Credentials of a role, in a sentence of AWS's.
_ROLE_SESSION = ":assumed-role/"


def administrators_words(refusal: str = "") -> str:
    """Which profile to use instead, or, if IAM's ``refusal`` is of a role that may be right, what it lacks."""
    named = (
        f"Administrators of the portal assume the role {ADMIN_ROLE_NAME}, or have a role that its settings name:"
        " give its profile with --profile."
    )
    if _ROLE_SESSION not in refusal:
        return named
    return (
        f"{named} A role that the settings name also needs permission to call the portal: firstday doctor"
        " --document administrators prints the policy, and --document help-desk that of a help desk."
    )


@dataclass(frozen=True, slots=True)
class AssumeRoleRefusal:
    """``profile`` has the lines of the profile called ``profile_name``, ``source`` those of its source profile."""

    user_name: str
    profile_name: str
    profile: Mapping[str, object]
    source: Mapping[str, object]

    def line(self, key: str) -> str:
        return str(self.profile.get(key) or "")


def assume_role_reason(message: str, profile_name: str, profiles: Mapping[str, Mapping[str, object]]) -> str | None:
    """The reasons that the profile shows, None where there is none or it is about another role."""
    found = _REFUSED.search(message)
    if not found or not found["role_arn"].rstrip(".").endswith(f"/{ADMIN_ROLE_NAME}"):
        return None
    name = _profile_of_role(found["role_arn"].rstrip("."), profile_name, profiles)
    profile = profiles.get(name, {})
    refusal = AssumeRoleRefusal(
        found["user_name"], name, profile, profiles.get(str(profile.get("source_profile")), {})
    )
    return " ".join(why for reason in REASONS if (why := reason(refusal))) or None


def without_session_name(refusal: AssumeRoleRefusal) -> str | None:
    """Without the line, botocore makes up a name."""
    if refusal.line("role_session_name"):
        return None
    return (
        f"The profile {refusal.profile_name} has no role_session_name, and the role asks for the user's own name. "
        f"Add this line to it: role_session_name = {refusal.user_name}"
    )


def with_another_session_name(refusal: AssumeRoleRefusal) -> str | None:
    """The name has to be the user's, with the same capital letters."""
    name = refusal.line("role_session_name")
    if name in {"", refusal.user_name}:
        return None
    return (
        f"The profile {refusal.profile_name} has role_session_name = {name}, and the role asks for the user's own "
        f"name. Change that line to: role_session_name = {refusal.user_name}"
    )


def without_mfa(refusal: AssumeRoleRefusal) -> str | None:
    """Without the line, nobody asks for a code."""
    if refusal.line("mfa_serial"):
        return None
    return (
        f"The profile {refusal.profile_name} has no mfa_serial, and the role takes an MFA code of the last hour "
        "only. Add the line mfa_serial = ARN, with the ARN of your MFA device, so that a code is asked for."
    )


def from_a_session(refusal: AssumeRoleRefusal) -> str | None:
    """A session counts with the age of its own code, also where the profile asks for another."""
    if "aws_session_token" not in refusal.source:
        return None
    return (
        f"The source_profile of {refusal.profile_name}, {refusal.line('source_profile')}, is a session, and the "
        "role takes an MFA code of the last hour only. Name the profile with your access key there."
    )


REASONS = (without_session_name, with_another_session_name, without_mfa, from_a_session)


def _profile_of_role(role_arn: str, used: str, profiles: Mapping[str, Mapping[str, object]]) -> str:
    """The profile with this role, in the chain that begins with the profile in use."""
    name, seen = used, set[str]()
    while name not in seen and profiles.get(name, {}).get("role_arn") != role_arn:
        seen.add(name)
        name = str(profiles.get(name, {}).get("source_profile", used))
    return name
