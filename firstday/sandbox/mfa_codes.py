"""What a virtual MFA device accepts: RFC 6238 codes near the present, each once.

How far off AWS lets a code be is not documented. One step either way is what it is seen to
accept and what RFC 6238, section 5.2 recommends; resynchronising exists to mend a clock that
is further off, so it looks further, and the device remembers by how much (section 6).
"""

from dataclasses import dataclass

from chalicelib.mfa import TOLERATED_STEPS, code_at, step_at

# Ten minutes either way. AWS's own limit is not known.
RESYNC_STEPS = 20
# 40 bytes: AWS's seeds are 64 characters of base32.
SEED_BYTES = 40


@dataclass(slots=True)
class CodeChecker:
    """One device's memory: ``last_step`` was used, and so were all before it; ``drift`` is in steps."""

    seed: str
    last_step: int = 0
    drift: int = 0

    def accept(self, code: str, now: float) -> bool:
        """Use up one code, as AssumeRole and GetSessionToken do."""
        step = self._find(code, now, TOLERATED_STEPS)
        if step is None or step <= self.last_step:
            return False
        self.last_step = step
        return True

    def accept_two(self, first: str, second: str, now: float, tolerated: int = TOLERATED_STEPS) -> bool:
        """Use up two consecutive codes, as EnableMFADevice and ResyncMFADevice do.

        ``second`` must be of the present, give or take ``tolerated`` steps.
        """
        step = self._find(second, now, tolerated)
        if step is None or step - 1 <= self.last_step or code_at(self.seed, step - 1) != first:
            return False
        self.last_step = step
        if tolerated > TOLERATED_STEPS:
            self.drift = step - step_at(now)
        return True

    def _find(self, code: str, now: float, tolerated: int) -> int | None:
        """The step nearest to the device's present that shows ``code``."""
        present = step_at(now) + self.drift
        for distance in range(tolerated + 1):
            for step in (present - distance, present + distance):
                if code_at(self.seed, step) == code:
                    return step
        return None
