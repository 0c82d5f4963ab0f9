"""From an earlier release to this one with ``firstday deploy``: no member and no data is lost on the way."""

import json
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from chalicelib.settings.reader import load
from firstday.deployment.portal import DeployedPortal
from firstday.packaging import Package, build
from firstday.sandbox import profiles
from firstday.sandbox.caught_mail import caught
from firstday.sandbox.people import prepared_sign_in, set_up
from firstday.sandbox.process.ses_settings import SESSettings
from firstday.sandbox.running_sandbox import Portal, Sandbox, as_record
from firstday.sandbox.settings_with_mail import mail_table
from tests.helpers.deployer import EXAMPLE, Deployer, deploying
from tests.helpers.deployments import deploy_portal
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET
from tests.helpers.running_sandbox import Member, RunningSandbox

PROJECT = EXAMPLE.parent
RELEASE = Path(__file__).parent / "releases" / "firstday-0.1.0.tar.gz"


@dataclass
class Upgraded:
    """The data before the upgrade, the output of ``firstday deploy``, and the portal that runs now."""

    deployer: Deployer
    sandbox: RunningSandbox
    before: DeployedPortal
    members: list[Any]
    events: list[Any]
    pending: str
    halfway: Member
    done: Member
    said: str


def package_of_release(folder: Path) -> Package:
    """The code of the release, and the template as that release made it."""
    with tarfile.open(RELEASE) as packed:
        packed.extractall(folder, filter="data")
    (folder / ".cache").symlink_to(PROJECT / ".cache")  # the wheels of both are the same
    copyfile(PROJECT / "requirements.txt", folder / "requirements.txt")  # that release pinned them without hashes
    built = build(folder, load(EXAMPLE), folder / "built")
    with zipfile.ZipFile(built.zip_path, "a") as packed:  # that release read these itself
        packed.writestr("firstday.toml", EXAMPLE.read_bytes())
        for path in (folder / "templates").rglob("*.html"):
            packed.writestr(path.relative_to(folder).as_posix(), path.read_bytes())
    return replace(built, template=json.loads((folder / "template.json").read_text()))


def listed(sandbox: RunningSandbox, *command: str) -> list[Any]:
    result = sandbox.firstday(*command, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    return list(found if isinstance(found, list) else next(iter(found.values())))


def begun(deployer: Deployer, folder: Path) -> tuple[RunningSandbox, DeployedPortal]:
    """The release, deployed as it deployed itself, with an administrator."""
    aws, settings = deployer.aws, deployer.settings
    before = deploy_portal(aws.session(IDENTITY), package_of_release(folder / "release"), settings)
    organisation = set_up(aws, settings)
    portal = Portal(prepared_sign_in(aws, settings, organisation.admin)(), {"invitation_url": ""})
    environment = profiles.write(
        folder / "profile", organisation, region=settings.region, endpoint_url=aws.endpoint_url
    )
    sandbox = Sandbox(settings, None, aws, organisation, folder, environment, "", portal)
    return RunningSandbox(as_record(sandbox), folder, aws), before


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    folder = tmp_path_factory.mktemp("upgrade")
    with deploying(folder) as deployer:
        sandbox, before = begun(deployer, folder)
        (folder / "done").mkdir()
        done = Member(sandbox, "done", folder / "done", sandbox.browser())
        done.first_day(sandbox.invite("done")["invitation_url"])
        halfway = Member(sandbox, "halfway", folder, sandbox.browser())
        halfway.scan(halfway.begin(sandbox.invite("halfway")["invitation_url"]))
        pending = sandbox.invite("pending", "--group", "operators")["invitation_url"]
        members, events = listed(sandbox, "members"), listed(sandbox, "audit")
        said = deployer.deploy().stdout
        yield Upgraded(deployer, sandbox, before, members, events, pending, halfway, done, said)


def test_the_upgrade_says_what_it_changes_and_loses_nothing(upgraded: Upgraded) -> None:
    assert "the portal's function: Code" in upgraded.said
    assert "Created:" in upgraded.said
    assert "Replaced by a new one:" not in upgraded.said
    assert "the key retirement's function" in upgraded.said.partition("Created:")[2]
    assert "the table of members" not in upgraded.said.replace("the table of members:", "")


def test_address_and_tables_are_the_same(upgraded: Upgraded) -> None:
    outputs = upgraded.deployer.deployed()["outputs"]
    before = upgraded.before
    assert outputs["PortalURL"] == before.portal_url
    assert outputs["RestAPIId"] == before.rest_api_id
    assert outputs["MembersTableName"] == before.members_table
    assert outputs["AuditTableName"] == before.audit_table


def test_every_member_and_every_audit_event_is_still_there(upgraded: Upgraded) -> None:
    assert {member["user_name"] for member in upgraded.members} == {"done", "halfway", "pending"}
    # A newer portal tells more of each.
    found = listed(upgraded.sandbox, "members")
    assert [{name: member[name] for name in upgraded.members[0]} for member in found] == upgraded.members
    events = listed(upgraded.sandbox, "audit")
    assert upgraded.events
    assert events[-len(upgraded.events) :] == upgraded.events


def test_whoever_was_halfway_goes_on_with_the_page_from_before(upgraded: Upgraded) -> None:
    halfway = upgraded.halfway
    assert halfway.enter_codes(halfway.pages[-1]).status == 200
    (member,) = [found for found in listed(upgraded.sandbox, "members") if found["user_name"] == "halfway"]
    (former,) = [found for found in upgraded.members if found["user_name"] == "halfway"]
    assert (former["state"], member["state"]) == ("registering", "active")


def test_an_invitation_from_before_is_good_for_a_whole_first_day(upgraded: Upgraded, tmp_path: Path) -> None:
    member = Member(upgraded.sandbox, "pending", tmp_path, upgraded.sandbox.browser())
    member.first_day(upgraded.pending)
    assert member.device
    command = ("sts", "get-caller-identity", "--profile", "stg-ops")
    status, shown = member.aws(*command, code=member.device.code())
    assert status == 0, shown
    assert "stg-SwitchRole-Operations/pending" in shown


def test_whoever_was_done_works_as_before(upgraded: Upgraded) -> None:
    assert upgraded.done.device
    status, shown = upgraded.done.aws("s3", "ls", "--profile", "stg", code=upgraded.done.device.code())
    assert status == 0, shown
    assert f"firstday-demo-{TARGET}" in shown


def test_mail_can_be_turned_on_for_members_who_have_no_address_yet(upgraded: Upgraded) -> None:
    sandbox, aws = upgraded.sandbox, upgraded.deployer.aws
    aws.set_ses(SESSettings(verified=(f"arn:aws:ses:{REGION}:{IDENTITY}:identity/example.com",)))
    accounts = "# Short names for the accounts"
    mailing = upgraded.deployer.with_settings(
        ("# access_key_days = 90", "access_key_days = 90"),
        (accounts, f"{mail_table(upgraded.deployer.settings)}\n{accounts}"),
    )
    created = mailing.deploy().stdout.partition("Created:")[2]
    assert "mailer's function" in created
    assert "key ageing's function" in created
    assert sandbox.invite("done")["invitation_url"], "without an address, the link is passed on as before"
    edited = sandbox.firstday("edit", "done", "--email", "done@example.com")
    assert edited.returncode == 0, edited.stderr
    answer = sandbox.invite("done")
    assert (answer["mailed_to"], "token" in answer) == ("done@example.com", False)
    sandbox.run_function("firstday-mailer")
    (mail,) = caught(aws.mail_directory)
    assert f"{sandbox.portal_url}/start#" in mail.text
