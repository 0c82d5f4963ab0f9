"""The ways to merge a member's profiles into a config that is there already, as the config page shows them."""

from typing import NamedTuple

from chalicelib.profiles import merge_scripts
from chalicelib.profiles.aws_config import RoleProfile, Source
from chalicelib.profiles.merge_scripts import MergeScripts
from chalicelib.web.html import download_link
from chalicelib.web.member.scripts import script
from chalicelib.web.visits import Visit

# The script goes when it is done: it may hold a key, and browsers would call the next one "merge-config (1).sh".
_RUN_POSIX = "sh merge-config.sh && rm merge-config.sh"
_RUN_POWERSHELL = "powershell -ExecutionPolicy Bypass -File .\\merge-config.ps1\nif ($?) { rm merge-config.ps1 }"


class Shell(NamedTuple):
    """One kind of shell: ``run`` is how to run the downloaded ``file_name``."""

    key: str
    file_name: str
    run: str
    scripts: MergeScripts

    @property
    def script_href(self) -> str:
        return download_link(self.scripts.file)


def shells(
    visit: Visit,
    user_name: str,
    source: Source,
    roles: tuple[RoleProfile, ...],
    credentials: str | None = None,
) -> tuple[Shell, ...]:
    """Both kinds of shells, with the member's profiles filled in, and with their new access key."""
    told = (visit.settings.organisation, user_name, source, roles, credentials)
    posix = merge_scripts.for_posix(script("merge-config.sh"), *told)
    powershell = merge_scripts.for_powershell(script("merge-config.ps1"), *told)
    return (
        Shell("posix", "merge-config.sh", _RUN_POSIX, posix),
        Shell("powershell", "merge-config.ps1", _RUN_POWERSHELL, powershell),
    )
