"""Reads the policies of buckets, keys, queues and topics in the settings' region: they may name a user.

Other services have such policies, too; ``NOT_LOOKED_AT`` says what is left out.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from firstday.adoption import needed_calls
from firstday.adoption.mentions import PlacedPolicy
from firstday.adoption.patient_reading import PatientReader

NOT_LOOKED_AT = (
    "Policies in other regions and other accounts",
    "Policies of services besides IAM, S3, KMS, SQS and SNS, such as Secrets Manager, ECR and Lambda",
    "Policies of the organisation (service control and resource control policies)",
    "Programs and files that have the user's ARN in them",
)
Read = Callable[[], Any]


def placed_resource_policies(reader: PatientReader, region: str) -> tuple[PlacedPolicy, ...]:
    """All that may be read; the reader remembers what may not."""
    kinds = (
        (needed_calls.BUCKET_POLICIES, lambda: _buckets(reader.client("s3"), region)),
        (needed_calls.KEY_POLICIES, lambda: _keys(reader.client("kms"))),
        (needed_calls.QUEUE_POLICIES, lambda: _queues(reader.client("sqs"))),
        (needed_calls.TOPIC_POLICIES, lambda: _topics(reader.client("sns"))),
    )
    found: list[PlacedPolicy] = []
    for permission, places in kinds:
        listed: list[tuple[str, Read]] = reader.read(permission, places) or []
        found += _policies(reader, permission, listed)
    return tuple(found)


def _policies(reader: PatientReader, permission: str, places: Iterable[tuple[str, Read]]) -> list[PlacedPolicy]:
    def look(place: tuple[str, Read]) -> PlacedPolicy | None:
        where, read = place
        document = reader.read(permission, lambda: _document(read))
        return PlacedPolicy(where, document, is_of_resource=True) if document else None

    return [policy for policy in reader.of_each(places, look) if policy]


# What each service answers where there is no policy, or no such resource any more.
_NONE = frozenset(
    {
        *("NoSuchBucketPolicy", "NoSuchBucket", "NotFoundException", "NotFound"),
        *("QueueDoesNotExist", "NonExistentQueue"),
    }
)


def _document(read: Read) -> Any:
    try:
        found = json.loads(read() or "{}")
    except ClientError as error:
        if error.response["Error"]["Code"].rpartition(".")[2] in _NONE:
            return {}
        raise
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _buckets(s3: Any, region: str) -> list[tuple[str, Read]]:
    pages = s3.get_paginator("list_buckets").paginate(BucketRegion=region, PaginationConfig={"PageSize": 1000})
    names = [bucket["Name"] for page in pages for bucket in page.get("Buckets", [])]
    return [
        (f"the policy of the bucket {name}", _reading(s3.get_bucket_policy, "Policy", Bucket=name))
        for name in names
    ]


def _keys(kms: Any) -> list[tuple[str, Read]]:
    ids = [key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
    call = kms.get_key_policy
    return [
        (f"the policy of the KMS key {one}", _reading(call, "Policy", KeyId=one, PolicyName="default"))
        for one in ids
    ]


def _queues(sqs: Any) -> list[tuple[str, Read]]:
    urls = [url for page in sqs.get_paginator("list_queues").paginate() for url in page.get("QueueUrls", [])]

    def reading(url: str) -> Read:
        return lambda: (
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")
        )

    return [(f"the policy of the queue {url.rpartition('/')[2]}", reading(url)) for url in urls]


def _topics(sns: Any) -> list[tuple[str, Read]]:
    arns = [one["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for one in page["Topics"]]

    def reading(arn: str) -> Read:
        return lambda: sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")

    return [(f"the policy of the topic {arn.rpartition(':')[2]}", reading(arn)) for arn in arns]


def _reading(call: Callable[..., Any], name: str, **parameters: str) -> Read:
    return lambda: call(**parameters).get(name)
