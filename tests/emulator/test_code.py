"""``firstday code`` shows what an authenticator app would."""

import io

import pytest

from chalicelib.errors import InvalidInput
from firstday.sandbox.authenticator import line, read_secret_key, show

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_line_has_the_current_code_the_time_left_and_the_next_code() -> None:
    # RFC 6238: at 59 s the code is 94287082, of which six digits are shown.
    assert line(SEED, 59.0) == "287082   for  1 s, then 359152"
    assert line(SEED, 60.0) == "359152   for 30 s, then 969429"


@pytest.mark.parametrize(
    "typed",
    [
        *(SEED, SEED.lower(), "GEZD GNBV GY3T QOJQ  GEZD GNBV GY3T QOJQ\n", f" {SEED}\r\n", f"\ufeff{SEED}\u200b"),
        *(f"「{SEED}」", f'"{SEED}==="', "".join(chr(ord(char) + 0xFEE0) for char in SEED)),
        f"otpauth://totp/Example:dev-simple-user?secret={SEED}&period=30",
    ],
)
def test_a_piped_secret_key_is_read_in_any_width_whatever_stands_around_it(typed: str) -> None:
    assert read_secret_key(io.StringIO(typed)) == SEED


def test_a_typed_secret_key_is_asked_for_without_showing_it() -> None:
    asked = {"Secret key (as the page shows it, spaces do not matter): ": SEED}
    assert read_secret_key(Terminal("not read"), ask=asked.__getitem__) == SEED


@pytest.mark.parametrize("typed", ["", "123456", "0189" * 8, "山田" * 8])
def test_what_is_no_secret_key_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_secret_key(io.StringIO(typed))
    assert not typed or typed not in refused.value.message


@pytest.mark.parametrize(("stream", "once"), [(io.StringIO(), False), (Terminal(), True)])
def test_outside_of_a_terminal_or_once_it_prints_one_line(stream: io.StringIO, once: bool) -> None:
    show(SEED, stream, once=once, now=lambda: 59.0, sleep=lambda _: pytest.fail("slept"))
    assert stream.getvalue() == line(SEED, 59.0) + "\n"


def test_in_a_terminal_it_counts_down_on_one_line_until_ctrl_c() -> None:
    stream, slept = Terminal(), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    now = [58.25, 58.25, 59.5, 59.5, 60.0, 60.0]
    show(SEED, stream, now=lambda: now.pop(0), sleep=sleep)
    assert slept == [0.75, 0.5, 1.0]
    shown = stream.getvalue().split("\r")
    assert shown[1:] == [line(SEED, 58.25) + " ", line(SEED, 59.5) + " ", line(SEED, 60.0) + " \n"]
