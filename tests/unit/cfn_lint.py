"""cfn-lint, for tests."""

import json

from cfnlint import lint  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]


def findings(template: object, region: str) -> list[str]:
    """All messages of cfn-lint, information included."""
    config = ManualArgs(regions=[region], include_checks=["I"])
    return [str(match) for match in lint(json.dumps(template), config=config)]
