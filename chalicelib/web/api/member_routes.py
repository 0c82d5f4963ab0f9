"""The routes that members call later with their own AWS credentials: a link to their own page, as plain text.

API Gateway has verified the signature, and IAM that the caller may invoke the route, for which it wants a session
with MFA. Here the caller also has to be a member's own IAM user. The link is the only secret in an answer.
"""

from collections.abc import Callable
from functools import wraps

from chalice.app import Blueprint, Request, Response

from chalicelib.arns import user_arn
from chalicelib.errors import AccessSuspended, FirstdayError, InvalidInput, MemberUnknown, Refused
from chalicelib.members.record import Member, MemberState, comparable, is_user_name, state_of
from chalicelib.settings.records import Settings
from chalicelib.web.api.routing import authorizer
from chalicelib.web.serving import answered
from chalicelib.web.visits import Visit
from chalicelib.wiring import portal

api = Blueprint(__name__)

# The contact follows each of them.
_MESSAGES = {
    "busy": "AWS is busy; nothing is lost. Try again in a few seconds.",
    "method_not_allowed": "This address takes other methods.",
    "member_unknown": "The portal knows no member of your name.",
    "not_active": "Your MFA device is not registered with the portal (any more), or you are being offboarded.",
    "suspended": "Your access is suspended: ask for it to be resumed.",
    "page_not_found": "There is nothing at this address.",
    "replaced": "This command has been replaced by one that opens your own page, where your config is, too. "
    "It is on your config page, and in docs/member.md of Firstday; or ask for a new link.",
    "refused": "Only a member's own IAM user can fetch this. Sign with the credentials of your source profile.",
}
_UNFORESEEN = "The portal failed; its log tells more."


class NotActive(FirstdayError):
    """The member has no proved MFA device, any more or yet, or is being offboarded."""

    status = 403
    code = "not_active"


class Replaced(FirstdayError):
    """The command that called this has been replaced by the one that opens the member's own page."""

    status = 410
    code = "replaced"


class _Fetch(Visit):
    """A request whose caller API Gateway has verified, rather than a cookie."""

    _caller_name: str | None = None

    def identify(self) -> str:
        """The caller's user name; Refused if it is not a member's user."""
        self._caller_name = _caller(self._request, self.settings)
        return self._caller_name

    @property
    def known_actor(self) -> str | None:
        return self._caller_name


View = Callable[[_Fetch], str]


def _fetched(path: str, method: str = "GET") -> Callable[[View], Callable[[], Response]]:
    """Serve a member's text at ``path``; any error in the view becomes one line of text."""

    def register(view: View) -> Callable[[], Response]:
        @wraps(view)
        def handle() -> Response:
            return answered(
                lambda fetch: _text(200, view(fetch)),
                _Fetch(api.current_request, portal()),
                member_error,
            )

        api.route(path, methods=[method], authorizer=authorizer)(handle)
        return handle

    return register


@_fetched("/member/link", "POST")
def send_own_link(visit: _Fetch) -> str:
    """A link to the member's own page, for the program that has signed the request: to nobody else."""
    from chalicelib.journey import own_page  # here, to keep it off the cold start

    member = _member(visit, visit.identify())
    token = own_page.issue_link(visit.portal.own_page, member, visit.now, source_ip=visit.source_ip)
    return f"{visit.portal_url}/me#{token}\n"


@_fetched("/member/config")
def refuse_config(visit: _Fetch) -> str:
    visit.identify()
    raise Replaced


@_fetched("/member/merge-config.sh")
def refuse_merge_script(visit: _Fetch) -> str:
    visit.identify()
    raise Replaced


def _member(visit: Visit, name: str) -> Member:
    """The caller's record; MemberUnknown or NotActive."""
    member = visit.portal.members.get(name)
    if member is None or comparable(member.user_name) != comparable(name):
        raise MemberUnknown(name)
    if member.suspended_at:
        raise AccessSuspended
    if state_of(member, visit.now) is not MemberState.ACTIVE:
        raise NotActive
    return member


def _caller(request: Request, settings: Settings) -> str:
    """The user name of the verified caller. A user's own session has the user's ARN, a role's session has not.

    ``chalice local`` and a route without an authorizer have no caller: Refused.
    """
    arn = str((request.context.get("identity") or {}).get("userArn") or "")
    path = user_arn(settings.partition, settings.identity_account, "")
    name = arn.removeprefix(path)
    if not arn.startswith(path) or not is_user_name(name):
        raise Refused
    return name


def member_error(visit: Visit, error: FirstdayError) -> Response:
    words = error.message if isinstance(error, InvalidInput) else _MESSAGES.get(error.code, _UNFORESEEN)
    return _text(error.status, f"{words} Questions: {visit.settings.contact}\n")


def _text(status: int, text: str) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": "text/plain; charset=utf-8"}
    if status == 503:
        headers["Retry-After"] = "5"
    return Response(text, headers, status)
