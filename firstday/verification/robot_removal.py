"""Removes robots as members are offboarded, with repeated tries; if that fails, it says what is left."""

import re
import secrets
from collections.abc import Callable

from firstday.portal.api import PortalAPI
from firstday.portal.errors import PortalError, PortalRefused
from firstday.verification.result_lines import Line, failed, passed

PREFIX = "firstday-verify-"
_NAME = re.compile(rf"{PREFIX}[0-9a-f]{{8}}")
TRIES, PAUSE = 6, 5.0


def new_name() -> str:
    """A new name each time, since IAM may remember a name for a while after its user is gone."""
    return f"{PREFIX}{secrets.token_hex(4)}"


def is_robot(user_name: str) -> bool:
    return _NAME.fullmatch(user_name) is not None


def earlier_robots(api: PortalAPI) -> list[str]:
    """The robots that a killed run left behind; raises PortalError."""
    names = (str(member["user_name"]) for member in api.members(filter_text=PREFIX))
    return [name for name in names if is_robot(name)]


def removed(api: PortalAPI, user_name: str, pause: Callable[[float], None], *, whose: str = "The robot") -> Line:
    """Remove the robot, and say so; if that fails, the line tells what is left and how to remove it."""
    reason = ""
    for attempt in range(1, TRIES + 1):
        try:
            basis = api.offboarding_plan(user_name)["basis"]
            belongings = api.offboard(user_name, basis=basis)["removed"]
        except PortalRefused as refused:
            if refused.refusal == "member_unknown":  # never made, or removed by a call whose answer was lost
                return passed("removed", f"{whose} {user_name} is gone, and nothing is left of it")
            reason = str(refused)
        except PortalError as error:
            reason = str(error)
        else:
            gone = ", ".join(dict.fromkeys(str(one["kind"]).replace("_", " ") for one in belongings))
            return passed("removed", f"{whose} {user_name} is removed, with all that was its own", answered=gone)
        if attempt < TRIES:
            pause(PAUSE)
    return failed(
        "removed",
        f"{whose} {user_name} could not be removed. Left: {_left(api, user_name)}",
        answered=reason,
        remedy=f"Run this until it says that nothing is left: firstday offboard {user_name} --yes. The next"
        " firstday verify removes it, too.",
    )


def _left(api: PortalAPI, user_name: str) -> str:
    """The names of what is left; the portal may not even answer that."""
    try:
        belongings = api.offboarding_plan(user_name)["belongings"]
    except PortalRefused as refused:
        return "nothing any more." if refused.refusal == "member_unknown" else f"the member {user_name}."
    except PortalError:
        return (
            f"the IAM user {user_name} with a virtual MFA device of the same name, perhaps an access key and a"
            " console password, and the portal's record."
        )
    return ", ".join(f"{str(one['kind']).replace('_', ' ')} {one['name']}" for one in belongings) + "."
