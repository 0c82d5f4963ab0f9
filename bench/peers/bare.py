"""The floor: a Python function on Lambda, with no page and no AWS call."""

import json
from typing import Any


def app(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"path": event["path"]}),
    }
