"""MFA codes, provisioning URIs, and why codes are refused."""

import base64
import unicodedata
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.members import mfa
from chalicelib.members.mfa import Reason

# RFC 6238, appendix B, SHA-1; its eight digits end with our six.
RFC_SEED = base64.b32encode(b"12345678901234567890").decode()
NOW = 1_790_000_000.0
STEP = mfa.step_at(NOW)

seeds = st.binary(min_size=20, max_size=40).map(lambda key: base64.b32encode(key).decode().rstrip("="))
ZEROS = [char for char in map(chr, range(0x110000)) if unicodedata.decimal(char, None) == 0]
user_names = st.text("abcXYZ019_+=,.@-", min_size=2, max_size=64)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert mfa.code_at(RFC_SEED, mfa.step_at(seconds)) == code


def explained(first: int, second: int, seed: str = RFC_SEED) -> mfa.Refusal:
    return mfa.explain(seed, mfa.code_at(seed, STEP + first), mfa.code_at(seed, STEP + second), NOW)


@pytest.mark.parametrize(
    ("first", "second", "reason", "minutes"),
    [
        (-1, 0, Reason.DEVICE_REPLACED, 0),
        (0, 1, Reason.DEVICE_REPLACED, 0),
        (0, -1, Reason.WRONG_ORDER, 0),
        (-3, 0, Reason.NOT_CONSECUTIVE, 0),
        (-3, -2, Reason.CLOCK_SLOW, 1),
        (-21, -20, Reason.CLOCK_SLOW, 10),
        (9, 10, Reason.CLOCK_FAST, 5),
        (1079, 1080, Reason.CLOCK_FAST, 540),
        (5000, 5001, Reason.OTHER_DEVICE, 0),
    ],
)
def test_a_refusal_is_explained_from_the_codes(first: int, second: int, reason: Reason, minutes: int) -> None:
    assert explained(first, second) == mfa.Refusal(reason, minutes)


@given(seeds, st.integers(-1400, 1400).filter(lambda steps: abs(steps) > 1))
def test_a_clock_that_is_off_is_always_told_as_such(seed: str, steps: int) -> None:
    refusal = explained(steps - 1, steps, seed)
    assert refusal.reason is (Reason.CLOCK_FAST if steps > 0 else Reason.CLOCK_SLOW)
    assert abs(refusal.minutes - abs(steps) / 2) <= 0.5


@given(seeds, st.from_regex(r"\A[0-9]{6}\Z"), st.from_regex(r"\A[0-9]{6}\Z"))
def test_any_two_codes_get_an_explanation(seed: str, first: str, second: str) -> None:
    assert mfa.explain(seed, first, second, NOW).reason in Reason


@given(seeds, user_names, st.text(min_size=1, max_size=40))
def test_a_provisioning_uri_survives_every_name(seed: str, user_name: str, issuer: str) -> None:
    uri = mfa.provisioning_uri(seed=seed, entry_name=user_name, issuer=issuer.encode("utf-8", "replace").decode())
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    label_issuer, _, account = unquote(parts.path.removeprefix("/")).partition(":")
    assert account == user_name
    assert label_issuer == " ".join(issuer.replace(":", " ").encode("utf-8", "replace").decode().split())
    assert parse_qs(parts.query) == {"secret": [seed]}
    assert "+" not in uri.replace(user_name, "")  # read as a plus sign by some apps
    assert uri.isascii()


def test_the_provisioning_uri_has_the_issuer_once_in_the_label() -> None:
    uri = mfa.provisioning_uri(seed="ABCD", entry_name="dev-simple-user", issuer="Example: Corp")
    assert uri == "otpauth://totp/Example%20Corp:dev-simple-user?secret=ABCD"


@pytest.mark.parametrize("text", ["", "short", "A" * 129, "1" * 32, "é" * 32, "a b" * 10])
def test_what_is_no_seed_is_known_as_none(text: str) -> None:
    assert not mfa.is_seed(text)


@given(seeds)
def test_a_seed_is_one_and_reads_in_groups_of_four(seed: str) -> None:
    assert mfa.is_seed(seed)
    assert mfa.grouped(seed).replace(" ", "") == seed
    assert all(len(group) == 4 for group in mfa.grouped(seed).split(" ")[:-1])


@pytest.mark.parametrize(
    "typed",
    [
        " 123 456 ",
        "１２３４５６",
        "123\u3000456",
        "١٢٣٤٥٦",
        "۱۲۳ ۴۵۶",
        "१२३४५६",
        "\u2067١٢٣\u2069\u200f 456",
        "123-456",
        "「123・456」",
        "𝟙𝟚𝟛𝟜𝟝𝟞",
        "Your code: 123456.",
        "123456\n",
    ],
)
def test_a_code_is_read_as_people_type_and_paste_it(typed: str) -> None:
    assert mfa.typed_code(typed) == "123456"


@given(st.text("0123456789", min_size=6, max_size=6), st.data())
def test_the_digits_of_any_script_are_the_code_whatever_stands_around_and_between_them(
    code: str, data: st.DataObject
) -> None:
    zeros = st.sampled_from(ZEROS)
    around = st.text(st.characters(categories=["Zs", "Cc", "Cf", "Pd", "Ps", "Pe", "Po", "Mn"]), max_size=5)
    typed = data.draw(around)
    for digit in code:
        typed += chr(ord(data.draw(zeros)) + int(digit)) + data.draw(around)
    assert mfa.typed_code(typed) == code


def test_before_each_digit_stand_as_many_digits_of_its_script_as_it_is_worth() -> None:
    """From this, script.js knows what a digit is worth."""
    for digit in filter(str.isdecimal, map(chr, range(0x110000))):
        before = 0
        while chr(ord(digit) - before - 1).isdecimal():
            before += 1
        assert before % 10 == unicodedata.decimal(digit)


def test_the_seconds_left_go_from_thirty_to_one() -> None:
    assert [mfa.seconds_left(second) for second in (0, 1, 29, 29.9, 30)] == [30, 29, 1, 1, 30]


@given(seed=seeds, drift=st.integers(-mfa.SEARCHED_STEPS, mfa.SEARCHED_STEPS))
def test_how_far_off_two_codes_are_is_worked_out_from_the_seed(seed: str, drift: int) -> None:
    first, second = (mfa.code_at(seed, STEP + drift + one) for one in (-1, 0))
    found = mfa.drift_of(seed, first, second, NOW)
    assert found is not None
    assert abs(found) <= abs(drift)  # another step may show the same two codes, once in a million million
    assert mfa.is_fresh(found) == (abs(found) <= 1)


@given(seed=seeds, other=seeds)
def test_codes_of_another_seed_are_of_no_time(seed: str, other: str) -> None:
    codes = [mfa.code_at(other, STEP + one) for one in (-1, 0)]
    if seed != other:
        assert not mfa.is_fresh(mfa.drift_of(seed, codes[0], codes[1], NOW))


@pytest.mark.parametrize(
    ("drift", "former", "is_same"),
    [
        (-20, -20, True),
        (-19, -20, True),
        (-21, -20, True),
        (-18, -20, False),
        (-20, None, False),
        (None, -20, False),
    ],
)
def test_a_slow_clock_is_as_slow_the_second_time(drift: int | None, former: int | None, is_same: bool) -> None:
    assert mfa.is_same_clock(drift, former) is is_same
