"""An IAM user who gets another path: the ARN before and after, and which patterns meet which."""

import re
from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.conditions import like
from chalicelib.arns import MEMBERS_PATH, iam_arn

_NAME = re.compile(r"\$\{\s*aws:username\s*(,[^}]*)?\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MovingUser:
    """``path`` is the one before; members' is the one after."""

    partition: str
    account_id: str
    user_name: str
    path: str

    @property
    def arn_before(self) -> str:
        return iam_arn(self.partition, self.account_id, f"user{self.path}{self.user_name}")

    @property
    def arn_after(self) -> str:
        return iam_arn(self.partition, self.account_id, f"user{MEMBERS_PATH}{self.user_name}")

    def named(self, pattern: str) -> str:
        """A pattern of a policy that applies to this user, with the user's own name filled in."""
        return _NAME.sub(self.user_name, pattern)

    def is_lost_on(self, pattern: str) -> bool:
        """Whether a pattern meets the user before, and no longer after."""
        return like(pattern, self.arn_before) and not like(pattern, self.arn_after)

    def is_own(self, pattern: str) -> bool:
        """Whether a pattern means this user and no other."""
        last = self.named(pattern).rpartition("/")[2]
        return last == self.user_name and (like(self.named(pattern), self.arn_before))
