"""The commands for somebody who is away for a while."""

from typing import TYPE_CHECKING

import click

from firstday.cli.member_commands import PASSCODE, USER, YES
from firstday.cli.options import MAIL
from firstday.cli.terminal import confirm, portal_command, say

if TYPE_CHECKING:
    from firstday.portal.api import PortalAPI

UNTIL = click.option(
    "--until",
    metavar="DAY",
    help='The new day on which access ends, such as 2026-12-31; "" for none. Else it stays.',
)

RESUMING = """\
The link asks for two codes of the phone that the member has; who has none yet
registers one. Then everything is as it was."""


@portal_command
@USER
@YES
def suspend(api: "PortalAPI", user_name: str, yes: bool, as_json: bool) -> None:
    """Suspend USER: AWS denies everything until they are resumed.

    Sessions and links in the portal end at once, access keys are deactivated. Sessions of roles that have begun go
    on until they end by themselves, after 12 hours at most. Phone, groups and console password are kept.

    \b
    Example:
      firstday suspend dev-simple-user
    """
    question = (
        f"AWS will deny {user_name} everything. Sessions of roles that have begun go on, for 12 hours at most."
        " Phone, groups and keys are kept. Go on?"
    )
    basis = api.member_with_basis(user_name)["basis"]  # read before the question, which is about this state
    confirm(question, yes=yes)
    answer = api.suspend(user_name, basis=basis)
    keys = [f"  access key, deactivated: {key_id}" for key_id in answer["access_keys"]]
    text = f"{answer['user_name']} is suspended. To end that: firstday resume {answer['user_name']}"
    say(answer, "\n".join([text, *keys]), as_json=as_json)


@portal_command
@USER
@UNTIL
@PASSCODE
@MAIL
def resume(
    api: "PortalAPI", user_name: str, until: str | None, passcode: bool, mail: bool | None, as_json: bool
) -> None:
    """Resume USER, who was suspended: make an invitation.

    Its link asks for two codes of the MFA device that USER has, and brings back exactly what there was. Until then,
    nothing is given. If the phone is lost: resume, then reset-mfa, and send the last link only.

    \b
    Example:
      firstday resume dev-simple-user --until 2027-03-31
    """
    from firstday.cli.views.invitation_view import summary

    basis = api.member_with_basis(user_name)["basis"]
    answer = api.resume(user_name, basis=basis, passcode=passcode, until=until, mail=mail)
    say(answer, f"{RESUMING}\n\n{summary(answer)}", as_json=as_json)
