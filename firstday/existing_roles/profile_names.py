"""Proposes names for the profiles of roles: valid, not taken, and telling where they lead."""

import re
from itertools import count

from chalicelib.settings import rules

LONGEST = 64


class ProfileNames:
    """Names after ``prefix``, none of which is in ``taken``, whatever their case; those have the prefix already."""

    def __init__(self, prefix: str, taken: list[str]) -> None:
        self._prefix = prefix
        self._taken = {name.lower() for name in taken}

    def propose(self, account_name: str, role_name: str) -> str:
        """A name without the prefix, which is then taken; "" if none is left."""
        account, role = _slug(account_name), _slug(role_name)
        base = role if not account or f"{role}-".startswith(f"{account}-") else f"{account}-{role}".strip("-")
        room = LONGEST - len(self._prefix)
        for number in count(1):
            ending = "" if number == 1 else f"-{number}" if room > 8 else str(number)
            if len(ending) > room:
                return ""
            name = (base or "role")[: room - len(ending)].rstrip("-") + ending
            full = (self._prefix + name).lower()
            if full not in self._taken and rules.profile_after(self._prefix)(name) is None:
                self._taken.add(full)
                return name
        return ""


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-")
