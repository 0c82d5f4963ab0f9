"""What a check of a member's access has found: of the user, the groups, and each role.

An answer is True, False, or None where the portal cannot see it.
"""

from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.conditions import Answer
from chalicelib.settings.records import Role
from chalicelib.words import Words


@dataclass(frozen=True, slots=True)
class UserCheck:
    """``has_boundary``: the portal's own. It and ``has_mfa_device`` are None where there is no user.

    ``is_held``: an administrator of IAM holds the member; AWS then denies them everything, as it does if the member
    ``is_suspended``.
    """

    is_there: bool
    has_boundary: Answer = None
    has_mfa_device: Answer = None
    is_held: bool = False
    is_suspended: bool = False

    @property
    def may_do_anything(self) -> bool:
        """Whether the user is there, and neither held nor suspended."""
        return self.is_there and not self.is_held and not self.is_suspended


@dataclass(frozen=True, slots=True)
class GroupCheck:
    """A switch-role group of the member's record, and whether IAM has the member in it."""

    name: str
    is_in: bool


@dataclass(frozen=True, slots=True)
class RoleCheck:
    """``promised_session_seconds`` is what the settings say; ``note`` tells what the answers leave open.
    ``is_mfa_left_to_group``: others manage the role, and only the policy of the group asks for MFA."""

    role: Role
    role_arn: str
    in_place: Answer = None
    requires_mfa: Answer = None
    may_assume: Answer = None
    maximum_session_seconds: int | None = None
    note: Words | None = None
    is_mfa_left_to_group: bool = False

    @property
    def promised_session_seconds(self) -> int:
        return self.role.maximum_session_seconds

    @property
    def is_long_enough(self) -> Answer:
        """Whether the role's sessions may last as long as the member's config asks; if not, STS refuses."""
        longest = self.maximum_session_seconds
        return None if longest is None else longest >= self.promised_session_seconds

    @property
    def answers(self) -> tuple[Answer, ...]:
        mfa = True if self.is_mfa_left_to_group else self.requires_mfa
        return (self.in_place, mfa, self.may_assume, self.is_long_enough)


@dataclass(frozen=True, slots=True)
class Check:
    """``is_settling``: the portal granted something less than five minutes ago, and IAM may not show it yet."""

    user_name: str
    user: UserCheck
    groups: tuple[GroupCheck, ...]
    roles: tuple[RoleCheck, ...]
    is_settling: bool

    @property
    def is_right(self) -> bool:
        """Nothing is wrong, as far as the portal can see."""
        return False not in self._answers

    @property
    def is_certain(self) -> bool:
        """The portal can see everything."""
        return None not in self._answers

    @property
    def may_be_propagating(self) -> bool:
        """Something is wrong that may be right in a minute, and not only in the settings of a role."""
        of_roles = [answer for role in self.roles for answer in (role.in_place, role.may_assume)]
        return self.is_settling and not self._is_shut_out and False in [*self._of_user, *of_roles]

    @property
    def _is_shut_out(self) -> bool:
        return self.user.is_held or self.user.is_suspended

    @property
    def _answers(self) -> list[Answer]:
        return [*self._of_user, *(answer for role in self.roles for answer in role.answers)]

    @property
    def _of_user(self) -> list[Answer]:
        user, groups = self.user, [group.is_in for group in self.groups]
        return [user.may_do_anything, user.has_boundary, user.has_mfa_device, *groups]
