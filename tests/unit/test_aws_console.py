"""Links into the AWS console."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given

from chalicelib.arns import partition_of
from chalicelib.profiles.aws_console import SIGN_IN_HOSTS, sign_in_url, switch_role_url, switch_roles
from chalicelib.settings.records import Role, Settings
from tests.helpers.settings_makers import any_settings, example_settings


def test_the_console_has_a_page_where_the_accounts_users_sign_in() -> None:
    assert sign_in_url("123456789012", "aws") == "https://123456789012.signin.aws.amazon.com/console"


def test_a_link_fills_in_the_fields_of_switching_role() -> None:
    first, *_ = switch_roles(example_settings(), ["developers"])
    assert (first.name, first.role_name, first.account_id) == ("dev", "dev-SwitchRole-S3FullAccess", "123456789012")
    assert first.href == (
        "https://signin.aws.amazon.com/switchrole"
        "?account=123456789012&roleName=dev-SwitchRole-S3FullAccess&displayName=dev"
    )


def test_a_roles_path_belongs_to_its_name() -> None:
    role = Role("dev", "123456789012", "Developer", path="/teams/one/")
    assert "&roleName=teams%2Fone%2FDeveloper&" in switch_role_url(role, "aws", "dev")


def test_a_role_that_demands_an_external_id_has_no_link_as_the_console_sends_none() -> None:
    settings = example_settings()
    first, *others = settings.groups[0].roles
    group = replace(settings.groups[0], roles=(replace(first, external_id="example-7"), *others))
    links = switch_roles(replace(settings, groups=(group,)), [group.name])
    assert [link.name for link in links] == [role.profile for role in others]


def test_a_group_that_the_organisation_has_given_up_gives_no_role() -> None:
    settings = example_settings()
    assert switch_roles(settings, ["developers", "given-up"]) == switch_roles(settings, ["developers"])
    assert switch_roles(settings, ["given-up"]) == ()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("ap-northeast-1", "signin.aws.amazon.com"),
        ("cn-north-1", "signin.amazonaws.cn"),
        ("us-gov-west-1", "signin.amazonaws-us-gov.com"),
        ("eusc-de-east-1", "signin.amazonaws-eusc.eu"),
        ("us-iso-east-1", "signin.c2shome.ic.gov"),
        ("us-isob-east-1", "signin.sc2shome.sgov.gov"),
        ("eu-isoe-west-1", "signin.csphome.adc-e.uk"),
        ("us-isof-south-1", "signin.csphome.hci.ic.gov"),
    ],
)
def test_every_partition_has_a_console_of_its_own(region: str, host: str) -> None:
    assert SIGN_IN_HOSTS[partition_of(region)] == host


@given(any_settings())
def test_a_link_brings_the_role_as_it_is(settings: Settings) -> None:
    groups = [group.name for group in settings.groups]
    for role, link in zip(settings.roles, switch_roles(settings, groups), strict=True):
        parts = urlsplit(link.href)
        assert parts.hostname == SIGN_IN_HOSTS[settings.partition]
        assert parse_qs(parts.query, strict_parsing=True) == {
            "account": [role.account_id],
            "roleName": [f"{role.path}{role.role_name}"[1:]],
            "displayName": [role.profile],
        }
        assert not set(link.href) & set("<>\"' +")
    assert urlsplit(sign_in_url(settings.identity_account, settings.partition)).path == "/console"
