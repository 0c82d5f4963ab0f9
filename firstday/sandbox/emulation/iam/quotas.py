"""How many entities an account can have: as many virtual MFA devices as users, and 5,000 users by default.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. ministack 1.5.33 has no such quota.
"""

from ministack.services import iam

from firstday.sandbox.emulation.xml_answers import Parameters, Response, error


class _Quota:
    entities = 5000


def install(entities: int) -> None:
    """Refuse new users and devices beyond ``entities`` of each."""
    _Quota.entities = entities
    create = iam._IAM_HANDLERS["CreateUser"]

    def create_within_quota(parameters: Parameters) -> Response:
        refusal: Response | None = full("UsersPerAccount", len(iam._users))
        answer: Response = refusal or create(parameters)
        return answer

    iam._IAM_HANDLERS["CreateUser"] = create_within_quota


def full(quota: str, count: int) -> Response | None:
    """IAM's refusal of one more than ``count`` entities, or None."""
    if count < _Quota.entities:
        return None
    return error(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {_Quota.entities}")
