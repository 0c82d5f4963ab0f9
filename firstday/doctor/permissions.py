"""The policies for running the doctor: they allow reading only, and only what the doctor looks at."""

from collections.abc import Mapping

from chalicelib.arns import MEMBERS_PATH, iam_arn
from chalicelib.settings.records import Settings
from firstday.deployment.portal import DEFAULT_STAGE, TARGET_STACK, stack_name, stacks_of_identity_account
from firstday.doctor import catalogue, needed_actions
from firstday.stack.policies import Policy


def doctor_permissions(settings: Settings, stage: str = DEFAULT_STAGE) -> Policy:
    """The policy for the identity account."""
    partition, account_id = settings.partition, settings.identity_account
    stack, here = stack_name(stage), f"{settings.region}:{account_id}"
    stacks = stacks_of_identity_account(settings, stack)
    given_up = () if TARGET_STACK in stacks else (TARGET_STACK,)
    of_table = f"arn:{partition}:dynamodb:{here}:table/{stack}"
    tables = (f"{of_table}-MembersTable-*", f"{of_table}-AuditTable-*")
    resources = {
        needed_actions.STACK: _stacks(settings, account_id, stack, *given_up),
        needed_actions.STACK_RESOURCES: _stacks(settings, account_id, *stacks),
        needed_actions.RECORDS: tables[:1],
        needed_actions.TABLES: tables,
        needed_actions.ROLE: (iam_arn(partition, account_id, "role/*"),),
        needed_actions.SIMULATION: (iam_arn(partition, account_id, "role/*"),),
        needed_actions.KEYS: (iam_arn(partition, account_id, f"user{MEMBERS_PATH}*"),),
        needed_actions.OWN_DEVICES: (iam_arn(partition, account_id, f"user{MEMBERS_PATH}*"),),
    }
    needed = catalogue.permissions(has_mail=settings.mail is not None)
    return _policy({action: (resources | _of_mail(settings)).get(action, ("*",)) for action in needed})


def _of_mail(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What is looked at in Amazon SES: the identity of the settings, and their configuration set."""
    mail = settings.mail
    if mail is None:
        return {}
    here = f"arn:{settings.partition}:ses:{mail.region}:{settings.identity_account}"
    return {
        needed_actions.MAIL_IDENTITY: (mail.identity_arn,),
        needed_actions.MAIL_SET: (f"{here}:configuration-set/{mail.configuration_set or '*'}",),
    }


def target_permissions(settings: Settings, account_id: str) -> Policy:
    """The policy for another account in the settings: to see its roles, or that it has none any more."""
    return _policy(
        {
            needed_actions.STACK: _stacks(settings, account_id, TARGET_STACK),
            needed_actions.STACK_RESOURCES: _stacks(settings, account_id, TARGET_STACK),
            needed_actions.DETAILS: ("*",),
            needed_actions.ROLE: (iam_arn(settings.partition, account_id, "role/*"),),
        }
    )


def _stacks(settings: Settings, account_id: str, *names: str) -> tuple[str, ...]:
    here = f"arn:{settings.partition}:cloudformation:{settings.region}:{account_id}"
    return tuple(f"{here}:stack/{name}/*" for name in names)


def _policy(resources: Mapping[str, tuple[str, ...]]) -> Policy:
    """One statement for each set of resources, with the actions on them."""
    actions: dict[tuple[str, ...], list[str]] = {}
    for action, on in resources.items():
        actions.setdefault(on, []).append(action)
    statements = [
        {"Effect": "Allow", "Action": found, "Resource": on[0] if len(on) == 1 else list(on)}
        for on, found in actions.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}
