"""What the Deny statements of another policy do to a member, beside the settings' own Deny without MFA.

Pure. What a policy leaves open, by a condition on something that nobody here knows, is told as unknown.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.conditions import (
    Answer,
    Context,
    Policy,
    Statement,
    all_of,
    conditions,
    filling,
    is_met,
    statements,
    texts,
)
from chalicelib.admin.policy_evaluation.mfa_contexts import (
    AGE,
    KEY_WITHOUT_MFA,
    SESSION_WITHOUT_MFA,
    depends_on_mfa,
    with_mfa_of,
)
from chalicelib.admin.policy_evaluation.statement_elements import is_action, is_every_resource, is_resource
from chalicelib.settings.role_patterns import ITSELF
from firstday.doctor.left_actions import EVERYTHING, Left, left_of
from firstday.doctor.own_resources import own_resource

ASSUME_ROLE = "sts:AssumeRole"
# How long a session of "aws configure mfa-login" lasts, and one in the AWS console at most, in seconds.
SESSION_LASTS = 43_200
# The oldest that MFA can be: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
OLDEST = 129_600


@dataclass(frozen=True, slots=True)
class Asked:
    """The member that it is about, what the settings allow without MFA, and the ARNs of the settings' roles."""

    caller: Caller
    allowed: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithoutMFA:
    """What is denied of one kind of request without MFA, compared with the settings.

    ``more`` are actions that the settings allow, ``left`` is what they deny and this policy does not.
    """

    more: tuple[str, ...] = ()
    left: Left = EVERYTHING


@dataclass(frozen=True, slots=True)
class Denied:
    """What a policy denies a member: by access key and in a session without MFA, and with MFA.

    ``limited`` are the resources on which it denies something besides without MFA. ``closed`` are the ARNs of roles
    that MFA does not open, not even a code of this moment; others are closed when the code is ``closed_after``
    seconds old. ``unknown`` are keys of conditions that more of it depends on. ``has_mfa`` tells that some are
    about MFA, ``is_never`` that no request meets these.
    """

    by_key: WithoutMFA = WithoutMFA()
    in_session: WithoutMFA = WithoutMFA()
    limited: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    closed_after: int | None = None
    unknown: tuple[str, ...] = ()
    has_mfa: bool = True
    is_never: bool = False

    @property
    def is_same(self) -> bool:
        """Whether it denies what the settings' own Deny does, without MFA."""
        return self.by_key == self.in_session == WithoutMFA((), Left())

    @property
    def more(self) -> tuple[str, ...]:
        """Actions that the settings allow without MFA, and the policy denies somehow."""
        return tuple(dict.fromkeys([*self.by_key.more, *self.in_session.more]))


def denied_by(policy: Policy, asked: Asked) -> Denied | None:
    """What the policy denies; None if it denies nothing that depends on MFA, and no role of the settings."""
    denying = [one for one in statements(policy) or [] if one.get("Effect") == "Deny"]
    certain, possible = (_Judged(policy, denying, asked, doubt=doubt).result() for doubt in (False, True))
    if possible != certain:
        certain = replace(certain, unknown=tuple(_unknown_keys(denying, asked.caller)))
    return certain if certain.has_mfa or certain.closed or certain.unknown else None


def tells_users_apart(policy: Policy) -> bool:
    """Whether it may deny one member what it does not deny another."""
    denying = [one for one in statements(policy) or [] if one.get("Effect") == "Deny"]
    return any(map(_has_users, denying))


def _has_users(statement: Statement) -> bool:
    """Whether a user's name decides about the statement, in a condition or in a resource."""
    for _, key, values in conditions(statement):
        is_of_name = key == "sts:rolesessionname" and set(values) != {ITSELF}
        if is_of_name or key in ("aws:username", "aws:principalarn"):
            return True
    arns = [text for name in ("Resource", "NotResource") for text in texts(statement.get(name, []))]
    of_users = [arn for arn in arns if ":user/" in arn or ":mfa/" in arn]
    others = set(arns).difference(of_users)
    return not {arn.rpartition("/")[2] for arn in of_users} <= {"*", ITSELF} or any("${" in arn for arn in others)


class _Judged:
    """The Deny statements of a policy, in which ``doubt`` stands for every answer that is not known."""

    def __init__(self, policy: Policy, denying: list[Statement], asked: Asked, *, doubt: bool) -> None:
        self._denying, self._asked, self._doubt = denying, asked, doubt
        self._fill = filling(policy, asked.caller.context)

    def result(self) -> Denied:
        closed = self._closed(with_mfa_of(0))
        return Denied(
            by_key=self._without(KEY_WITHOUT_MFA),
            in_session=self._without(SESSION_WITHOUT_MFA),
            limited=tuple(sorted(self._limited())),
            closed=closed,
            closed_after=self._closed_after(closed),
            has_mfa=any(map(depends_on_mfa, self._denying)),
            is_never=not any(depends_on_mfa(one) for mfa in self._contexts() for one in self._met(mfa)),
        )

    def _without(self, mfa: Context) -> WithoutMFA:
        denying = self._met(mfa)
        met = [one for one in denying if depends_on_mfa(one)]
        # What a statement beside it denies to everybody is denied without MFA, too.
        beside = denying if met else []
        more = tuple(action for action in self._asked.allowed if any(self._is_own(one, action) for one in beside))
        return WithoutMFA(more, left_of(filter(is_every_resource, met), self._asked.allowed))

    def _limited(self) -> set[str]:
        met = [one for mfa in (KEY_WITHOUT_MFA, SESSION_WITHOUT_MFA) for one in self._met(mfa)]
        limited = [one for one in met if depends_on_mfa(one) and not is_every_resource(one)]
        named = [text for one in limited for text in texts(one.get("Resource", []))]
        spared = [f"all but {', '.join(texts(one['NotResource']))}" for one in limited if "NotResource" in one]
        return {*named, *spared}

    def _contexts(self) -> list[Context]:
        ages = [age for limit in _limits(self._denying) for age in (limit, limit + 1)]
        return [KEY_WITHOUT_MFA, SESSION_WITHOUT_MFA, *map(with_mfa_of, [0, *ages, OLDEST])]

    def _closed_after(self, closed: tuple[str, ...]) -> int | None:
        """The age of a code at which a role is closed that is open before."""
        for limit in sorted(one for one in _limits(self._denying) if one < SESSION_LASTS):
            for age in (limit, limit + 1):
                if not set(self._closed(with_mfa_of(age))) <= set(closed):
                    return limit
        return None

    def _closed(self, mfa: Context) -> tuple[str, ...]:
        met = [one for one in self._met(mfa) if is_action(one, ASSUME_ROLE) is not False]
        return tuple(arn for arn in self._asked.roles if any(self._means(one, ASSUME_ROLE, arn) for one in met))

    def _is_own(self, statement: Statement, action: str) -> bool:
        resource = own_resource(action, self._asked.caller)
        if resource is None and not is_every_resource(statement):
            return self._doubt and is_action(statement, action) is not False
        return self._means(statement, action, resource or "*")

    def _means(self, statement: Statement, action: str, resource: str) -> bool:
        return self._is_sure(all_of([is_action(statement, action), is_resource(statement, resource, self._fill)]))

    def _met(self, mfa: Context) -> list[Statement]:
        """The statements whose conditions are all met."""
        context = _context(self._asked.caller, mfa)
        return [
            one
            for one in self._denying
            if self._is_sure(all_of(is_met(*condition, context, self._fill) for condition in conditions(one)))
        ]

    def _is_sure(self, answer: Answer) -> bool:
        return self._doubt if answer is None else answer


def _context(caller: Caller, mfa: Context) -> Context:
    return {**caller.context, "sts:rolesessionname": caller.user_name, "sts:sourceidentity": None, **mfa}


def _limits(denying: Iterable[Statement]) -> set[int]:
    """The ages of MFA that conditions name, as far as it becomes so old."""
    named = [text for one in denying for _, key, values in conditions(one) if key == AGE for text in values]
    return {int(text) for text in named if text.isascii() and text.isdigit() and 0 < int(text) < OLDEST}


def _unknown_keys(denying: Iterable[Statement], caller: Caller) -> list[str]:
    """The keys that nothing is known about, as the policy spells them."""
    known = _context(caller, with_mfa_of(0))
    keys = {
        key
        for one in denying
        for block in dict(one.get("Condition", {})).values()
        for key in block
        if key.lower() not in known
    }
    return sorted(keys) or ["something that cannot be judged"]
