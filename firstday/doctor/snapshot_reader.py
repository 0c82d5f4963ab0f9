"""Reads what the checks look at: one paged call for an account's IAM, and as few others as possible.

It lists access keys only for members without a virtual MFA device, and other kinds of devices only for those
with an active key: 5,000 registered members need no call each.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from chalicelib.arns import MEMBERS_PATH
from chalicelib.aws.dynamodb import expressions
from chalicelib.aws.items import member_from
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings
from firstday.aws_calls import AccountSession, DeploymentError, explained
from firstday.deployment.portal import TARGET_STACK, DeployedPortal
from firstday.deployment.stack import Stack
from firstday.doctor import needed_actions
from firstday.doctor.checks.portal_roles import OF_FUNCTIONS, needs
from firstday.doctor.iam_details import details_from
from firstday.doctor.reading_mail import mail_state
from firstday.doctor.simulation import simulated
from firstday.doctor.snapshot import AuditStream, Denial, IAMDetails, MailState, Unreadable, VirtualDevice
from firstday.stack.audit_watcher_resources import FUNCTION_NAME

T = TypeVar("T")
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
# https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
OFF = frozenset({"Disabling", "Disabled", "Deleting"})
# IAM answers each call in some tenths of a second, and refuses too many calls: botocore then waits.
CALLS_AT_ONCE = 8
_ALL_MEMBERS = expressions({"KeyConditionExpression": "directory = :directory"}, directory="members")


class Reader:
    """Reads one account, and remembers which permissions were missing."""

    def __init__(self, session: AccountSession, region: str, account_id: str) -> None:
        self._session, self._region, self._account_id = session, region, account_id
        self._iam = session.client("iam", region)
        self.unreadable: list[Unreadable] = []

    def _read(self, permission: str, read: Callable[[], T]) -> T | None:
        """What ``read`` returns; None if AWS does not permit it. Any other error is DeploymentError."""
        with explained(f"Reading {permission.partition(':')[2]} of the account {self._account_id}"):
            try:
                return read()
            except (ClientError, DeploymentError) as error:
                answer = error.__cause__ if isinstance(error, DeploymentError) else error
                if not (isinstance(answer, ClientError) and answer.response["Error"]["Code"] in DENIED):
                    raise
        self.unreadable.append(Unreadable(permission, self._account_id))
        return None

    def details(self, *kinds: str) -> IAMDetails | None:
        """All entities of these kinds, as GetAccountAuthorizationDetails calls them."""

        def read() -> IAMDetails:
            pages = self._iam.get_paginator("get_account_authorization_details")
            return details_from(pages.paginate(Filter=list(kinds), PaginationConfig={"PageSize": 1000}))

        return self._read(needed_actions.DETAILS, read)

    def with_durations(self, account: IAMDetails | None, settings: Settings) -> IAMDetails | None:
        """``account`` with how long sessions of the settings' roles may last, which is in no list."""
        wanted = {role.arn(settings.partition) for role in settings.roles}
        if account is None or not any(role.arn in wanted for role in account.roles):
            return account

        def read() -> IAMDetails:
            roles = [
                replace(role, maximum_session_seconds=self._duration(role.name)) if role.arn in wanted else role
                for role in account.roles
            ]
            return replace(account, roles=tuple(roles))

        return self._read(needed_actions.ROLE, read) or account

    def with_stack_resources(self, account: IAMDetails | None, *stacks: str) -> IAMDetails | None:
        """``account`` with what CloudFormation believes to be in ``stacks``, without looking."""
        if account is None:
            return None
        pages = self._session.client("cloudformation", self._region).get_paginator("list_stack_resources")

        def read() -> IAMDetails:
            found = [one for stack in stacks for one in _of_stack(pages, stack)]
            made = {
                (one["ResourceType"], one["PhysicalResourceId"]) for one in found if one.get("PhysicalResourceId")
            }
            roles = {
                one["LogicalResourceId"]: one["PhysicalResourceId"]
                for one in found
                if one["LogicalResourceId"] in OF_FUNCTIONS and one.get("PhysicalResourceId")
            }
            return replace(account, stack_resources=made, function_roles=roles)

        return self._read(needed_actions.STACK_RESOURCES, read) or account

    def denials(
        self, account: IAMDetails | None, settings: Settings, portal: DeployedPortal
    ) -> tuple[Denial, ...] | None:
        """What the roles of the portal's functions may not do, by IAM's own simulation, of all that they need."""
        if account is None:
            return None
        roles = {role.name: role for role in account.roles}
        there = [(logical_id, name) for logical_id, name in account.function_roles.items() if name in roles]

        def read() -> tuple[Denial, ...]:
            return tuple(
                denial
                for logical_id, name in there
                for need in needs(logical_id, settings, portal)
                for denial in simulated(self._iam, roles[name], need)
            )

        return self._read(needed_actions.SIMULATION, read)

    def has_roles_for(self, identity_account: str) -> bool:
        """Whether there is a stack of roles for the members of that account; False where AWS does not tell."""
        stack = Stack(self._session.client("cloudformation", self._region), TARGET_STACK)

        def read() -> bool:
            return stack.parameters().get("IdentityAccount") == identity_account

        return self._read(needed_actions.ROLES_STACK, read) or False

    def _duration(self, role_name: str) -> int:
        return int(self._iam.get_role(RoleName=role_name)["Role"].get("MaxSessionDuration", 3600))

    def devices(self) -> tuple[VirtualDevice, ...] | None:
        """Every virtual device, assigned or not."""

        def read() -> tuple[VirtualDevice, ...]:
            pages = self._iam.get_paginator("list_virtual_mfa_devices")
            found = pages.paginate(AssignmentStatus="Any", PaginationConfig={"PageSize": 1000})
            return tuple(
                VirtualDevice(one["SerialNumber"], (one.get("User") or {}).get("UserName"))
                for page in found
                for one in page["VirtualMFADevices"]
            )

        return self._read(needed_actions.DEVICES, read)

    def keys_without_device(
        self, account: IAMDetails | None, devices: tuple[VirtualDevice, ...] | None
    ) -> dict[str, tuple[str, ...]] | None:
        """The active access keys of members who have no device of any kind."""
        if account is None or devices is None:
            return None
        have = {device.user_name for device in devices}
        names = [user.user_name for user in account.users if user.path == MEMBERS_PATH]
        names = [name for name in names if name not in have]
        keys = self._read(needed_actions.KEYS, lambda: self._of_each(names, self._active_keys))
        if keys is None:
            return None
        with_keys = [name for name in names if keys[name]]
        others = self._read(needed_actions.OWN_DEVICES, lambda: self._of_each(with_keys, self._has_device))
        return None if others is None else {name: keys[name] for name in with_keys if not others[name]}

    @staticmethod
    def _of_each(names: list[str], look: Callable[[str], T]) -> dict[str, T]:
        """What ``look`` returns for each name; users who are gone meanwhile are left out."""
        with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
            return dict(zip(names, threads.map(look, names), strict=True))

    def _active_keys(self, user_name: str) -> tuple[str, ...]:
        keys = self._of_user(lambda: self._iam.list_access_keys(UserName=user_name)["AccessKeyMetadata"])
        return tuple(key["AccessKeyId"] for key in keys if key["Status"] == "Active")

    def _has_device(self, user_name: str) -> bool:
        return bool(self._of_user(lambda: self._iam.list_mfa_devices(UserName=user_name)["MFADevices"]))

    @staticmethod
    def _of_user(look: Callable[[], Any]) -> Any:
        try:
            return look()
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":  # deleted just now
                return []
            raise

    def has_password_policy(self) -> bool | None:
        def read() -> bool:
            try:
                self._iam.get_account_password_policy()
            except self._iam.exceptions.NoSuchEntityException:
                return False
            return True

        return self._read(needed_actions.PASSWORD_POLICY, read)

    def tables(self, *names: str) -> Mapping[str, Any] | None:
        """DynamoDB's description of each table."""
        database = self._session.client("dynamodb", self._region)
        return self._read(
            needed_actions.TABLES,
            lambda: {name: database.describe_table(TableName=name)["Table"] for name in names},
        )

    def audit_stream(self, name: str, table: Mapping[str, Any]) -> AuditStream | None:
        """The stream of the audit table, from DynamoDB's description, and what calls the watcher with it."""
        is_on = table.get("StreamSpecification", {}).get("StreamEnabled")
        arn = table["LatestStreamArn"] if is_on else None
        pages = self._session.client("lambda", self._region).get_paginator("list_event_source_mappings")

        def read() -> AuditStream:
            found = pages.paginate(FunctionName=FUNCTION_NAME)
            of_stream = (
                one for page in found for one in page["EventSourceMappings"] if one.get("EventSourceArn") == arn
            )
            return AuditStream(name, arn, {one["UUID"]: one["State"] not in OFF for one in of_stream})

        return self._read(needed_actions.MAPPINGS, read)

    def mail(self, settings: Settings) -> MailState | None:
        """What Amazon SES says, where mail is sent."""
        if settings.mail is None:
            return None
        return mail_state(self._session.client("sesv2", settings.mail.region), settings, settings.mail, self._read)

    def members(self, table: str) -> tuple[Member, ...] | None:
        """Every record of the members table."""
        pages = self._session.client("dynamodb", self._region).get_paginator("query")

        def read() -> tuple[Member, ...]:
            found = pages.paginate(TableName=table, ConsistentRead=True, **_ALL_MEMBERS)
            return tuple(member_from(one) for page in found for one in page["Items"])

        return self._read(needed_actions.RECORDS, read)


def _of_stack(pages: Any, stack: str) -> list[Any]:
    """The resources of a stack; none where it is not there, or where another stack has made them."""
    try:
        found = [one for page in pages.paginate(StackName=stack) for one in page["StackResourceSummaries"]]
    except ClientError as error:
        if "does not exist" in str(error):
            return []
        raise
    return [one for one in found if one["ResourceStatus"] != "DELETE_COMPLETE"]
