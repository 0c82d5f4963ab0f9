"""Checks on an account as a whole: which account the credentials belong to, missing permissions, passwords."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from chalicelib.settings.records import Settings
from firstday.account_names import account_name, account_words
from firstday.aws_calls import DeploymentError
from firstday.doctor import access_findings, catalogue, mending, needed_actions, upkeep_findings
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import Unreadable
from firstday.doctor.snapshot_reader import DENIED

# The benchmark of the Center for Internet Security for AWS asks for 14.
SHORTEST_PASSWORD = 14
# Reading that needs a permission, but that no check depends on.
BY_HAND = "how to mend what somebody deleted by hand"


def check_password_policy(settings: Settings, has_password_policy: bool) -> Iterator[Finding]:
    """Whether the account has rules of its own for passwords; worse if members choose some."""
    if has_password_policy:
        return
    check = (
        upkeep_findings.PASSWORD_POLICY_MISSING
        if settings.console_password
        else upkeep_findings.PASSWORD_POLICY_UNSET
    )
    words = ("--minimum-password-length", str(SHORTEST_PASSWORD), "--allow-users-to-change-password")
    remedy = mending.iam("update-account-password-policy", *words)
    yield check.found(settings.identity_account, "There is no password policy.", remedy)


def wrong_account(settings: Settings, found: str, wanted: str) -> Finding:
    """The finding where credentials are for ``found``, and should be for ``wanted``."""
    name = account_name(settings, wanted)
    is_identity = wanted == settings.identity_account
    option = "--profile PROFILE" if is_identity else f"--account-profile {name}={mending.PROFILE}"
    message = f"These credentials are for the account {found}; the settings say {wanted}."
    return access_findings.WRONG_ACCOUNT.found(name, message, f"# Run it again, with {option}")


def is_wrong_identity(settings: Settings, finding: Finding) -> bool:
    """Whether ``finding`` says that the credentials are not the identity account's."""
    identity = account_name(settings, settings.identity_account)
    return (finding.check, finding.subject) == (access_findings.WRONG_ACCOUNT.name, identity)


def no_portal(settings: Settings, error: DeploymentError) -> Finding:
    """The finding if no stack was found, or AWS did not allow looking for it."""
    reason = error.__cause__
    if isinstance(reason, ClientError) and reason.response["Error"]["Code"] in DENIED:
        return not_permitted(settings, Unreadable(needed_actions.STACK, settings.identity_account))
    return access_findings.NO_PORTAL.found("portal", str(error), mending.DEPLOY)


def not_permitted(settings: Settings, unreadable: Unreadable) -> Finding:
    """The finding for a missing permission, with the checks that need it."""
    by_hand = (BY_HAND,) if unreadable.permission == needed_actions.STACK_RESOURCES else ()
    left_out = ", ".join([*catalogue.without(unreadable.permission), *by_hand])
    message = f"{unreadable.permission} is missing, so this was left out: {left_out}."
    name = account_name(settings, unreadable.account_id)
    remedy = f"Allow {unreadable.permission} in {account_words(settings, unreadable.account_id)}."
    return upkeep_findings.NOT_PERMITTED.found(f"{name}: {unreadable.permission}", message, remedy)
