"""The organisation: its accounts, its switch-role groups and their roles, as frozen records.

Templates, policies, the members' profiles and the sandbox all come from these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.arns import iam_arn, matches_role, partition_of
from chalicelib.errors import InvalidInput

# What DenyAllExceptListedIfNoMFA leaves to a user without MFA: enough to register a
# device and to get a session with it.
ALLOWED_WITHOUT_MFA = (
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
    "iam:ChangePassword",
)

_OF_EVERY_OBJECT = (
    "constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf __proto__ "
    "__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__"
)
# Names in small letters that no profile can have, and why.
RESERVED_PROFILES = {
    "default": "AWS tools use it when no profile is named",
    **dict.fromkeys(_OF_EVERY_OBJECT.lower().split(), "the AWS SDK for JavaScript does not find such a profile"),
}

# What Lambda and Chalice know of Python. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")


class UnknownGroup(InvalidInput):
    """Somebody named a switch-role group that the settings do not have."""

    code = "unknown_group"


class Credentials(StrEnum):
    """What the AWS CLI on a member's computer signs in with.

    NONE: nothing that the portal gives, for members who have an access key already, or use the console only.
    """

    ACCESS_KEY = "access-key"
    AWS_LOGIN = "aws-login"
    NONE = "none"


class Daily(StrEnum):
    """How often a member with an access key types an MFA code.

    SESSION: once in the morning, into ``aws configure mfa-login``; every role is then assumed from that session.
    PROMPT: when a role is used first, and again when its session is over.
    """

    SESSION = "session"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Role:
    """A role that members switch to; ``profile`` is its name in their ``~/.aws/config``, prefix and all.

    ``managed_policies`` are names of AWS managed policies or whole ARNs, ``statements``
    are policy statements as IAM writes them. ``region`` is None where the
    organisation's is meant. A role that ``is_existing`` is made and kept by others, and has neither. Its trust
    policy may demand an ``external_id``, which is empty where it does not.
    """

    profile: str
    account_id: str
    role_name: str
    path: str = "/"
    managed_policies: tuple[str, ...] = ()
    statements: tuple[Mapping[str, object], ...] = ()
    maximum_session_seconds: int = 3600
    region: str | None = None
    is_existing: bool = False
    external_id: str = ""

    def arn(self, partition: str) -> str:
        """The role's ARN, path included."""
        return iam_arn(partition, self.account_id, f"role{self.path}{self.role_name}")


@dataclass(frozen=True, slots=True)
class SwitchRoleGroup:
    """An IAM group under ``/switch-role/`` whose members may assume exactly ``roles``."""

    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """The portal's address of the organisation's own, and the certificate for it, in ACM."""

    name: str
    certificate_arn: str


@dataclass(frozen=True, slots=True)
class Administrators:
    """Roles of the identity account whose sessions administer the portal, besides its own admin role.

    Patterns of names, in which ``*`` and ``?`` are wildcards. Sessions of ``help_desk`` only list, show and reset.
    """

    roles: tuple[str, ...] = ()
    help_desk: tuple[str, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.roles, *self.help_desk)))

    def mean(self, role_name: str) -> bool:
        """Whether any pattern means the role."""
        return any(matches_role(pattern, role_name) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail is sent, through Amazon SES. ``sender_name``, ``reply_to`` and ``configuration_set`` may be empty.

    ``administrators`` is an address that is told what members are told of their access ending; it may be empty.
    With ``passcode``, invitations by mail have one, which administrators pass on another way.
    """

    sender_name: str
    sender_address: str
    identity_arn: str
    reply_to: str = ""
    administrators: str = ""
    configuration_set: str = ""
    passcode: bool = False

    @property
    def region(self) -> str:
        """Where the identity is, and so where mail is sent."""
        return self.identity_arn.split(":")[3]

    @property
    def identity(self) -> str:
        """The domain or the address that SES has verified."""
        return self.identity_arn.partition(":identity/")[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in ``firstday.toml``.

    ``contact`` is who helps members, ``languages`` begins with the default one,
    ``accounts`` maps short names to account ids, and ``default_groups`` are the groups
    of an invitation that names none. The roles' profiles have ``profile_prefix`` already.
    ``credentials`` and ``daily`` are in the order in which members are offered them. ``alarm_email`` and
    ``audit_event_bus`` are empty where nobody is told. A ``maximum_concurrency`` of 0 reserves nothing, and None
    leaves it to the deployment. An empty ``runtime`` means that of the deploying computer. ``domain`` is None
    where the portal has the address that AWS gives it, and ``tags`` are on all that is deployed. An empty
    ``time_zone`` is UTC. ``issuer`` is the organisation's name in authenticator apps. ``roles_by_pattern`` lets
    policies name roles by pattern where that takes less room. Without ``mail``, none is sent. Access keys end
    ``access_key_days`` after they were made; with 0, they do not.
    """

    organisation: str
    contact: str
    region: str
    languages: tuple[str, ...]
    identity_account: str
    accounts: Mapping[str, str]
    groups: tuple[SwitchRoleGroup, ...]
    default_groups: tuple[str, ...]
    invitation_days: int = 7
    profile_prefix: str = ""
    credentials: tuple[Credentials, ...] = (Credentials.ACCESS_KEY,)
    daily: tuple[Daily, ...] = tuple(Daily)
    console_password: bool = False
    allowed_without_mfa: tuple[str, ...] = ALLOWED_WITHOUT_MFA
    alarm_email: str = ""
    audit_event_bus: str = ""
    maximum_concurrency: int | None = None
    firewall: bool = False
    runtime: str = ""
    domain: Domain | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = ""
    issuer: str = ""
    administrators: Administrators = field(default_factory=Administrators)
    roles_by_pattern: bool = False
    mail: Mail | None = None
    access_key_days: int = 0

    @property
    def partition(self) -> str:
        """What ARNs begin with: aws, aws-cn, aws-us-gov..."""
        return partition_of(self.region)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every role of every group."""
        return tuple(role for group in self.groups for role in group.roles)

    @property
    def role_accounts(self) -> tuple[str, ...]:
        """The accounts that have roles, whoever makes them, each once, in the settings' order."""
        return tuple(dict.fromkeys(role.account_id for role in self.roles))

    def group(self, name: str) -> SwitchRoleGroup:
        """The switch-role group of that name; raises UnknownGroup."""
        for group in self.groups:
            if group.name == name:
                return group
        there_are = ", ".join(group.name for group in self.groups)
        raise UnknownGroup("group", f'There is no switch-role group "{name}"; there are: {there_are}.')

    def present(self, group_names: Iterable[str]) -> list[str]:
        """The groups of ``group_names`` that the organisation still has: it may have given one up meanwhile."""
        known = {group.name for group in self.groups}
        return [name for name in group_names if name in known]

    def roles_of(self, group_names: Iterable[str]) -> tuple[Role, ...]:
        """The roles of those groups in the settings' order; raises UnknownGroup."""
        wanted = {self.group(name).name for name in group_names}
        return tuple(role for group in self.groups if group.name in wanted for role in group.roles)
