"""When an access key was last used, and for what: GetAccessKeyLastUsed.

ministack 1.5.33 answers "never". A key counts as used once its signature on a request to any
service is right, even if a policy then denies the request. AWS shows it with a delay of its own.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
"""

from typing import Any

from ministack.core import iam_evaluator, sigv4
from ministack.services import iam

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.signatures import caller_of
from firstday.sandbox.emulation.xml_answers import Parameters, Response, elements, error, parameter, success

_LAST_USED = "LastUsed"
_NEVER = {"Region": "N/A", "ServiceName": "N/A"}
_authenticate = iam_evaluator.authenticate


def install() -> None:
    """Note every verified signature of a user's key, and answer with the last one."""
    iam_evaluator.authenticate = _authenticate_and_note
    iam._IAM_HANDLERS["GetAccessKeyLastUsed"] = _last_used


def _authenticate_and_note(access_key_id: str, account_id: str) -> Any:
    signed = iam_evaluator._signed_request.get()
    found = _authenticate(access_key_id, account_id)
    if signed is not None and isinstance(found, iam_evaluator.ResolvedCredential):
        _note(found, sigv4.parse_header_signature(signed.headers))
        current = served_request.current()
        if current is not None:
            current.caller = caller_of(found)  # ministack, and not the gate, finds out who calls an API
    return found


def _note(credential: Any, signature: Any) -> None:
    key = iam._access_keys.get_scoped(credential.account_id, None, credential.access_key_id)
    if key is not None:
        mark(key, iam._now(), signature.service, signature.region)


def mark(key: Any, used_at: str, service: str, region: str) -> None:
    """Make it the last use of ``key``, ministack's record."""
    key[_LAST_USED] = {"LastUsedDate": used_at, "ServiceName": service, "Region": region}


def _last_used(parameters: Parameters) -> Response:
    key_id = parameter(parameters, "AccessKeyId")
    key = iam._access_keys.get(key_id)
    if key is None:
        return error(404, "NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")
    used = key.get(_LAST_USED, _NEVER)
    result = elements(key, "UserName") + f"<AccessKeyLastUsed>{elements(used, *used)}</AccessKeyLastUsed>"
    return success("GetAccessKeyLastUsed", result)
