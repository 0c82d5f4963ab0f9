"""What the sandbox adds to ministack, all of it in one place."""

from . import (
    access_log,
    api_addresses,
    api_context,
    api_gateway,
    api_limits,
    api_updates,
    change_sets,
    credentials,
    dynamodb,
    event_sources,
    firewall,
    iam_credentials,
    iam_deletion,
    iam_details,
    iam_groups,
    iam_key_use,
    iam_lists,
    iam_passwords,
    iam_quotas,
    iam_rules,
    iam_simulation,
    iam_users,
    lambda_concurrency,
    log_groups,
    log_roles,
    managed_policies,
    mfa_devices,
    passed_roles,
    policy_variables,
    request_context,
    role_grants,
    sts_sessions,
    taken_names,
    template_urls,
    trust_documents,
)
from .keys import RootCredentials


def install(
    roots: tuple[RootCredentials, ...],
    portal_url: str,
    *,
    iam_quota: int,
    lambda_quota: int,
    refused_log_roles: int,
) -> None:
    """Wrap ministack's functions, before it serves the first request.

    At ``portal_url``, the portal answers. The numbers are those of ``EmbeddedAWS``.
    """
    credentials.install(roots)
    mfa_devices.install()
    iam_lists.install()
    iam_details.install()
    iam_credentials.install()
    iam_key_use.install()
    iam_passwords.install()
    iam_users.install()
    iam_quotas.install(iam_quota)
    iam_rules.install()
    iam_simulation.install()
    request_context.install()
    managed_policies.install()
    passed_roles.install()
    sts_sessions.install()
    policy_variables.install()
    role_grants.install()
    trust_documents.install(frozenset(root.account_id for root in roots))
    iam_groups.install()
    iam_deletion.install()
    api_gateway.install()
    api_limits.install()
    taken_names.install()
    change_sets.install()
    template_urls.install()
    api_updates.install()
    api_addresses.install(portal_url)
    api_context.install()
    access_log.install()
    dynamodb.install()
    event_sources.install()
    firewall.install()
    lambda_concurrency.install(lambda_quota)
    log_groups.install()
    log_roles.install(refused_log_roles)
