"""The robot after its journey: its identity, its credentials, and the calls that it makes with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.settings.records import Role, Settings, SwitchRoleGroup
from firstday.verification.answers import AWS, Key, ProbeAnswer, answer_of
from firstday.verification.aws_files import Profiles
from firstday.verification.clock import Clock
from firstday.verification.device import Device
from firstday.verification.result_lines import Lines

# The calls without MFA: reading, without parameters, in any account. IAM comes first, as it always says whether
# a Deny was the cause; but it does not know sessions that were obtained without a code.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
PROBES = {"iam:ListUsers": ("iam", "list_users"), "s3:ListAllMyBuckets": ("s3", "list_buckets")}
SESSION_PROBES = ("s3:ListAllMyBuckets",)


@dataclass(frozen=True, slots=True)
class Granted:
    """A role that the robot should have, the group that grants it, and its account, in words."""

    group: SwitchRoleGroup
    role: Role
    account: str

    @property
    def named(self) -> str:
        return f"{self.role.role_name} in {self.account}"


@dataclass(frozen=True, slots=True)
class Robot:
    """``key`` is its long-term access key; ``portal_check`` is what GET /admin/members/NAME/check said of it."""

    user_name: str
    settings: Settings
    aws: AWS
    key: Key
    device: Device
    config: Profiles
    granted: tuple[Granted, ...]
    portal_check: Mapping[str, Any]
    clock: Clock
    lines: Lines

    @property
    def serial_number(self) -> str:
        """As the config tells it."""
        return next((one.mfa_serial for one in self.config.values() if one.mfa_serial), "")

    def probe(self, among: Iterable[str] = PROBES) -> str | None:
        """One of these actions that members may not do without MFA; None if they may do all of them."""
        allowed = [action.lower() for action in self.settings.allowed_without_mfa]
        return next((name for name in among if not any(fnmatchcase(name.lower(), one) for one in allowed)), None)

    def try_probe(self, action: str, key: Key) -> ProbeAnswer:
        service, method = PROBES[action]
        return answer_of(getattr(self.aws.client(key, service), method))

    def get_session_token(self, code: str | None = None) -> ProbeAnswer:
        sts = self.aws.client(self.key, "sts")
        return answer_of(lambda: sts.get_session_token(DurationSeconds=3600, **self._mfa(code)))

    def assume(
        self, role: Role, key: Key, *, session_name: str | None = None, seconds: int = 900, code: str | None = None
    ) -> ProbeAnswer:
        """AssumeRole, by default under the robot's own name; with the external id of its config."""
        sts = self.aws.client(key, "sts")
        return answer_of(
            lambda: sts.assume_role(
                RoleArn=role.arn(self.settings.partition),
                RoleSessionName=session_name or self.user_name,
                DurationSeconds=seconds,
                **self._external_id(role),
                **self._mfa(code),
            )
        )

    def identity(self, key: Key) -> ProbeAnswer:
        return answer_of(self.aws.client(key, "sts").get_caller_identity)

    def seen_by_portal(self, role: Role) -> Mapping[str, Any]:
        """The role in the portal's check; empty if it is not there."""
        arn = role.arn(self.settings.partition)
        return next((one for one in self.portal_check.get("roles", []) if one["role_arn"] == arn), {})

    def _external_id(self, role: Role) -> dict[str, str]:
        profile = self.config.get(role.profile)
        return {"ExternalId": profile.external_id} if profile and profile.external_id else {}

    def _mfa(self, code: str | None) -> dict[str, str]:
        return {"SerialNumber": self.serial_number, "TokenCode": code} if code else {}
