"""Puts together everything that the sandbox adds to ministack."""

from pathlib import Path

from firstday.sandbox.aws_keys import RootCredentials
from firstday.sandbox.emulation import (
    credentials,
    dynamodb,
    fine_grained_access,
    lambda_concurrency,
    lambda_event_sources,
    sender_clocks,
    service_models,
    sns_deliveries,
    waf,
)
from firstday.sandbox.emulation.apigateway import (
    api_addresses,
    api_updates,
    context_variables,
    document_extensions,
    gateway_access_log,
    log_role,
    method_throttling,
    throttled_functions,
)
from firstday.sandbox.emulation.cloudformation import (
    leftover_change_sets,
    log_group_names,
    names_in_use,
    template_urls,
)
from firstday.sandbox.emulation.iam import (
    authorization_details,
    condition_keys,
    deletion_conflicts,
    group_resource,
    key_last_used,
    last_accessed_reports,
    login_profiles,
    managed_policies,
    mfa_devices,
    other_credentials,
    paged_lists,
    pass_role,
    policy_simulation,
    policy_variables,
    quotas,
    service_use,
    trust_policies,
    update_user,
    user_and_group_rules,
)
from firstday.sandbox.emulation.ses import sending
from firstday.sandbox.emulation.sts import role_grants, sts_sessions


def install(
    roots: tuple[RootCredentials, ...],
    portal_url: str,
    directory: Path,
    *,
    iam_quota: int,
    lambda_quota: int,
    refused_log_roles: int,
) -> None:
    """Wrap ministack's functions, before it serves the first request.

    At ``portal_url``, the portal answers; ``directory`` is the embedded AWS's own. The numbers are those
    of ``EmbeddedAWS``.
    """
    service_models.install()
    sender_clocks.install()
    credentials.install(roots)
    mfa_devices.install()
    paged_lists.install()
    authorization_details.install()
    other_credentials.install()
    key_last_used.install()
    login_profiles.install()
    update_user.install()
    quotas.install(iam_quota)
    user_and_group_rules.install()
    policy_simulation.install()
    condition_keys.install()
    managed_policies.install()
    pass_role.install()
    fine_grained_access.install()
    service_use.install()
    last_accessed_reports.install()
    sts_sessions.install()
    policy_variables.install()
    role_grants.install()
    trust_policies.install(frozenset(root.account_id for root in roots))
    group_resource.install()
    deletion_conflicts.install()
    document_extensions.install()
    method_throttling.install()
    throttled_functions.install()
    names_in_use.install()
    leftover_change_sets.install()
    template_urls.install()
    api_updates.install()
    api_addresses.install(portal_url)
    context_variables.install()
    gateway_access_log.install()
    dynamodb.install()
    lambda_event_sources.install()
    waf.install()
    sending.install(directory)
    sns_deliveries.install()
    lambda_concurrency.install(lambda_quota)
    log_group_names.install()
    log_role.install(refused_log_roles)
