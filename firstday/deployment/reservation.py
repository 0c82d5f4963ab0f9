"""How much concurrency Lambda is to reserve for the portal's function, if the settings leave that open.

Lambda insists that 100 concurrent executions remain for the functions without a reservation. A new account has 10
in all: there, any reservation is refused.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from firstday.aws_calls import Client, explained
from firstday.deployment.stack import Stack
from firstday.stack.concurrency import PARAMETER

RESERVED = 100
REMAINING = 100
_DENIED = ("AccessDenied", "AccessDeniedException")


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation of ``executions``, 0 for none; ``words`` say why, in a sentence."""

    executions: int
    words: str

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the portal's stack."""
        return {PARAMETER: str(self.executions)}


def best_reservation(client: Client, stack: Stack) -> Reservation:
    """100 if at least 100 remain beside them; if Lambda does not tell, what ``stack`` has already.

    ``client`` is Lambda's, in the account and region of the stack. Raises DeploymentError.
    """
    with explained("Asking Lambda what it can reserve for the portal"):
        try:
            limits = client.get_account_settings()["AccountLimit"]
            own = _reserved_now(client, stack)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
            return _unchanged(stack, error)
    # The portal's present reservation is not counted twice.
    remaining = limits["UnreservedConcurrentExecutions"] + own - RESERVED
    if remaining >= REMAINING:
        return Reservation(RESERVED, f"Lambda reserves {RESERVED} concurrent executions for the portal.")
    return Reservation(
        0,
        f"Lambda reserves nothing for the portal: of the account's {limits['ConcurrentExecutions']} concurrent "
        f"executions, fewer than {REMAINING} would remain for other functions.",
    )


def _reserved_now(client: Client, stack: Stack) -> int:
    """The reservation that the function of ``stack`` has now, from anybody; raises ClientError."""
    name = (stack.outputs() or {}).get("APIHandlerName")
    if name is None:
        return 0
    try:
        found = client.get_function_concurrency(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:  # somebody has deleted it
        return 0
    return int(found.get("ReservedConcurrentExecutions", 0))


def _unchanged(stack: Stack, error: ClientError) -> Reservation:
    executions = _deployed(stack)
    has = f"{executions} reserved concurrent executions" if executions else "no reservation"
    return Reservation(executions, f"The portal stays with {has}: what Lambda could reserve was not seen. {error}")


def _deployed(stack: Stack) -> int:
    """What ``stack`` was deployed with: by its parameter, or where the settings had a number, in its template."""
    if stack.is_hollow():
        return 0
    function = stack.template()["Resources"]["APIHandler"]["Properties"]
    number = stack.parameters().get(PARAMETER, function.get("ReservedConcurrentExecutions", 0))
    return int(number)
