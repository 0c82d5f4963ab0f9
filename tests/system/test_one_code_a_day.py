"""One code in the morning opens every role for every tool, with no further question; twelve hours later, none."""

import pytest

from tests.helpers import aws_clients
from tests.helpers.aws_clients import BOTO3, JAVASCRIPT_SDK, V1, V2, V2_PROGRAM, Client
from tests.helpers.one_day import ACCOUNTS, NAME, PROCESS, Day, Moment, is_explained, lived

TOOLS = (V1, V2, BOTO3, JAVASCRIPT_SDK)
ALL = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


@pytest.fixture(scope="module")
def day() -> Day:
    return lived(TOOLS)


def test_the_aws_cli_has_mfa_login() -> None:
    version = tuple(map(int, aws_clients.aws_cli_version(V2_PROGRAM).split(".")))
    assert version >= (2, 30, 3)


@ALL
def test_before_it_each_tool_names_the_session_that_is_missing(day: Day, tool: Client) -> None:
    shown = day[Moment.BEFORE, tool.name, "dev"]
    assert shown.status != 0
    assert f"{NAME}-session" in shown.text


@ALL
@pytest.mark.parametrize("profile", ACCOUNTS)
def test_one_code_opens_every_role_in_every_account(day: Day, tool: Client, profile: str) -> None:
    shown = day[Moment.MORNING, tool.name, profile]
    assert shown.is_in, shown.text
    assert "code" not in shown.text.lower()


@pytest.mark.parametrize("tool", [V2, BOTO3, JAVASCRIPT_SDK], ids=lambda tool: tool.name)
def test_so_does_the_profile_for_tools_that_read_no_roles(day: Day, tool: Client) -> None:
    shown = day[Moment.MORNING, tool.name, PROCESS]
    assert shown.is_in, shown.text


@ALL
@pytest.mark.parametrize("profile", ["dev", PROCESS])
def test_twelve_hours_later_each_tool_is_refused(day: Day, tool: Client, profile: str) -> None:
    assert not day[Moment.LATER, tool.name, profile].is_in


@ALL
def test_in_words_that_the_document_explains(day: Day, tool: Client) -> None:
    shown = day[Moment.LATER, tool.name, "dev"]
    assert is_explained(shown, "After twelve hours"), shown.text


@ALL
def test_and_the_next_code_opens_the_role_again(day: Day, tool: Client) -> None:
    shown = day[Moment.NEXT_MORNING, tool.name, "dev"]
    assert shown.is_in, shown.text
