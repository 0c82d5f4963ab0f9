"""The clock of the embedded AWS can be moved: everything in it goes on, its clients' clocks and phones do not."""

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.members.mfa import code_at, step_at
from firstday.sandbox.process import child
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import sample_portal, sample_tables
from tests.helpers.embedded_aws import IDENTITY, REGION, Refused, User, allow, new_role, new_user, root_client
from tests.helpers.portal_requests import call

TRUST = {"Principal": {"Service": "lambda.amazonaws.com"}}
# What a function may ask for the time.
CLOCKS = """
import datetime, time
from time import time as bound
def handler(event, context):
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    naive = datetime.datetime.utcnow().replace(tzinfo=datetime.timezone.utc).timestamp()
    local = [float(time.strftime("%s")), time.mktime(time.localtime())]
    return [now, naive, *local, time.time(), bound(), time.time_ns() / 1e9]
"""
ASK = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


@pytest.fixture(scope="module")
def moving() -> Iterator[EmbeddedAWS]:
    """One whose clock these tests move, each from where the last one left it."""
    with EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0) as embedded:
        yield embedded


@pytest.fixture
def user(moving: EmbeddedAWS) -> User:
    return new_user(moving, allow("*"), device=True)


def is_now(aws: EmbeddedAWS, at: float | datetime) -> bool:
    """Whether that is the time of the embedded AWS, but for what the machine takes."""
    return abs((at.timestamp() if isinstance(at, datetime) else at) - aws.now) < 600


def test_sessions_end_when_it_is_moved_past_their_end(moving: EmbeddedAWS, user: User) -> None:
    role = new_role(moving, {}, allow("s3:*"))
    long = user.client("sts").get_session_token(DurationSeconds=4 * 3600, **user.mfa())["Credentials"]
    short = user.client("sts").assume_role(RoleArn=role, RoleSessionName="abc")["Credentials"]
    assert "Buckets" in user.with_session("s3", short).list_buckets()
    moving.move_clock(hours=2)
    with Refused("ExpiredToken") as refused:
        user.with_session("s3", short).list_buckets()
    assert refused.message == "The provided token has expired."
    assert "Users" in user.with_session("iam", long).list_users()
    moving.move_clock(hours=12)
    with Refused("ExpiredToken") as refused:
        user.with_session("sts", long).assume_role(RoleArn=role, RoleSessionName="abc")
    assert refused.message == "The security token included in the request is expired"
    assert user.client("sts").get_caller_identity()["Arn"] == user.arn


def test_an_expired_session_is_told_as_that_also_when_others_have_begun_since(
    moving: EmbeddedAWS, user: User
) -> None:
    former = user.client("sts").get_session_token(DurationSeconds=3600, **user.mfa())["Credentials"]
    moving.move_clock(hours=2)
    user.client("sts").get_session_token()
    with Refused("ExpiredToken"):
        user.with_session("sts", former).get_caller_identity()


def test_what_is_made_and_issued_afterwards_has_its_time(moving: EmbeddedAWS, user: User) -> None:
    moving.move_clock(hours=12)
    session = user.client("sts").get_session_token(DurationSeconds=3600)["Credentials"]
    assert is_now(moving, session["Expiration"] - timedelta(hours=1))
    assert is_now(moving, root_client(moving, "iam").create_user(UserName="of-tomorrow")["User"]["CreateDate"])
    s3 = root_client(moving, "s3")
    s3.create_bucket(Bucket="of-tomorrow", CreateBucketConfiguration={"LocationConstraint": REGION})
    answer = s3.list_buckets()
    assert is_now(moving, answer["Buckets"][-1]["CreationDate"])
    assert is_now(moving, parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]))


def test_policies_go_by_it(moving: EmbeddedAWS) -> None:
    noon = datetime.fromtimestamp(moving.now, UTC) + timedelta(hours=6)
    later = {"DateGreaterThan": {"aws:CurrentTime": noon.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    user = new_user(moving, allow("iam:ListUsers", Condition=later))
    with Refused("AccessDenied"):
        user.client("iam").list_users()
    moving.move_clock(hours=7)
    assert "Users" in user.client("iam").list_users()


def test_the_age_of_mfa_goes_by_it(moving: EmbeddedAWS) -> None:
    young = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    user = new_user(moving, allow("iam:ListUsers", Condition=young), device=True)
    session = user.client("sts").get_session_token(DurationSeconds=36000, **user.mfa())["Credentials"]
    assert "Users" in user.with_session("iam", session).list_users()
    moving.move_clock(hours=2)
    with Refused("AccessDenied"):
        user.with_session("iam", session).list_users()


def test_a_phone_shows_the_codes_of_its_own_clock_or_of_awss_each_good_once(
    moving: EmbeddedAWS, user: User
) -> None:
    moving.move_clock(hours=12)
    sts = user.client("sts")
    moved = {"SerialNumber": user.serial_number, "TokenCode": code_at(user.seed, step_at(moving.now))}
    between = {**moved, "TokenCode": code_at(user.seed, step_at(moving.now - 6 * 3600))}
    with Refused("AccessDenied"):
        sts.get_session_token(**between)
    for good in (user.mfa(), moved):
        assert sts.get_session_token(**good)["Credentials"]
        with Refused("AccessDenied"):
            sts.get_session_token(**good)


def test_a_client_signs_by_its_own_clock_or_by_awss(moving: EmbeddedAWS, user: User, tmp_path: Path) -> None:
    moving.move_clock(hours=12)
    ahead = moving.now - time.time()
    for seconds in (0, ahead):
        done = client_by(seconds, moving, user, tmp_path)
        assert done.stdout.strip() == user.arn, done.stderr
    assert "Signature expired" in client_by(ahead - 3600, moving, user, tmp_path).stderr


def client_by(
    seconds_ahead: float, aws: EmbeddedAWS, user: User, directory: Path
) -> "subprocess.CompletedProcess[str]":
    """A client in Python whose own clock is so far ahead of this machine's."""
    child.set_clock(directory, seconds_ahead)
    environment = {
        **child.environment(directory),
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": user.access_key_id,
        "AWS_SECRET_ACCESS_KEY": user.secret_access_key,
    }
    return subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=60)


def test_functions_go_by_it_also_one_that_runs_already(moving: EmbeddedAWS) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", CLOCKS)
    functions = root_client(moving, "lambda")
    described = {"Role": new_role(moving, TRUST), "Runtime": "python3.13", "Handler": "a.handler"}
    functions.create_function(FunctionName="clocks", Code={"ZipFile": code.getvalue()}, **described)

    def told() -> list[float]:
        return list(json.load(functions.invoke(FunctionName="clocks")["Payload"]))

    for hours in (0.5, 12):
        moving.move_clock(hours=hours)
        assert [is_now(moving, at) for at in told()] == [True] * 7


def test_the_portals_requests_have_its_time(moving: EmbeddedAWS) -> None:
    sample_portal.deployed(moving)
    moving.move_clock(hours=12)
    assert is_now(moving, call(moving, "/start").event["requestContext"]["requestTimeEpoch"] / 1000)


def test_dynamodb_deletes_what_has_expired_by_it(moving: EmbeddedAWS) -> None:
    dynamodb = sample_tables.deployed(moving)
    key = {"pk": {"S": "session#1"}}
    expires_at = {"expires_at": {"N": str(int(moving.now) + 3600)}}
    dynamodb.put_item(TableName="sample-console", Item=key | expires_at)
    moving.move_clock(hours=2)
    assert becomes_empty(dynamodb, key)


def becomes_empty(dynamodb: Any, key: dict[str, Any]) -> bool:
    """Within ten seconds: without the move it would take a minute at least."""
    for _ in range(100):
        if "Item" not in dynamodb.get_item(TableName="sample-console", Key=key):
            return True
        time.sleep(0.1)
    return False
