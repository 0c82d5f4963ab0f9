"""GenerateServiceLastAccessedDetails and GetServiceLastAccessedDetails; ministack 1.5.33's report is always empty.

A report shows the time at which it was ordered. It has every service that the policies of the user, group, role or
policy allow; a service that was never called has no time. The first GetServiceLastAccessedDetails is answered
IN_PROGRESS. A report is for the caller who ordered it; what AWS answers others is not documented, and here it is
NoSuchEntity. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
"""

import re
from dataclasses import dataclass, field

from ministack.core.responses import AccountScopedDict, new_uuid
from ministack.services import iam

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.iam import paged_lists
from firstday.sandbox.emulation.iam.granted_services import policies_of, services_of
from firstday.sandbox.emulation.iam.service_use import Use, actions_used
from firstday.sandbox.emulation.xml_answers import Parameters, Response, elements, error, parameter, success

_GENERATE, _GET = "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails"
_ARN = re.compile(r"arn:[a-z-]+:iam::(\d{12}|aws):(user|group|role|policy)/(?:[!-~]*/)?([\w+=,.@-]+)", re.ASCII)
_SERVICE_LEVEL, _ACTION_LEVEL = "SERVICE_LEVEL", "ACTION_LEVEL"
# The others are named after their namespaces.
_NAMES = {
    "dynamodb": "Amazon DynamoDB",
    "ec2": "Amazon EC2",
    "iam": "AWS Identity and Access Management",
    "s3": "Amazon S3",
    "sts": "AWS Security Token Service",
}


@dataclass(slots=True)
class _Report:
    ordered_by: str
    granularity: str
    # Each service's XML, by its namespace.
    services: dict[str, str]
    created_at: str = field(default_factory=iam._now)
    was_asked_for: bool = False


@dataclass(frozen=True, slots=True)
class _Entity:
    """A user or role that can have used a service."""

    arn: str
    unique_id: str


_reports = AccountScopedDict()


def install() -> None:
    """Take over the two calls."""
    iam._IAM_HANDLERS.update({_GENERATE: _generate, _GET: _get})


def _generate(parameters: Parameters) -> Response:
    arn, granularity = parameter(parameters, "Arn"), parameter(parameters, "Granularity") or _SERVICE_LEVEL
    if granularity not in (_SERVICE_LEVEL, _ACTION_LEVEL):
        return error(400, "ValidationError", f"{granularity} is not a granularity.")
    match = _ARN.fullmatch(arn)
    if match is None:
        return error(400, "InvalidInput", f"Invalid ARN: {arn}")
    kind, name = match[2], arn if match[2] == "policy" else match[3]
    if not _exists(kind, name, arn):
        return error(404, "NoSuchEntity", f"ARN {arn} cannot be found.")
    services = sorted(services_of(policies_of(kind, name)))
    entities = _entities(kind, name)
    with_actions = granularity == _ACTION_LEVEL
    found = {namespace: _service_xml(namespace, entities, with_actions) for namespace in services}
    job_id = new_uuid()
    _reports[job_id] = _Report(_caller(), granularity, found)
    return success(_GENERATE, f"<JobId>{job_id}</JobId>")


def _caller() -> str:
    caller = served_request.caller()
    return caller.arn if caller else ""


def _exists(kind: str, name: str, arn: str) -> bool:
    if kind == "policy":
        return bool(iam._policy_exists(arn))
    store = {"user": iam._users, "group": iam._groups, "role": iam._roles}[kind]
    return name in store and store[name]["Arn"] == arn


def _entities(kind: str, name: str) -> list[_Entity]:
    """Those of the account whose use is in the report."""
    users = [user for user in iam._users.values() if _concerns(kind, name, user)]
    roles = [
        role
        for role in iam._roles.values()
        if (kind == "role" and role["RoleName"] == name) or (kind == "policy" and name in role["AttachedPolicies"])
    ]
    return [_Entity(one["Arn"], one["UserId"]) for one in users] + [
        _Entity(one["Arn"], one["RoleId"]) for one in roles
    ]


def _concerns(kind: str, name: str, user: dict[str, str]) -> bool:
    groups = [group for group in iam._groups.values() if user["UserName"] in group["Users"]]
    return {
        "user": user["UserName"] == name,
        "group": name in (group["GroupName"] for group in groups),
        "policy": any(name in one["AttachedPolicies"] for one in (user, *groups)),
    }.get(kind, False)


def _service_xml(namespace: str, entities: list[_Entity], with_actions: bool) -> str:
    named = {"ServiceName": _NAMES.get(namespace, namespace), "ServiceNamespace": namespace}
    used = {one.arn: actions for one in entities if (actions := actions_used(one.unique_id, namespace))}
    total = f"<TotalAuthenticatedEntities>{len(used)}</TotalAuthenticatedEntities>"
    xml = elements(named, *named) + total
    if not used:
        return xml
    use, arn = _latest([(use, arn) for arn, actions in used.items() for use in actions.values()])
    last = {
        "LastAuthenticated": use.at,
        "LastAuthenticatedEntity": arn,
        "LastAuthenticatedRegion": use.region,
    }
    xml += elements(last, *last)
    return xml + _actions_xml(used) if with_actions else xml


def _actions_xml(used: dict[str, dict[str, Use]]) -> str:
    names = sorted({name for actions in used.values() for name in actions if name})
    members = ""
    for name in names:
        use, arn = _latest([(actions[name], arn) for arn, actions in used.items() if name in actions])
        record = {
            "ActionName": name,
            "LastAccessedEntity": arn,
            "LastAccessedTime": use.at,
            "LastAccessedRegion": use.region,
        }
        members += f"<member>{elements(record, *record)}</member>"
    return f"<TrackedActionsLastAccessed>{members}</TrackedActionsLastAccessed>"


def _latest(uses: list[tuple[Use, str]]) -> tuple[Use, str]:
    return max(uses, key=lambda found: found[0].at)


def _get(parameters: Parameters) -> Response:
    job_id = parameter(parameters, "JobId")
    report: _Report | None = _reports.get(job_id)
    if report is None or report.ordered_by != _caller():
        return error(404, "NoSuchEntity", f"The job with id {job_id} cannot be found.")
    created = {"JobType": report.granularity, "JobCreationDate": report.created_at}
    xml = elements(created, *created)
    if not report.was_asked_for:
        report.was_asked_for = True
        progress = "<JobStatus>IN_PROGRESS</JobStatus><ServicesLastAccessed/><IsTruncated>false</IsTruncated>"
        return success(_GET, xml + progress)
    xml += f"<JobStatus>COMPLETED</JobStatus><JobCompletionDate>{report.created_at}</JobCompletionDate>"
    listing = paged_lists.Listing(
        "ServicesLastAccessed", lambda _: list(report.services), report.services.__getitem__
    )
    return paged_lists.page(_GET, listing, parameters, xml)
