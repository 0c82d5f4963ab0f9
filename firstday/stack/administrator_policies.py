"""What roles of an identity provider's need in order to administer the portal: to call routes of its API.

For administrators who have such a role, as the settings' ``[administrators]`` say. The portal's own role has its
permissions by the portal's stack.
"""

from fnmatch import fnmatchcase

from chalicelib.admin.authority import WHO_MAY, Rank, may
from firstday.stack.policies import PORTAL_API, Policy, admin_api, allow, document, sub

ADMIN_TASKS = tuple(task for task in WHO_MAY if " /admin/" in task)


def administrator_permissions() -> Policy:
    """All of the admin API."""
    return document(admin_api())


def help_desk_permissions() -> Policy:
    """The routes of the admin API that a help desk may call, and no others.

    IAM's ``*`` matches slashes, too: the routes that an allowed one would let in besides are denied.
    """
    allowed = {_route(task) for task in ADMIN_TASKS if may(Rank.HELP_DESK, task)}
    others = {_route(task) for task in ADMIN_TASKS} - allowed
    denied = {route for route in others if any(fnmatchcase(route, wider) for wider in allowed)}
    needed = {route for route in allowed if not any(fnmatchcase(route, wider) for wider in allowed - {route})}
    return document(
        allow("HelpDesk", ("execute-api:Invoke",), [sub(route) for route in sorted(needed)]),
        allow("NothingElse", ("execute-api:Invoke",), [sub(route) for route in sorted(denied)])
        | {"Effect": "Deny"},
    )


def _route(task: str) -> str:
    """The ARN of a route in any stage, in terms of the portal's template."""
    method, path = task.split()
    return f"{PORTAL_API}/*/{method}{path.replace('{user_name}', '*')}"
