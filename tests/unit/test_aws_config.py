"""The member's config, read by botocore itself."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.profiles import aws_config
from chalicelib.settings.reader import load
from chalicelib.settings.records import RESERVED_PROFILES, Credentials, Daily, Role, Settings, SwitchRoleGroup
from chalicelib.wiring import SETTINGS_FILE
from tests.helpers.aws_configs import USER_NAMES, parsed

SERIAL_NUMBER = "arn:aws:iam::123456789012:mfa/dev-simple-user"


@st.composite
def settings(draw: st.DrawFn) -> Settings:
    profile_names = st.from_regex(r"\A[A-Za-z0-9._-]{1,20}\Z").filter(lambda name: name != "default")
    names = draw(st.lists(profile_names, min_size=1, max_size=5, unique=True))
    roles = tuple(
        Role(
            profile=name,
            account_id=draw(st.from_regex(r"\A[0-9]{12}\Z")),
            role_name=f"role-{number}",
            path=draw(st.sampled_from(["/", "/switch/"])),
            maximum_session_seconds=draw(st.integers(3600, 43200)),
            region=draw(st.sampled_from([None, "eu-central-1"])),
        )
        for number, name in enumerate(names)
    )
    example = load(SETTINGS_FILE)
    return Settings(
        organisation=example.organisation,
        contact=example.contact,
        region=draw(st.sampled_from(["ap-northeast-1", "cn-north-1", "us-gov-west-1"])),
        languages=example.languages,
        identity_account=example.identity_account,
        accounts=example.accounts,
        groups=(SwitchRoleGroup("developers", roles),),
        default_groups=("developers",),
    )


@given(settings(), USER_NAMES)
def test_botocore_sees_exactly_the_profiles_that_are_meant(here: Settings, user_name: str) -> None:
    source, roles = aws_config.profiles(
        here, user_name=user_name, groups=("developers",), serial_number=SERIAL_NUMBER
    )
    text = aws_config.rendered(source, roles)
    assert text.endswith("\n")
    assert "\r" not in text
    assert "\ufeff" not in text
    ours = {"aws_account_id": here.identity_account, "firstday": here.identity_account}
    # Its mfa_serial would protect nothing, and .NET would refuse every role.
    expected = {source.name: {"region": here.region, **ours}}
    for role in here.groups[0].roles:
        expected[role.profile] = {
            "region": role.region or here.region,
            "role_arn": f"arn:{here.partition}:iam::{role.account_id}:role{role.path}{role.role_name}",
            "source_profile": source.name,
            "mfa_serial": SERIAL_NUMBER,
            "role_session_name": user_name,
            "duration_seconds": str(role.maximum_session_seconds),
            "aws_account_id": role.account_id,
            "firstday": here.identity_account,
        }
    assert parsed(text) == expected


@given(settings(), USER_NAMES)
def test_in_a_session_of_the_day_no_role_asks_and_only_its_command_has_a_device(
    here: Settings, user_name: str
) -> None:
    source, roles = aws_config.profiles(
        here, user_name=user_name, groups=("developers",), serial_number=SERIAL_NUMBER, daily=Daily.SESSION
    )
    found = parsed(aws_config.rendered(source, roles))
    assert found.pop(source.name)["mfa_serial"] == SERIAL_NUMBER
    assert found.keys() == {role.profile for role in here.roles}
    sessions = {profile["source_profile"] for profile in found.values()}
    assert len(sessions) == 1
    assert sessions.isdisjoint({source.name, *found})
    for profile in found.values():
        assert profile.keys().isdisjoint({"mfa_serial", "duration_seconds"})


@given(settings(), USER_NAMES)
def test_with_aws_login_the_source_profile_is_its_session_and_nothing_asks_for_a_code(
    here: Settings, user_name: str
) -> None:
    source, roles = aws_config.profiles(
        here,
        user_name=user_name,
        groups=("developers",),
        serial_number=SERIAL_NUMBER,
        credentials=Credentials.AWS_LOGIN,
    )
    found = parsed(aws_config.rendered(source, roles))
    arn = f"arn:{here.partition}:iam::{here.identity_account}:user/members/{user_name}"
    assert found.pop(source.name) == {"login_session": arn, "firstday": here.identity_account}
    assert source.aws_account_id == here.identity_account
    assert found.keys() == {role.profile for role in here.roles}
    for profile in found.values():
        assert "mfa_serial" not in profile
        assert profile["source_profile"] == source.name
        assert int(profile["duration_seconds"]) <= 3600  # more is an error with temporary credentials


@given(USER_NAMES, st.sets(USER_NAMES, max_size=5))
def test_the_source_profile_is_readable_everywhere_and_collides_with_nothing(
    user_name: str, taken: set[str]
) -> None:
    name = aws_config.source_profile_name(user_name, taken)
    assert name not in taken
    assert name.lower() not in RESERVED_PROFILES
    assert all(char.isascii() and (char.isalnum() or char in "._-") for char in name)


def test_a_role_with_an_external_id_has_it_in_the_config() -> None:
    role = Role("audit", "210987654321", "Audit", is_existing=True, external_id="a:b/c")
    here = replace(load(SETTINGS_FILE), groups=(SwitchRoleGroup("developers", (role,)),))
    _, (profile,) = aws_config.profiles(here, user_name="x-y", groups=["developers"], serial_number=SERIAL_NUMBER)
    assert list(aws_config.keys_of(profile).items())[3:6] == [
        ("mfa_serial", SERIAL_NUMBER),
        ("external_id", "a:b/c"),
        ("role_session_name", "x-y"),
    ]


def test_a_plain_user_name_is_the_source_profile() -> None:
    assert aws_config.source_profile_name("dev-simple-user", ["dev"]) == "dev-simple-user"
    assert aws_config.source_profile_name("dev", ["dev"]) == "dev-user"
    assert aws_config.source_profile_name("Default", []) == "Default-user"


def test_the_file_of_the_example_is_the_one_of_the_readme() -> None:
    source, roles = aws_config.profiles(
        load(SETTINGS_FILE), user_name="dev-simple-user", groups=["developers"], serial_number=SERIAL_NUMBER
    )
    text = aws_config.rendered(source, roles[:1])
    assert text == (
        "[profile dev-simple-user]\n"
        "region = ap-northeast-1\n"
        "aws_account_id = 123456789012\n"
        "firstday = 123456789012\n"
        "\n"
        "[profile dev]\n"
        "region = ap-northeast-1\n"
        "role_arn = arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess\n"
        "source_profile = dev-simple-user\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/dev-simple-user\n"
        "role_session_name = dev-simple-user\n"
        "duration_seconds = 43200\n"
        "aws_account_id = 123456789012\n"
        "firstday = 123456789012\n"
    )


def test_the_credentials_are_a_section_that_botocore_reads() -> None:
    source, _ = aws_config.profiles(
        load(SETTINGS_FILE), user_name="dev-simple-user", groups=[], serial_number=SERIAL_NUMBER
    )
    text = aws_config.rendered_credentials(source, "AKIAIOSFODNN7EXAMPLE", "wJalr/XUt+nFEMI")
    assert parsed(text, "credentials") == {
        "dev-simple-user": {
            "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "aws_secret_access_key": "wJalr/XUt+nFEMI",
            "firstday": "123456789012",
        }
    }


def test_who_one_is_in_a_role_leaves_out_its_path() -> None:
    _, roles = aws_config.profiles(
        load(SETTINGS_FILE), user_name="dev-simple-user", groups=["developers"], serial_number=SERIAL_NUMBER
    )
    role = replace(roles[0], role_arn="arn:aws-cn:iam::123456789012:role/a/b/dev")
    assert role.role_session_arn == "arn:aws-cn:sts::123456789012:assumed-role/dev/dev-simple-user"
