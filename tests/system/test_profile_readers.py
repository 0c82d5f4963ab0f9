"""The generated text is read alike by botocore and the SDK for JavaScript, whatever the organisation is like."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.profiles import aws_config, other_tools
from chalicelib.settings.records import Credentials, Daily, Settings
from tests.helpers.aws_configs import USER_NAMES
from tests.helpers.profile_readers import JavaScriptReader, javascript_reader, read_by_botocore
from tests.helpers.settings_makers import any_settings, example_settings


@pytest.fixture(scope="module")
def javascript() -> Iterator[JavaScriptReader]:
    with javascript_reader() as reader:
        yield reader


WAYS = st.sampled_from(
    [
        (Credentials.ACCESS_KEY, Daily.SESSION),
        (Credentials.ACCESS_KEY, Daily.PROMPT),
        (Credentials.AWS_LOGIN, Daily.SESSION),
    ]
)


@given(any_settings(), USER_NAMES, WAYS)
@example(example_settings(), "__proto__", (Credentials.ACCESS_KEY, Daily.SESSION))
@example(example_settings(), "toString", (Credentials.ACCESS_KEY, Daily.SESSION))
def test_both_read_the_same_profiles(
    javascript: JavaScriptReader, settings: Settings, user_name: str, way: tuple[Credentials, Daily]
) -> None:
    source, roles = aws_config.profiles(
        settings,
        user_name=user_name,
        groups=[group.name for group in settings.groups],
        serial_number=f"arn:{settings.partition}:iam::{settings.identity_account}:mfa/{user_name}",
        credentials=way[0],
        daily=way[1],
    )
    config = f"{aws_config.rendered(source, roles)}\n{other_tools.with_process(source, roles)}"
    keys = aws_config.rendered_credentials(source, "AKIAIOSFODNN7EXAMPLE", "wJalr/XUt+nFEMI")
    read = read_by_botocore(config, keys)
    assert read[0].keys() == {
        source.name,
        *(role.name for role in roles),
        *other_tools.process_names(source, roles),
    }
    assert javascript.read(config, keys) == read
