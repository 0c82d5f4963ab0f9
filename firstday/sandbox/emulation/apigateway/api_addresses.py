"""Puts the address of a deployed API into the outputs of its stack.

Templates build it from the API's id: https://<id>.execute-api.<region>.amazonaws.com/<stage>. Here that name
leads to AWS, which does not know the id; so the outputs have the portal's own address.
"""

import re
from typing import Any

from ministack.services.cloudformation import stacks

_ADDRESS = re.compile(r"https://[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com/[A-Za-z0-9_-]+")
_resolve_stack_outputs = stacks._resolve_stack_outputs


def install(portal_url: str) -> None:
    """Wrap the function that resolves a stack's outputs."""

    def resolved(*arguments: Any) -> Any:
        outputs, exports = _resolve_stack_outputs(*arguments)
        for output in outputs:
            output["OutputValue"] = _ADDRESS.sub(portal_url, output["OutputValue"])
        return outputs, exports

    stacks._resolve_stack_outputs = resolved
