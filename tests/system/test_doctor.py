"""The doctor is silent on a good deployment, and finds each planted fault until its remedy was typed.

It runs in its own sandbox, with a clock some minutes ahead: the doctor ignores members invited a moment ago.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self

import boto3
import pytest

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP
from chalicelib.members.mfa import code_at
from firstday.deployment.plan import plan_target
from firstday.deployment.portal import DeployedPortal, deployed_portal
from firstday.deployment.stack import Stack
from firstday.doctor.diagnosis import diagnose
from firstday.doctor.findings import Finding, Severity
from firstday.doctor.permissions import doctor_permissions, target_permissions
from firstday.doctor.reading_accounts import read_all
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import Sandbox, as_record
from firstday.stack import function_policies
from firstday.stack.audit_watcher_resources import FUNCTION_NAME
from tests.helpers.deny_cases import CASES as DENIES
from tests.helpers.deployments import deploy_stack
from tests.helpers.embedded_aws import root_session, steady_step
from tests.helpers.lambda_role import function_of, guardrail
from tests.helpers.running_sandbox import BIN, QUIET, Member, RunningSandbox

NAME = "dev-simple-user"
IDLE = "idle-member"
IDENTITY, TARGET = "123456789012", "210987654321"
ROLE, STG_ROLE = "dev-SwitchRole-S3FullAccess", "stg-SwitchRole-S3ReadOnly"
BOUNDARY = f"arn:aws:iam::{IDENTITY}:policy/members/firstday-member-boundary"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ALLOW_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
Found = list[tuple[str, str]]


class Patient:
    """An organisation after its first member's first day, and the doctor's look at it."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.sandbox, self.home = sandbox, home
        self.settings = sandbox.settings
        self.running = RunningSandbox(as_record(sandbox), home, sandbox.aws)
        self.portal: DeployedPortal = deployed_portal(root_session(sandbox.aws), self.settings)

    def root(self, service: str = "iam", account_id: str = IDENTITY) -> Any:
        return self.running.root(service, account_id)

    def findings(self, *, after: timedelta = timedelta(minutes=6)) -> tuple[Finding, ...]:
        """Without the note on users who are not members: a sandbox always has its administrators."""
        return tuple(finding for finding in self.all_findings(after) if finding.check != "users-outside")

    def all_findings(self, after: timedelta = timedelta(minutes=6)) -> tuple[Finding, ...]:
        now = datetime.now(UTC) + after
        return diagnose(self.settings, partial(root_session, self.sandbox.aws), self.portal, now=now)

    def found(self, **options: Any) -> Found:
        return [(finding.check, finding.subject) for finding in self.findings(**options)]

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """``firstday doctor`` as the root users run it."""
        profiles = ("--profile", "root", "--account-profile", "stg=stg-root")
        return self.running.firstday("doctor", *profiles, *arguments, **environment)

    def type_in(self, remedy: str) -> None:
        """Every command of a remedy, in a shell; those on members as the portal's administrator."""
        for line in remedy.splitlines():
            is_by_deployer = line.startswith(("firstday adopt", "firstday release"))
            is_on_members = line.startswith("firstday ") and not is_by_deployer
            environment = self.running.admin_environment if is_on_members else self.root_environment
            typed = line.replace("--profile PROFILE", "--profile stg-root")
            if "offboard" in line or "reset-mfa" in line or is_by_deployer:
                typed = line.partition("   #")[0] + " --yes"
            result = subprocess.run(
                ["bash", "-euc", typed],
                env=environment | {"PATH": f"{BIN}:{QUIET['PATH']}"},
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert result.returncode == 0, (typed, result.stderr)

    @property
    def root_environment(self) -> dict[str, str]:
        endpoint = str(self.running.record["aws_endpoint_url"])
        return QUIET | {"HOME": str(self.home), "AWS_PROFILE": "root", "AWS_ENDPOINT_URL": endpoint}

    def write_profiles(self) -> None:
        """The keys of both root users, who may do everything."""
        directory = self.home / ".aws"
        directory.mkdir()
        lines = []
        for profile, account_id in (("root", IDENTITY), ("stg-root", TARGET)):
            root = self.sandbox.aws.root_credentials(account_id)
            lines += [
                f"[{profile}]",
                f"aws_access_key_id = {root.access_key_id}",
                f"aws_secret_access_key = {root.secret_access_key}",
            ]
        (directory / "credentials").write_text("\n".join(lines) + "\n")
        regions = "".join(f"[profile {name}]\nregion = ap-northeast-1\n" for name in ("root", "stg-root"))
        (directory / "config").write_text(regions)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    with running(port=0, portal_port=0, member=NAME) as sandbox:
        one = Patient(sandbox, tmp_path_factory.mktemp("root"))
        one.write_profiles()
        home = tmp_path_factory.mktemp(NAME)
        Member(one.running, NAME, home, one.running.browser()).first_day(one.running.record["invitation_url"])
        one.running.invite(IDLE)
        one.root().update_account_password_policy(MinimumPasswordLength=14, AllowUsersToChangePassword=True)
        yield one


def test_a_good_deployment_leaves_the_doctor_silent(patient: Patient) -> None:
    assert patient.found() == []
    result = patient.command()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Everything is as firstday.toml says.\n\nNOTE  The account has IAM users")
    assert result.stdout.endswith("firstday adopt --profile root USER\n\n1 note.\n")


def inline(iam: Any, group: str) -> Any:
    return iam.get_group_policy(GroupName=group, PolicyName="firstday")["PolicyDocument"]


def put(iam: Any, group: str, document: Any, name: str = "firstday") -> None:
    iam.put_group_policy(GroupName=group, PolicyName=name, PolicyDocument=json.dumps(document))


def spoil_trust(iam: Any, role: str, operator: str) -> None:
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    del trust["Statement"][0]["Condition"][operator]
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def no_deny(iam: Any) -> None:
    document = inline(iam, BASELINE_GROUP)
    put(iam, BASELINE_GROUP, document | {"Statement": [s for s in document["Statement"] if s["Effect"] == "Allow"]})


def fewer_roles(iam: Any) -> None:
    document = inline(iam, "developers")
    document["Statement"][0]["Resource"] = document["Statement"][0]["Resource"][:1]
    put(iam, "developers", document)


def outsider(iam: Any) -> None:
    iam.create_user(UserName="outsider", Path="/staff/")
    iam.add_user_to_group(GroupName="operators", UserName="outsider")


def administrator(iam: Any) -> None:
    iam.create_user(UserName="chief", Path="/members/")
    iam.attach_user_policy(UserName="chief", PolicyArn=ADMINISTRATOR)


def unknown(iam: Any) -> None:
    iam.create_user(UserName="unknown-member", Path="/members/", PermissionsBoundary=BOUNDARY)
    iam.add_user_to_group(GroupName=BASELINE_GROUP, UserName="unknown-member")


def from_elsewhere(iam: Any) -> None:
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="spare")["VirtualMFADevice"]
    serial_number, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    codes = [code_at(seed, steady_step() + step) for step in (-1, 0)]
    iam.enable_mfa_device(
        UserName=NAME, SerialNumber=serial_number, AuthenticationCode1=codes[0], AuthenticationCode2=codes[1]
    )


def gone(iam: Any) -> None:
    for group in iam.list_groups_for_user(UserName="gone-member")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="gone-member")
    iam.delete_user(UserName="gone-member")


Plant = Callable[[Any], object]
# Each fault of the identity account: how to plant it, and its finding. The remedies correct it.
FAULTS: dict[str, tuple[Plant, str, str]] = {
    "the deny statement": (no_deny, "deny-missing", BASELINE_GROUP),
    "a group's roles": (fewer_roles, "group-policy-differs", "developers"),
    "one more policy": (
        lambda iam: put(iam, "operators", json.loads(ALLOW_ALL), "more"),
        "group-policy-extra",
        "operators",
    ),
    "one more managed policy": (
        lambda iam: iam.attach_group_policy(GroupName="operators", PolicyArn=ADMINISTRATOR),
        "group-policy-extra",
        "operators",
    ),
    "the boundary": (
        lambda iam: iam.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=ALLOW_ALL, SetAsDefault=True),
        "boundary-differs",
        "firstday-member-boundary",
    ),
    "MFA at a role": (lambda iam: spoil_trust(iam, ROLE, "Bool"), "trust-without-mfa", f"dev: {ROLE}"),
    "the name at a role": (lambda iam: spoil_trust(iam, ROLE, "StringLike"), "trust-without-name", f"dev: {ROLE}"),
    "who may assume a role": (lambda iam: spoil_trust(iam, ROLE, "ArnLike"), "trust-differs", f"dev: {ROLE}"),
    "how long a role lasts": (
        lambda iam: iam.update_role(RoleName=ROLE, MaxSessionDuration=3600),
        "session-too-short",
        f"dev: {ROLE}",
    ),
    "what a role may do": (
        lambda iam: iam.attach_role_policy(RoleName=ROLE, PolicyArn=ADMINISTRATOR),
        "role-permissions-differ",
        f"dev: {ROLE}",
    ),
    "what a role may not do": (
        lambda iam: iam.delete_role_policy(RoleName=ROLE, PolicyName="firstday"),
        "role-permissions-differ",
        f"dev: {ROLE}",
    ),
    "MFA at the admin role": (
        lambda iam: spoil_trust(iam, "firstday-admin", "Bool"),
        "admin-role-differs",
        "firstday-admin",
    ),
    "what the admin role may do": (
        lambda iam: iam.put_role_policy(RoleName="firstday-admin", PolicyName="firstday", PolicyDocument=ALLOW_ALL),
        "admin-role-differs",
        "firstday-admin",
    ),
    "somebody else in a group": (outsider, "outsider-in-group", "outsider"),
    "somebody below the members' path": (
        lambda iam: iam.create_user(UserName="below", Path="/members/below/"),
        "user-below-members",
        "below",
    ),
    "the deny statement of the quarantine": (
        lambda iam: put(iam, QUARANTINE_GROUP, json.loads(ALLOW_ALL)),
        "group-policy-differs",
        QUARANTINE_GROUP,
    ),
    "a member outside the baseline": (
        lambda iam: iam.remove_user_from_group(GroupName=BASELINE_GROUP, UserName=NAME),
        "member-outside-baseline",
        NAME,
    ),
    "a member without boundary": (
        lambda iam: iam.delete_user_permissions_boundary(UserName=NAME),
        "member-without-boundary",
        NAME,
    ),
    "a member who administers": (
        lambda iam: iam.attach_user_policy(UserName=NAME, PolicyArn=ADMINISTRATOR),
        "administrator-among-members",
        NAME,
    ),
    "a key without device": (lambda iam: iam.create_access_key(UserName=IDLE), "key-without-device", IDLE),
    "a device of nobody": (
        lambda iam: iam.create_virtual_mfa_device(VirtualMFADeviceName=IDLE),
        "device-orphaned",
        f"arn:aws:iam::{IDENTITY}:mfa/{IDLE}",
    ),
    "a device from elsewhere": (from_elsewhere, "device-unknown", f"arn:aws:iam::{IDENTITY}:mfa/spare"),
    "a member who was moved": (lambda iam: iam.update_user(UserName=IDLE, NewPath="/former/"), "user-moved", IDLE),
    "a member who was renamed": (
        # IAM takes no name that differs from the former one by capitals only.
        lambda iam: [
            iam.update_user(UserName=IDLE, NewUserName="between"),
            iam.update_user(UserName="between", NewUserName=IDLE.upper()),
        ],
        "user-moved",
        IDLE,
    ),
    "a member whom nobody knows": (unknown, "member-unknown", "unknown-member"),
    "no password policy": (lambda iam: iam.delete_account_password_policy(), "password-policy-unset", IDENTITY),
}


@pytest.mark.parametrize(
    "action", ["iam:CreateAccessKey", "iam:GetUser", "iam:CreateUser", "iam:ListUsers", "dynamodb:GetItem"]
)
def test_what_aws_keeps_the_portal_from_is_found_and_its_remedy_mends_it(patient: Patient, action: str) -> None:
    iam, role = patient.root(), function_of(patient.running)["Role"].rpartition("/")[2]
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="guardrail", PolicyDocument=document)
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == ("portal-denied", role)
    assert finding.message == f"AWS does not let it {action}: a policy denies it."
    patient.type_in(finding.remedy)
    assert patient.found() == []


def test_every_action_of_the_portal_is_looked_at(patient: Patient) -> None:
    statements: Any = function_policies.portal_lambda()["Statement"]
    allowing = [one for one in statements if one["Effect"] == "Allow" and one["Sid"] != "Logs"]
    needed = {action for one in allowing for action in one["Action"]}
    with guardrail(patient.running, "iam:*", "dynamodb:*"):
        sessions = {IDENTITY: root_session(patient.sandbox.aws)}
        denials = read_all(patient.settings, sessions, patient.portal, datetime.now(UTC)).denials
    assert denials is not None
    assert {denial.action for denial in denials} == needed
    assert {(denial.decision, denial.policy_names) for denial in denials} == {("explicitDeny", ("guardrail",))}


def test_what_nothing_allows_the_portal_is_found_too(patient: Patient) -> None:
    iam, role = patient.root(), function_of(patient.running)["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    former = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    fewer = {**former, "Statement": [one for one in former["Statement"] if one["Sid"] != "Names"]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(fewer))
    (finding,) = patient.findings()
    assert finding.message == "AWS does not let it iam:ListGroups, iam:ListUsers: no policy allows it."
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(former))
    assert patient.found() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_its_remedy_mends_it(patient: Patient, fault: str) -> None:
    plant, check, subject = FAULTS[fault]
    plant(patient.root())
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == (check, subject)
    patient.type_in(finding.remedy)
    assert patient.found() == []


def test_a_table_that_can_be_deleted_is_found(patient: Patient) -> None:
    database, table = patient.root("dynamodb"), patient.portal.members_table
    database.update_table(TableName=table, DeletionProtectionEnabled=False)
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == ("table-unprotected", table)
    assert finding.remedy == "firstday deploy"
    database.update_table(TableName=table, DeletionProtectionEnabled=True)
    assert patient.found() == []


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_watcher_that_nothing_calls_is_found_and_its_remedy_mends_it(patient: Patient, is_deleted: bool) -> None:
    functions = patient.root("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName=FUNCTION_NAME)["EventSourceMappings"]
    if is_deleted:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    else:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == ("trail-unwatched", patient.portal.audit_table)
    patient.type_in(finding.remedy)
    assert patient.found() == []


def test_a_deny_of_the_organisations_own_is_told_for_members_and_for_users_who_are_none(patient: Patient) -> None:
    iam, policy = patient.root(), DENIES["AWS's own"].policy
    iam.create_user(UserName="staff-user", Path="/staff/")
    iam.create_group(GroupName="staff", Path="/")
    iam.put_group_policy(GroupName="staff", PolicyName="force-mfa", PolicyDocument=json.dumps(policy))
    iam.add_user_to_group(GroupName="staff", UserName="staff-user")
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == ("deny-ahead", "force-mfa of the group staff")
    assert finding.message.startswith("It holds for 1 user (staff-user). Without MFA, it denies what")
    (outside,) = [one for one in patient.all_findings() if one.check == "users-outside"]
    assert "staff-user" in outside.names
    iam.add_user_to_group(GroupName="staff", UserName=NAME)
    assert ("deny-says-more", "force-mfa of the group staff") in patient.found()
    closing = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]}
    iam.put_group_policy(GroupName="staff", PolicyName="force-mfa", PolicyDocument=json.dumps(closing))
    assert ("deny-closes-roles", "force-mfa of the group staff") in patient.found()
    for name in ("staff-user", NAME):
        iam.remove_user_from_group(GroupName="staff", UserName=name)
    iam.delete_user(UserName="staff-user")
    iam.delete_group_policy(GroupName="staff", PolicyName="force-mfa")
    iam.delete_group(GroupName="staff")
    assert patient.found() == []


def test_half_an_adoption_is_one_finding_and_its_remedy_finishes_or_undoes_it(patient: Patient) -> None:
    iam, records = patient.root(), patient.root("dynamodb")
    iam.create_user(UserName="staff-user", Path="/staff/")
    patient.type_in("firstday adopt staff-user")
    assert patient.found() == []
    begun = datetime.now(UTC) - timedelta(hours=1)
    records.update_item(
        TableName=patient.portal.members_table,
        Key={"directory": {"S": "members"}, "name": {"S": "staff-user"}},
        UpdateExpression="SET adopting_at = :then REMOVE adopted_at",
        ExpressionAttributeValues={":then": {"S": begun.isoformat()}},
    )
    iam.update_user(UserName="staff-user", NewPath="/staff/")
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == ("adoption-unfinished", "staff-user")
    adopt, release = finding.remedy.splitlines()
    patient.type_in(adopt)
    assert patient.found() == []
    assert iam.get_user(UserName="staff-user")["User"]["Path"] == "/members/"
    patient.type_in(release)
    assert patient.found() == []
    (outside,) = [one for one in patient.all_findings() if one.check == "users-outside"]
    assert "staff-user" in outside.names
    iam.delete_user(UserName="staff-user")


def test_half_a_release_is_one_finding_and_its_remedy_finishes_it(patient: Patient) -> None:
    iam = patient.root()
    iam.create_user(UserName="staff-user", Path="/staff/")
    patient.type_in("firstday adopt staff-user")
    iam.update_user(UserName="staff-user", NewPath="/staff/")
    (finding,) = patient.findings()
    assert (finding.check, finding.subject) == ("user-moved", "staff-user")
    patient.type_in(finding.remedy.splitlines()[0])
    assert patient.found() == []
    iam.delete_user(UserName="staff-user")


def test_whoever_is_held_is_no_fault(patient: Patient) -> None:
    whom = {"GroupName": QUARANTINE_GROUP, "UserName": NAME}
    patient.root().add_user_to_group(**whom)
    assert patient.found() == []
    patient.root().remove_user_from_group(**whom)


def test_an_administrator_among_members_is_found(patient: Patient) -> None:
    """The embedded AWS cannot move users, so this one goes away."""
    iam = patient.root()
    administrator(iam)
    assert patient.found() == [("administrator-among-members", "chief")]
    assert patient.findings()[0].remedy == "aws iam update-user --user-name chief --new-path /"
    iam.detach_user_policy(UserName="chief", PolicyArn=ADMINISTRATOR)
    iam.delete_user(UserName="chief")
    assert patient.found() == []


def test_faults_in_another_account_are_mended_with_its_profile(patient: Patient) -> None:
    iam = patient.root(account_id=TARGET)
    spoil_trust(iam, STG_ROLE, "Bool")
    spoil_trust(iam, STG_ROLE, "StringLike")
    iam.update_role(RoleName=STG_ROLE, MaxSessionDuration=3600)
    findings = patient.findings()
    assert [finding.check for finding in findings] == [
        "trust-without-mfa",
        "trust-without-name",
        "session-too-short",
    ]
    for finding in findings:
        assert finding.subject == f"stg: {STG_ROLE}"
        patient.type_in(finding.remedy)
    assert patient.found() == []


def delete_group(iam: Any, name: str) -> None:
    """IAM does not delete a group with users or policies in it."""
    for user in iam.get_group(GroupName=name)["Users"]:
        iam.remove_user_from_group(GroupName=name, UserName=user["UserName"])
    iam.delete_group_policy(GroupName=name, PolicyName="firstday")
    iam.delete_group(GroupName=name)


def delete_role(iam: Any, name: str) -> None:
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def boundary_less(iam: Any) -> None:
    """Nobody has the boundary any more, so it can be deleted."""
    for user in iam.list_users(PathPrefix="/members/")["Users"]:
        iam.delete_user_permissions_boundary(UserName=user["UserName"])
    for version in iam.list_policy_versions(PolicyArn=BOUNDARY)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=BOUNDARY, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=BOUNDARY)


# Resources that can be deleted by hand: the account, the way, and the findings, besides their consequences.
DELETIONS: dict[str, tuple[str, Plant, str, str]] = {
    "a group": (IDENTITY, lambda iam: delete_group(iam, "operators"), "group-missing", "operators"),
    "the baseline group": (
        IDENTITY,
        lambda iam: delete_group(iam, BASELINE_GROUP),
        "group-missing",
        BASELINE_GROUP,
    ),
    "the boundary": (IDENTITY, boundary_less, "boundary-missing", "firstday-member-boundary"),
    "the admin role": (IDENTITY, lambda iam: delete_role(iam, "firstday-admin"), "role-missing", "firstday-admin"),
    "a role": (IDENTITY, lambda iam: delete_role(iam, ROLE), "role-missing", f"dev: {ROLE}"),
    "a role elsewhere": (TARGET, lambda iam: delete_role(iam, STG_ROLE), "role-missing", f"stg: {STG_ROLE}"),
}


@pytest.mark.parametrize("deletion", DELETIONS)
def test_what_was_deleted_by_hand_is_found_and_its_remedies_make_it_again(patient: Patient, deletion: str) -> None:
    account_id, delete, check, subject = DELETIONS[deletion]
    delete(patient.root(account_id=account_id))
    findings = patient.findings()
    assert (findings[0].check, findings[0].subject) == (check, subject)
    for finding in findings:
        patient.type_in(finding.remedy)
    assert patient.found() == []


def test_the_members_of_a_deleted_group_come_back_into_it_from_their_records(patient: Patient) -> None:
    iam = patient.root()
    delete_group(iam, "developers")
    (finding,) = patient.findings()
    patient.type_in(finding.remedy)
    assert [user["UserName"] for user in iam.get_group(GroupName="developers")["Users"]] == [NAME]


def test_a_group_elsewhere_that_has_the_name_is_in_the_way(patient: Patient) -> None:
    iam = patient.root()
    delete_group(iam, "operators")
    iam.create_group(GroupName="operators", Path="/")
    (finding,) = patient.findings()
    assert finding.message.endswith("it is another one: arn:aws:iam::123456789012:group/operators.")
    iam.delete_group(GroupName="operators")
    patient.type_in(finding.remedy)
    assert patient.found() == []


def test_records_without_users_and_half_offboardings_are_mended_by_offboarding(patient: Patient) -> None:
    patient.running.invite("gone-member")
    gone(patient.root())
    patient.running.invite("half-member")
    patient.root("dynamodb").update_item(
        TableName=patient.portal.members_table,
        Key={"directory": {"S": "members"}, "name": {"S": "half-member"}},
        UpdateExpression="SET offboarding_at = :now",
        ExpressionAttributeValues={":now": {"S": datetime.now(UTC).isoformat()}},
    )
    # The portal assumes that IAM does not know a user yet whom it created a moment ago.
    patient.root("dynamodb").update_item(
        TableName=patient.portal.members_table,
        Key={"directory": {"S": "members"}, "name": {"S": "gone-member"}},
        UpdateExpression="SET created_at = :then, invited_at = :then",
        ExpressionAttributeValues={":then": {"S": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}},
    )
    findings = patient.findings()
    assert [(finding.check, finding.subject) for finding in findings] == [
        ("record-without-user", "gone-member"),
        ("offboarding-unfinished", "half-member"),
    ]
    for finding in findings:
        patient.type_in(finding.remedy)
    assert patient.found() == []


def test_invitations_expire_and_keys_grow_old(patient: Patient) -> None:
    assert patient.found(after=timedelta(days=8)) == [("invitation-unused", IDLE)]
    assert ("access-key-old", NAME) in patient.found(after=timedelta(days=91))


def test_roles_that_the_settings_gave_up_are_found_and_the_remedy_removes_them(patient: Patient) -> None:
    settings, session_of = patient.settings, patient.sandbox.aws.session
    groups = (replace(settings.groups[0], roles=settings.groups[0].roles[:1]),)
    without = replace(settings, groups=groups)
    auditor = Auditor(patient, TARGET).with_policy(target_permissions(settings, TARGET))
    sessions: dict[str, Any] = {IDENTITY: session_of(IDENTITY), TARGET: auditor}
    found = diagnose(without, sessions.get, patient.portal)
    assert "not-permitted" not in {each.check for each in found}
    found = tuple(each for each in found if each.check == "roles-given-up")
    assert [(each.subject, each.severity) for each in found] == [("stg", Severity.WARNING)]
    stacks = patient.root("cloudformation", TARGET)
    stack = Stack(stacks, "firstday-roles")
    template: Any = stack.template()
    of_another = {"IdentityAccount": {**template["Parameters"]["IdentityAccount"], "Default": "111122223333"}}
    deploy_stack(stack, {**template, "Parameters": of_another})
    assert "roles-given-up" not in {each.check for each in diagnose(without, session_of, patient.portal)}
    deploy_stack(stack, template)
    patient.type_in(found[0].remedy)
    stacks.get_waiter("stack_delete_complete").wait(StackName="firstday-roles")
    assert "roles-given-up" not in {each.check for each in diagnose(without, session_of, patient.portal)}
    plan_target(session_of(TARGET), settings, TARGET).execute()
    assert patient.found() == []


def test_another_account_is_a_note_until_there_is_a_profile_for_it(patient: Patient) -> None:
    result = patient.running.firstday("doctor", "--profile", "root", "--json")
    answer = json.loads(result.stdout)
    assert (result.returncode, answer["notes"], answer["errors"]) == (0, 2, 0)
    finding, _ = answer["findings"]
    assert (finding["check"], finding["subject"]) == ("account-not-seen", "stg")
    assert finding["remedy"] == "firstday doctor --profile root --account-profile stg=PROFILE"


def test_credentials_of_another_account_are_told_and_nothing_else(patient: Patient) -> None:
    result = patient.running.firstday("doctor", "--profile", "stg-root", "--json")
    assert result.returncode == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert (finding["check"], finding["subject"]) == ("wrong-account", "dev")


@pytest.mark.parametrize("command", ["deploy --yes", "remove --yes", "doctor", "doctor --document trust"])
def test_the_admin_roles_credentials_are_told_from_those_it_takes(patient: Patient, command: str) -> None:
    """These are the credentials that the portal's administrator has in the environment."""
    result = patient.running.firstday(*command.split())
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "firstday: These are credentials of the portal's admin role, firstday-admin, which may call the portal and "
        "nothing else in AWS. With --profile, name a profile of somebody who may deploy, or for firstday doctor, "
        "who may read IAM and CloudFormation (docs/doctor.md).\n"
    )


@pytest.mark.parametrize("command", ["members", "verify", f"invite {NAME}"])
def test_whoever_may_deploy_is_told_which_credentials_the_portal_takes(patient: Patient, command: str) -> None:
    result = patient.running.firstday(*command.split(), "--profile", "root")
    assert result.returncode == 1
    assert result.stderr == (
        "firstday: No verified administrator made this request. Administrators of the portal assume the role "
        "firstday-admin, or have a role that its settings name: give its profile with --profile.\n"
    )


def test_a_document_is_not_made_from_another_account(patient: Patient) -> None:
    result = patient.running.firstday("doctor", "--profile", "stg-root", "--document", "trust")
    assert result.returncode == 1
    assert f"are for the account {TARGET}, but this belongs into {IDENTITY}" in result.stderr


def test_without_a_portal_there_is_nothing_to_compare_with(patient: Patient) -> None:
    result = patient.command("--stage", "none")
    assert result.returncode == 1
    assert "The portal is not deployed [no-portal]" in result.stdout
    assert "      firstday deploy --profile root --stage none\n" in result.stdout


class Auditor:
    """A session of a new user of the account who has exactly the policy that was given last."""

    def __init__(self, patient: Patient, account_id: str) -> None:
        self._iam, self._name = patient.root(account_id=account_id), f"auditor-{datetime.now(UTC):%H%M%S%f}"
        self._iam.create_user(UserName=self._name, Path="/auditors/")
        key = self._iam.create_access_key(UserName=self._name)["AccessKey"]
        self._keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        self._url = patient.running.record["aws_endpoint_url"]
        self._clients: dict[str, Any] = {}

    def with_policy(self, policy: Any) -> Self:
        self._iam.put_user_policy(UserName=self._name, PolicyName="doctor", PolicyDocument=json.dumps(policy))
        return self

    def client(self, service: str, region: str | None = None) -> Any:
        name = f"{service} {region}"
        if name not in self._clients:
            self._clients[name] = boto3.client(service, region, endpoint_url=self._url, **self._keys)
        return self._clients[name]


def test_the_documented_policies_are_enough_and_each_permission_is_needed(patient: Patient) -> None:
    iam = patient.root()
    iam.create_access_key(UserName=IDLE)  # so that there is reason to ask for devices of other kinds
    policy: Any = doctor_permissions(patient.settings)
    target = Auditor(patient, TARGET).with_policy(target_permissions(patient.settings, TARGET))
    auditor = Auditor(patient, IDENTITY)

    def missing(policy: Any) -> list[str]:
        sessions = {IDENTITY: auditor.with_policy(policy), TARGET: target}
        portal = deployed_portal(sessions[IDENTITY], patient.settings)
        found = diagnose(patient.settings, sessions.__getitem__, portal)
        return [finding.subject for finding in found if finding.check == "not-permitted"]

    assert missing(policy) == []
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    for action in sorted(set(actions) - {"cloudformation:DescribeStacks"}):
        statements = [
            {**one, "Action": [each for each in one["Action"] if each != action]} for one in policy["Statement"]
        ]
        less = {**policy, "Statement": [one for one in statements if one["Action"]]}
        assert missing(less) == [f"dev: {action}"]
    for key in iam.list_access_keys(UserName=IDLE)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=IDLE, AccessKeyId=key["AccessKeyId"])
