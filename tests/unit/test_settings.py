"""The settings as the rest of Firstday sees them."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.arns import partition_of
from chalicelib.settings import rules
from chalicelib.settings.reader import load, parse, read_settings
from chalicelib.settings.records import Administrators, Domain, Role, Settings, UnknownGroup
from chalicelib.settings.table import SettingsError
from firstday.stack.templates import target_accounts
from tests.helpers.settings_makers import EXAMPLE, any_values, example_settings, example_values


def test_the_example_is_the_organisation_of_the_article() -> None:
    settings = load(EXAMPLE)
    dev = settings.group("developers").roles[0]
    assert settings.organisation == "Example Corp"
    assert settings.languages == ("ja", "en")
    assert dev.profile == "dev"
    assert dev.maximum_session_seconds == 12 * 3600
    assert dev.arn("aws") == "arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess"
    assert [role.profile for role in settings.roles] == ["dev", "stg", "stg-ops"]


def test_the_comments_of_the_example_show_the_defaults_and_valid_keys() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = next(index for index, line in enumerate(lines) if line.startswith("# allowed_without_mfa"))
    for index in range(shown, shown + 4):
        lines[index] = lines[index].removeprefix("# ")
    uncommented = "\n".join(line.replace("# path =", "path =").replace("# region =", "region =") for line in lines)
    settings = parse(uncommented)
    assert settings.allowed_without_mfa == example_settings().allowed_without_mfa
    assert settings.roles[-1].region == "us-east-1"
    assert settings.roles[-1].path == "/switch-role/"


def test_what_is_left_out_takes_its_default() -> None:
    values = example_values()
    for name in ("default_groups", "invitation_days"):
        del values[name]
    settings = read_settings(values)
    assert settings.default_groups == ()
    assert settings.invitation_days == 7
    assert len(settings.allowed_without_mfa) == 8
    assert settings.roles[-1].maximum_session_seconds == 3600
    assert settings.roles[-1].path == "/"
    assert settings.roles[-1].region is None
    assert (settings.maximum_concurrency, settings.firewall, settings.runtime) == (None, False, "")


@pytest.mark.parametrize("number", [0, 50, 1000])
def test_a_reservation_of_ones_own_is_told_from_none_and_from_what_the_deployment_finds(number: int) -> None:
    assert read_settings(example_values() | {"maximum_concurrency": number}).maximum_concurrency == number


def test_a_domain_and_tags_are_read_as_they_stand() -> None:
    arn = "arn:aws-cn:acm:cn-north-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    values = example_values() | {
        "region": "cn-north-1",
        "domain": {"name": "portal.example.com", "certificate_arn": arn},
        "tags": {"CostCenter": "", "example.com/owner": "aws-admins@example.com"},
    }
    del values["groups"][0]["roles"][0]["managed_policies"], values["groups"][1]
    values["groups"][0]["roles"][0]["managed_policies"] = ["ReadOnlyAccess"]
    settings = read_settings(values)
    assert settings.domain == Domain("portal.example.com", arn)
    assert settings.tags == values["tags"]
    assert example_settings().domain is None
    assert example_settings().tags == {}


def test_a_role_that_others_make_has_no_permissions_here_and_maybe_an_external_id() -> None:
    role = {"profile": "audit", "account": "stg", "role_name": "Audit", "existing": True, "external_id": "a:b/c"}
    values = example_values()
    values["groups"][1]["roles"].append(role)
    *made, existing = read_settings(values).roles
    assert (existing.is_existing, existing.external_id, existing.maximum_session_seconds) == (True, "a:b/c", 3600)
    assert not any(one.is_existing or one.external_id for one in made)


def test_an_account_that_has_only_existing_roles_has_roles_but_gets_none() -> None:
    values = example_values()
    for group in values["groups"]:
        for role in group["roles"]:
            if role["account"] == "stg":
                for name in ("managed_policies", "statements"):
                    role.pop(name, None)
                role["existing"] = True
    settings = read_settings(values)
    assert settings.role_accounts == ("123456789012", "210987654321")
    assert target_accounts(settings) == ("123456789012",)


def test_the_administrators_roles_are_read_as_they_stand_and_there_are_none_without() -> None:
    values = example_values() | {"administrators": {"roles": ["AWSReservedSSO_Admin_*"], "help_desk": ["HelpDesk"]}}
    found = read_settings(values).administrators
    assert (found.roles, found.help_desk) == (("AWSReservedSSO_Admin_*",), ("HelpDesk",))
    assert read_settings(example_values()).administrators == Administrators()


def test_roles_come_in_the_order_of_the_settings_and_only_once() -> None:
    settings = example_settings()
    assert settings.roles_of(["operators", "developers", "operators"]) == settings.roles
    assert settings.roles_of([]) == ()


def test_a_group_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownGroup, match='no switch-role group "nobody"; there are: developers, operators'):
        example_settings().roles_of(["nobody"])


def test_an_arn_has_the_path_of_the_role() -> None:
    role = Role("dev", "123456789012", "reader", path="/a/b/")
    assert role.arn("aws-cn") == "arn:aws-cn:iam::123456789012:role/a/b/reader"


def test_every_region_that_botocore_knows_is_one_in_the_right_partition() -> None:
    path = Path(botocore.__file__).parent / "data" / "partitions.json"
    for partition in json.loads(path.read_text(encoding="utf-8"))["partitions"]:
        for region in partition["regions"]:
            if not region.endswith("-global"):
                assert rules.region(region) is None
                assert partition_of(region) == partition["id"]


@given(any_values())
def test_settings_without_a_mistake_are_read_as_they_were_written(values: dict[str, object]) -> None:
    settings = read_settings(values)
    assert isinstance(settings, Settings)
    assert settings.organisation == values["organisation"]
    assert len(settings.roles) == sum(len(group.roles) for group in settings.groups)
    assert {role.account_id for role in settings.roles} <= set(settings.accounts.values())


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "firstday.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path) == example_settings()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml cannot be read: No such file"):
        load(tmp_path / "missing.toml")


def test_a_mistake_names_the_file_that_it_is_in(tmp_path: Path) -> None:
    path = tmp_path / "trial.toml"
    path.write_text("organisation = Example")
    with pytest.raises(SettingsError, match=r"trial\.toml \(line 1\)"):
        load(path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "firstday.toml"
    path.write_bytes('organisation = "日本"'.encode("shift_jis"))
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("organisation = \n", "line 1"),
        ("a = 1\na = 2\n", "line 2"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("x = " + "9" * 5000, "not TOML"),
    ],
)
def test_a_file_that_is_not_toml_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert [problem.key for problem in caught.value.problems] == ["firstday.toml"]
    assert message in str(caught.value)


_TOML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(inside: Any) -> Iterator[tuple[Any, Any]]:
    """Every table or list in a file's values, with every key in it."""
    for key, value in list(inside.items() if isinstance(inside, dict) else enumerate(inside)):
        yield inside, key
        if isinstance(value, dict | list):
            yield from places(value)


@given(st.data(), _TOML_VALUES, st.text(max_size=5))
def test_whatever_stands_somewhere_raises_nothing_but_a_settings_error(
    data: st.DataObject, value: object, new_key: str
) -> None:
    values = example_values()
    inside, key = data.draw(st.sampled_from(list(places(values))))
    inside[key] = value
    values[new_key] = value
    with suppress(SettingsError):
        read_settings(values)


@given(st.text())
def test_whatever_text_it_is_raises_nothing_but_a_settings_error(text: str) -> None:
    with suppress(SettingsError):
        parse(text)


@given(st.integers(0, 3500), st.integers(0, 40), st.text(max_size=5))
def test_an_example_spoilt_anywhere_raises_nothing_but_a_settings_error(start: int, length: int, put: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    with suppress(SettingsError):
        parse(text[:start] + put + text[start + length :])
