"""``[mail]`` in the settings: a sender whose identity SES has, or a word that says what is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.email_addresses import checked_email, is_email_address
from chalicelib.errors import InvalidInput
from chalicelib.settings.reader import read_settings
from chalicelib.settings.table import SettingsError
from tests.helpers.settings_makers import example_values

IDENTITY = "arn:aws:ses:ap-northeast-1:123456789012:identity/example.com"
# What Amazon SES, browsers and the grammar of mail all take.
SOUND = (
    "hanako@example.org",
    "hanako+aws@example.org",
    "o'brien@example.org",
    "ha.na.ko@example.org",
    f"{'h' * 64}@example.org",
    "hanako@xn--r8jz45g.jp",
)
UNSOUND = (
    '"hanako yamada"@example.org',
    ".hanako@example.org",
    "hanako.@example.org",
    "ha..nako@example.org",
    "花子@example.org",
    "ｈanako@example.org",
    "hanako@例え.jp",
    "hanako@example.org.",
    "hanako@ex@ample.org",
    "@example.org",
    "hanako@example",
    "hanako@localhost",
    "hanako@192.0.2.1",
    "hanako@[192.0.2.1]",
    "hanako@exa_mple.org",
    "hanako@-example.org",
    f"hanako@{'e' * 64}.org",
    "Hanako <hanako@example.org>",
    "a@example.org, x@example.org",
    "hanako",
    "ha nako@example.org",
    f"{'h' * 65}@example.org",
    "hanako@example.org\n",
)


def with_mail(**changes: Any) -> dict[str, Any]:
    mail = {"from": "Example Corp AWS <aws-portal@example.com>", "identity_arn": IDENTITY} | changes
    return example_values() | {"mail": mail}


def complaint(**changes: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(with_mail(**changes))
    (problem,) = caught.value.problems
    return f"{problem.key}: {problem.message}"


@pytest.mark.parametrize("address", SOUND)
def test_an_address_that_mail_can_be_sent_to_is_taken(address: str) -> None:
    assert checked_email(f" {address} ") == address


@pytest.mark.parametrize("address", UNSOUND)
def test_an_address_that_ses_would_refuse_is_refused_here(address: str) -> None:
    assert not is_email_address(address)
    with pytest.raises(InvalidInput):
        checked_email(f"{address}x" if address.endswith("\n") else address)


@given(st.emails())
def test_what_is_taken_is_ascii_and_has_one_at_sign(address: str) -> None:
    if is_email_address(address):
        assert address.isascii()
        assert address.count("@") == 1


def test_the_sender_has_a_name_and_an_address_of_the_identity() -> None:
    mail = read_settings(with_mail()).mail
    assert mail is not None
    assert (mail.sender_name, mail.sender_address) == ("Example Corp AWS", "aws-portal@example.com")
    assert (mail.region, mail.identity) == ("ap-northeast-1", "example.com")


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("aws-portal@example.com", "", "aws-portal@example.com"),
        ("aws@mail.example.com", "", "aws@mail.example.com"),
        ('"Example, Corp." <aws@EXAMPLE.com>', "Example, Corp.", "aws@EXAMPLE.com"),
    ],
)
def test_a_sender_may_be_written_in_several_ways(sender: str, name: str, address: str) -> None:
    mail = read_settings(with_mail(**{"from": sender})).mail
    assert mail is not None
    assert (mail.sender_name, mail.sender_address) == (name, address)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"from": "aws@example.org"}, "mail.from: aws@example.org is not an address of the identity example.com."),
        ({"from": "aws@notexample.com"}, "not an address of the identity"),
        ({"from": "Example Corp"}, "not an address to send from"),
        ({"from": "a@example.com <b@example.com>"}, "has an @ in it"),
        ({"identity_arn": "example.com"}, "not the ARN of an SES identity"),
        ({"identity_arn": IDENTITY.replace("arn:aws:", "arn:aws-cn:")}, "not the ARN of an SES identity"),
        ({"reply_to": "nobody"}, "mail.reply_to"),
        ({"configuration_set": "a b"}, "not a configuration set's name"),
    ],
)
def test_a_mistake_is_told_where_it_is(changes: dict[str, Any], expected: str) -> None:
    assert expected in complaint(**changes)


def test_without_the_table_no_mail_is_sent() -> None:
    assert read_settings(example_values()).mail is None


@pytest.mark.parametrize("days", [1, 29, 366])
def test_keys_cannot_be_about_to_age_when_they_are_made(days: int) -> None:
    with pytest.raises(SettingsError, match="access_key_days"):
        read_settings(example_values() | {"access_key_days": days})
