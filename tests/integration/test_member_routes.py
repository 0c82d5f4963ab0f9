"""The routes that members call with their own credentials: who gets a link, and the answer to everybody else."""

import json
import re
from dataclasses import replace

import pytest

from chalicelib.wiring import use
from firstday.verification.browser import PageAnswer
from tests.helpers.admin_calls import call, done, first_day
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.member_walk import secret_in
from tests.helpers.worlds import ADMIN, MEMBER, World, in_process

# The last two are those of an earlier command.
PATHS = {"link": "POST", "config": "GET", "merge-config.sh": "GET"}
EARLIER = ("config", "merge-config.sh")
ARN = f"arn:aws:iam::123456789012:user/members/{MEMBER}"
NOBODY = "Only a member's own IAM user can fetch this. Sign with the credentials of your source profile."
each_path = pytest.mark.parametrize("path", PATHS)


def fetched(path: str = "link", arn: str | None = ARN) -> PageAnswer:
    """The request of a caller that API Gateway has verified; None means no caller."""
    identity = {} if arn is None else {"userArn": arn}
    answer = in_process(PATHS[path], f"/api/member/{path}", {}, "", **identity)
    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.headers["cache-control"] == ["no-store"]
    assert answer.headers["x-content-type-options"] == ["nosniff"]
    return answer


def refused(status: int, path: str = "link", arn: str | None = ARN) -> str:
    """The words of a refusal, which are one line and name the contact."""
    answer = fetched(path, arn)
    assert answer.status == status, answer.body
    assert answer.body.count("\n") == 1
    assert answer.body.endswith(" Questions: aws-admins@example.com\n")
    return answer.body.removesuffix(" Questions: aws-admins@example.com\n")


def test_the_answer_is_one_line_with_a_link_that_nobody_can_guess_and_no_other_secret(world: World) -> None:
    secret = secret_in(first_day(world).credentials)
    answer = fetched()
    assert answer.status == 200
    link, end = answer.body.split("\n")
    assert re.fullmatch(r"https://\S*/me#0\w+", link)
    assert end == ""
    assert fetched().body != answer.body
    for word in (secret, world.invitation.token, world.browser.cookies["__Host-firstday-session"]):
        assert word not in answer.body


@pytest.mark.parametrize("path", EARLIER)
def test_an_earlier_command_is_told_of_the_new_one(world: World, path: str) -> None:
    first_day(world)
    assert "opens your own page, where your config is, too" in refused(410, path)
    with watched(world.portal, Wire()) as wire:
        fetched(path)
    assert wire.calls == []


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
    assert fetched(arn=ARN.replace("dev-simple", "Dev-Simple")).status == 200
    for name in ("stranger", "..", f"{MEMBER}x", MEMBER[:-1]):
        assert refused(404, arn=ARN.replace(MEMBER, name)) == "The portal knows no member of your name."


def test_without_proved_mfa_there_is_no_link(world: World) -> None:
    assert "MFA device is not registered" in refused(403)
    first_day(world)
    assert fetched().status == 200
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    assert "MFA device is not registered" in refused(403)


@pytest.mark.usefixtures("world")
def test_before_the_proof_a_revoked_invitation_gives_no_link() -> None:
    done("POST", "invitations/revoke", {"user_name": MEMBER})
    assert "MFA device is not registered" in refused(403)


def test_who_is_being_offboarded_gets_no_link(world: World) -> None:
    first_day(world)
    with watched(world.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", f"members/{MEMBER}")[0] == 503
    assert "you are being offboarded" in refused(403)
    done("DELETE", f"members/{MEMBER}")
    assert refused(404) == "The portal knows no member of your name."


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_busy_aws_is_told_and_when_to_come_back(world: World, fault: Fault) -> None:
    first_day(world)
    with watched(world.portal, Wire(Call("GetItem", 1), fault)):
        answer = fetched()
        assert (answer.status, answer.headers["retry-after"]) == (503, ["5"])
        assert answer.body.startswith("AWS is busy")
        assert fetched().status == 200


def test_a_request_is_one_line_in_the_log_and_an_unforeseen_error_tells_its_place_only(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first_day(world)
    capsys.readouterr()
    fetched()
    refused(410, "config")
    refused(403, arn=None)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logged = [line for line in told if "outcome" in line]
    assert [(line["action"], line["status"], line["actor"]) for line in logged] == [
        ("POST /member/link", 200, MEMBER),
        ("GET /member/config", 410, MEMBER),
        ("POST /member/link", 403, None),
    ]
    use(replace(world.portal, members=None))  # type: ignore[arg-type]
    assert refused(500) == "The portal failed; its log tells more."
    error, last = capsys.readouterr().out.splitlines()
    assert json.loads(error)["error"] == "AttributeError"
    assert MEMBER not in error
    assert (json.loads(last)["outcome"], json.loads(last)["actor"]) == ("AttributeError", MEMBER)
