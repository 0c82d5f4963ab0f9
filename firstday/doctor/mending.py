"""The commands that correct findings, ready to be typed into a POSIX shell."""

from collections.abc import Collection, Sequence
from shlex import quote

from chalicelib.arns import INLINE_POLICY_NAME
from firstday.doctor.snapshot import IAMDetails

DEPLOY = "firstday deploy"
# The placeholder for an AWS profile of the account that a finding names.
PROFILE = "PROFILE"


def typed(*words: str, profile: str | None = None) -> str:
    """A command of these words; those of another account end with ``--profile``."""
    return " ".join([*map(quote, words), *(("--profile", profile) if profile else ())])


def iam(operation: str, *words: str, profile: str | None = None) -> str:
    """A command of the AWS CLI on IAM."""
    return typed("aws", "iam", operation, *words, profile=profile)


def with_document(command: str, option: str, document: str) -> str:
    """``command`` with the policy that ``firstday doctor --document`` prints."""
    return f'{command} {option} "$(firstday doctor --document {quote(document)})"'


def made_again(
    resource_type: str,
    physical_id: str,
    by_hand: Sequence[str],
    account: IAMDetails,
    *,
    deploy: str = DEPLOY,
    in_the_way: str | None = None,
) -> list[str]:
    """How to make a resource: ``by_hand`` if a stack of ``account`` believes that it exists, else ``deploy``.

    CloudFormation takes any resource with that name for its own: a later change, or the removal, finds it.
    https://repost.aws/knowledge-center/failing-stack-updates-deleted
    The resource ``in_the_way`` (its ARN) has the name now; no command removes it without a loss.
    """
    freed = [f"# First free the name, which {in_the_way} has."] if in_the_way else []
    return [*freed, *(by_hand if (resource_type, physical_id) in account.stack_resources else [deploy])]


def create_group(name: str, path: str, document: str) -> list[str]:
    return [iam("create-group", "--path", path, "--group-name", name), put_group_policy(name, document)]


def create_boundary(name: str, path: str, document: str) -> str:
    return with_document(iam("create-policy", "--path", path, "--policy-name", name), "--policy-document", document)


def create_role(name: str, *words: str, trust: str, profile: str | None = None) -> str:
    command = iam("create-role", "--role-name", name, *words, profile=profile)
    return with_document(command, "--assume-role-policy-document", trust)


def put_group_policy(group: str, document: str) -> str:
    command = iam("put-group-policy", "--group-name", group, "--policy-name", INLINE_POLICY_NAME)
    return with_document(command, "--policy-document", document)


def put_role_policy(role: str, document: str, profile: str | None = None) -> str:
    named = ("--role-name", role, "--policy-name", INLINE_POLICY_NAME)
    return with_document(iam("put-role-policy", *named, profile=profile), "--policy-document", document)


def attach_role_policy(role: str, arn: str, profile: str | None = None) -> str:
    return iam("attach-role-policy", "--role-name", role, "--policy-arn", arn, profile=profile)


def put_trust(role: str, document: str, profile: str | None = None) -> str:
    command = iam("update-assume-role-policy", "--role-name", role, profile=profile)
    return with_document(command, "--policy-document", document)


def put_boundary(arn: str, document: str) -> str:
    command = iam("create-policy-version", "--policy-arn", arn, "--set-as-default")
    return with_document(command, "--policy-document", document)


def taken_away(
    kind: str, name: str, inline: Collection[str], attached: Collection[str], profile: str | None = None
) -> list[str]:
    """The commands that remove policies of a user, a group or a role."""
    whose = (f"--{kind}-name", name)
    return [
        *(iam(f"delete-{kind}-policy", *whose, "--policy-name", policy, profile=profile) for policy in inline),
        *(iam(f"detach-{kind}-policy", *whose, "--policy-arn", arn, profile=profile) for arn in attached),
    ]
