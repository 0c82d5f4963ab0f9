"""What an adoption reads, and what it makes of answers that are late, denied, or not there."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import InvalidInput
from firstday.adoption import user_reading, wanted_users
from firstday.adoption.found_account import FoundAccount, FoundGroup, FoundUser
from firstday.adoption.patient_reading import PatientReader
from firstday.adoption.resource_policies import placed_resource_policies
from firstday.adoption.service_losses import Usage
from firstday.adoption.user_reading import credentials_of, usage_of
from firstday.aws_calls import DeploymentError
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
USED = datetime(2026, 11, 28, tzinfo=UTC)
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]}


class FakedSession:
    """Answers calls from a table of functions by the names of operations; any other call is denied."""

    def __init__(self, answers: Mapping[str, Callable[..., Any]]) -> None:
        self._answers = answers
        self.pauses: list[float] = []

    def client(self, service_name: str, region_name: str | None = None, **_: Any) -> Any:
        del service_name, region_name
        return self

    def __getattr__(self, operation: str) -> Any:
        return self._answers.get(operation) or refusing("AccessDenied")

    def get_paginator(self, operation: str) -> Any:
        call = getattr(self, operation)

        class Pages:
            @staticmethod
            def paginate(**_: Any) -> list[Any]:
                return [call()]

        return Pages()


def refusing(code: str) -> Callable[..., Any]:
    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")

    return refuse


def answering(value: Any) -> Callable[..., Any]:
    return lambda **_: value


def reader_of(**answers: Callable[..., Any]) -> tuple[PatientReader, FakedSession]:
    session = FakedSession(answers)
    return PatientReader(session, SETTINGS.region, session.pauses.append), session


def report(status: str, *services: tuple[str, datetime | None], **more: Any) -> dict[str, Any]:
    listed = [
        {"ServiceNamespace": name} | ({"LastAuthenticated": used_at} if used_at else {})
        for name, used_at in services
    ]
    return {"JobStatus": status, "ServicesLastAccessed": listed, **more}


def in_turn(*answers: dict[str, Any]) -> Callable[..., Any]:
    left = list(answers)
    return lambda **_: left.pop(0)


def usage(*answers: dict[str, Any]) -> tuple[Usage, list[float]]:
    reader, session = reader_of(
        generate_service_last_accessed_details=answering({"JobId": "job"}),
        get_service_last_accessed_details=in_turn(*answers),
    )
    return usage_of(reader, "arn:aws:iam::123456789012:user/dev/x"), session.pauses


def test_the_report_is_waited_for_and_read_to_its_end() -> None:
    first = report("COMPLETED", ("s3", USED), IsTruncated=True, Marker="more")
    found, pauses = usage(report("IN_PROGRESS"), first, report("COMPLETED", ("ec2", None)))
    assert (found, len(pauses)) == (Usage({"s3": USED, "ec2": None}), 1)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([report("FAILED")], user_reading.FAILED),
        ([report("IN_PROGRESS")] * len(user_reading.PAUSES), user_reading.NOT_READY),
    ],
)
def test_a_report_that_does_not_come_is_not_known(answers: list[dict[str, Any]], why: str) -> None:
    assert usage(*answers)[0] == Usage(unknown=why)


def test_what_is_not_permitted_is_remembered_and_nothing_else_fails() -> None:
    reader, _ = reader_of(
        list_access_keys=answering({"AccessKeyMetadata": [{"AccessKeyId": "AKIA", "Status": "Active"}]})
    )
    found = credentials_of(reader, "dev-simple-user")
    assert (found.devices, found.has_password, found.others) == (None, None, None)
    assert found.keys is not None
    assert (found.keys[0].access_key_id, found.keys[0].is_known) == ("AKIA", False)
    assert usage_of(reader, "arn") == Usage(unknown=user_reading.NOT_PERMITTED)
    assert reader.not_permitted == {
        *("iam:GenerateServiceLastAccessedDetails", "iam:GetAccessKeyLastUsed", "iam:GetLoginProfile"),
        *("iam:ListMFADevices", "iam:ListSSHPublicKeys", "iam:ListServiceSpecificCredentials"),
        "iam:ListSigningCertificates",
    }


def test_any_other_error_ends_the_plan() -> None:
    reader, _ = reader_of(list_mfa_devices=refusing("ServiceFailure"))
    with pytest.raises(DeploymentError, match="iam:ListMFADevices"):
        credentials_of(reader, "dev-simple-user")


def test_who_has_no_password_and_nothing_else_has_none() -> None:
    missing = refusing("NoSuchEntity")
    lists = ("list_mfa_devices", "list_access_keys", "list_ssh_public_keys", "list_signing_certificates")
    names = (*lists, "list_service_specific_credentials", "get_login_profile")
    found = credentials_of(reader_of(**dict.fromkeys(names, missing))[0], "dev-simple-user")
    assert (found.devices, found.keys, found.has_password, found.others) == ((), (), False, ())


def test_policies_of_buckets_keys_queues_and_topics_are_read() -> None:
    written = json.dumps(POLICY)
    reader, _ = reader_of(
        list_buckets=answering({"Buckets": [{"Name": "data"}]}),
        get_bucket_policy=answering({"Policy": written}),
        list_keys=answering({"Keys": [{"KeyId": "k"}]}),
        get_key_policy=answering({"Policy": written}),
        list_queues=answering({"QueueUrls": ["https://sqs.example.com/123456789012/orders"]}),
        get_queue_attributes=answering({"Attributes": {"Policy": written}}),
        list_topics=answering({"Topics": [{"TopicArn": "arn:aws:sns:ap-northeast-1:123456789012:news"}]}),
        get_topic_attributes=answering({"Attributes": {"Policy": written}}),
    )
    found = placed_resource_policies(reader, SETTINGS.region)
    assert [(one.where, one.document) for one in found] == [
        ("the policy of the bucket data", POLICY),
        ("the policy of the KMS key k", POLICY),
        ("the policy of the queue orders", POLICY),
        ("the policy of the topic news", POLICY),
    ]
    assert reader.not_permitted == set()


def test_a_bucket_without_a_policy_is_none_and_services_that_are_denied_are_named() -> None:
    reader, _ = reader_of(
        list_buckets=answering({"Buckets": [{"Name": "data"}]}),
        get_bucket_policy=refusing("NoSuchBucketPolicy"),
        list_queues=refusing("InvalidAction"),
    )
    assert placed_resource_policies(reader, SETTINGS.region) == ()
    assert reader.not_permitted == {
        *("kms:GetKeyPolicy", "sns:GetTopicAttributes", "sqs:GetQueueAttributes (not offered here)")
    }


# Who is meant.
ACCOUNT = FoundAccount(
    users={name: FoundUser(name, "/", f"arn:{name}", ("old-team",)) for name in ("member-10", "member-2")},
    groups={"old-team": FoundGroup("old-team", "/"), "empty": FoundGroup("empty", "/")},
)


def test_a_group_means_all_its_users_with_the_default_groups() -> None:
    found = wanted_users.of_group(SETTINGS, ACCOUNT, "old-team", ())
    assert [(one.user_name, one.groups) for one in found] == [
        ("member-10", SETTINGS.default_groups),
        ("member-2", SETTINGS.default_groups),
    ]


@pytest.mark.parametrize(("group", "words"), [("nowhere", "IAM has no group nowhere"), ("empty", "Nobody is in")])
def test_a_group_that_is_missing_or_empty_is_a_mistake(group: str, words: str) -> None:
    with pytest.raises(DeploymentError, match=words):
        wanted_users.of_group(SETTINGS, ACCOUNT, group, ())


def test_names_are_taken_once_and_groups_have_to_be_known() -> None:
    found = wanted_users.named(SETTINGS, ["one", "One", "two"], ["operators"])
    assert [one.groups for one in found] == [("operators",), ("operators",)]
    with pytest.raises(InvalidInput):
        wanted_users.named(SETTINGS, ["one"], ["nowhere"])


def test_the_groups_of_a_list_go_before_those_of_the_command() -> None:
    found, read = wanted_users.listed(SETTINGS, "user_name,groups\none,operators\ntwo,\n", ["developers"])
    assert [(one.user_name, one.groups) for one in found] == [("one", ("operators",)), ("two", ("developers",))]
    assert read.problems == ()
