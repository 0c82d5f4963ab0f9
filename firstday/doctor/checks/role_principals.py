"""Whom a role's trust policy lets in, and of whom it is not certain that they have used MFA."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.admin.policy_evaluation import trust
from chalicelib.admin.policy_evaluation.callers import Caller, principals
from chalicelib.admin.policy_evaluation.conditions import Statement, conditions, statements, texts
from chalicelib.admin.policy_evaluation.trust import MFADemand, requires_mfa
from chalicelib.arns import user_arn
from chalicelib.settings.records import Settings
from firstday.doctor.policy_comparison import Policy

# Not real users: the question is about any member, and any other user.
A_MEMBER, A_USER = "a-member", "a-user"


@dataclass(frozen=True, slots=True)
class Principals:
    """``names`` of all who are trusted; ``doubts`` are sentences, one for each way in without a proof of MFA."""

    names: tuple[str, ...]
    providers: tuple[str, ...]
    has_users: bool
    doubts: tuple[str, ...]


def principals_of(policy: Policy, settings: Settings, now: datetime) -> Principals:
    """The principals of a trust policy, with what there is to say against them."""
    if statements(policy) is None:
        return Principals((), (), False, ("Its trust policy cannot be read.",))
    allowing = [one for one in statements(policy) or [] if one.get("Effect") == "Allow"]
    aws = _once(name for one in allowing for name in principals(one))
    federated = _once(name for one in allowing for name in _of_kind(one, "Federated"))
    services = _once(name for one in allowing for name in _of_kind(one, "Service"))
    doubts = [
        *_of_users(policy, settings, now, aws),
        *(
            f"Sessions of {name} get in, which carry no MFA."
            for one in allowing
            if not _demands_mfa(one)
            for name in principals(one)
            if is_role(name)
        ),
        *(f"The service {name} gets in." for name in services),
        *(
            f"Whether {name} asks for MFA is not known: machines use such providers, too."
            for name in federated
            if not is_saml(name)
        ),
        *_of_members(policy, settings, now, aws),
    ]
    providers = tuple(name for name in federated if is_saml(name))
    return Principals((*federated, *aws, *services), providers, bool(aws), _once(doubts))


def is_saml(name: str) -> bool:
    """Whether the federated principal is an identity provider of the account, by SAML."""
    return ":saml-provider/" in name


def is_role(name: str) -> bool:
    """Whether the principal is a role, or one of its sessions."""
    return ":role/" in name or ":assumed-role/" in name


def _of_users(policy: Policy, settings: Settings, now: datetime, aws: tuple[str, ...]) -> Iterator[str]:
    """About IAM users of any account."""
    if not any(not is_role(name) for name in aws):
        return
    caller = Caller(settings.partition, settings.identity_account, A_USER, now, path="/")
    demand = requires_mfa(policy, caller)
    if demand is MFADemand.NO:
        yield "IAM users get in without MFA."
    elif demand is not MFADemand.YES:
        yield "Whether IAM users need MFA cannot be told."


def _of_members(policy: Policy, settings: Settings, now: datetime, aws: tuple[str, ...]) -> Iterator[str]:
    """A trust policy that names a user is enough in the same account, whatever the boundary."""
    of_members = user_arn(settings.partition, settings.identity_account, "")
    member = Caller(settings.partition, settings.identity_account, A_MEMBER, now)
    if any(name.startswith(of_members) for name in aws) or trust.names(policy, member) is not False:
        yield "Members of the portal may get in."


def _demands_mfa(statement: Statement) -> bool:
    """Whether no session of a role meets the statement's conditions."""
    return any(
        (name, key, values) == ("Bool", "aws:multifactorauthpresent", ["true"])
        for name, key, values in conditions(statement)
    )


def _of_kind(statement: Statement, kind: str) -> list[str]:
    principal = statement.get("Principal")
    return texts(principal.get(kind, [])) if isinstance(principal, Mapping) else []


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
