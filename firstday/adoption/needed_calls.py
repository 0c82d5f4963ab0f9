"""What an adoption and a release have to be allowed, as IAM calls it."""

from collections.abc import Mapping

DETAILS = "iam:GetAccountAuthorizationDetails"
MANAGED_POLICY = "iam:GetPolicyVersion"
DEVICES = "iam:ListMFADevices"
KEYS = "iam:ListAccessKeys"
KEY_USE = "iam:GetAccessKeyLastUsed"
PASSWORD = "iam:GetLoginProfile"  # noqa: S105  # no password
USAGE = "iam:GenerateServiceLastAccessedDetails"
BUCKET_POLICIES = "s3:GetBucketPolicy"
KEY_POLICIES = "kms:GetKeyPolicy"
QUEUE_POLICIES = "sqs:GetQueueAttributes"
TOPIC_POLICIES = "sns:GetTopicAttributes"
# What else each of them takes: IAM has a call of its own for a list, or for an answer.
ALSO: Mapping[str, tuple[str, ...]] = {
    MANAGED_POLICY: ("iam:GetPolicy",),
    USAGE: ("iam:GetServiceLastAccessedDetails",),
    BUCKET_POLICIES: ("s3:ListAllMyBuckets",),
    KEY_POLICIES: ("kms:ListKeys",),
    QUEUE_POLICIES: ("sqs:ListQueues",),
    TOPIC_POLICIES: ("sns:ListTopics",),
}
# Without them a plan is made, and says what is not known.
WORTH_HAVING = (
    *(MANAGED_POLICY, DEVICES, KEYS, KEY_USE, PASSWORD, USAGE),
    *(BUCKET_POLICIES, KEY_POLICIES, QUEUE_POLICIES, TOPIC_POLICIES),
)
