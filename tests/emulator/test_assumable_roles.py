"""Which roles a member may assume if the settings name them by pattern: three judges say the same.

The embedded AWS by real requests, an independent evaluator, and Firstday's own judge where the request is one that
it judges. The roles trust the whole account without MFA, as those that others manage may: only the member's group
and boundary keep anybody out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.trust import grants, may_assume
from chalicelib.arns import BOUNDARY_NAME, MEMBERS_PATH
from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import Settings
from firstday.doctor.expected_documents import BOUNDARY, documents, group_document
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.doctor_snapshots import PORTAL
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET, User, enable_device, root_client
from tests.helpers.policy_evaluator import PolicyEvaluator, Request, policy_evaluator
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

    @property
    def is_of_the_member_with_mfa(self) -> bool:
        """The one kind of request that Firstday's own judge is asked about."""
        return self.caller == self.session_name == "dev" and self.credentials == CODE_SESSION


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
        {"profile": f"{names[account]}-{number}", "account": names[account], **_named(name), "existing": True}
        for account in LISTED
        for number, name in enumerate(NAMES)
    ]
    listed.append({"profile": "alone", "account": names[STG], **_named(ALONE), "existing": True})
    values = example_values() | {
        "accounts": dict(zip(names.values(), names, strict=True)),
        "groups": [{"name": GROUP, "roles": listed}],
        "default_groups": [],
        "roles_by_pattern": True,
    }
    return read_settings(values)


def _named(name: str) -> dict[str, str]:
    path, _, last = name.rpartition("/")
    return {"role_name": last, "path": f"{path}/"}


SETTINGS = by_pattern()
EXPECTED = documents(SETTINGS, PORTAL)
GROUP_POLICY, MEMBER_BOUNDARY = EXPECTED[group_document(GROUP)], EXPECTED[BOUNDARY]


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[tuple[str, str], Any]]:
    """STS as each user with each kind of credentials."""
    accounts = (*LISTED, UNLISTED)
    with EmbeddedAWS(accounts=accounts, region=REGION, port=0, portal_port=0) as aws:
        _make_roles(aws)
        iam = root_client(aws, "iam")
        iam.create_group(GroupName=GROUP, Path="/switch-role/")
        iam.put_group_policy(GroupName=GROUP, PolicyName="firstday", PolicyDocument=json.dumps(GROUP_POLICY))
        boundary = iam.create_policy(
            PolicyName=BOUNDARY_NAME, Path=MEMBERS_PATH, PolicyDocument=json.dumps(MEMBER_BOUNDARY)
        )["Policy"]["Arn"]
        names = {case.caller for case in CASES.values()}
        yield {
            (name, kind): client
            for name in names
            for kind, client in _clients_of(_made(aws, name, boundary)).items()
        }


def _make_roles(aws: EmbeddedAWS) -> None:
    listed = [(name, account) for name in NAMES for account in LISTED if account != ODD]
    for name, account in (*listed, (ALONE, STG), *OTHERS):
        named = _named(name)
        root_client(aws, "iam", account).create_role(
            RoleName=named["role_name"], Path=named["path"], AssumeRolePolicyDocument=json.dumps(TRUST)
        )


def _made(aws: EmbeddedAWS, name: str, boundary: str) -> User:
    iam = root_client(aws, "iam")
    limits = {"PermissionsBoundary": boundary} if name in BOUND else {}
    arn = iam.create_user(UserName=name, Path=MEMBERS_PATH, **limits)["User"]["Arn"]
    if name in IN_GROUP:
        iam.add_user_to_group(UserName=name, GroupName=GROUP)
    if name in POWERFUL:
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    user = User(aws, name, arn, key["AccessKeyId"], key["SecretAccessKey"])
    enable_device(user)
    return user


def _clients_of(user: User) -> dict[str, Any]:
    sts = user.client("sts")
    sessions = {KEY_SESSION: sts.get_session_token(), CODE_SESSION: sts.get_session_token(**user.mfa())}
    return {KEY: sts} | {kind: user.with_session("sts", one["Credentials"]) for kind, one in sessions.items()}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[PolicyEvaluator]:
    with policy_evaluator() as found:
        yield found


def is_let_in(sts: Any, case: Case) -> bool:
    """Whether AssumeRole is allowed; no role of such an ARN is a no as well."""
    try:
        sts.assume_role(RoleArn=case.role_arn, RoleSessionName=case.session_name)
    except sts.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "ValidationError"):
            raise
        return False
    return True


def request_of(case: Case) -> Request:
    user = f"arn:aws:iam::{IDENTITY}:user/members/{case.caller}"
    context = {"aws:username": case.caller, "sts:RoleSessionName": case.session_name}
    # An access key's request lacks the key.
    if case.credentials != KEY:
        context["aws:MultiFactorAuthPresent"] = str(case.credentials == CODE_SESSION).lower()
    return Request(user, case.role_arn, context)


def test_the_settings_are_named_by_pattern_and_by_arn() -> None:
    """Or the table would prove nothing."""
    for policy in (GROUP_POLICY, MEMBER_BOUNDARY):
        assuming = [one for one in policy["Statement"] if one["Action"] == ["sts:AssumeRole"]]
        assert [one["Resource"] for one in assuming] == [
            [f"arn:aws:iam::{STG}:role{ALONE}"],
            [f"arn:aws:iam::????????????:role{name}" for name in NAMES],
        ]


@pytest.mark.parametrize("name", CASES)
def test_the_embedded_aws_lets_in_whom_the_settings_mean_and_nobody_else(
    clients: dict[tuple[str, str], Any], name: str
) -> None:
    case = CASES[name]
    assert is_let_in(clients[case.caller, case.credentials], case) is case.is_allowed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_of_some_role])
def test_the_independent_evaluator_says_the_same(evaluator: PolicyEvaluator, name: str) -> None:
    case = CASES[name]
    identity = [GROUP_POLICY] * (case.caller in IN_GROUP) + [EVERYTHING] * (case.caller in POWERFUL)
    boundary = [MEMBER_BOUNDARY] if case.caller in BOUND else []
    assert evaluator.allows(request_of(case), identity, boundary, TRUST) is case.is_allowed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_of_the_member_with_mfa])
def test_so_does_firstdays_own_judge(name: str) -> None:
    case = CASES[name]
    member = Caller("aws", IDENTITY, "dev", datetime.now(UTC))
    assert grants([GROUP_POLICY], case.role_arn, member) is case.is_allowed
    assert may_assume(TRUST, [GROUP_POLICY], case.role_arn, member) is case.is_allowed
    assert grants([MEMBER_BOUNDARY], case.role_arn, member) is case.is_allowed
