"""What AWS answers, as the portal's errors."""

import re

from chalicelib.errors import Conflicting, FirstdayError, InvalidInput, NotFound, Temporary, Told
from chalicelib.words import Words


class AWSBusy(Temporary):
    """AWS throttled, failed or did not answer; trying again is right.

    ``is_ambiguous``: the call may have taken effect although no answer came. ``seconds``: when AWS wants the next
    try, if it says so.
    """

    status = 503
    code = "busy"

    def __init__(self, *, is_ambiguous: bool = False, seconds: int | None = None) -> None:
        super().__init__()
        self.is_ambiguous = is_ambiguous
        self.seconds = seconds


class AWSRefused(FirstdayError):
    """AWS answered with an error that the portal has no meaning for; ``aws_code`` is for the log."""

    def __init__(self, operation: str, aws_code: str) -> None:
        super().__init__(f"{operation}: {aws_code}")


class AWSDenied(AWSRefused, Told):
    """A policy does not let the portal do it. ``action`` is like ``iam:CreateUser``, ``sentence`` is AWS's own.

    It does not say whether the named resource exists. ``is_explicit``: a policy denies it, or a policy that
    sets limits does not allow it; else no policy of the portal covers it, such as a user under another path.
    """

    code = "denied"

    def __init__(self, action: str, sentence: str) -> None:
        super().__init__(action, f"AccessDenied: {sentence}")
        self.action = action
        self.sentence = sentence
        self.words = Words(
            "AWS does not allow the portal %(action)s. AWS says: %(sentence)s", action=action, sentence=sentence
        )

    @property
    def is_explicit(self) -> bool:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        limit = r"because no (?!identity-based)[A-Za-z -]+ allows"
        return "with an explicit deny" in self.sentence or re.search(limit, self.sentence) is not None


class QuotaReached(Conflicting, Told):
    """A quota of AWS is used up; ``sentence`` is what AWS says, ``words`` are for administrators."""

    code = "quota"
    told = Words("AWS allows no more of these. AWS says: %(sentence)s")

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.words = self.told.filled(sentence=sentence)


class UserLimitReached(QuotaReached):
    """The account has as many IAM users as its quota allows."""

    code = "user_limit"
    told = Words("The account has no room for another IAM user. AWS says: %(sentence)s")


class GroupLimitReached(QuotaReached):
    """The member is in as many groups as IAM allows, ten."""

    code = "group_limit"
    told = Words("IAM allows a user ten groups, and the member is in as many. AWS says: %(sentence)s")


class KeyLimitReached(QuotaReached):
    """The member has as many access keys as IAM allows, two."""

    code = "key_limit"
    told = Words("IAM allows a user two access keys, and the member has as many. AWS says: %(sentence)s")


class DeviceLimitReached(QuotaReached):
    """The member has as many MFA devices as IAM allows, eight, or the account has no room for one more."""

    code = "device_limit"
    told = Words("There is no room for another MFA device. AWS says: %(sentence)s")


class NotAMember(InvalidInput):
    """IAM has a user of this name who is no member of the portal's, or not by this name."""


class UserElsewhere(NotAMember):
    """IAM has a user of this name, under another path than the members': the portal does not touch those."""

    status = 409
    code = "user_elsewhere"
    told = Words(
        "IAM has a user %(user_name)s under the path %(path)s;"
        " the portal does not touch users outside %(members_path)s."
    )

    def __init__(self, user_name: str, path: str, members_path: str) -> None:
        values = {"user_name": user_name, "path": path, "members_path": members_path}
        super().__init__("user_name", self.told.template, **values)


class OtherSpelling(NotAMember):
    """There is ``user_name`` already, spelled like this: IAM compares names without regard to case."""

    told = Words("There is %(user_name)s already; capitals do not make another name.")

    def __init__(self, user_name: str) -> None:
        super().__init__("user_name", self.told.template, user_name=user_name)
        self.user_name = user_name


class UserMissing(Conflicting):
    """IAM has no user of this name, in the account's list of users either."""

    code = "user_missing"


class UserExists(Conflicting):
    """An IAM user of this name exists; IAM compares names without regard to case."""

    code = "user_exists"


class UserNotEmpty(AWSBusy):
    """IAM still has something of a user who is to be deleted: it may only be behind, so trying again is right."""


class BoundaryMissing(Conflicting):
    """The members' permissions boundary is gone from IAM: no user can be made without it."""

    code = "boundary_missing"


class GroupMissing(Conflicting):
    """IAM has no such group under a path of Firstday's, in the account's list of groups either."""

    code = "group_missing"

    def __init__(self, group_name: str) -> None:
        super().__init__(f"IAM knows no group {group_name!r}")


class RoleMissing(FirstdayError):
    """The account has no role of this name: no error where a role is asked for."""


class DeviceExists(Conflicting):
    """A virtual MFA device of this name, or this assignment, is there already."""

    code = "device_exists"


class DeviceTaken(Conflicting):
    """The virtual MFA device of the member's name is in use, but not by the member."""

    code = "device_taken"


class DeviceMissing(Conflicting):
    code = "device_missing"


class CodesInvalid(FirstdayError):
    """IAM did not accept the two MFA codes."""

    status = 400
    code = "codes"


class PasswordExists(Conflicting):
    """The member has a console password; the portal never changes one."""

    code = "password_exists"


class PasswordMissing(NotFound):
    """The member has no console password, or the account no policy of its own for them."""

    code = "password_missing"


class PasswordRefused(FirstdayError):
    """IAM did not accept the password under the account's policy."""

    status = 400
    code = "password"
