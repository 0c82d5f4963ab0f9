"""The resources of actions that members call about themselves.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.arns import mfa_arn

_USER = {
    "iam:changepassword",
    "iam:deactivatemfadevice",
    "iam:enablemfadevice",
    "iam:getmfadevice",
    "iam:getuser",
    "iam:listmfadevices",
    "iam:resyncmfadevice",
}
_DEVICE = {"iam:createvirtualmfadevice", "iam:deletevirtualmfadevice"}
_NOTHING = {"iam:getaccountpasswordpolicy", "iam:listvirtualmfadevices", "sts:getsessiontoken"}


def own_resource(action: str, caller: Caller) -> str | None:
    """The ARN that IAM compares with a policy's, "*" for an action without one, None if it is not known here."""
    name = action.lower()
    if name in _USER:
        return caller.arn
    if name in _DEVICE:
        return mfa_arn(caller.partition, caller.account_id, caller.user_name)
    return "*" if name in _NOTHING else None
