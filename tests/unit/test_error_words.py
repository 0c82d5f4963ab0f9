"""Every error has words for an administrator, unless only a member can meet it."""

from collections.abc import Iterator

import pytest

from chalicelib import aws_errors, errors
from chalicelib.errors import FirstdayError, InvalidInput, InvitedAlready
from chalicelib.web.console.error_words import BY_CODE, sentence_of, words_of
from chalicelib.words import Words

# Those of the journey and the own page: no page of the console opens a link of a member, or registers a device.
OF_MEMBERS = {
    "codes",
    "device_limit",
    "device_missing",
    "device_taken",
    "expired",
    "key_limit",
    "locked",
    "not_found",
    "not_signed_in",
    "not_theirs",
    "other_session",
    "own_link",
    "own_page_over",
    "passcode",
    "password",
    "password_exists",
    "password_missing",
    "proof_missing",
    "revoked",
    "session_ended",
    "spent",
    "suspended",
}


def kinds() -> Iterator[type[FirstdayError]]:
    for value in [*vars(errors).values(), *vars(aws_errors).values()]:
        if isinstance(value, type) and issubclass(value, FirstdayError):
            yield value


def test_every_error_that_an_administrator_may_meet_has_words() -> None:
    assert {kind.code for kind in kinds()} == BY_CODE.keys() | OF_MEMBERS
    assert BY_CODE.keys() & OF_MEMBERS == set()


def test_an_error_that_says_something_itself_is_quoted() -> None:
    said = Words("%(user_name)s is active already.", user_name="dev-simple-user")
    assert words_of(InvitedAlready(said)).happened == said
    assert sentence_of(InvalidInput("user_name", "A user name is needed.")).template == "A user name is needed."


@pytest.mark.parametrize("error", [FirstdayError(), aws_errors.AWSRefused("CreateUser", "ServiceQuotaExceeded")])
def test_nothing_of_what_aws_said_is_shown(error: FirstdayError) -> None:
    assert "CreateUser" not in str(sentence_of(error))


def test_a_form_that_cannot_be_read_is_told_in_the_words_of_the_page() -> None:
    assert words_of(InvalidInput("body", "The form is too long.")) == BY_CODE["invalid"]
