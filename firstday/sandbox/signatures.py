"""Every signature verified before ministack sees a request.

ministack, even with AUTH=true, does not check the signature of the keys it takes for
root ("test", any twelve digits, no key at all), and serves some paths without asking who
calls. Here nobody is root by name: the only root credentials are random ones, made for one
run (see ``credentials``), and whatever cannot prove its key never reaches ministack.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator, sigv4
from ministack.core.responses import _account_from_sts_session

from .request import Caller

UNKNOWN_KEY = ("UnrecognizedClientException", "The security token included in the request is invalid.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not authenticated: an error code as ministack's tables spell it."""

    code: str
    message: str


def authenticate(
    *, method: str, raw_path: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes
) -> tuple[Caller, str] | Refusal:
    """Who signed this request and for which service, or why that is not proved.

    ``headers`` have lower-case names, repeated ones joined by a comma, as SigV4 signs them.
    Only header signatures count: nothing here hands out presigned URLs.
    """
    if not headers.get("authorization"):
        return Refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
    if not headers["authorization"].startswith("AWS4-HMAC-SHA256 "):
        return Refusal("UnsupportedSignature", "The request signature does not conform to AWS standards.")
    signature = sigv4.parse_header_signature(headers)
    if isinstance(signature, tuple):
        return Refusal(*signature)
    token = headers.get("x-amz-security-token", "")
    credential = _credential(signature.access_key_id, token)
    failure = (
        sigv4.request_time_failure(signature)
        or (credential if isinstance(credential, tuple) else None)
        or sigv4.header_signature_failure(
            signature, credential.secret_access_key, method, raw_path, query, headers, body
        )
        or _body_failure(headers, body)
    )
    if failure:
        return Refusal(*failure)
    return _caller(credential), str(signature.service)


def _credential(access_key_id: str, token: str) -> Any:
    """ministack's record of the key, or the error that AWS answers for it."""
    try:
        account = _account_from_sts_session(access_key_id) or iam_evaluator.find_iam_access_key_account(
            access_key_id
        )
    except iam_evaluator.AmbiguousAccessKeyError:
        return UNKNOWN_KEY
    if not access_key_id or account is None:
        return UNKNOWN_KEY
    found = iam_evaluator.resolve_credential(access_key_id, account, token)
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        # AWS treats a session key without its token as unknown, and any other token as invalid.
        return UNKNOWN_KEY if found.code == "InvalidToken" and not token else (found.code, found.message)
    return found


def _body_failure(headers: dict[str, str], body: bytes) -> tuple[str, str] | None:
    """The signature covers a hash that the client names, so the hash must be the body's."""
    claimed = headers.get("x-amz-content-sha256", "")
    if len(claimed) == 64 and claimed != hashlib.sha256(body).hexdigest():
        return "SignatureDoesNotMatch", "The provided 'x-amz-content-sha256' header does not match the body."
    return None


def _caller(credential: Any) -> Caller:
    return Caller(
        arn=credential.principal_arn,
        account_id=credential.account_id,
        kind=credential.principal_type,
        user_name=credential.principal_name,
        is_temporary=credential.session_token is not None,
    )
