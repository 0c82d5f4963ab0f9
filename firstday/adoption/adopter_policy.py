"""The IAM policy of a person who adopts and releases users; nothing of the portal has it.

Whoever has it moves any user of the account to the members and sets any boundary, so it is an administrator's. IAM
cannot limit more: UpdateUser knows no condition on the path, and a release puts back whatever boundary a user had.
"""

from chalicelib.arns import (
    baseline_group_arn,
    boundary_arn,
    group_arn,
    iam_arn,
)
from chalicelib.settings.records import Settings
from firstday.adoption import needed_calls
from firstday.deployment.portal import DEFAULT_STAGE, stack_name
from firstday.stack.policies import Policy, allow, document
from firstday.stack.protection import Statement

# They have no resource to be limited to, or one that is not known before.
_LISTS = (
    *("iam:GetAccessKeyLastUsed", "iam:GetServiceLastAccessedDetails", needed_calls.DETAILS),
    *("kms:ListKeys", "s3:ListAllMyBuckets", "sns:ListTopics", "sqs:ListQueues"),
)
_POLICIES = ("iam:GetPolicy", needed_calls.MANAGED_POLICY)
_ABOUT_USERS = (
    *("iam:GetUser", "iam:ListGroupsForUser"),
    *(needed_calls.DEVICES, needed_calls.KEYS, needed_calls.PASSWORD, needed_calls.USAGE),
    *(needed_calls.SSH_KEYS, needed_calls.CERTIFICATES, needed_calls.SERVICE_CREDENTIALS),
)
_CHANGES = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


def adopter_permissions(settings: Settings, stage: str = DEFAULT_STAGE) -> Policy:
    """All that ``firstday adopt`` and ``firstday release`` call, in the identity account."""
    partition, account_id = settings.partition, settings.identity_account
    here, stack = f"{settings.region}:{account_id}", stack_name(stage)
    users = iam_arn(partition, account_id, "user/*")
    baseline, switch_role = baseline_group_arn(partition, account_id), group_arn(partition, account_id, "*")
    return document(
        allow(
            "Stack", ("cloudformation:DescribeStacks",), f"arn:{partition}:cloudformation:{here}:stack/{stack}/*"
        ),
        allow("Look", _LISTS, "*"),
        allow(
            "Policies",
            _POLICIES,
            [f"arn:{partition}:iam::aws:policy/*", iam_arn(partition, account_id, "policy/*")],
        ),
        allow("ResourcePolicies", *_resource_policies(partition, here)),
        allow("Users", _ABOUT_USERS, users),
        allow("Path", ("iam:UpdateUser",), users),
        allow("Boundary", ("iam:PutUserPermissionsBoundary",), users),
        allow("NoBoundary", ("iam:DeleteUserPermissionsBoundary",), users) | _only_ours(settings),
        allow("Baseline", ("iam:AddUserToGroup",), baseline),
        allow("Groups", ("iam:RemoveUserFromGroup",), [baseline, switch_role]),
        allow("Records", _CHANGES, f"arn:{partition}:dynamodb:{here}:table/{stack}-MembersTable-*"),
        allow("Audit", ("dynamodb:PutItem",), f"arn:{partition}:dynamodb:{here}:table/{stack}-AuditTable-*"),
    )


def _resource_policies(partition: str, here: str) -> tuple[tuple[str, ...], list[str]]:
    """The actions that read them, and the resources; each action knows its own kind of resource."""
    actions = (
        *(needed_calls.BUCKET_POLICIES, needed_calls.KEY_POLICIES),
        *(needed_calls.QUEUE_POLICIES, needed_calls.TOPIC_POLICIES),
    )
    resources = [
        f"arn:{partition}:s3:::*",
        *(f"arn:{partition}:{service}:{here}:*" for service in ("kms", "sns", "sqs")),
    ]
    return actions, resources


def _only_ours(settings: Settings) -> Statement:
    boundary = boundary_arn(settings.partition, settings.identity_account)
    return {"Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}
