"""Looks for what can stop a deployment or removal, in every account before anything changes in one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.arns import ADMIN_ROLE_NAME
from chalicelib.settings.records import Settings
from firstday.account_names import account_words
from firstday.aws_calls import AccountSession, Client, DeploymentError, explained
from firstday.aws_sessions import check_account
from firstday.deployment.change_words import Change
from firstday.deployment.code_bucket import CodeBucket
from firstday.deployment.foreign_attachments import foreign_attachments
from firstday.deployment.portal import TARGET_STACK
from firstday.deployment.stack import Stack
from firstday.deployment.taken_names import Named, not_replaceable, taken_names

UNCHANGED = "Nothing was changed."


def check_all(looks: Iterable[Callable[[], object]]) -> None:
    """Run all of the checks; raises one DeploymentError with everything that they found."""
    problems = list(_problems(looks))
    if problems:
        words = "\n\n".join(problems)
        raise DeploymentError(words if UNCHANGED in words else f"{words}\n{UNCHANGED}")


def portal_stack(
    session: AccountSession, template: Mapping[str, Any], settings: Settings, stack_name: str
) -> Stack:
    """The portal's stack, which can become ``template``; raises DeploymentError where it cannot."""
    check_account(session, settings, settings.identity_account)
    stack = Stack(session.client("cloudformation", settings.region), stack_name)
    stack.check_can_be_deployed()
    if stack.is_hollow():
        check_no_other_portal(session, settings, stack_name)
    CodeBucket(session, settings, settings.identity_account).exists()
    check_names(session, settings, settings.identity_account, stack, template)
    return stack


def target_stack(
    session: AccountSession, template: Mapping[str, Any], settings: Settings, account_id: str
) -> Stack:
    """The stack of an account's roles, which can become ``template``; raises DeploymentError where it cannot."""
    check_account(session, settings, account_id)
    stack = Stack(session.client("cloudformation", settings.region), TARGET_STACK)
    check_identity_account(stack, settings, account_id)
    stack.check_can_be_deployed()
    check_names(session, settings, account_id, stack, template)
    return stack


def check_names(
    session: AccountSession, settings: Settings, account_id: str, stack: Stack, template: Mapping[str, Any]
) -> None:
    """Raises DeploymentError, with all such names, if something else has a name that ``stack`` needs."""
    if taken := list(taken_names(session, settings.region, stack, template)):
        where = account_words(settings, account_id)
        lines = [line for kind, name in taken for line in _taken_lines(kind, name, settings)]
        intro = f"Names that the stack {stack.name} needs are taken in {where}. {UNCHANGED}"
        raise DeploymentError("\n".join([intro, *lines]))


def check_nothing_attached(iam: Client, stack: Stack) -> None:
    """Raises DeploymentError where others have attached something to what would be deleted with ``stack``."""
    if found := list(foreign_attachments(iam, stack)):
        intro = f"The stack {stack.name} cannot be removed as it is."
        raise DeploymentError("\n".join([intro, *(f"  {each}" for each in found)]))


def check_replacements(stack: Stack, changes: tuple[Change, ...], template: Mapping[str, Any]) -> None:
    """Raises DeploymentError where something would be replaced under its own name."""
    if found := [f"{kind.words} {name}" for kind, name in not_replaceable(changes, template)]:
        raise DeploymentError(
            f"The stack {stack.name} cannot be changed like that: AWS would have to make {', '.join(found)} anew, "
            f"and two cannot have one name. {UNCHANGED} Give it another name in the settings."
        )


def check_identity_account(stack: Stack, settings: Settings, account_id: str) -> None:
    """Raises DeploymentError where the roles of ``stack`` are there for the members of another identity account."""
    trusted = trusted_account(stack, settings)
    if trusted != settings.identity_account:
        raise DeploymentError(
            f"The roles in the account {account_id} (stack {stack.name}) are there for the members of the identity "
            f"account {trusted}, but these settings are of {settings.identity_account}: its portal would take them "
            f"away. An account has the roles of one identity account. {UNCHANGED} Give each stage accounts "
            f"of its own in [accounts]; if {trusted} gives this one up, remove its roles first: "
            f"aws cloudformation delete-stack --stack-name {stack.name} --region {settings.region}"
        )


def trusted_account(stack: Stack, settings: Settings) -> str:
    """The identity account of the members that use the roles of ``stack``; without roles, that of the settings.

    Raises DeploymentError.
    """
    return stack.parameters().get("IdentityAccount", settings.identity_account)


def has_portal(session: AccountSession, settings: Settings) -> bool:
    """Whether a portal of any stage, in any region, is in this account; raises DeploymentError."""
    with explained("Looking for a portal in this account"):
        try:
            session.client("iam", settings.region).get_role(RoleName=ADMIN_ROLE_NAME)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return False
            raise
    return True


def check_no_other_portal(session: AccountSession, settings: Settings, stack_name: str) -> None:
    """IAM's names are unique in an account, across regions: a second portal would need the first one's names."""
    if not has_portal(session, settings):
        return
    raise DeploymentError(
        f"The account {settings.identity_account} has a portal already, in another stack or region than "
        f"{stack_name} in {settings.region}: its role {ADMIN_ROLE_NAME} is there. The names of IAM roles, groups "
        "and policies are one in an account, so each stage needs an identity account of its own, with a settings "
        "file of its own: firstday deploy --stage NAME --settings FILE."
    )


def _taken_lines(kind: Named, name: str, settings: Settings) -> Iterator[str]:
    chosen = {group.name for group in settings.groups} | {role.role_name for role in settings.roles}
    yield f"  {kind.words} {name} is there, and this stack has not made it."
    rename = "Name another one in the settings, or delete it" if name in chosen else "Delete it"
    yield f"    {rename} if nobody needs it: {kind.deletion} {name}"


def _problems(looks: Iterable[Callable[[], object]]) -> Iterator[str]:
    for look in looks:
        try:
            look()
        except DeploymentError as error:
            yield str(error)
