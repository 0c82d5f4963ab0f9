"""Console passwords under the account's policy, which ministack 1.5.33 ignores, and changing one's own.

Nobody signs in to a console here. Only a salted hash of a password is kept, for ChangePassword to compare. An
expired password matters in the console only: the API changes it like any other.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from ministack.core.responses import AccountScopedDict
from ministack.services import iam

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.xml_answers import Parameters, Response, error, parameter, success

LONGEST = 128
# The defaults of UpdateAccountPasswordPolicy, which always sets all values.
_DEFAULTS = {"MinimumPasswordLength": "6"}
_SYMBOL = r"[!@#$%^&*()_+\-=\[\]{}|']"
# Each demand of a policy, with what has to occur and AWS's words for it.
_KINDS = {
    "RequireUppercaseCharacters": ("[A-Z]", "uppercase character"),
    "RequireLowercaseCharacters": ("[a-z]", "lowercase character"),
    "RequireNumbers": ("[0-9]", "number"),
    "RequireSymbols": (_SYMBOL, "symbol"),
}
_KINDS_NEEDED = 3
_SALT = secrets.token_bytes(16)
# The hashes of each user's passwords, the newest last.
password_hashes: Any = AccountScopedDict()

Handler = Callable[[Parameters], Response]


def install() -> None:
    """Let the policy decide about new passwords, and users change their own."""
    handlers: dict[str, Handler] = iam._IAM_HANDLERS
    for action in ("CreateLoginProfile", "UpdateLoginProfile"):
        handlers[action] = _under_policy(handlers[action], is_needed=action == "CreateLoginProfile")
    handlers["DeleteLoginProfile"] = _forgetting(handlers["DeleteLoginProfile"])
    handlers["ChangePassword"] = _change_password
    update = handlers["UpdateAccountPasswordPolicy"]
    handlers["UpdateAccountPasswordPolicy"] = lambda parameters: _replaced_policy(update, parameters)


def _under_policy(handler: Handler, *, is_needed: bool) -> Handler:
    def handle(parameters: Parameters) -> Response:
        rest = {name: value for name, value in parameters.items() if name != "Password"}
        if parameter(parameters, "UserName") not in iam._users:
            return handler(rest)  # which says so
        password = parameter(parameters, "Password")
        if not password and not is_needed:
            return handler(rest)
        refusal = _malformed(password) or _violation(password)
        return refusal or _remembering(parameter(parameters, "UserName"), password, handler(rest))

    return handle


def _change_password(parameters: Parameters) -> Response:
    """The caller's own password.

    On AWS, AllowUsersToChangePassword allows it to all users of the account at once, and refuses nothing. Here, a
    policy of the user's has to allow it.
    """
    caller = served_request.caller()
    if caller is None or caller.kind != "User":
        return error(400, "InvalidUserType", "Only IAM Users can change their own password")
    name, new = caller.user_name, parameter(parameters, "NewPassword")
    if name not in iam._login_profiles:
        return error(404, "NoSuchEntity", f"Login Profile for User {name} cannot be found.")
    if not compare_digest(_hash(parameter(parameters, "OldPassword")), password_hashes.get(name, [b""])[-1]):
        return error(403, "AccessDenied", "The old password was incorrect.")
    if refusal := _malformed(new) or _violation(new) or _reuse(name, new):
        return refusal
    iam._login_profiles[name]["PasswordResetRequired"] = False
    return _remembering(name, new, success("ChangePassword"))


def _reuse(user_name: str, password: str) -> Response | None:
    policy: dict[str, Any] = iam._account_password_policy.get("policy") or {}
    remembered = policy.get("PasswordReusePrevention", 0)
    is_reused = remembered and _hash(password) in password_hashes.get(user_name, [])[-remembered:]
    return _refused("Policy constraint violation with password reuse prevention") if is_reused else None


def _remembering(user_name: str, password: str, response: Response) -> Response:
    if response[0] < 400:
        password_hashes[user_name] = [*password_hashes.get(user_name, []), _hash(password)]
    return response


def _forgetting(handler: Handler) -> Handler:
    def handle(parameters: Parameters) -> Response:
        response = handler(parameters)
        if response[0] < 400:
            password_hashes.pop(parameter(parameters, "UserName"), None)
        return response

    return handle


def _hash(password: str) -> bytes:
    return hashlib.scrypt(password.encode(), salt=_SALT, n=2**10, r=8, p=1)


def _malformed(password: str) -> Response | None:
    """AWS's refusal of a text that cannot be a password; it does not quote sensitive values."""
    if not 1 <= len(password) <= LONGEST:
        rule = f"have length {'less' if password else 'greater'} than or equal to {LONGEST if password else 1}"
    elif not re.fullmatch("[\t\n\r\x20-\xff]+", password):
        rule = r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"
    else:
        return None
    message = f"1 validation error detected: Value at 'password' failed to satisfy constraint: Member must {rule}"
    return error(400, "ValidationError", message)


def _violation(password: str) -> Response | None:
    policy: dict[str, Any] | None = iam._account_password_policy.get("policy")
    present = {demand for demand, (pattern, _) in _KINDS.items() if re.search(pattern, password)}
    shortest = policy["MinimumPasswordLength"] if policy else 8
    if len(password) < shortest:
        return _refused(f"Password should have a minimum length of {shortest}")
    if policy is None:
        enough = len(present) >= _KINDS_NEEDED
        return None if enough else _refused(f"Password should have {_KINDS_NEEDED} of four kinds of characters")
    for demand, (_, what) in _KINDS.items():
        if policy.get(demand) and demand not in present:
            return _refused(f"Password should have at least one {what}")
    return None


def _refused(message: str) -> Response:
    return error(400, "PasswordPolicyViolation", message)


def _replaced_policy(update: Handler, parameters: Parameters) -> Response:
    """ministack would keep an earlier policy's values for everything that this one leaves out."""
    iam._account_password_policy.pop("policy", None)
    return update(_DEFAULTS | parameters)
