"""``profile_prefix``: what the roles' profiles begin with."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.profiles import aws_config
from chalicelib.settings.reader import parse, read_settings
from chalicelib.settings.table import SettingsError
from tests.helpers.aws_configs import parsed
from tests.helpers.settings_makers import EXAMPLE, any_values, example_values

PREFIXES = st.from_regex(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,9}", fullmatch=True)


@given(any_values(), PREFIXES)
def test_every_role_has_it_in_the_config_and_the_source_profile_has_not(
    values: dict[str, object], prefix: str
) -> None:
    plain = read_settings(values)
    assume(not any((prefix + role.profile).lower() == "default" for role in plain.roles))
    settings = read_settings({**values, "profile_prefix": prefix})
    groups = [group.name for group in settings.groups]
    source, roles = aws_config.profiles(settings, user_name="member", groups=groups, serial_number="arn:aws:x")
    assert [role.name for role in roles] == [prefix + role.profile for role in plain.roles]
    assert source.name.startswith("member")
    assert parsed(aws_config.rendered(source, roles)).keys() == {source.name, *(role.name for role in roles)}


def test_a_member_named_like_a_prefixed_profile_gets_another_source_profile() -> None:
    settings = read_settings({**example_values(), "profile_prefix": "example-"})
    source, _ = aws_config.profiles(
        settings, user_name="example-dev", groups=["developers"], serial_number="arn:aws:x"
    )
    assert source.name == "example-dev-user"


@pytest.mark.parametrize(
    ("prefix", "profile", "message"),
    [
        ("x" * 40, "y" * 40, "cannot name a profile"),
        ("de", "fault", '"default" is reserved'),
        ("example-", "DEV", '"example-DEV" is taken by groups[0].roles[0].profile'),
    ],
)
def test_what_prefix_and_profile_come_to_is_reported_with_the_line_of_the_profile(
    prefix: str, profile: str, message: str
) -> None:
    text = EXAMPLE.read_text("utf-8").replace('# profile_prefix = "example-"', f'profile_prefix = "{prefix}"')
    text = text.replace('profile = "stg-ops"', f'profile = "{profile}"')
    with pytest.raises(SettingsError) as caught:
        parse(text)
    [problem] = caught.value.problems
    assert problem.key == "groups[1].roles[0].profile"
    assert problem.line == next(
        number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f'profile = "{profile}"')
    )
    assert message in problem.message
