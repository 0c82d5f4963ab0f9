"""The true causes of AWS's errors, if AWS names another cause."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, SSOTokenLoadError, TokenRetrievalError, UnauthorizedSSOTokenError
from botocore.parsers import ResponseParserError
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from firstday.aws_calls import DeploymentError, explained
from firstday.clock_skew import clock_words
from firstday.portal.errors import PortalError
from firstday.portal.http import credential_errors
from firstday.portal.refusal_reasons import assume_role_reason

NOW = datetime(2026, 11, 28, 10, 15, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/firstday-admin"
REFUSED = (
    "User: arn:aws:iam::123456789012:user/staff/Admin is not authorized to perform: sts:AssumeRole "
    f"on resource: {ROLE}"
)
GOOD = {"role_arn": ROLE, "source_profile": "own", "role_session_name": "Admin", "mfa_serial": "arn"}


def error(code: str, message: str, **headers: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPHeaders": headers}}
    return ClientError(answer, "AssumeRole")


def at(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@given(seconds=st.integers(-10_000_000, 10_000_000))
def test_the_minutes_are_those_between_this_clock_and_the_date_of_the_answer(seconds: int) -> None:
    words = clock_words("Signature expired: x", {"date": at(NOW - timedelta(seconds=seconds))}, NOW)
    if abs(seconds) < 60:
        assert words is None
    else:
        way = "fast" if seconds > 0 else "slow"
        assert f" {round(abs(seconds) / 60)} minute" in str(words)
        assert f" {way}, so AWS" in str(words)


def test_without_a_date_the_time_that_the_message_names_is_awss() -> None:
    message = "Signature expired: 20261128T101500Z is now earlier than 20261128T101700Z (20261128T102200Z - 5 min.)"
    assert "7 minutes slow" in str(clock_words(message, {}, NOW))
    assert clock_words("Signature expired: x", {"date": "soon"}, NOW) is None


@pytest.mark.parametrize("message", ["", "The security token included in the request is expired", "Rate exceeded"])
def test_other_refusals_say_nothing_of_a_clock(message: str) -> None:
    assert clock_words(message, {"date": at(NOW - timedelta(minutes=20))}, NOW) is None


@pytest.mark.parametrize(
    "message",
    [
        "Signature expired: a is now earlier than b (c - 15 min.)",
        "Signature not yet current: a is still later than b (c + 15 min.)",
        "The difference between the request time and the current time is too large.",
    ],
)
def test_a_wrong_clock_is_told_wherever_a_command_meets_it(message: str) -> None:
    met = error("SignatureDoesNotMatch", message, date=at(datetime.now(UTC) + timedelta(minutes=20)))
    words = "This computer's clock is 20 minutes slow"
    with pytest.raises(PortalError, match=f"^{words}"), credential_errors():
        raise met
    with pytest.raises(DeploymentError, match=f"^Looking: {words}"), explained("Looking"):
        raise met


@pytest.mark.parametrize(
    "met",
    [ResponseParserError("Unable to parse"), error("403", "Forbidden", server="squid"), error("502", "x", via="1")],
    ids=["a page", "403", "502"],
)
def test_what_is_not_aws_is_told_as_such(met: Exception) -> None:
    with pytest.raises(PortalError, match=r"^What answered is not AWS"), credential_errors():
        raise met
    with pytest.raises(DeploymentError, match=r"^Looking: What answered is not AWS"), explained("Looking"):
        raise met


def test_awss_own_refusals_stay_in_its_words() -> None:
    met = error("403", "Forbidden", **{"x-amz-request-id": "x"})
    with pytest.raises(PortalError, match=r"^AWS refused your credentials: Forbidden"), credential_errors():
        raise met


@pytest.mark.parametrize(
    ("without", "changed", "words"),
    [
        ("role_session_name", {}, r"profile corp has no role_session_name.* role_session_name = Admin$"),
        ("", {"role_session_name": "admin"}, r"corp has role_session_name = admin,.* role_session_name = Admin$"),
        ("mfa_serial", {}, r"profile corp has no mfa_serial"),
        ("", {}, "^None$"),
    ],
)
def test_what_a_profile_lacks_for_the_admin_role_is_named(
    without: str, changed: dict[str, str], words: str
) -> None:
    profile = {key: value for key, value in (GOOD | changed).items() if key != without}
    for used in ("corp", "chained"):
        profiles = {"corp": profile, "own": {}, "chained": {"role_arn": "other", "source_profile": "corp"}}
        told = assume_role_reason(REFUSED, used, profiles)
        assert re.search(words, str(told)), told


def test_a_source_profile_that_is_a_session_is_named() -> None:
    profiles = {"corp": GOOD, "own": {"aws_session_token": "x"}}
    told = str(assume_role_reason(REFUSED, "corp", profiles))
    assert "The source_profile of corp, own, is a session" in told
    assert "MFA code of the last hour" in told


@pytest.mark.parametrize(
    "message",
    [
        "Access denied",
        REFUSED.replace("firstday-admin", "deployer"),
        REFUSED.replace("iam::123456789012:user/staff/Admin", "sts::123456789012:assumed-role/x/Admin"),
    ],
)
def test_of_other_roles_and_callers_nothing_is_guessed(message: str) -> None:
    assert assume_role_reason(message, "corp", {"corp": {"role_arn": ROLE}}) is None


def test_profiles_that_lead_to_each_other_end() -> None:
    profiles = {"a": {"source_profile": "b"}, "b": {"source_profile": "a"}}
    assert "role_session_name" in str(assume_role_reason(REFUSED, "a", profiles))


@pytest.mark.parametrize(
    "met",
    [
        SSOTokenLoadError(error_msg="Token for x does not exist"),
        UnauthorizedSSOTokenError(),
        TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed"),
    ],
)
def test_who_is_not_signed_in_to_identity_center_is_told_how(met: Exception) -> None:
    session = get_session({"profile": (None, None, "it's mine", None)})
    words = r"Sign in, then do the same again: aws sso login --profile 'it'\"'\"'s mine'$"
    with pytest.raises(PortalError, match=words), credential_errors(session):
        raise met
    with pytest.raises(PortalError, match=r"--profile default$"), credential_errors():
        raise met
