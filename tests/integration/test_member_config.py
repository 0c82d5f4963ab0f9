"""The files that members fetch with their own credentials: who gets them, and the answer to everybody else."""

import json
import subprocess
from dataclasses import replace

import pytest

from chalicelib.settings.records import Credentials
from chalicelib.wiring import use
from firstday.verification.browser import PageAnswer
from tests.helpers.admin_calls import call, done, first_day
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.member_walk import secret_in
from tests.helpers.worlds import ADMIN, MEMBER, World, in_process

PATHS = ("config", "merge-config.sh")
ARN = f"arn:aws:iam::123456789012:user/members/{MEMBER}"
NOBODY = "Only a member's own IAM user can fetch this. Sign with the credentials of your source profile."
each_path = pytest.mark.parametrize("path", PATHS)


def fetched(path: str = "config", arn: str | None = ARN) -> PageAnswer:
    """The request of a caller that API Gateway has verified; None means no caller."""
    identity = {} if arn is None else {"userArn": arn}
    answer = in_process("GET", f"/api/member/{path}", {}, "", **identity)
    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.headers["cache-control"] == ["no-store"]
    assert answer.headers["x-content-type-options"] == ["nosniff"]
    return answer


def refused(status: int, path: str = "config", arn: str | None = ARN) -> str:
    """The words of a refusal, which are one line and name the contact."""
    answer = fetched(path, arn)
    assert answer.status == status, answer.body
    assert answer.body.count("\n") == 1
    assert answer.body.endswith(" Questions: aws-admins@example.com\n")
    return answer.body.removesuffix(" Questions: aws-admins@example.com\n")


def test_the_config_is_what_the_page_shows_and_follows_the_groups(world: World) -> None:
    first_day(world)
    before = fetched()
    assert (before.status, before.body) == (200, world.browser.get("config").by_id["config-text"])
    done("PUT", f"members/{MEMBER}/groups", {"groups": ["operators"]})
    after = fetched().body
    assert after == world.browser.get("config").by_id["config-text"]
    assert "[profile stg-ops]" in after
    assert "[profile dev]" not in after


def test_the_config_follows_how_the_member_works_unless_the_address_says_otherwise(world: World) -> None:
    first_day(world)
    assert f"source_profile = {MEMBER}-session" in fetched().body
    assert f"source_profile = {MEMBER}\n" in fetched("config?daily=prompt").body
    world.browser.submit(world.browser.get("config").form("config"))
    assert f"source_profile = {MEMBER}\n" in fetched().body
    assert f"source_profile = {MEMBER}-session" in fetched("config?daily=session").body
    assert refused(400, "config?daily=never") == "daily has to be one of: session, prompt."


def test_the_script_is_the_one_that_the_page_offers(world: World) -> None:
    first_day(world)
    script = fetched("merge-config.sh").body
    assert script in world.browser.get("config").by_id["merge-posix"]
    assert subprocess.run(["sh", "-n"], input=script, text=True).returncode == 0


@each_path
def test_no_answer_holds_a_secret(world: World, path: str) -> None:
    secret = secret_in(first_day(world).credentials)
    assert len(secret) == 40
    text = fetched(path).body
    for word in (secret, world.invitation.token, world.browser.cookies["__Host-firstday-session"]):
        assert word not in text


@each_path
@pytest.mark.parametrize(
    "arn",
    [
        None,
        "",
        ADMIN,
        f"arn:aws:sts::123456789012:assumed-role/dev-SwitchRole-S3FullAccess/{MEMBER}",
        f"arn:aws:sts::123456789012:federated-user/{MEMBER}",
        "arn:aws:iam::123456789012:root",
        f"arn:aws:iam::123456789012:user/{MEMBER}",
        f"arn:aws:iam::123456789012:user/members/team/{MEMBER}",
        f"arn:aws:iam::123456789012:user/admins/members/{MEMBER}",
        f"arn:aws:iam::210987654321:user/members/{MEMBER}",
        f"arn:aws-cn:iam::123456789012:user/members/{MEMBER}",
        "arn:aws:iam::123456789012:user/members/",
        f"{ARN}\n",
        f" {ARN}",
    ],
)
def test_whoever_is_not_a_members_own_user_gets_nothing(world: World, path: str, arn: str | None) -> None:
    first_day(world)
    assert refused(403, path, arn) == NOBODY


def test_a_name_is_a_members_without_regard_to_case_and_nobody_elses(world: World) -> None:
    first_day(world)
    assert fetched(arn=ARN.replace("dev-simple", "Dev-Simple")).body == fetched().body
    for name in ("stranger", "..", f"{MEMBER}x", MEMBER[:-1]):
        assert refused(404, arn=ARN.replace(MEMBER, name)) == "The portal knows no member of your name."


def test_without_proved_mfa_there_is_no_config(world: World) -> None:
    assert "MFA device is not registered" in refused(403)
    first_day(world)
    assert fetched().status == 200
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    assert "MFA device is not registered" in refused(403)


@pytest.mark.usefixtures("world")
def test_before_the_proof_a_revoked_link_gives_no_config() -> None:
    done("POST", "invitations/revoke", {"user_name": MEMBER})
    assert "MFA device is not registered" in refused(403)


def test_who_is_being_offboarded_gets_no_config(world: World) -> None:
    first_day(world)
    with watched(world.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", f"members/{MEMBER}")[0] == 503
    assert "you are being offboarded" in refused(403)
    done("DELETE", f"members/{MEMBER}")
    assert refused(404) == "The portal knows no member of your name."


def test_a_group_that_the_organisation_has_given_up_is_left_out(world: World) -> None:
    first_day(world)
    done("PUT", f"members/{MEMBER}/groups", {"groups": ["developers", "operators"]})
    settings = world.portal.settings
    use(replace(world.portal, settings=replace(settings, groups=settings.groups[:1])))
    assert "stg-ops" not in fetched().body
    assert "[profile dev]" in fetched().body


def test_the_kind_of_credentials_is_asked_for_or_the_first_that_signs_in(world: World) -> None:
    first_day(world)
    login = fetched("config?credentials=aws-login").body
    assert f"login_session = {ARN}" in login
    assert "mfa_serial" not in login
    assert fetched("config?credentials=none").body == fetched("config?credentials=access-key").body
    for kinds in ((Credentials.AWS_LOGIN, Credentials.ACCESS_KEY), (Credentials.NONE, Credentials.AWS_LOGIN)):
        use(replace(world.portal, settings=replace(world.portal.settings, credentials=kinds)))
        assert fetched().body == login
    assert refused(400, "config?credentials=password").endswith("one of: access-key, aws-login, none.")


@each_path
@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_busy_aws_is_told_and_when_to_come_back(world: World, path: str, fault: Fault) -> None:
    first_day(world)
    with watched(world.portal, Wire(Call("GetItem", 1), fault)):
        answer = fetched(path)
        assert (answer.status, answer.headers["retry-after"]) == (503, ["5"])
        assert answer.body.startswith("AWS is busy")
        assert fetched(path).status == 200


def test_fetching_is_one_look_into_the_table_and_changes_nothing(world: World) -> None:
    first_day(world)
    for path in PATHS:
        with watched(world.portal, Wire()) as wire:
            fetched(path)
        assert wire.calls == [Call("GetItem", 1)]


def test_a_request_is_one_line_in_the_log_and_an_unforeseen_error_tells_its_place_only(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first_day(world)
    capsys.readouterr()
    fetched("config?credentials=none")
    refused(403, arn=None)
    (first, second) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["action"], first["status"], first["outcome"]) == ("GET /member/config", 200, "ok")
    assert first["actor"] == MEMBER
    assert (second["status"], second["outcome"]) == (403, "refused")
    use(replace(world.portal, settings=replace(world.portal.settings, groups=None)))  # type: ignore[arg-type]
    assert refused(500) == "The portal failed; its log tells more."
    error, last = capsys.readouterr().out.splitlines()
    assert json.loads(error)["error"] == "TypeError"
    assert "NoneType" not in error
    assert MEMBER not in error
    assert (json.loads(last)["outcome"], json.loads(last)["actor"]) == ("TypeError", MEMBER)
