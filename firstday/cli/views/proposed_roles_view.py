"""Proposed roles as JSON, with what was found out about their trust policies."""

from collections.abc import Iterable
from typing import Any

from firstday.existing_roles.proposals import LeftOut, Proposal


def proposals_record(proposed: Iterable[Proposal], left_out: Iterable[LeftOut], text: str) -> dict[str, Any]:
    """``toml`` is what the command prints without ``--json``."""
    return {
        "roles": [_role(one) for one in proposed],
        "left_out": [{"role_arn": one.role.arn, "reason": one.reason} for one in left_out],
        "toml": text,
    }


def _role(proposal: Proposal) -> dict[str, Any]:
    role, trust = proposal.role, proposal.trust
    return {
        "profile": proposal.profile,
        "account": proposal.account,
        "account_id": role.account_id,
        "role_name": role.name,
        "path": role.path,
        "role_arn": role.arn,
        "external_id": trust.external_id or None,
        "maximum_session_seconds": role.maximum_session_seconds,
        "requires_mfa": trust.mfa.answer,
        "lets_in": [{"whom": list(way.whom), "demands": list(way.demands)} for way in trust.ways],
        "demands_in_any_case": list(trust.denials),
        "others": list(trust.others),
        "open": list(trust.gaps),
    }
