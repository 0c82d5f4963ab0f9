"""An organisation that was there before the portal: IAM users with permissions of their own, to be adopted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.arns import BASELINE_GROUP
from chalicelib.wiring import Portal
from firstday.adoption.account_reading import found_account
from firstday.adoption.adopting import Outcome, Workbench, each_adopted
from firstday.adoption.adoption_plan import AdoptionPlan, Wanted
from firstday.adoption.adoption_records import AdoptionRecords
from firstday.adoption.iam_steps import IAMSteps
from firstday.adoption.patient_reading import PatientReader
from firstday.adoption.planning import Planner
from firstday.adoption.releasing import ReleasePlan, each_released
from tests.helpers.moto_gaps import BOUNDARIES
from tests.helpers.worlds import World, a_world

LEGACY, GROUP = "legacy-user", "legacy-developers"
PATH = "/dev/"
DEPLOYER = "arn:aws:iam::123456789012:user/admins/deployer"
BOUNDARY = "arn:aws:iam::123456789012:policy/members/firstday-member-boundary"
FORMER_BOUNDARY = "arn:aws:iam::123456789012:policy/old-boundary"


def allowing(*actions: str, resource: str | list[str] = "*") -> dict[str, Any]:
    """A policy that allows the actions."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass
class DeployerSession:
    """The session of a deployer who may use IAM and DynamoDB, and nothing else."""

    portal: Portal

    def client(self, service_name: str, region_name: str | None = None, **_: Any) -> Any:  # noqa: ARG002  # as boto3 has it
        known = {"iam": self.portal.iam.client, "dynamodb": self.portal.members.database.client}
        return known.get(service_name) or _Denied()


class _Denied:
    """A client whose calls are all denied."""

    def __getattr__(self, operation: str) -> Any:
        def denied(*_: object, **__: object) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

        return denied


def brownfield(here: Portal) -> World:
    """A user under another path, with a boundary, a group, policies and a key."""
    world = a_world(here)
    iam = world.iam
    iam.create_group(GroupName=GROUP)
    put = json.dumps(allowing("s3:GetObject"))
    iam.put_group_policy(GroupName=GROUP, PolicyName="objects", PolicyDocument=put)
    iam.create_policy(PolicyName="old-boundary", PolicyDocument=json.dumps(allowing("s3:*", "ec2:*")))
    iam.create_user(UserName=LEGACY, Path=PATH, PermissionsBoundary=FORMER_BOUNDARY)
    iam.put_user_policy(UserName=LEGACY, PolicyName="own", PolicyDocument=json.dumps(allowing("ec2:*")))
    iam.add_user_to_group(UserName=LEGACY, GroupName=GROUP)
    iam.create_access_key(UserName=LEGACY)
    return world


def without_boundary(here: Portal) -> World:
    """The same, of a user who had no boundary."""
    world = brownfield(here)
    BOUNDARIES[LEGACY] = ""
    return world


def planner(world: World, **more: Any) -> Planner:
    """A new look at the account."""
    portal = world.portal
    reader = PatientReader(DeployerSession(portal), portal.settings.region, lambda _: None)
    bench = workbench(world)
    return Planner(portal.settings, reader, bench.records, found_account(reader), bench.actor, portal.now(), **more)


def workbench(world: World) -> Workbench:
    portal = world.portal
    steps, records = IAMSteps(portal.iam.client, portal.settings), AdoptionRecords(portal.members.database)
    return Workbench(steps, records, DEPLOYER, portal.now)


def plan_of(world: World, user_name: str = LEGACY, groups: Sequence[str] = ("developers",)) -> AdoptionPlan:
    (plan,) = planner(world).adoptions([Wanted(user_name, tuple(groups))])
    return plan


def adopted(world: World, user_name: str = LEGACY) -> Outcome:
    """Plan and adopt, as the command does."""
    (outcome,) = each_adopted(workbench(world), [plan_of(world, user_name)])
    return outcome


def release_plan_of(world: World, user_name: str = LEGACY) -> ReleasePlan:
    (plan,) = planner(world).releases([user_name])
    return plan


def released(world: World, user_name: str = LEGACY) -> Outcome:
    """Release without looking at the plan."""
    (outcome,) = each_released(workbench(world), [ReleasePlan(user_name)])
    return outcome


def as_in_iam(world: World, user_name: str = LEGACY) -> dict[str, Any]:
    """All that IAM has of the user, as its reads tell it."""
    iam = world.iam
    user = iam.get_user(UserName=user_name)["User"]
    return {
        "path": user["Path"],
        "boundary": (user.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        "groups": sorted(one["GroupName"] for one in iam.list_groups_for_user(UserName=user_name)["Groups"]),
        "inline": iam.list_user_policies(UserName=user_name)["PolicyNames"],
        "attached": iam.list_attached_user_policies(UserName=user_name)["AttachedPolicies"],
        "keys": [
            (k["AccessKeyId"], k["Status"]) for k in iam.list_access_keys(UserName=user_name)["AccessKeyMetadata"]
        ],
        "devices": [one["SerialNumber"] for one in iam.list_mfa_devices(UserName=user_name)["MFADevices"]],
    }


def is_safe(state: dict[str, Any]) -> bool:
    """Whether the portal, which reaches everybody under the members' path, reaches nobody it should not.

    A user there has the members' boundary and the Deny without MFA.
    """
    is_member = state["boundary"] == BOUNDARY and BASELINE_GROUP in state["groups"]
    return state["path"] != "/members/" or is_member


def actions_of(world: World, user_name: str = LEGACY) -> list[str]:
    """The audit events of the user, the oldest first."""
    found = world.portal.audit.events(now=world.portal.now(), subject=user_name).events
    return [str(event.action) for event in reversed(found)]
