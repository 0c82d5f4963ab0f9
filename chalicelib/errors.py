"""Everything that can go wrong, as one small tree; what AWS answers is in ``aws_errors``.

Each error carries an HTTP status, a code and what its message needs; each surface (page, JSON, command line) puts
it into words in one place. A handler catches a branch: ``Told`` has a sentence of its own, ``Temporary`` passes by
itself, ``SessionOver`` needs the link again.
"""

from typing import TYPE_CHECKING

from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.members.record import Member


class FirstdayError(Exception):
    """Base of every error that Firstday raises on purpose."""

    status = 500
    code = "internal"


# The branches: what a handler does about them.
class Told(FirstdayError):
    """``words`` tell what happened, to the person who gets the answer."""

    words: Words


class Temporary(FirstdayError):
    """Trying again in a moment helps by itself."""


class SessionOver(FirstdayError):
    """The browser's session has ended, or there was none."""


# The branches: what HTTP says of them.
class Forbidden(FirstdayError):
    status = 403


class NotFound(FirstdayError):
    status = 404


class Conflicting(FirstdayError):
    status = 409


class ToldWhy(Conflicting, Told):
    """Nothing was changed, for the reason that ``words`` tell."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.template)
        self.words = words


class Gone(FirstdayError):
    status = 410


# The request itself.
class InvalidInput(Told):
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


class Refused(Forbidden):
    """The request did not come from the portal's own page, or from no verified caller."""

    code = "refused"


class PageNotFound(NotFound):
    """No route of the portal has this path."""

    code = "page_not_found"


class NotOffered(PageNotFound):
    """The organisation's settings leave this step out."""


class MethodNotAllowed(FirstdayError):
    status = 405
    code = "method_not_allowed"


class UnsupportedMediaType(FirstdayError):
    status = 415
    code = "unsupported_media_type"


class InProgress(Conflicting, Temporary):
    """The same step of the same journey is under way in another request."""

    code = "in_progress"


# The member's link and session.
class NotSignedIn(Forbidden, SessionOver):
    """No session, an ended one, or the invitation was opened again elsewhere since."""

    code = "not_signed_in"


class CookiesBlocked(Forbidden, SessionOver):
    """A session began just now, of a member or an administrator, and the browser did not keep its cookie."""

    code = "cookies_blocked"


class OtherSession(Forbidden):
    """The form is on one member's page, and the browser's session has become another member's."""

    code = "other_session"


class InvitationNotFound(NotFound):
    code = "not_found"


class InvitationExpired(Gone):
    code = "expired"


class InvitationRevoked(Gone, SessionOver):
    code = "revoked"


class InvitationSpent(Gone):
    """The journey's device is enabled; the link has done its work."""

    code = "spent"


class SessionEnded(InvitationSpent, SessionOver):
    """The session ended after MFA was proved: the link does not begin another."""

    code = "session_ended"


class InvitationLocked(Forbidden):
    """Too many wrong passcodes: only a new invitation helps."""

    code = "locked"


class AccessSuspended(Forbidden):
    """The member's access is suspended: no link and no session is good for anything until it is resumed."""

    code = "suspended"


class PasscodeRefused(Forbidden):
    """The invitation has a passcode. ``tries_left`` is None where none was typed yet."""

    code = "passcode"

    def __init__(self, tries_left: int | None = None) -> None:
        super().__init__()
        self.tries_left = tries_left


# The member's own page. A proof is two codes of a device, for one change. NotTheirs is a device or a key.
class OwnLinkRefused(Forbidden):
    code = "own_link"


class OwnPageOver(Forbidden, SessionOver):
    code = "own_page_over"


class ProofMissing(Forbidden):
    code = "proof_missing"


class NotTheirs(Conflicting):
    code = "not_theirs"


# What administrators ask for. A sign-in link may be unknown, used or expired. SignInTooOld: the console's session
# goes on, but this needs a sign-in of the last hour. NotYourTask: the caller administers, and may not do this.
# Obstacle: somebody else has to do something first that the portal may not do.
class SignInLinkRefused(Forbidden):
    code = "sign_in_link"


class ConsoleSignedOut(Forbidden):
    code = "console_signed_out"


class SignInTooOld(Forbidden):
    code = "sign_in_again"


class NotYourTask(Forbidden):
    code = "not_your_task"


class MemberUnknown(NotFound):
    code = "member_unknown"

    def __init__(self, user_name: str) -> None:
        super().__init__(user_name)
        self.user_name = user_name


class ChangedMeanwhile(Conflicting):
    """Somebody has changed the member since the request was decided on; ``member`` is the record now, if any."""

    code = "changed_meanwhile"

    def __init__(self, member: "Member | None") -> None:
        super().__init__()
        self.member = member


class InvitedAlready(ToldWhy):
    code = "invited_already"


class NoPasswordReset(ToldWhy):
    code = "no_password_reset"


class Obstacle(ToldWhy):
    code = "obstacle"


class BeingOffboarded(Conflicting):
    """The member's offboarding has begun; it can only be finished."""

    code = "being_offboarded"
