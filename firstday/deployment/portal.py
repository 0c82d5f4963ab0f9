"""The deployed portal: its stack of a stage, and its address."""

from dataclasses import dataclass

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, DeploymentError
from firstday.deployment.stack import Stack

DEFAULT_STAGE = "prod"
PORTAL_STACK = "firstday"
TARGET_STACK = "firstday-roles"


@dataclass(frozen=True, slots=True)
class DeployedPortal:
    """Where the portal is; ``portal_url`` has no slash at its end."""

    portal_url: str
    rest_api_id: str
    admin_role_arn: str
    members_table: str
    audit_table: str
    console_table: str
    function_name: str
    stack_name: str


def stack_name(stage: str) -> str:
    """The name of a stage's stack."""
    return PORTAL_STACK if stage == DEFAULT_STAGE else f"{PORTAL_STACK}-{stage}"


def stacks_of_identity_account(settings: Settings, portal_stack: str) -> tuple[str, ...]:
    """The names of its stacks: the portal's, and that of its own roles if it has any."""
    has_roles = any(role.account_id == settings.identity_account for role in settings.roles)
    return (portal_stack, TARGET_STACK) if has_roles else (portal_stack,)


def deployed_portal(session: AccountSession, settings: Settings, stage: str = DEFAULT_STAGE) -> DeployedPortal:
    """The portal of ``stage`` in the identity account, to which ``session`` belongs.

    Raises DeploymentError where there is none, or AWS does not tell.
    """
    stack = Stack(session.client("cloudformation", settings.region), stack_name(stage))
    return portal_from(stack.outputs(), stack.name)


def portal_from(outputs: dict[str, str] | None, stack: str) -> DeployedPortal:
    """The portal that a stack's outputs describe; ``outputs`` are None where there is no stack."""
    if outputs is None:
        raise DeploymentError(f"There is no stack {stack} here: deploy the portal first, with firstday deploy.")
    try:
        return DeployedPortal(
            portal_url=outputs["PortalURL"],
            rest_api_id=outputs["RestAPIId"],
            admin_role_arn=outputs["AdminRoleArn"],
            members_table=outputs["MembersTableName"],
            audit_table=outputs["AuditTableName"],
            console_table=outputs["ConsoleTableName"],
            function_name=outputs["APIHandlerName"],
            stack_name=stack,
        )
    except KeyError as missing:
        raise DeploymentError(f"The stack {stack} has no output {missing}: deploy again.") from None
