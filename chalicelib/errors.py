"""Everything that can go wrong, as one small tree.

Each error carries an HTTP status, a code and what its message needs; each
surface (page, JSON, command line) puts it into words in one place.
"""

import re
from typing import TYPE_CHECKING

from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.members.record import Member


class FirstdayError(Exception):
    """Base of every error that Firstday raises on purpose."""

    status = 500
    code = "internal"


class InvalidInput(FirstdayError):
    """Somebody's input cannot be used; ``words`` tell them why.

    ``field`` names the input it concerns, as the caller knows it.
    """

    status = 400
    code = "invalid"

    def __init__(self, field: str, template: str, **values: object) -> None:
        super().__init__(template)
        self.field = field
        self.words = Words(template, **values)

    @property
    def message(self) -> str:
        """Why, in English."""
        return str(self.words)


class Refused(FirstdayError):
    """The request did not come from the portal's own page, or from no verified caller."""

    status = 403
    code = "refused"


class PageNotFound(FirstdayError):
    """No route of the portal has this path."""

    status = 404
    code = "page_not_found"


class MethodNotAllowed(FirstdayError):
    """The route of this path has other methods."""

    status = 405
    code = "method_not_allowed"


class UnsupportedMediaType(FirstdayError):
    """The body is of a type that the route does not take."""

    status = 415
    code = "unsupported_media_type"


class NotSignedIn(FirstdayError):
    """No session, an ended one, or the invitation was opened again elsewhere since."""

    status = 403
    code = "not_signed_in"


class MemberUnknown(FirstdayError):
    """The portal has no record of a member of this name."""

    status = 404
    code = "member_unknown"

    def __init__(self, user_name: str) -> None:
        super().__init__(user_name)
        self.user_name = user_name


class ChangedMeanwhile(FirstdayError):
    """Somebody has changed the member since the request was decided on; ``member`` is the record now, if any."""

    status = 409
    code = "changed_meanwhile"

    def __init__(self, member: "Member | None") -> None:
        super().__init__()
        self.member = member


class InvitedAlready(FirstdayError):
    """Somebody has invited the member already, or the member is active: nothing was changed."""

    status = 409
    code = "invited_already"

    def __init__(self, words: Words) -> None:
        super().__init__(words.template)
        self.words = words


class Obstacle(FirstdayError):
    """Somebody else has to do something first that the portal may not do; ``words`` say what."""

    status = 409
    code = "obstacle"

    def __init__(self, words: Words) -> None:
        super().__init__(words.template)
        self.words = words


class BeingOffboarded(FirstdayError):
    """The member's offboarding has begun; it can only be finished."""

    status = 409
    code = "being_offboarded"


class SignInLinkRefused(FirstdayError):
    """The console's sign-in link is unknown, was used, or has expired."""

    status = 403
    code = "sign_in_link"


class ConsoleSignedOut(FirstdayError):
    """No session of the console, or one that has ended."""

    status = 403
    code = "console_signed_out"


class SignInTooOld(FirstdayError):
    """The session of the console goes on, but this needs a sign-in of the last hour."""

    status = 403
    code = "sign_in_again"


# Invitations: all of the same status family, so that the status tells a guesser nothing.
class InvitationNotFound(FirstdayError):
    status = 404
    code = "not_found"


class InvitationExpired(FirstdayError):
    status = 410
    code = "expired"


class InvitationRevoked(FirstdayError):
    status = 410
    code = "revoked"


class InvitationSpent(FirstdayError):
    """The journey's device is enabled; the link has done its work."""

    status = 410
    code = "spent"


class SessionEnded(InvitationSpent):
    """The session ended after MFA was proved: the link does not begin another."""

    code = "session_ended"


class InvitationLocked(FirstdayError):
    """Too many wrong passcodes: only a new invitation helps."""

    status = 403
    code = "locked"


class PasscodeRefused(FirstdayError):
    """The invitation has a passcode. ``tries_left`` is None where none was typed yet."""

    status = 403
    code = "passcode"

    def __init__(self, tries_left: int | None = None) -> None:
        super().__init__()
        self.tries_left = tries_left


# What AWS answers, as the journey understands it.
class AWSBusy(FirstdayError):
    """AWS throttled, failed or did not answer; trying again is right.

    ``is_ambiguous``: the call may have taken effect although no answer came.
    """

    status = 503
    code = "busy"

    def __init__(self, *, is_ambiguous: bool = False) -> None:
        super().__init__()
        self.is_ambiguous = is_ambiguous


class UserNotEmpty(AWSBusy):
    """IAM still has something of a user who is to be deleted: it may only be behind, so trying again is right."""


class AWSRefused(FirstdayError):
    """AWS answered with an error that the portal has no meaning for; ``aws_code`` is for the log."""

    status = 500
    code = "internal"

    def __init__(self, operation: str, aws_code: str) -> None:
        super().__init__(f"{operation}: {aws_code}")


class AWSDenied(AWSRefused):
    """A policy does not let the portal do it. ``action`` is like ``iam:CreateUser``, ``sentence`` is AWS's own.

    It does not say whether the named resource exists. ``is_explicit``: a policy denies it, or a policy that
    sets limits does not allow it; else no policy of the portal covers it, such as a user under another path.
    """

    code = "denied"

    def __init__(self, action: str, sentence: str) -> None:
        super().__init__(action, f"AccessDenied: {sentence}")
        self.action = action
        self.sentence = sentence

    @property
    def is_explicit(self) -> bool:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        limit = r"because no (?!identity-based)[A-Za-z -]+ allows"
        return "with an explicit deny" in self.sentence or re.search(limit, self.sentence) is not None

    @property
    def words(self) -> Words:
        """What happened, for administrators."""
        return Words(
            "AWS does not allow the portal %(action)s. AWS says: %(sentence)s",
            action=self.action,
            sentence=self.sentence,
        )


class QuotaReached(FirstdayError):
    """A quota of AWS is used up; ``sentence`` is what AWS says, ``words`` are for administrators."""

    status = 409
    code = "quota"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def words(self) -> Words:
        return Words("AWS allows no more of these. AWS says: %(sentence)s", sentence=self.sentence)


class InProgress(FirstdayError):
    """The same step of the same journey is under way in another request."""

    status = 409
    code = "in_progress"


class NotOffered(PageNotFound):
    """The organisation's settings leave this step out."""


class UserMissing(FirstdayError):
    """IAM has no user of this name, in the account's list of users either."""

    status = 409
    code = "user_missing"


_ELSEWHERE = Words(
    "IAM has a user %(user_name)s under the path %(path)s;"
    " the portal does not touch users outside %(members_path)s."
)


class UserElsewhere(InvalidInput):
    """IAM has a user of this name, under another path than the members': the portal does not touch those."""

    status = 409
    code = "user_elsewhere"

    def __init__(self, user_name: str, path: str, members_path: str) -> None:
        super().__init__(
            "user_name",
            _ELSEWHERE.template,
            user_name=user_name,
            path=path,
            members_path=members_path,
        )


_OTHER_SPELLING = Words("There is %(user_name)s already; capitals do not make another name.")


class OtherSpelling(InvalidInput):
    """There is ``user_name`` already, spelled like this: IAM compares names without regard to case."""

    def __init__(self, user_name: str) -> None:
        super().__init__("user_name", _OTHER_SPELLING.template, user_name=user_name)
        self.user_name = user_name


class UserLimitReached(QuotaReached):
    """The account has as many IAM users as its quota allows."""

    code = "user_limit"

    @property
    def words(self) -> Words:
        return Words("The account has no room for another IAM user. AWS says: %(sentence)s", sentence=self.sentence)


class BoundaryMissing(FirstdayError):
    """The members' permissions boundary is gone from IAM: no user can be made without it."""

    status = 409
    code = "boundary_missing"


class UserExists(FirstdayError):
    """An IAM user of this name exists; IAM compares names without regard to case."""

    status = 409
    code = "user_exists"


class GroupMissing(FirstdayError):
    """IAM has no such group under a path of Firstday's, in the account's list of groups either."""

    status = 409
    code = "group_missing"

    def __init__(self, group_name: str) -> None:
        super().__init__(f"IAM knows no group {group_name!r}")


class GroupLimitReached(QuotaReached):
    """The member is in as many groups as IAM allows, ten."""

    code = "group_limit"

    @property
    def words(self) -> Words:
        return Words(
            "IAM allows a user ten groups, and the member is in as many. AWS says: %(sentence)s",
            sentence=self.sentence,
        )


class DeviceExists(FirstdayError):
    """A virtual MFA device of this name, or this assignment, is there already."""

    status = 409
    code = "device_exists"


class DeviceTaken(FirstdayError):
    """The virtual MFA device of the member's name is in use, but not by the member."""

    status = 409
    code = "device_taken"


class DeviceMissing(FirstdayError):
    status = 409
    code = "device_missing"


class CodesInvalid(FirstdayError):
    """IAM did not accept the two MFA codes."""

    status = 400
    code = "codes"


class KeyLimitReached(QuotaReached):
    """The member has as many access keys as IAM allows, two."""

    code = "key_limit"

    @property
    def words(self) -> Words:
        return Words(
            "IAM allows a user two access keys, and the member has as many. AWS says: %(sentence)s",
            sentence=self.sentence,
        )


class PasswordExists(FirstdayError):
    """The member has a console password; the portal never changes one."""

    status = 409
    code = "password_exists"


class PasswordMissing(FirstdayError):
    """The member has no console password, or the account no policy of its own for them."""

    status = 404
    code = "password_missing"


class PasswordRefused(FirstdayError):
    """IAM did not accept the password under the account's policy."""

    status = 400
    code = "password"


class DeviceLimitReached(QuotaReached):
    """The member has as many MFA devices as IAM allows, eight, or the account has no room for one more."""

    code = "device_limit"

    @property
    def words(self) -> Words:
        return Words("There is no room for another MFA device. AWS says: %(sentence)s", sentence=self.sentence)
