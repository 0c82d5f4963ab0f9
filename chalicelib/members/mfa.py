"""Virtual MFA devices: MFA codes, provisioning URIs, and why a code was refused.

A code is the RFC 6238 TOTP of the device's seed with AWS's parameters, which
are also every authenticator app's defaults: SHA-1, six digits, steps of 30 s.
"""

import base64
import binascii
import hashlib
import hmac
import struct
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

STEP_SECONDS = 30
MINUTE = 60 // STEP_SECONDS
DIGITS = 6
# Twelve hours each way also cover a time zone set by hand; a clock that is further off looks like another device.
SEARCHED_STEPS = 12 * 3600 // STEP_SECONDS
# AWS accepts a neighbouring step; beyond it, the member has to look at the clock.
TOLERATED_STEPS = 1


class Reason(StrEnum):
    """Why two MFA codes were refused, as far as the codes tell."""

    SAME_CODE_TWICE = "same_code_twice"
    WRONG_ORDER = "wrong_order"
    NOT_CONSECUTIVE = "not_consecutive"
    CLOCK_SLOW = "clock_slow"
    CLOCK_FAST = "clock_fast"
    OTHER_DEVICE = "other_device"
    NOT_A_CODE = "not_a_code"
    DEVICE_REPLACED = "device_replaced"
    CODES_USED = "codes_used"
    CODES_AGED = "codes_aged"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class Refusal:
    """``minutes`` is how far the phone's clock is off, at least 1; 0 where it is not the clock."""

    reason: Reason
    minutes: int = 0


def is_code(text: str) -> bool:
    """Six ASCII digits, the only thing that EnableMFADevice takes."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def typed_code(text: str) -> str:
    """The code that was meant: the first six digits, of any script, whatever stands around and between them.

    script.js does the same.
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(char)) for char in plain if char.isdecimal())[:DIGITS]


def obvious_refusal(first: str, second: str) -> Refusal | None:
    """What can be said of two codes without asking AWS."""
    if not (is_code(first) and is_code(second)):
        return Refusal(Reason.NOT_A_CODE)
    return Refusal(Reason.SAME_CODE_TWICE) if first == second else None


def is_seed(text: str) -> bool:
    """A base32 secret of 80 to 640 bits, as CreateVirtualMFADevice returns."""
    if not 16 <= len(text) <= 128:
        return False
    try:
        return len(_key(text)) >= 10
    except (binascii.Error, ValueError):
        return False


def code_at(seed: str, step: int) -> str:
    """The MFA code of base32 ``seed`` in ``step`` (whole 30 s periods since 1970).

    RFC 4226, section 5.3 (dynamic truncation); RFC 6238, section 4.
    """
    return _code(_key(seed), step)


def step_at(seconds: float) -> int:
    """The step that contains the POSIX time ``seconds``."""
    return int(seconds // STEP_SECONDS)


def seconds_left(seconds: float) -> int:
    """How long the code of the POSIX time ``seconds`` is still shown, 1 to 30."""
    return STEP_SECONDS - int(seconds) % STEP_SECONDS


def grouped(seed: str) -> str:
    """The secret key as people read it: groups of four."""
    return " ".join(seed[start : start + 4] for start in range(0, len(seed), 4))


def provisioning_uri(*, seed: str, entry_name: str, issuer: str) -> str:
    """The ``otpauth://`` text of the QR code.

    https://github.com/google/google-authenticator/wiki/Key-Uri-Format: the label is
    ``issuer:account``, in which neither part may hold a colon. The issuer is not given
    again as a parameter: the code gets smaller, and the label alone is enough. Spaces must
    be %20: some apps show a "+" as it stands. Parameters at their defaults are left out, as
    AWS's own QR code does: Microsoft Authenticator ignores them.
    """
    label_issuer = " ".join(issuer.replace(":", " ").split())
    return f"otpauth://totp/{quote(label_issuer, safe='')}:{quote(entry_name, safe='@')}?secret={seed}"


def drift_of(seed: str, first: str, second: str, now: float) -> int | None:
    """How many steps ``second`` is from the POSIX time ``now``: negative if it is late.

    None if ``seed`` does not show it right after ``first`` within twelve hours. The nearest steps are tried first,
    as they nearly always match.
    """
    key, current = _key(seed), step_at(now)
    for distance in range(SEARCHED_STEPS + 1):
        for drift in {-distance, distance}:
            if _code(key, current + drift) == second and _code(key, current + drift - 1) == first:
                return drift
    return None


def have_aged(seed: str | None, first: str, second: str, sent_at: float, now: float) -> bool:
    """Whether two codes, first sent at one POSIX time, are too old at another; ``seed`` tells more exactly."""
    waited = step_at(now) - step_at(sent_at)
    drift = drift_of(seed, first, second, now) if seed and waited else None
    if drift is not None and is_fresh(drift + waited):
        return not is_fresh(drift)
    return waited > TOLERATED_STEPS


def is_fresh(drift: int | None) -> bool:
    """Whether AWS takes codes of that drift as current; None is not."""
    return drift is not None and abs(drift) <= TOLERATED_STEPS


def is_same_clock(drift: int | None, former: int | None) -> bool:
    """Whether two pairs of codes are equally far off: then it is the phone's clock, not a slow member."""
    return drift is not None and former is not None and abs(drift - former) <= TOLERATED_STEPS


def explain(seed: str, first: str, second: str, now: float) -> Refusal:
    """Say why AWS refused ``first`` and ``second`` for the device of ``seed`` at POSIX time ``now``."""
    drift = drift_of(seed, first, second, now)
    if drift is not None:
        # The codes are right, so the device that AWS knows is not the one of this QR code any more.
        return Refusal(Reason.DEVICE_REPLACED) if is_fresh(drift) else clock(drift)
    current = step_at(now)
    shown = _shown(seed, current)
    if any(step - 1 in shown[second] for step in shown[first]):
        return Refusal(Reason.WRONG_ORDER)
    near = [[step for step in shown[code] if abs(step - current) <= 2 * MINUTE] for code in (first, second)]
    return Refusal(Reason.NOT_CONSECUTIVE if all(near) else Reason.OTHER_DEVICE)


def clock(drift: int) -> Refusal:
    """How far the phone's clock is off, if codes of that drift were typed at once."""
    minutes = max(1, round(abs(drift) / MINUTE))
    return Refusal(Reason.CLOCK_FAST if drift > 0 else Reason.CLOCK_SLOW, minutes)


def _shown(seed: str, current: int) -> defaultdict[str, list[int]]:
    """The steps around ``current`` in which each code is shown."""
    key = _key(seed)
    steps = defaultdict[str, list[int]](list)
    for step in range(current - SEARCHED_STEPS, current + SEARCHED_STEPS + 1):
        steps[_code(key, step)].append(step)
    return steps


def _key(seed: str) -> bytes:
    return base64.b32decode(seed.upper() + "=" * (-len(seed) % 8))


def _code(key: bytes, step: int) -> str:
    digest = hmac.digest(key, struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"
