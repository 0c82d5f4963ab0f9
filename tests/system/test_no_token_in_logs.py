"""Links that mail programs and people have damaged: no log has the token, at any place in the address."""

from urllib.parse import urlsplit

import pytest

from tests.helpers.kept_texts import kept
from tests.helpers.running_sandbox import RunningSandbox

PLACES = (
    "/start%23{}",
    "/start/{}",
    "/start?x={}",
    "/start?{}",
    "//start/{}",
    "/{}",
    "/%23{}",
    "/?x={}",
    "/console/sign-in%23{}",
    "/console/sign-in/{}",
    "/console/sign-in?token={}",
    "/console/{}",
    "/admin/{}",
    "/admin/members?cursor={}",
    "/codes/{}",
)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_no_log_line_holds_a_token_that_stands_in_an_address(sandbox: RunningSandbox, method: str) -> None:
    token = sandbox.invite("spoilt-link")["invitation_url"].partition("#")[2]
    secret = token[-52:]
    for place in PLACES:
        sandbox.send(method, place.format(token), {"Host": urlsplit(sandbox.portal_url).netloc}, "")
    found = list(kept(sandbox))
    assert any('"refusal":"MISSING_AUTHENTICATION_TOKEN"' in text for _, text in found)
    assert [(where, text) for where, text in found if secret in text] == []


def test_nor_does_one_of_a_signed_call_that_is_refused(sandbox: RunningSandbox) -> None:
    token = sandbox.invite("spoilt-link")["invitation_url"].partition("#")[2]
    result = sandbox.firstday("member", token, AWS_SECRET_ACCESS_KEY="none")
    assert result.returncode == 1
    assert [where for where, text in kept(sandbox) if token[-52:] in text] == []
