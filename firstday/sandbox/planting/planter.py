"""Plants an organisation in the embedded AWS, by the calls with which its administrators would have made it.

First what others refer to: the policies, groups and users of all accounts; then roles, whose trust policies may
name users of other accounts, and buckets. At last, ages and uses, which no call of AWS can set.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from firstday.sandbox.devices import enabled_device
from firstday.sandbox.planting import iam_calls
from firstday.sandbox.planting.contents import AccessKey, AccountContents, Role, User
from firstday.sandbox.planting.iam_calls import told_with
from firstday.sandbox.planting.planted import Planted, PlantedDevice, PlantedKey, PlantedUser
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.sandbox.process.marks import KeyMark, Marks, PasskeyMark, UseMark, UserMark

# Enough to keep the embedded AWS busy, which does one thing at a time.
_AT_ONCE = 4


def plant(aws: EmbeddedAWS, accounts: Sequence[AccountContents]) -> Planted:
    """Make everything; raises PlantingRefused at the first refusal."""
    planters = [_AccountPlanter(aws, each) for each in accounts]
    for planter in planters:
        planter.make_policies_and_groups()
    users = [user for planter in planters for user in planter.make_users()]
    for planter in planters:
        planter.make_roles()
        planter.make_buckets()
    marks = [planter.marks() for planter in planters]
    aws.mark(
        Marks(
            keys=tuple(mark for each in marks for mark in each.keys),
            users=tuple(mark for each in marks for mark in each.users),
            uses=tuple(mark for each in marks for mark in each.uses),
            passkeys=tuple(mark for each in marks for mark in each.passkeys),
        )
    )
    return Planted(tuple(users), sum(len(each.roles) for each in accounts))


class _AccountPlanter:
    """One account, and what was made in it."""

    def __init__(self, aws: EmbeddedAWS, contents: AccountContents) -> None:
        self._contents, self._now, self._region = contents, aws.now, aws.region
        session = aws.session(contents.account_id)
        self._iam, self._s3 = session.client("iam"), session.client("s3")
        self._users: list[tuple[User, PlantedUser]] = []
        self._role_ids: list[tuple[Role, str]] = []

    def make_policies_and_groups(self) -> None:
        """What users and roles refer to."""
        for index, policy in enumerate(self._contents.policies):
            with told_with(self._place("policies", index, policy.name)):
                self._iam.create_policy(
                    PolicyName=policy.name, Path=policy.path, PolicyDocument=json.dumps(policy.document)
                )
        for index, group in enumerate(self._contents.groups):
            with told_with(self._place("groups", index, group.name)):
                self._iam.create_group(GroupName=group.name, Path=group.path)
                iam_calls.put_grants(self._iam, "group", group.name, group.grants)

    def make_users(self) -> list[PlantedUser]:
        """The users, and the devices of nobody."""
        users = self._contents.users
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            made = list(pool.map(self._make_user, range(len(users)), users))
        self._users = list(zip(users, made, strict=True))
        for index, device in enumerate(self._contents.unassigned_devices):
            with told_with(self._place("unassigned_devices", index, device.name)):
                self._iam.create_virtual_mfa_device(VirtualMFADeviceName=device.name, Path=device.path)
        return made

    def _make_user(self, index: int, user: User) -> PlantedUser:
        with told_with(self._place("users", index, user.name)):
            created = self._iam.create_user(
                UserName=user.name,
                Path=user.path,
                Tags=iam_calls.tag_list(user.tags),
                **iam_calls.boundary(user.permissions_boundary),
            )["User"]
            for group in user.groups:
                self._iam.add_user_to_group(GroupName=group, UserName=user.name)
            iam_calls.put_grants(self._iam, "user", user.name, user.grants)
            self._make_other_credentials(user)
            return PlantedUser(
                account_id=self._contents.account_id,
                user_name=user.name,
                unique_id=created["UserId"],
                password=self._make_password(user),
                keys=tuple(self._make_key(user.name, key) for key in user.access_keys),
                devices=tuple(
                    PlantedDevice(*enabled_device(self._iam, user.name, one.name, one.path)) for one in user.devices
                ),
            )

    def _make_password(self, user: User) -> str:
        if not user.console_password:
            return ""
        password = iam_calls.new_password()
        self._iam.create_login_profile(UserName=user.name, Password=password)
        return password

    def _make_key(self, user_name: str, key: AccessKey) -> PlantedKey:
        made = self._iam.create_access_key(UserName=user_name)["AccessKey"]
        if not key.is_active:
            self._iam.update_access_key(UserName=user_name, AccessKeyId=made["AccessKeyId"], Status="Inactive")
        return PlantedKey(made["AccessKeyId"], made["SecretAccessKey"])

    def _make_other_credentials(self, user: User) -> None:
        others = user.other_credentials
        uploads: tuple[tuple[Callable[[Any, str], None], int], ...] = (
            (iam_calls.upload_ssh_key, others.ssh_keys),
            (iam_calls.upload_certificate, others.signing_certificates),
        )
        for upload, times in uploads:
            for _ in range(times):
                upload(self._iam, user.name)
        for service in others.service_credentials:
            self._iam.create_service_specific_credential(UserName=user.name, ServiceName=service)

    def make_roles(self) -> None:
        """The roles; the users that their trust policies name are there."""
        for index, role in enumerate(self._contents.roles):
            with told_with(self._place("roles", index, role.name)):
                made = self._iam.create_role(
                    RoleName=role.name,
                    Path=role.path,
                    AssumeRolePolicyDocument=json.dumps(role.trust_policy),
                    MaxSessionDuration=role.maximum_session_seconds,
                    Tags=iam_calls.tag_list(role.tags),
                    **iam_calls.boundary(role.permissions_boundary),
                )["Role"]
                iam_calls.put_grants(self._iam, "role", role.name, role.grants)
                self._role_ids.append((role, made["RoleId"]))

    def make_buckets(self) -> None:
        """The buckets, whose policies may name roles, too."""
        for index, bucket in enumerate(self._contents.buckets):
            with told_with(self._place("buckets", index, bucket.name)):
                iam_calls.make_bucket(self._s3, self._region, bucket.name, bucket.policy)

    def marks(self) -> Marks:
        """Ages, uses and passkeys of what was made."""
        account = self._contents.account_id
        owners: list[tuple[User | Role, str]] = [(user, made.unique_id) for user, made in self._users]
        owners += self._role_ids
        return Marks(
            keys=tuple(mark for user, made in self._users for mark in self._key_marks(user, made)),
            users=tuple(UserMark(account, user.name, self._ago(user.created_days_ago)) for user, _ in self._users),
            uses=tuple(
                UseMark(unique_id, service, self._ago(days))
                for owner, unique_id in owners
                for service, days in _days_since_use(owner).items()
            ),
            passkeys=tuple(
                PasskeyMark(account, user.name, self._serial_number(user.name, name))
                for user, _ in self._users
                for name in user.passkeys
            ),
        )

    def _key_marks(self, user: User, made: PlantedUser) -> list[KeyMark]:
        return [
            KeyMark(
                account_id=made.account_id,
                access_key_id=issued.access_key_id,
                created_at=self._ago(key.created_days_ago),
                used_at="" if key.used_days_ago is None else self._ago(key.used_days_ago),
                used_service=key.used_service,
            )
            for key, issued in zip(user.access_keys, made.keys, strict=True)
        ]

    def _serial_number(self, user_name: str, name: str) -> str:
        """A passkey's, whose end is random on AWS."""
        identifier = secrets.token_hex(13).upper()
        return f"arn:aws:iam::{self._contents.account_id}:u2f/user/{user_name}/{name}-{identifier}"

    def _ago(self, days: int) -> str:
        return f"{datetime.fromtimestamp(self._now, UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"

    def _place(self, kind: str, index: int, name: str) -> str:
        return f"{self._contents.key}.{kind}[{index}], {name},"


def _days_since_use(owner: User | Role) -> dict[str, int]:
    """By service; who has used an access key for a service has called it."""
    days = dict(owner.service_use)
    for key in owner.access_keys if isinstance(owner, User) else ():
        if key.used_days_ago is not None:
            days[key.used_service] = min(key.used_days_ago, days.get(key.used_service, key.used_days_ago))
    return days
