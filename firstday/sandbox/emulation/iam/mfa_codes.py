"""The codes that a virtual MFA device accepts: RFC 6238 codes near the present, each once.

How far off AWS lets a code be is not documented. One step either way is what it is seen to
accept and what RFC 6238, section 5.2 recommends; resynchronising exists to correct a clock that
is further off, so it looks further, and the device remembers by how much (section 6).

Enabling also takes codes that are late, and then the device is out of sync: no code works until
it is resynchronised. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
"""

from dataclasses import dataclass

from chalicelib.members.mfa import TOLERATED_STEPS, code_at, step_at

# An hour: late for enabling, either way for resynchronising. Both are choices of ours: AWS's limits are not known.
LATE_STEPS = RESYNC_STEPS = 120
# 40 bytes: AWS's seeds are 64 characters of base32.
SEED_BYTES = 40


@dataclass(slots=True)
class CodeChecker:
    """One device's memory: ``last_step`` was used, and so were all before it; ``drift`` is in steps.

    While it is not ``in_sync``, no single code is accepted.
    """

    seed: str
    last_step: int = 0
    drift: int = 0
    in_sync: bool = True

    def accept(self, code: str, now: float) -> bool:
        """Use up one code, as AssumeRole and GetSessionToken do."""
        present = step_at(now) + self.drift
        step = self._find(code, present - TOLERATED_STEPS, present + TOLERATED_STEPS)
        if not self.in_sync or step is None or step <= self.last_step:
            return False
        self.last_step = step
        return True

    def enable(self, first: str, second: str, now: float) -> bool:
        """Use up two consecutive codes, as EnableMFADevice does. Late ones leave the device out of sync."""
        present = step_at(now)
        if not self._accept_two(first, second, present - LATE_STEPS, present + TOLERATED_STEPS):
            return False
        self.drift, self.in_sync = 0, self.last_step >= present - TOLERATED_STEPS
        return True

    def resync(self, first: str, second: str, now: float) -> bool:
        """Use up two consecutive codes, as ResyncMFADevice does: they tell the clock of the device."""
        present = step_at(now)
        if not self._accept_two(first, second, present - RESYNC_STEPS, present + RESYNC_STEPS):
            return False
        self.drift, self.in_sync = self.last_step - present, True
        return True

    def _accept_two(self, first: str, second: str, earliest: int, latest: int) -> bool:
        """Whether ``second`` is of these steps, ``first`` of the one before it, and neither was used."""
        step = self._find(second, earliest, latest)
        if step is None or step - 1 <= self.last_step or code_at(self.seed, step - 1) != first:
            return False
        self.last_step = step
        return True

    def _find(self, code: str, earliest: int, latest: int) -> int | None:
        """The latest of these steps that shows ``code``."""
        return next((step for step in range(latest, earliest - 1, -1) if code_at(self.seed, step) == code), None)
