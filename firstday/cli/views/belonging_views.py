"""What members have and what is taken away from them, in the terminal."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from firstday.cli.views.invitation_view import summary

if TYPE_CHECKING:
    from chalicelib.web.api.contract.outcome_records import Belonging
    from firstday.portal.link_records import LinkedReset

KINDS = {
    "session": "the session in the portal",
    "invitation": "the invitation",
    "access_key": "access key",
    "login_profile": "the console password",
    "mfa_device": "MFA device",
    "group": "membership in",
    "policy": "policy",
    "ssh_key": "SSH key",
    "signing_certificate": "signing certificate",
    "service_specific_credential": "service-specific credential",
    "iam_user": "IAM user",
}
# There is one of each, so its name would say nothing.
NAMELESS = {"session", "invitation", "login_profile"}


def told_of_reset(reset: "LinkedReset") -> str:
    """What a reset took away, and the new invitation."""
    removed = named(reset["removed"], {"access_key": "access key, deactivated:"})
    heading = [f"Taken away from {reset['user_name']}:", *removed, ""] if removed else []
    return "\n".join([*heading, summary(reset)])


def named(belongings: "Iterable[Belonging]", kinds: Mapping[str, str] | None = None) -> list[str]:
    """A line for each; ``kinds`` are other words for some of their kinds."""
    words = KINDS | dict(kinds or {})
    return [
        f"  {words.get(one['kind'], one['kind'])}{'' if one['kind'] in NAMELESS else ' ' + one['name']}"
        for one in belongings
    ]
