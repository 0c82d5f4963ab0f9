"""One account of a file for ``--plant``."""

from collections.abc import Iterator, Sequence

from chalicelib.settings.quotas import TAGS
from chalicelib.settings.rules import tag_key, tag_value
from firstday.sandbox.planting import field_rules
from firstday.sandbox.planting.contents import (
    AccessKey,
    AccountContents,
    Bucket,
    Device,
    Grants,
    Group,
    ManagedPolicy,
    OtherCredentials,
    Role,
    User,
)
from firstday.sandbox.planting.json_table import DAYS, JSONTable

# IAM's quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_KEYS, _DEVICES, _GROUPS, _SSH_KEYS, _CERTIFICATES = 2, 8, 10, 5, 2
# The longest policies, in characters without blanks. A trust policy may have 2,048 until one asks for more.
_MANAGED, _TRUST, _OF_USER, _OF_GROUP, _OF_ROLE, _OF_BUCKET = 6144, 4096, 2048, 5120, 10240, 20480
_HOUR = 3600
_name = field_rules.name_up_to


class AccountReader:
    """Reads one account, and remembers the names in it."""

    def __init__(self, account_id: str, *, is_identity: bool) -> None:
        self._account_id = account_id
        self._policies: dict[str, str] = {}
        self._groups: list[str] = []
        self._taken: dict[tuple[str, str], str] = {}
        own = field_rules.OWN_USERS if is_identity else {"deployer"}
        self._taken |= {("user", name): "the sandbox's own people" for name in own}
        if is_identity:
            self._taken |= {("device", f"/{name}"): "the sandbox's own people" for name in field_rules.OWN_DEVICES}

    def read(self, table: JSONTable, key: str) -> AccountContents:
        """The account's contents; policies and groups come before those who have them."""
        contents = AccountContents(
            key=key,
            account_id=self._account_id,
            policies=tuple(map(self._policy, table.objects("policies"))),
            groups=tuple(map(self._group, table.objects("groups"))),
            users=tuple(map(self._user, table.objects("users"))),
            roles=tuple(map(self._role, table.objects("roles"))),
            unassigned_devices=tuple(map(self._device, table.objects("unassigned_devices"))),
            buckets=tuple(map(self._bucket, table.objects("buckets"))),
        )
        table.close()
        return contents

    def _claim(self, table: JSONTable, kind: str, name: str) -> None:
        """Report a name that is taken; IAM does not tell capitals apart."""
        owner = self._taken.setdefault((kind, name.lower()), table.path("name"))
        if name and owner != table.path("name"):
            table.complain("name", f'"{name}" is taken by {owner}.', "Choose another: capitals do not count.")

    def _policy(self, table: JSONTable) -> ManagedPolicy:
        policy = ManagedPolicy(
            table.text("name", _name(128)),
            table.text("path", field_rules.path, "/"),
            table.document("document", _MANAGED),
        )
        self._claim(table, "policy", policy.name)
        self._policies[policy.name] = f"arn:aws:iam::{self._account_id}:policy{policy.path}{policy.name}"
        table.close()
        return policy

    def _group(self, table: JSONTable) -> Group:
        group = Group(
            table.text("name", _name(128)),
            table.text("path", field_rules.path, "/"),
            self._grants(table, _OF_GROUP),
        )
        self._claim(table, "group", group.name)
        self._groups.append(group.name)
        table.close()
        return group

    def _grants(self, table: JSONTable, longest: int) -> Grants:
        named = table.texts("managed_policies", field_rules.managed_policy(self._account_id), ())
        return Grants(
            table.documents("inline_policies", _name(128), longest),
            tuple(self._policy_arn(name) for name in named if name),
        )

    def _policy_arn(self, name: str) -> str:
        """The ARN of a policy: a name without path may be one of this file, and else it is AWS's."""
        if name.startswith("arn:"):
            return name
        return self._policies.get(name, f"arn:aws:iam::aws:policy/{name}")

    def _boundary(self, table: JSONTable) -> str:
        name = table.text("permissions_boundary", field_rules.managed_policy(self._account_id), "")
        return self._policy_arn(name) if name else ""

    def _user(self, table: JSONTable) -> User:
        user = User(
            name=table.text("name", _name(64)),
            path=table.text("path", field_rules.path, "/"),
            groups=self._groups_of(table),
            grants=self._grants(table, _OF_USER),
            permissions_boundary=self._boundary(table),
            tags=_tags(table),
            created_days_ago=table.number("created_days_ago", 0, DAYS, 0),
            console_password=table.flag("console_password", False),
            access_keys=tuple(map(_access_key, _at_most(_KEYS, table, "access_keys"))),
            devices=tuple(map(self._device, _at_most(_DEVICES, table, "devices"))),
            passkeys=table.texts("passkeys", _name(64), ()),
            other_credentials=OtherCredentials(
                table.number("ssh_keys", 0, _SSH_KEYS, 0),
                table.number("signing_certificates", 0, _CERTIFICATES, 0),
                table.texts("service_credentials", field_rules.service_credential, ()),
            ),
            service_use=table.days_by_name("service_use", field_rules.service),
        )
        self._claim(table, "user", user.name)
        table.close()
        return user

    def _groups_of(self, table: JSONTable) -> tuple[str, ...]:
        names = table.texts("groups", _name(128), ())
        for index, name in enumerate(names):
            if name and name not in self._groups:
                known = ", ".join(self._groups) or "none"
                table.complain(f"groups[{index}]", f'The file has no group "{name}" here.', f"There are: {known}.")
        if len(names) > _GROUPS:
            table.complain("groups", f"These are {len(names)}, of {_GROUPS}.", "Remove some.")
        return names

    def _device(self, table: JSONTable) -> Device:
        device = Device(table.text("name", _name(226)), table.text("path", field_rules.path, "/"))
        self._claim(table, "device", device.path + device.name if device.name else "")
        table.close()
        return device

    def _role(self, table: JSONTable) -> Role:
        role = Role(
            name=table.text("name", _name(64)),
            path=table.text("path", field_rules.path, "/"),
            trust_policy=table.document("trust_policy", _TRUST),
            grants=self._grants(table, _OF_ROLE),
            permissions_boundary=self._boundary(table),
            tags=_tags(table),
            maximum_session_seconds=table.number("maximum_session_seconds", _HOUR, 12 * _HOUR, _HOUR),
            service_use=table.days_by_name("service_use", field_rules.service),
        )
        self._claim(table, "role", role.name)
        table.close()
        return role

    def _bucket(self, table: JSONTable) -> Bucket:
        policy = table.document("policy", _OF_BUCKET) if "policy" in table.values else None
        table.ignore("policy")
        bucket = Bucket(table.text("name", field_rules.bucket_name), policy)
        self._claim(table, "bucket", bucket.name)
        table.close()
        return bucket


def _access_key(table: JSONTable) -> AccessKey:
    key = AccessKey(
        is_active=table.flag("active", True),
        created_days_ago=table.number("created_days_ago", 0, DAYS, 0),
        used_days_ago=table.optional_number("used_days_ago", 0, DAYS),
        used_service=table.text("used_service", field_rules.service, "s3"),
    )
    if key.used_days_ago is not None and key.used_days_ago > key.created_days_ago:
        table.complain("used_days_ago", "The key was not there then.", "Raise created_days_ago, or lower this.")
    table.close()
    return key


def _at_most(limit: int, table: JSONTable, name: str) -> Iterator[JSONTable]:
    found: Sequence[JSONTable] = table.objects(name)
    if len(found) > limit:
        table.complain(name, f"These are {len(found)}, of {limit}.", "Remove some: IAM takes no more.")
    yield from found


def _tags(table: JSONTable) -> dict[str, str]:
    tags = table.texts_by_name("tags", tag_key, tag_value)
    if len(tags) > TAGS:
        table.complain("tags", f"There are {len(tags)}, of {TAGS}.", "Keep the most important ones.")
    return tags
