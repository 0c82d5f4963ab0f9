"""Who tries to get into which role, of settings that name roles by pattern, and whether they may.

The roles trust the whole account without MFA, as those that others manage may: only the member's group and
boundary keep anybody out.
"""

from dataclasses import dataclass

from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import Settings
from firstday.doctor.expected_documents import BOUNDARY, documents, group_document
from tests.helpers.doctor_snapshots import PORTAL
from tests.helpers.embedded_aws import IDENTITY, TARGET
from tests.helpers.settings_makers import example_values

STG, PROD, TEST = TARGET, "111122223333", "444455556666"
# Its roles of the settings are not there; others have their names, under other paths.
ODD = "555566667777"
UNLISTED = "999988887777"
LISTED = (IDENTITY, STG, PROD, TEST, ODD)
GROUP = "developers"
# Paths and names in each of the listed accounts, and a role of one account alone.
NAMES = ("/developer", "/operator", "/teams/auditor", "/teams/on.call")
ALONE = "/reader"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": IDENTITY}, "Action": "sts:AssumeRole"}],
}
KEY, KEY_SESSION, CODE_SESSION = "an access key", "a session without a code", "a session with a code"


@dataclass(frozen=True)
class Case:
    """Somebody's try to get into a role; ``name`` is its path and name."""

    is_allowed: bool
    name: str
    account: str = STG
    caller: str = "dev"
    credentials: str = CODE_SESSION
    session_name: str = "dev"
    partition: str = "aws"

    @property
    def role_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role{self.name}"

    @property
    def is_of_some_role(self) -> bool:
        """The independent evaluator takes nothing else."""
        return self.account != "" and not {"*", "?"} & set(self.role_arn)


OPEN = {f"{name} in {account}": Case(True, name, account) for name in NAMES for account in LISTED if account != ODD}
CASES = {
    **OPEN,
    "a role of one account alone": Case(True, ALONE, STG),
    "the role of one account, in another one of the settings": Case(False, ALONE, PROD),
    **{f"{name} in an account that is not listed": Case(False, name, UNLISTED) for name in NAMES},
    "another name in a listed account": Case(False, "/administrator"),
    "a longer name that begins so": Case(False, "/developers"),
    "a longer name that ends so": Case(False, "/lead-developer"),
    "a shorter name": Case(False, "/develop"),
    "a name in which the dot is another character": Case(False, "/teams/on-call", ODD),
    "a longer path that begins so": Case(False, "/teams/x/auditor", ODD),
    "a longer path that ends so": Case(False, "/x/developer", ODD),
    "a path with a colon": Case(False, "/x:role/operator", ODD),
    "no path": Case(False, "/auditor", UNLISTED + "0"),
    "a wildcard as the name": Case(False, "/*"),
    "a name with a wildcard": Case(False, "/developer*"),
    "a name with a question mark": Case(False, "/develope?"),
    "a wildcard as the account": Case(False, "/developer", "*"),
    "the pattern itself": Case(False, "/developer", "?" * 12),
    "an account with a digit more": Case(False, "/developer", STG + "0"),
    "no account": Case(False, "/developer", ""),
    "another partition": Case(False, "/developer", partition="aws-cn"),
    "the name in capitals": Case(False, "/DEVELOPER"),
    "an access key without a code": Case(False, "/developer", credentials=KEY),
    "a session without a code": Case(False, "/developer", credentials=KEY_SESSION),
    "a role of one account, without a code": Case(False, ALONE, credentials=KEY),
    "another session name": Case(False, "/developer", session_name="ops"),
    "a longer session name": Case(False, "/developer", session_name="dev2"),
    "a wildcard as session name": Case(False, "/developer", session_name="d.v"),
    "a role of one account, under another session name": Case(False, ALONE, session_name="ops"),
    "a member of no group": Case(False, "/developer", caller="ops", session_name="ops"),
    "a user in the group, without a boundary": Case(True, "/developer", caller="free", session_name="free"),
    "a member whose own policy allows everything": Case(
        False, "/administrator", caller="power", session_name="power"
    ),
    "the same, in an account that is not listed": Case(
        False, "/developer", UNLISTED, caller="power", session_name="power"
    ),
    "the same, a listed role": Case(True, "/developer", PROD, caller="power", session_name="power"),
}
# Roles that are there besides the listed ones.
OTHERS = (
    *((name, UNLISTED) for name in NAMES),
    *(("/administrator", one) for one in LISTED),
    *(("/developers", one) for one in LISTED),
    *((f"/{name}", STG) for name in ("lead-developer", "develop")),
    *((name, ODD) for name in ("/teams/on-call", "/teams/x/auditor", "/x/developer", "/x:role/operator")),
    (ALONE, PROD),
)
# Who is in the group, who has the boundary, and who has a policy of their own that allows everything.
IN_GROUP, BOUND, POWERFUL = ("dev", "free"), ("dev", "ops", "power"), ("power",)
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def by_pattern() -> Settings:
    """Settings with four roles in five accounts, and one alone."""
    names = {account: f"a{number}" for number, account in enumerate(LISTED)}
    listed = [
        {"profile": f"{names[account]}-{number}", "account": names[account], **named(name), "existing": True}
        for account in LISTED
        for number, name in enumerate(NAMES)
    ]
    listed.append({"profile": "alone", "account": names[STG], **named(ALONE), "existing": True})
    values = example_values() | {
        "accounts": dict(zip(names.values(), names, strict=True)),
        "groups": [{"name": GROUP, "roles": listed}],
        "default_groups": [],
        "roles_by_pattern": True,
    }
    return read_settings(values)


def named(name: str) -> dict[str, str]:
    """The path and the name, as the settings have them."""
    path, _, last = name.rpartition("/")
    return {"role_name": last, "path": f"{path}/"}


SETTINGS = by_pattern()
EXPECTED = documents(SETTINGS, PORTAL)
GROUP_POLICY, MEMBER_BOUNDARY = EXPECTED[group_document(GROUP)], EXPECTED[BOUNDARY]
