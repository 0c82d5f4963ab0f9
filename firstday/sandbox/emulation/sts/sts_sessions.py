"""MFA and the rules on sessions in STS.

The request's MFA code is checked against the caller's own device before any policy is
evaluated; the result is then ``aws:MultiFactorAuthPresent``:

- absent for long-term keys, unless this very AssumeRole brought a code: then true;
- true or false in a session of GetSessionToken, as it was obtained with a code or without;
- false in a role's session, which carries no MFA context. AWS's pages do not say that it is false rather than
  absent, but it follows: the key comes with every request of temporary credentials, and a role's are temporary
  (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).

A session of GetSessionToken may call only AssumeRole and GetCallerIdentity of STS, and without a code
no operation of IAM at all: IAM does not know it then.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html.
ministack 1.5.33 ignores SerialNumber and TokenCode, and says "false" in every session.
"""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.iam.mfa_devices import checker_of
from firstday.sandbox.emulation.sender_clocks import sender_times
from firstday.sandbox.emulation.served_request import Caller, Request
from firstday.sandbox.emulation.xml_answers import Response, constraint, error

_ROLE_CHAINING_SECONDS = 3600
_VERIFIED_AT = "MFAVerifiedAt"
_SESSION_NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:\/-]{2,1224}", re.ASCII)
_principal_keys = iam_evaluator._principal_keys
_register_session = sts.register_session
_handle_request: Callable[..., Awaitable[Response]] = sts.handle_request
Rule = Callable[[dict[str, str], Caller], Response | None]


def install() -> None:
    """Let MFA reach the policies and the sessions, refuse the durations AWS refuses, and forget no session.

    ministack forgets one that has expired when the next one begins, and then says that its token is invalid.
    """
    sts._evict_expired_sessions = lambda: None
    iam_evaluator._principal_keys = sts._principal_keys = _principal_keys_with_mfa
    sts.register_session = _register_session_with_mfa
    sts.handle_request = _handle_checked


def refusal_of_session(current: Request, service: str) -> Response | None:
    """Refuse what AWS never allows to a session of GetSessionToken, even if the policies do."""
    caller = current.caller
    session = sts._sessions.get(caller.access_key_id) if caller else None
    if caller is None or caller.kind != "User" or session is None:
        return None
    if service == "iam" and _VERIFIED_AT not in session:
        return error(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    if service == "sts" and current.action not in ("AssumeRole", "GetCallerIdentity"):
        return error(403, "AccessDenied", f"Cannot call {current.action} with session credentials", "sts")
    return None


def refusal_of_mfa(current: Request) -> Response | None:
    """Check the MFA code of an AssumeRole or GetSessionToken; an accepted one is used up."""
    serial_number, code = (current.parameters.get(name) for name in ("SerialNumber", "TokenCode"))
    if current.action not in ("AssumeRole", "GetSessionToken") or (serial_number is None and code is None):
        return None
    if serial_number is None or code is None:
        return _denied("failed, must provide both MFA serial number and one time pass code.")
    if not re.fullmatch(r"\d{6}", code, re.ASCII):
        return constraint(code, "tokenCode", r"satisfy regular expression pattern: [\d]*", "sts")
    caller = current.caller
    checker = None
    if caller is not None and caller.kind == "User":
        checker = checker_of(serial_number, caller.user_name, caller.account_id)
    if checker is None:
        return _denied(
            "failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
            "associated with this user."
        )
    if not any(checker.accept(code, now) for now in sender_times()):
        return _denied("failed with invalid MFA one time pass code. ")
    current.mfa_verified = True
    return None


def _denied(reason: str) -> Response:
    return error(403, "AccessDenied", f"MultiFactorAuthentication {reason}", "sts")


def _principal_keys_with_mfa(credential: Any) -> dict[str, Any]:
    keys: dict[str, Any] = _principal_keys(credential)
    keys.pop("aws:multifactorauthpresent", None)
    current, session = served_request.current(), sts._sessions.get(credential.access_key_id)
    if current is not None and current.mfa_verified:
        return keys | _mfa_keys(time.time())
    if session is None or credential.principal_type == "Root":
        return keys
    return keys | _mfa_keys(session.get(_VERIFIED_AT))


def _mfa_keys(verified_at: float | None) -> dict[str, str]:
    if verified_at is None:
        return {"aws:multifactorauthpresent": "false"}
    age = int(time.time() - verified_at)
    return {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": str(age)}


def _register_session_with_mfa(access_key_id: str, session: dict[str, Any]) -> None:
    current = served_request.current()
    if current is not None and current.mfa_verified and current.action == "GetSessionToken":
        session[_VERIFIED_AT] = time.time()
    _register_session(access_key_id, session)


async def _handle_checked(*arguments: Any) -> Response:
    current = served_request.current()
    if current is not None and current.caller is not None:
        rule = _RULES.get(current.action)
        refusal = rule(current.parameters, current.caller) if rule else None
        if refusal is not None:
            return refusal
    return await _handle_request(*arguments)


def _refused_session_token(parameters: dict[str, str], _: Caller) -> Response | None:
    return _duration_out_of(parameters, 900, 129600)


def _refused_role(parameters: dict[str, str], caller: Caller) -> Response | None:
    """Why AWS refuses this AssumeRole even if the policies allow it."""
    role_arn, name = parameters.get("RoleArn", ""), parameters.get("RoleSessionName", "")
    if not _SESSION_NAME.fullmatch(name):
        return constraint(name, "roleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*", "sts")
    if not 2 <= len(name) <= 64:
        bound = "greater than or equal to 2" if len(name) < 2 else "less than or equal to 64"
        return constraint(name, "roleSessionName", f"have length {bound}", "sts")
    external_id = parameters.get("ExternalId")
    if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
        return constraint(external_id, "externalId", r"satisfy regular expression pattern: [\w+=,.@:\/-]*", "sts")
    if caller.kind == "Root":
        return error(403, "AccessDenied", "Roles may not be assumed by root accounts.", "sts")
    role = role_of(role_arn)
    if role is None:
        # ministack looks at the last part of the ARN only; on AWS, the path is part of it.
        return error(
            403,
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
            "sts",
        )
    return _duration_out_of(parameters, 900, 43200) or _too_long(parameters, caller, role)


def role_of(role_arn: str) -> Any:
    """The role with exactly this ARN, or None."""
    parts = role_arn.split(":", 5)
    if len(parts) < 6:
        return None
    role = iam._roles.get_scoped(parts[4], None, parts[5].rsplit("/", 1)[-1])
    return role if role and role["Arn"] == role_arn else None


def _too_long(parameters: dict[str, str], caller: Caller, role: Any) -> Response | None:
    seconds = int(parameters.get("DurationSeconds") or _ROLE_CHAINING_SECONDS)
    if caller.is_temporary and seconds > _ROLE_CHAINING_SECONDS:
        rule = "exceeds the 1 hour session limit for roles assumed by role chaining."
    elif seconds > role["MaxSessionDuration"]:
        rule = "exceeds the MaxSessionDuration set for this role."
    else:
        return None
    return error(400, "ValidationError", f"The requested DurationSeconds {rule}", "sts")


def _duration_out_of(parameters: dict[str, str], shortest: int, longest: int) -> Response | None:
    text = parameters.get("DurationSeconds") or str(shortest)
    if not (text.isascii() and text.isdigit()):
        return constraint(text, "durationSeconds", "be an integer", "sts")
    if int(text) < shortest:
        return constraint(text, "durationSeconds", f"have value greater than or equal to {shortest}", "sts")
    if int(text) > longest:
        return constraint(text, "durationSeconds", f"have value less than or equal to {longest}", "sts")
    return None


_RULES: dict[str, Rule] = {"AssumeRole": _refused_role, "GetSessionToken": _refused_session_token}
