"""IAM users who are there become members by the real commands, with the documented permissions alone, and back."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib.arns import BASELINE_GROUP
from firstday.adoption.adopter_policy import adopter_permissions
from tests.helpers.adoptable_user import BOUNDARY, allowing
from tests.helpers.running_sandbox import RunningSandbox
from tests.helpers.settings_makers import example_settings

TEAM, OWN_BOUNDARY = "old-team", "arn:aws:iam::123456789012:policy/old-team-boundary"
USERS = ("team-user-1", "team-user-2", "team-user-3")


@dataclass
class Adopter:
    """Somebody who may adopt and release, and nothing else."""

    sandbox: RunningSandbox
    home: Path

    def run(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        result = self.sandbox.firstday(*arguments, "--profile", "adopter", HOME=str(self.home))
        assert result.returncode == status, result.stdout + result.stderr
        return result

    def json(self, *arguments: str, status: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", status=status).stdout)


@pytest.fixture(scope="module")
def adopter(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Adopter:
    iam, home = sandbox.root("iam"), tmp_path_factory.mktemp("adopter")
    iam.create_user(UserName="adopter", Path="/admins/")
    policy = json.dumps(adopter_permissions(example_settings()))
    arn = iam.create_policy(PolicyName="adopter", PolicyDocument=policy)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="adopter", PolicyArn=arn)
    key = iam.create_access_key(UserName="adopter")["AccessKey"]
    (home / ".aws").mkdir()
    keys = f"aws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
    (home / ".aws" / "credentials").write_text(f"[adopter]\n{keys}")
    (home / ".aws" / "config").write_text("[profile adopter]\nregion = ap-northeast-1\n")
    return Adopter(sandbox, home)


@pytest.fixture
def team(sandbox: RunningSandbox) -> Iterator[list[str]]:
    """Users of an IAM group, one of them with a boundary and a key, and a role that names one."""
    iam = sandbox.root("iam")
    iam.create_group(GroupName=TEAM, Path="/teams/")
    policy = json.dumps(allowing("s3:ListAllMyBuckets"))
    iam.put_group_policy(GroupName=TEAM, PolicyName="buckets", PolicyDocument=policy)
    iam.create_policy(PolicyName="old-team-boundary", PolicyDocument=json.dumps(allowing("s3:*")))
    for number, name in enumerate(USERS):
        limit = {"PermissionsBoundary": OWN_BOUNDARY} if number == 0 else {}
        iam.create_user(UserName=name, Path="/people/", **limit)
        iam.add_user_to_group(GroupName=TEAM, UserName=name)
    key_id = iam.create_access_key(UserName=USERS[1])["AccessKey"]["AccessKeyId"]
    yield list(USERS)
    iam.delete_access_key(UserName=USERS[1], AccessKeyId=key_id)
    for name in USERS:
        for group in iam.list_groups_for_user(UserName=name)["Groups"]:
            iam.remove_user_from_group(GroupName=group["GroupName"], UserName=name)
        iam.delete_user(UserName=name)
    iam.delete_group_policy(GroupName=TEAM, PolicyName="buckets")
    iam.delete_group(GroupName=TEAM)
    iam.delete_policy(PolicyArn=OWN_BOUNDARY)


def in_iam(sandbox: RunningSandbox) -> list[Any]:
    iam = sandbox.root("iam")
    users = [iam.get_user(UserName=name)["User"] for name in USERS]
    groups = [iam.list_groups_for_user(UserName=name)["Groups"] for name in USERS]
    return [
        (
            user["Path"],
            user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            sorted(g["GroupName"] for g in own),
        )
        for user, own in zip(users, groups, strict=True)
    ]


def test_a_group_is_adopted_invited_and_released(
    sandbox: RunningSandbox, adopter: Adopter, team: list[str]
) -> None:
    before = in_iam(sandbox)
    shown = adopter.run("adopt", "--group", TEAM, "--dry-run").stdout
    for name in team:
        assert f"ARN then: arn:aws:iam::123456789012:user/members/{name}\n" in shown
    assert f"it replaces {OWN_BOUNDARY}" in shown
    unseen = adopter.json("adopt", "--group", TEAM, "--dry-run")["not_permitted"]
    assert [one for one in unseen if not one.endswith("(not offered here)")] == []
    assert "ListAllMyBuckets; by buckets of the group old-team" in shown
    assert in_iam(sandbox) == before

    shown = adopter.run("adopt", "--group", TEAM, "--into", "operators", "--yes").stdout
    assert shown.endswith(f"3 adopted.\nWhat comes next: firstday invite {' '.join(team)}\n")
    assert in_iam(sandbox) == [("/members/", BOUNDARY, [BASELINE_GROUP, TEAM])] * 3
    assert "3 nothing to do." in adopter.run("adopt", "--group", TEAM, "--yes").stdout

    assert "the groups will be: operators" in sandbox.firstday("invite", team[0]).stdout
    assert {one["status"] for one in adopter.json("release", *team, "--yes")["users"]} == {"released"}
    assert in_iam(sandbox) == before
    assert "knows no member called" in sandbox.firstday("member", team[0]).stderr


def test_a_list_is_adopted_as_it_says(
    sandbox: RunningSandbox, adopter: Adopter, team: list[str], tmp_path: Path
) -> None:
    members = tmp_path / "members.csv"
    members.write_text(f"user_name,groups\n{team[0]},operators\n{team[1]},\n")
    adopter.run("adopt", "--file", str(members), "--yes")
    groups = [
        json.loads(sandbox.firstday("member", name, "--json").stdout)["member"]["groups"] for name in team[:2]
    ]
    assert groups == [["operators"], ["developers"]]
    adopter.run("release", *team[:2], "--yes")


def test_a_release_goes_on_where_it_was(sandbox: RunningSandbox, adopter: Adopter, team: list[str]) -> None:
    """With the documented permissions, which let nobody remove a boundary that is not there."""
    before = in_iam(sandbox)
    adopter.run("adopt", *team, "--yes")
    iam = sandbox.root("iam")
    iam.update_user(UserName=team[1], NewPath="/people/")
    iam.delete_user_permissions_boundary(UserName=team[1])
    assert f"firstday release {team[1]}" in adopter.run("adopt", team[1], "--yes", status=1).stdout
    assert "begun, and goes on" in adopter.run("release", *team, "--yes").stdout
    assert in_iam(sandbox) == before


def test_without_a_yes_nobody_is_touched(sandbox: RunningSandbox, adopter: Adopter, team: list[str]) -> None:
    before = in_iam(sandbox)
    result = adopter.run("adopt", *team, status=2)
    assert "The question has to be answered" in result.stderr
    assert in_iam(sandbox) == before


def test_who_cannot_be_adopted_is_left_alone_and_the_status_tells(adopter: Adopter) -> None:
    found = adopter.json("adopt", "admin", "nobody-here", "adopter", "--yes", status=1)["users"]
    assert [one["status"] for one in found] == ["refused"] * 3
    assert "allows sts:AssumeRole on firstday-admin" in found[0]["message"]
    assert found[1]["message"] == "IAM has no user of this name."
    assert "have somebody else adopt you" in found[2]["message"]


def test_the_policy_is_printed(adopter: Adopter) -> None:
    assert json.loads(adopter.run("adopt", "--policy").stdout) == adopter_permissions(example_settings())
