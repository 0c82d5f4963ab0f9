"""The caller of a route of the admin API, whose signature API Gateway has verified."""

from chalice.app import Request

from chalicelib.audit import PORTAL, Action, AuditEvent
from chalicelib.errors import NotYourTask, Refused
from chalicelib.wiring import portal


def verified_caller(request: Request, task: str) -> str:
    """The caller's ARN, if their role may do the ``task``; else NotYourTask or Refused, which are recorded.

    ``chalice local`` and a route without an authorizer have no caller.
    """
    from chalicelib.admin.authority import may, rank_of  # here, to keep it off the cold start

    here = portal()
    identity = request.context.get("identity") or {}
    arn = str(identity.get("userArn") or "")
    rank = rank_of(arn, here.settings)
    if rank and may(rank, task):
        return arn
    if arn:
        details = {"path": str(request.path), "method": str(request.method)}
        here.members.record_events([AuditEvent(arn, Action.ADMIN_REFUSED, PORTAL, here.now(), details)])
    raise NotYourTask if rank else Refused
