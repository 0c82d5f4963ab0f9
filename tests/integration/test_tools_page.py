"""The page where a member looks up a tool: for anybody, and the same for all."""

import pytest

from chalicelib.profiles import tools
from chalicelib.settings.records import Daily
from firstday.verification.browser import Page
from tests.helpers.member_walk import Walk
from tests.helpers.worlds import MEMBER, World, in_process, in_process_browser, with_settings

TERRAFORM = "assume role with MFA enabled, but AssumeRoleTokenProvider session option not set."
JAVASCRIPT = "Profile dev requires multi-factor authentication, but no MFA code callback was provided."


def page_of(key: str | None = None, language: str = "en") -> Page:
    return in_process_browser().get(f"tools?lang={language}" + (f"&tool={key}" if key else ""))


pytestmark = pytest.mark.usefixtures("aws")


def test_anybody_may_look_up_a_tool_and_sees_its_lines_alone() -> None:
    page = page_of("terraform")
    assert (page.status, page.heading) == (200, "Terraform, OpenTofu")
    assert TERRAFORM in page.text
    assert JAVASCRIPT not in page.text
    assert "export AWS_PROFILE=dev-process" in page.text


def test_without_a_tool_it_names_all_of_them_and_lets_the_dangerous_ones_stand_out() -> None:
    page = page_of()
    assert page.heading == "Your profiles in other tools"
    known = tools.load().tools
    body = page.answer.body
    assert [tool.name for tool in known if f">{tool.name}</option>" not in body] == []
    links = [tool.key for tool in known if f'href="/api/tools?tool={tool.key}"' in body]
    assert links == [tool.key for tool in known if tool.warning]
    assert '<form class="part choice" action="/api/tools">' in body


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_tool_has_a_page_with_its_message_and_its_warning(language: str) -> None:
    for tool in tools.load().tools:
        page = page_of(tool.key, language)
        assert (page.status, page.heading) == (200, tool.name)
        assert tool.message in page.text
        warning = tool.warning[language].replace("`", "") if tool.warning else ""
        assert warning in page.text


def test_an_unknown_tool_is_no_error() -> None:
    assert page_of("%22%3E%3Cscript%3E").heading == "Your profiles in other tools"


def test_changing_the_language_keeps_the_tool() -> None:
    assert 'href="/api/tools?tool=cdk&amp;lang=ja"' in page_of("cdk").answer.body


def test_the_page_says_nothing_of_the_member_who_looks(world: World) -> None:
    stranger = in_process_browser().get("tools")
    Walk(world.browser, world.invitation.token).to_the_end()
    member = world.browser.get("tools")
    assert MEMBER not in member.answer.body
    added = [line.strip() for line in member.answer.body.splitlines() if line not in stranger.answer.body]
    assert added == [
        '<p><a class="next" href="/api/config">Back to your config</a></p>',
        '<form method="post" action="/api/sign-out"><button>Sign out</button></form>',
    ]


def test_nothing_can_be_sent_to_it() -> None:
    host = "abc123.execute-api.ap-northeast-1.amazonaws.com"
    answer = in_process("POST", "/api/tools", {"Host": host, "Sec-Fetch-Site": "same-origin"}, "")
    assert (answer.status, answer.headers["allow"]) == (405, ["GET"])


def test_only_the_ways_to_work_that_the_organisation_offers_are_told(world: World) -> None:
    with_settings(world, daily=(Daily.SESSION,))
    body = page_of("terraform").answer.body
    assert ">export AWS_PROFILE=dev</pre>" in body
    assert "dev-process" not in body
    assert "aws configure mfa-login" in body
    with_settings(world, daily=(Daily.PROMPT,))
    body = page_of("terraform").answer.body
    assert ">export AWS_PROFILE=dev</pre>" not in body
    assert "mfa-login" not in body
