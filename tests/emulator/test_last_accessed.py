"""GenerateServiceLastAccessedDetails of the embedded AWS: which services somebody may call, and has called."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, Refused, allow, document, new_role, new_user

MOMENT = timedelta(seconds=10)
ORDERS = allow("iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails")


def report(iam: Any, arn: str, **options: Any) -> list[dict[str, Any]]:
    """All services of a report, asked for until it is there."""
    job = iam.generate_service_last_accessed_details(Arn=arn, **options)["JobId"]
    while True:
        answer = iam.get_service_last_accessed_details(JobId=job)
        if answer["JobStatus"] == "COMPLETED":
            break
    found = list(answer["ServicesLastAccessed"])
    while answer["IsTruncated"]:
        answer = iam.get_service_last_accessed_details(JobId=job, Marker=answer["Marker"])
        found += answer["ServicesLastAccessed"]
    return found


def by_namespace(iam: Any, arn: str, **options: Any) -> dict[str, dict[str, Any]]:
    return {one["ServiceNamespace"]: one for one in report(iam, arn, **options)}


def test_a_report_has_every_service_that_is_allowed_and_the_time_of_those_that_were_called(
    aws: EmbeddedAWS, iam: Any
) -> None:
    user = new_user(aws, allow("s3:ListAllMyBuckets", "sqs:SendMessage", "iam:GetUser"))
    user.client("s3").list_buckets()
    found = by_namespace(iam, user.arn)
    assert list(found) == ["iam", "s3", "sqs"]
    assert found["s3"]["ServiceName"] == "Amazon S3"
    assert datetime.now(UTC) - found["s3"]["LastAuthenticated"] < MOMENT
    assert found["s3"]["LastAuthenticatedEntity"] == user.arn
    assert found["s3"]["LastAuthenticatedRegion"] == aws.region
    assert found["s3"]["TotalAuthenticatedEntities"] == 1
    assert "LastAuthenticated" not in found["sqs"]
    assert (found["sqs"]["TotalAuthenticatedEntities"], found["iam"]["TotalAuthenticatedEntities"]) == (0, 0)


def test_a_denied_request_counts_and_the_service_of_no_permission_is_left_out(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("iam:GetUser"))
    with Refused("AccessDenied"):
        user.client("iam").list_users()
    with Refused("AccessDenied"):
        user.client("s3").list_buckets()
    assert list(found := by_namespace(iam, user.arn)) == ["iam"]
    assert "LastAuthenticated" in found["iam"]


def test_a_report_is_in_progress_first_and_says_so(aws: EmbeddedAWS, iam: Any) -> None:
    job = iam.generate_service_last_accessed_details(Arn=new_user(aws, allow("s3:*")).arn)["JobId"]
    first, second = (iam.get_service_last_accessed_details(JobId=job) for _ in range(2))
    assert (first["JobStatus"], first["ServicesLastAccessed"]) == ("IN_PROGRESS", [])
    assert "JobCompletionDate" not in first
    assert (second["JobStatus"], second["JobType"]) == ("COMPLETED", "SERVICE_LEVEL")
    assert second["JobCompletionDate"] >= second["JobCreationDate"]


def test_everything_allowed_is_more_services_than_a_page_has(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("*"), {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"})
    job = iam.generate_service_last_accessed_details(Arn=user.arn)["JobId"]
    iam.get_service_last_accessed_details(JobId=job)
    page = iam.get_service_last_accessed_details(JobId=job, MaxItems=7)
    assert (len(page["ServicesLastAccessed"]), page["IsTruncated"]) == (7, True)
    names = [one["ServiceNamespace"] for one in report(iam, user.arn)]
    assert names == sorted(set(names))
    assert len(names) > 200
    assert {"s3", "iam", "dynamodb", "lambda", "cloudwatch"} < set(names)
    assert "ec2" not in names


def test_the_deny_without_mfa_takes_no_service_away(aws: EmbeddedAWS, iam: Any) -> None:
    without = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    user = new_user(aws, allow("s3:*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": without})
    assert list(by_namespace(iam, user.arn)) == ["s3"]


def test_actions_are_told_if_they_are_asked_for(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("iam:*"))
    user.client("iam").get_user()
    user.client("iam").list_users()
    (found,) = report(iam, user.arn, Granularity="ACTION_LEVEL")
    assert [one["ActionName"] for one in found["TrackedActionsLastAccessed"]] == ["GetUser", "ListUsers"]
    assert {one["LastAccessedEntity"] for one in found["TrackedActionsLastAccessed"]} == {user.arn}
    (found,) = report(iam, user.arn)
    assert "TrackedActionsLastAccessed" not in found


def test_of_a_group_or_policy_the_users_of_it_are_counted(aws: EmbeddedAWS, iam: Any) -> None:
    group, policy = f"group-{uuid.uuid4().hex[:8]}", f"policy-{uuid.uuid4().hex[:8]}"
    arn = iam.create_policy(PolicyName=policy, Path="/team/", PolicyDocument=document(allow("s3:*")))["Policy"][
        "Arn"
    ]
    group_arn = iam.create_group(GroupName=group, Path="/team/")["Group"]["Arn"]
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    users = [new_user(aws) for _ in range(3)]
    for user in users:
        iam.add_user_to_group(GroupName=group, UserName=user.name)
    users[0].client("s3").list_buckets()
    time.sleep(1.1)  # IAM's times have no fractions
    users[1].client("s3").list_buckets()
    for one in (arn, group_arn):
        (found,) = report(iam, one)
        assert (found["LastAuthenticatedEntity"], found["TotalAuthenticatedEntities"]) == (users[1].arn, 2)


def test_a_roles_use_is_the_roles_and_not_the_users(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("sts:AssumeRole", "s3:*"))
    role = new_role(aws, {}, allow("s3:*"))
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)["Credentials"]
    user.with_session("s3", session).list_buckets()
    assert "LastAuthenticated" in by_namespace(iam, role)["s3"]
    found = by_namespace(iam, user.arn)
    assert "LastAuthenticated" not in found["s3"]
    assert "LastAuthenticated" in found["sts"]


def test_the_use_stays_with_a_user_who_is_renamed(aws: EmbeddedAWS, iam: Any) -> None:
    user = new_user(aws, allow("s3:*"))
    user.client("s3").list_buckets()
    iam.update_user(UserName=user.name, NewUserName=f"{user.name}-new", NewPath="/elsewhere/")
    arn = iam.get_user(UserName=f"{user.name}-new")["User"]["Arn"]
    assert by_namespace(iam, arn)["s3"]["LastAuthenticatedEntity"] == arn


def test_a_report_takes_the_permission_on_its_subject_and_is_its_orderers_own(aws: EmbeddedAWS) -> None:
    subject, other = new_user(aws, allow("s3:*")), new_user(aws, ORDERS)
    generates = allow("iam:GenerateServiceLastAccessedDetails", resource=subject.arn)
    orderer = new_user(aws, generates, allow("iam:GetServiceLastAccessedDetails"))
    job = orderer.client("iam").generate_service_last_accessed_details(Arn=subject.arn)["JobId"]
    orderer.client("iam").get_service_last_accessed_details(JobId=job)
    with Refused("AccessDenied") as refused:
        orderer.client("iam").generate_service_last_accessed_details(Arn=orderer.arn)
    assert f"on resource: {orderer.arn} " in refused.message
    with Refused("AccessDenied"):
        new_user(aws, generates).client("iam").get_service_last_accessed_details(JobId=job)
    with Refused("NoSuchEntity"):
        other.client("iam").get_service_last_accessed_details(JobId=job)


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:iam::{IDENTITY}:user/nobody-at-all", "NoSuchEntity"),
        (f"arn:aws:iam::{IDENTITY}:policy/nothing", "NoSuchEntity"),
        ("arn:aws:s3:::a-bucket-of-somebody", "InvalidInput"),
    ],
)
def test_of_what_is_not_there_no_report_is_made(iam: Any, arn: str, code: str) -> None:
    with Refused(code):
        iam.generate_service_last_accessed_details(Arn=arn)


def test_a_job_that_nobody_ordered_is_not_there(iam: Any) -> None:
    with Refused("NoSuchEntity"):
        iam.get_service_last_accessed_details(JobId=str(uuid.uuid4()))


def test_a_policy_of_aws_own_has_a_report_too(iam: Any) -> None:
    assert "s3" in by_namespace(iam, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
