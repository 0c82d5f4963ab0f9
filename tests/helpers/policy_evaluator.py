"""An independent evaluator of IAM policies, in a process of its own: iam-simulate from npm, for tests only."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.helpers.aws_clients import INSTALLED, JAVASCRIPT
from tests.helpers.running_sandbox import BIN

Policy = Mapping[str, Any]
ANSWERS = {"Allowed": True, "ImplicitlyDenied": False, "ExplicitlyDenied": False}


@dataclass(frozen=True)
class Request:
    """Somebody wants to assume a role; ``context`` are condition keys besides the role's account."""

    principal: str
    role_arn: str
    context: Mapping[str, str] = field(default_factory=dict)


class PolicyEvaluator:
    """One process for all requests."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def allows(
        self,
        request: Request,
        identity: Sequence[Policy],
        boundary: Sequence[Policy] = (),
        trust: Policy | None = None,
    ) -> bool:
        """Whether the policies of the user, their boundary and the role's trust policy allow it together."""
        account = request.role_arn.split(":")[4]
        asked = {
            "principal": request.principal,
            "action": "sts:AssumeRole",
            "resource": request.role_arn,
            "account": account,
            "context": {"aws:ResourceAccount": account, **request.context},
            "identity": identity,
            "boundary": boundary,
            "trust": trust,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer in ANSWERS, answer
        return ANSWERS[answer]


@contextmanager
def policy_evaluator() -> Iterator[PolicyEvaluator]:
    """The evaluator, as ``tests/install-clients`` installs it."""
    assert (INSTALLED / "node_modules/@cloud-copilot").exists(), (
        "Run tests/install-clients first, as make test does."
    )
    command = [str(BIN / "node"), str(JAVASCRIPT / "evaluate-policies.cjs")]
    environment = {"NODE_PATH": str(INSTALLED / "node_modules")}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield PolicyEvaluator(process)
