"""The commands for one member, or a few: from the first invitation to the last day."""

from typing import TYPE_CHECKING

import click

from firstday.cli.options import EMAIL, MAIL, UNTIL, details_of
from firstday.cli.terminal import Failure, confirm, portal_command, say

if TYPE_CHECKING:
    from firstday.portal.api import PortalAPI

GROUP = click.option(
    "--group", "groups", multiple=True, help="A switch-role group; may be repeated. Else the default ones."
)
PASSCODE = click.option(
    "--passcode", is_flag=True, help="Protect the link with a passcode that you tell another way."
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")
USER = click.argument("user_name", metavar="USER")


@portal_command
@click.argument("user_names", metavar="USER...", nargs=-1, required=True)
@GROUP
@PASSCODE
@EMAIL
@UNTIL
@MAIL
def invite(
    api: "PortalAPI",
    user_names: tuple[str, ...],
    groups: tuple[str, ...],
    passcode: bool,
    email: str | None,
    until: str | None,
    mail: bool | None,
    as_json: bool,
) -> None:
    """Create the member USER and a fresh invitation link.

    Running it again for somebody who has not finished makes a new link and ends the old one. With --json, there
    is one line for each USER. For many members, see the command import.

    \b
    Example:
      firstday invite dev-simple-user --group developers
      firstday invite dev-simple-user --email dev-simple-user@example.com --until 2026-12-31
    """
    from chalicelib.members.record import checked_user_name
    from firstday.cli.views.invitation_view import summary
    from firstday.portal.errors import PortalRefused

    if email not in (None, "", "same") and len(user_names) > 1:
        raise click.UsageError("One address cannot be that of several members.")
    for user_name in user_names:
        checked_user_name(user_name)  # all of them, before the first one is invited
    failed = []
    for user_name in user_names:
        try:
            details = details_of(user_name, email, until)
            invitation = api.create_invitation(
                user_name, list(groups), passcode=passcode, details=details, mail=mail
            )
        except PortalRefused as refused:
            if len(user_names) == 1:
                raise
            click.echo(f"firstday: {user_name}: {refused}", err=True)
            failed.append(user_name)
        else:
            say(invitation, summary(invitation), as_json=as_json)
    if failed:
        raise Failure(f"Not invited: {', '.join(failed)}. The reasons are above.")


@portal_command
@USER
@GROUP
@EMAIL
@UNTIL
def create(
    api: "PortalAPI",
    user_name: str,
    groups: tuple[str, ...],
    email: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Create the member USER without an invitation yet.

    \b
    Example:
      firstday create dev-simple-user --group developers
    """
    details = details_of(user_name, email, until)
    answer = api.create_member(user_name, list(groups), details)
    member = answer["member"]
    if any(said and said != member.get(name) for name, said in (("email", details.email), ("until", until))):
        click.echo(f"{user_name} was a member before, and stays so: see firstday edit.", err=True)
    text = (
        f"{member['user_name']} is a member; the groups will be: {', '.join(member['groups'])}.\n"
        f"When the first day comes: firstday invite {member['user_name']}"
    )
    say(answer, text, as_json=as_json)


@portal_command
@USER
def revoke(api: "PortalAPI", user_name: str, as_json: bool) -> None:
    """Make the link of USER worthless.

    The session that began with it ends, too. USER keeps what they have already: device, groups and access key.

    \b
    Example:
      firstday revoke dev-simple-user
    """
    revoked = api.revoke_invitation(user_name, basis=api.member_with_basis(user_name)["basis"])
    text = f"The invitation of {revoked['user_name']} is revoked: its link and its session are worthless."
    say(revoked, text, as_json=as_json)


@portal_command
@USER
@click.argument("group_names", metavar="GROUP...", nargs=-1, required=True)
def groups(api: "PortalAPI", user_name: str, group_names: tuple[str, ...], as_json: bool) -> None:
    """Set the switch-role groups of USER: these, and no others.

    \b
    Example:
      firstday groups dev-simple-user developers operators
    """
    found = api.member_with_basis(user_name)
    click.echo(f"{user_name} so far: {', '.join(found['member']['groups']) or 'in no group'}.", err=True)
    answer = api.set_groups(user_name, list(group_names), basis=found["basis"])
    member = answer["member"]
    listed = ", ".join(member["groups"])
    text = (
        f"{member['user_name']} is now in: {listed}. It takes AWS a few seconds until this holds everywhere."
        if answer["is_effective"]
        else f"{member['user_name']} will be in: {listed}, as soon as their MFA device is proved."
    )
    if set(member["groups"]) == set(found["member"]["groups"]):
        text = (
            f"{member['user_name']} had these groups already in the record: {listed}. Whether IAM has them, too: "
            f"firstday member {member['user_name']}"
        )
    say(answer, text, as_json=as_json)


@portal_command
@USER
@PASSCODE
@MAIL
@YES
def reset_mfa(
    api: "PortalAPI", user_name: str, passcode: bool, mail: bool | None, yes: bool, as_json: bool
) -> None:
    """After a lost phone: remove all MFA devices, invite again.

    Until the new device is proved, USER is in no switch-role group, and the access keys are inactive. Then both
    are as they were.

    \b
    Example:
      firstday reset-mfa dev-simple-user
    """
    from firstday.cli.views.belonging_views import told_of_reset

    question = (
        f"{user_name} loses all MFA devices, leaves the switch-role groups and cannot use the access keys until a"
        " new device is proved. Go on?"
    )
    basis = api.member_with_basis(user_name)["basis"]  # read before the question, which is about this state
    confirm(question, yes=yes)
    answer = api.reset_mfa(user_name, basis=basis, passcode=passcode, mail=mail)
    say(answer, told_of_reset(answer), as_json=as_json)


@portal_command
@USER
@PASSCODE
@MAIL
@YES
def reset_password(
    api: "PortalAPI", user_name: str, passcode: bool, mail: bool | None, yes: bool, as_json: bool
) -> None:
    """After a forgotten console password: remove it, invite again.

    The link asks USER for two codes of the MFA device that they have, then for a new password. Access keys, groups
    and devices stay as they are.

    \b
    Example:
      firstday reset-password dev-simple-user
    """
    from firstday.cli.views.belonging_views import told_of_reset

    question = (
        f"{user_name} cannot sign in to the AWS console until they choose a new password, by a new link and two"
        " codes of the MFA device. Go on?"
    )
    basis = api.member_with_basis(user_name)["basis"]  # read before the question, which is about this state
    confirm(question, yes=yes)
    answer = api.reset_password(user_name, basis=basis, passcode=passcode, mail=mail)
    leads = "The link asks for two codes of the MFA device that the member has, then for a new password.\n\n"
    say(answer, leads + told_of_reset(answer), as_json=as_json)


@portal_command
@USER
@YES
def offboard(api: "PortalAPI", user_name: str, yes: bool, as_json: bool) -> None:
    """Remove USER for good, with everything that is theirs.

    What will be removed, from the portal and from IAM, is shown first. If AWS fails in the middle, run it again:
    it goes on where it was.

    \b
    Example:
      firstday offboard dev-simple-user
    """
    from firstday.cli.views.belonging_views import named
    from firstday.portal.errors import PortalRefused

    plan = api.offboarding_plan(user_name)
    name, belongings = plan["user_name"], plan["belongings"]
    click.echo("\n".join([f"What will be removed of {name}:", *named(belongings)]), err=as_json)
    if plan["obstacles"]:
        raise Failure("\n".join(["Nothing was removed; there is something in the way.", *plan["obstacles"]]))
    confirm(f"Remove {name} for good?", yes=yes)
    try:
        answer = api.offboard(name, basis=plan["basis"])
    except PortalRefused as refused:
        if refused.refusal != "member_unknown":
            raise
        # The call was repeated, and the first one had worked: there was a member a moment ago.
        answer = {"user_name": name, "removed": belongings}
    say(answer, f"{name} is gone, and nothing is left.", as_json=as_json)
