"""Deploying without a question, for tests of what is deployed."""

from collections.abc import Mapping
from typing import Any

from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession
from firstday.deployment.plan import plan_portal, plan_target
from firstday.deployment.portal import PORTAL_STACK, DeployedPortal, portal_from
from firstday.deployment.stack import Stack, Upload
from firstday.packaging import Package


def deploy_stack(stack: Stack, template: Mapping[str, Any], upload: Upload = str) -> dict[str, str]:
    """Plan and execute; the stack's outputs."""
    if change_set := stack.plan(template, upload):
        stack.begin(change_set)()
    return stack.outputs() or {}


def deploy_portal(session: AccountSession, package: Package, settings: Settings) -> DeployedPortal:
    return portal_from(plan_portal(session, package, settings).execute(), PORTAL_STACK)


def deploy_target(session: AccountSession, settings: Settings, account_id: str) -> None:
    plan_target(session, settings, account_id).execute()
