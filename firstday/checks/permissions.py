"""What whoever runs the doctor has to be allowed: reading, and no more of it than there is to look at."""

from chalicelib.roles import MEMBERS_PATH, iam_arn
from chalicelib.settings import Settings
from firstday.checks import catalogue
from firstday.deployed import DEFAULT_STAGE, stack_name
from firstday.policies import Policy


def doctor_permissions(settings: Settings, stage: str = DEFAULT_STAGE) -> Policy:
    """The policy for the identity account."""
    partition, account_id = settings.partition, settings.identity_account
    stack, here = stack_name(stage), f"{settings.region}:{account_id}"
    resources = {
        catalogue.STACK: f"arn:{partition}:cloudformation:{here}:stack/{stack}/*",
        catalogue.RECORDS: f"arn:{partition}:dynamodb:{here}:table/{stack}-MembersTable-*",
        catalogue.ROLE: iam_arn(partition, account_id, "role/*"),
        catalogue.KEYS: iam_arn(partition, account_id, f"user{MEMBERS_PATH}*"),
        catalogue.OWN_DEVICES: iam_arn(partition, account_id, f"user{MEMBERS_PATH}*"),
    }
    return _policy({action: resources.get(action, "*") for action in catalogue.permissions()})


def target_permissions(settings: Settings, account_id: str) -> Policy:
    """The policy for another account that has roles."""
    return _policy({catalogue.DETAILS: "*", catalogue.ROLE: iam_arn(settings.partition, account_id, "role/*")})


def _policy(resources: dict[str, str]) -> Policy:
    """One statement for each resource, with the actions on it."""
    actions: dict[str, list[str]] = {}
    for action, resource in resources.items():
        actions.setdefault(resource, []).append(action)
    statements = [{"Effect": "Allow", "Action": found, "Resource": one} for one, found in actions.items()]
    return {"Version": "2012-10-17", "Statement": statements}
