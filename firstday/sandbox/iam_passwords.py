"""Console passwords under the account's policy, which ministack 1.5.33 does not ask.

Nobody signs in to a console here, so no password is kept, in whatever form: it is looked at and forgotten.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
"""

import re
from collections.abc import Callable
from typing import Any

from ministack.services import iam

from .iam_errors import Parameters, Response, error, parameter

LONGEST = 128
# What UpdateAccountPasswordPolicy sets where it is told nothing; it always sets all.
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

Handler = Callable[[Parameters], Response]


def install() -> None:
    """Let the policy decide about new passwords."""
    handlers: dict[str, Handler] = iam._IAM_HANDLERS
    for action in ("CreateLoginProfile", "UpdateLoginProfile"):
        handlers[action] = _under_policy(handlers[action], is_needed=action == "CreateLoginProfile")
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
        return _malformed(password) or _violation(password) or handler(rest)

    return handle


def _malformed(password: str) -> Response | None:
    """AWS's refusal of what is no password at all; it quotes no value that is sensitive."""
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
    """ministack would keep what an earlier policy said of what this one leaves out."""
    iam._account_password_policy.pop("policy", None)
    return update(_DEFAULTS | parameters)
