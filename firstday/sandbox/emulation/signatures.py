"""Verifies every signature before ministack sees a request.

ministack, even with AUTH=true, does not check the signature of the keys it takes for
root ("test", any twelve digits, no key at all), and serves some paths without asking who
calls. Here nobody is root by name: the only root credentials are random ones, made for one
run (see ``credentials``), and a request that cannot prove its key never reaches ministack.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator, sigv4
from ministack.core.responses import _account_from_sts_session

from firstday.sandbox.emulation.http_message import Message
from firstday.sandbox.emulation.served_request import Caller


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not authenticated: an error code as ministack's tables spell it."""

    code: str
    message: str


_UNKNOWN_KEY = Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
_NO_SIGNATURE = Refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
_OTHER_SIGNATURE = Refusal("UnsupportedSignature", "The request signature does not conform to AWS standards.")


def authenticate(message: Message) -> tuple[Caller, str] | Refusal:
    """Who signed this request and for which service, or why that is not proved.

    Only SigV4 in the Authorization header counts: nothing here hands out presigned URLs.
    """
    authorization = message.headers.get("authorization", "")
    if not authorization.startswith("AWS4-HMAC-SHA256 "):
        return _OTHER_SIGNATURE if authorization else _NO_SIGNATURE
    signature = sigv4.parse_header_signature(message.headers)
    if isinstance(signature, tuple):
        return Refusal(*signature)
    credential = _credential(signature.access_key_id, message.headers.get("x-amz-security-token", ""))
    if isinstance(credential, Refusal):
        return credential
    return _mismatch(signature, credential, message) or (caller_of(credential), str(signature.service))


def _credential(access_key_id: str, token: str) -> Any:
    """ministack's record of the key, or the refusal that AWS answers for it."""
    try:
        account = _account_from_sts_session(access_key_id) or iam_evaluator.find_iam_access_key_account(
            access_key_id
        )
    except iam_evaluator.AmbiguousAccessKeyError:
        return _UNKNOWN_KEY
    if not access_key_id or account is None:
        return _UNKNOWN_KEY
    found = iam_evaluator.resolve_credential(access_key_id, account, token)
    if not isinstance(found, iam_evaluator.CredentialResolutionError):
        return found
    # AWS treats a session key without its token as unknown, and any other token as invalid.
    return _UNKNOWN_KEY if found.code == "InvalidToken" and not token else Refusal(found.code, found.message)


def _mismatch(signature: Any, credential: Any, message: Message) -> Refusal | None:
    """Why this signature is not this credential's over this message, now."""
    failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature,
        credential.secret_access_key,
        message.method,
        message.raw_path,
        message.query,
        message.headers,
        message.body,
    )
    if failure:
        return Refusal(*failure)
    # The signature covers a hash that the client names, which has to be the body's.
    claimed = message.headers.get("x-amz-content-sha256", "")
    if len(claimed) == 64 and claimed != hashlib.sha256(message.body).hexdigest():
        return Refusal("SignatureDoesNotMatch", "The 'x-amz-content-sha256' header does not match the body.")
    return None


def caller_of(credential: Any) -> Caller:
    """The caller that ministack's credential belongs to."""
    return Caller(
        arn=credential.principal_arn,
        account_id=credential.account_id,
        kind=credential.principal_type,
        user_name=credential.principal_name,
        access_key_id=credential.access_key_id,
        is_temporary=credential.session_token is not None,
    )
