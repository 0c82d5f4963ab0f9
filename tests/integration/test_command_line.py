"""The command line against the portal in process: what an administrator types and reads."""

import json
import re
from datetime import timedelta

import click
import pytest
from botocore.awsrequest import AWSPreparedRequest
from click.testing import CliRunner

from chalicelib.members.record import Member
from firstday.cli.main import cli
from firstday.cli.views.invitation_view import summary
from firstday.portal.http import HTTPAnswer
from firstday.portal.link_records import LinkedInvitation
from tests.helpers.admin_calls import first_day, groups_of, populate, user
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.commands import COMMANDS
from tests.helpers.terminal_in_process import Terminal, in_app, opens
from tests.helpers.worlds import MEMBER, PORTAL_URL, invited, with_settings


def without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "TIME", text)


# Looking


def test_the_members_are_a_table_with_their_states(terminal: Terminal) -> None:
    first_day(terminal.world)
    invited(terminal.world.portal, "another", groups=("developers", "operators"))
    assert without_times(terminal.run("members").stdout).splitlines() == [
        "USER             STATE    GROUPS                 UNTIL / PROVED     LAST SIGN OF LIFE  KEY AGE",
        "another          invited  developers, operators  until TIME   -                  -",
        "dev-simple-user  active   developers             proved TIME  just now           just now",
        "",
        "2 members: 1 invited, 1 active.",
    ]


def test_members_are_chosen_by_state_and_by_part_of_the_name(terminal: Terminal) -> None:
    for name in ("Anna", "hannah", "ben"):
        invited(terminal.world.portal, name)
    assert [member["user_name"] for member in terminal.json("members", "--filter", "ANNA")["members"]] == [
        "Anna",
        "hannah",
    ]
    assert terminal.run("members", "--state", "locked").stdout == "There are no such members.\n"
    assert "'lost' is not one of" in terminal.run("members", "--state", "lost", status=2).stderr


def test_where_nobody_is_a_member_yet_the_list_tells_how_to_invite_one(terminal: Terminal) -> None:
    terminal.run("offboard", MEMBER, "--yes")
    nobody = "There are no members yet. Invite the first one: firstday invite NAME\n"
    assert terminal.run("members").stdout == nobody
    assert terminal.run("members", "--refresh").stdout == f"IAM and the portal agree.\n\n{nobody}"
    for narrowed in (("--filter", "anna"), ("--state", "active")):
        assert terminal.run("members", *narrowed).stdout == "There are no such members.\n"
    assert terminal.json("members") == {"members": []}


def test_a_long_list_is_followed_to_its_end(terminal: Terminal) -> None:
    for number in range(205):
        created = Member(f"member-{number:03}", created_at=terminal.world.portal.now(), groups=("developers",))
        terminal.world.portal.members.record_created(created, [])
    assert "206 members: 205 created, 1 invited." in terminal.run("members").stdout


def test_a_refresh_tells_what_differs_from_iam(terminal: Terminal) -> None:
    assert "IAM and the portal agree." in terminal.run("members", "--refresh").stdout
    terminal.world.iam.create_user(UserName="made-elsewhere", Path="/members/")
    shown = terminal.run("members", "--refresh")
    assert "1 difference between IAM and the portal:\n  made-elsewhere: The portal had no record" in shown.stdout
    assert shown.stderr == "Compared with IAM: 2 members\n"
    assert "2 members: " in shown.stdout
    answer = terminal.json("members", "--refresh")
    assert answer["refresh"] == {"checked": 2, "differences": []}


def test_a_member_is_shown_with_what_iam_says_and_what_happened(terminal: Terminal) -> None:
    first_day(terminal.world)
    shown = terminal.run("member", MEMBER).stdout
    assert shown.startswith("dev-simple-user  active\n")
    assert re.search(r"^  groups +developers$", shown, re.MULTILINE)
    assert re.search(r"^  invited +.* by firstday-admin/admin$", shown, re.MULTILINE)
    assert re.search(r"^  MFA device +arn:aws:iam::123456789012:mfa/dev-simple-user, since ", shown, re.MULTILINE)
    assert re.search(r"^  access key +AKIA\w+, active, ", shown, re.MULTILINE)
    timeline = shown.partition("What has happened\n\n")[2]
    actions = re.findall(r" (\w+\.\w+)(?: |$)", timeline, re.MULTILINE)
    assert actions[:3] == ["user.created", "invitation.created", "invitation.opened"]
    assert actions[-1] == "access_key.issued"
    answer = terminal.json("member", MEMBER)
    assert {"member", "roles", "iam", "differences", "basis", "events", "mail"} == answer.keys()


def test_a_member_is_shown_with_or_without_a_console_password_where_there_are_any(terminal: Terminal) -> None:
    assert "console password" not in terminal.run("member", MEMBER).stdout
    with_settings(terminal.world, console_password=True)
    assert "\n  console password    not set\n" in terminal.run("member", MEMBER).stdout
    terminal.world.iam.create_login_profile(UserName=MEMBER, Password="correct Horse battery 1")
    assert "\n  console password    set\n" in terminal.run("member", MEMBER).stdout


def test_differences_and_a_missing_user_are_shown_with_the_member(terminal: Terminal) -> None:
    first_day(terminal.world)
    terminal.world.iam.remove_user_from_group(GroupName="developers", UserName=MEMBER)
    terminal.world.clock.lead += timedelta(minutes=6)
    assert "  ! The record has the member in developers, IAM does not." in terminal.run("member", MEMBER).stdout
    invited(terminal.world.portal, "another")
    terminal.world.iam.remove_user_from_group(GroupName="firstday-members", UserName="another")
    terminal.world.iam.delete_user(UserName="another")
    assert "  ! IAM does not show this user yet. Look again" in terminal.run("member", "another").stdout
    terminal.world.clock.lead += timedelta(minutes=6)
    assert "In IAM now\n\n  ! IAM has no such user any more." in terminal.run("member", "another").stdout


@pytest.mark.parametrize(("languages", "shown"), [(["en"], ["en"]), (["ja", "en"], ["ja", "en"])])
def test_the_message_to_paste_comes_in_the_languages_of_the_portal(languages: list[str], shown: list[str]) -> None:
    invitation: LinkedInvitation = {
        "user_name": "dev-simple-user",
        "is_new": True,
        "groups": ["developers"],
        "expires_at": "2026-12-01T09:00:00+00:00",
        "organisation": "Example Corp",
        "languages": languages,
        "invitation_url": "https://portal.example.com/start#x",
        "passcode": None,
        "mailed_to": None,
        "sends_mail": False,
    }
    assert re.findall(r"---- ready to paste \((..)\) ----", summary(invitation)) == shown


def test_the_audit_trail_is_shown_newest_first_and_can_be_narrowed(terminal: Terminal) -> None:
    invited(terminal.world.portal, "another")
    lines = terminal.run("audit").stdout.splitlines()
    assert lines[0].split() == ["WHEN", "WHO", "WHAT", "WHOM", "DETAILS"]
    assert re.search(r"admin \(firstday-admin\) +invitation.created +another +groups: developers$", lines[1])
    assert len(lines) == 5
    assert len(terminal.json("audit", "--member", "another", "--since", "1h")["events"]) == 2
    assert terminal.run("audit", "--until", "24h").stdout == "There are no such events.\n"
    limited = terminal.run("audit", "--limit", "1").stdout
    assert "another" in limited
    assert limited.endswith("\nThese are the newest 1; --limit shows more.\n")
    assert "--limit shows" not in terminal.run("audit", "--limit", "4").stdout
    assert "'soon' is not a time. Write 2026-11-24" in terminal.run("audit", "--since", "soon", status=2).stderr


# One member


def test_several_members_are_invited_one_after_the_other(terminal: Terminal) -> None:
    terminal.world.iam.create_user(UserName="root-like", Path="/admins/")
    shown = terminal.run("invite", "anna", "root-like", "ben", status=1)
    assert "anna is invited" in shown.stdout
    assert "ben is invited" in shown.stdout
    assert shown.stderr.startswith("firstday: root-like: IAM has a user root-like under the path /admins/;")
    lines = terminal.run("invite", "carol", "dave", "--json").stdout.splitlines()
    assert [json.loads(line)["user_name"] for line in lines] == ["carol", "dave"]
    assert all(opens(json.loads(line)["invitation_url"]) for line in lines)


def test_a_member_can_be_created_before_the_invitation(terminal: Terminal) -> None:
    shown = terminal.run("create", "anna", "--group", "operators").stdout
    assert (
        shown
        == "anna is a member; the groups will be: operators.\nWhen the first day comes: firstday invite anna\n"
    )
    assert terminal.json("members", "--state", "created")["members"][0]["groups"] == ["operators"]
    assert "the groups will be: operators." in terminal.run("invite", "anna").stdout


def test_groups_change_at_once_or_with_the_proof(terminal: Terminal) -> None:
    shown = terminal.run("groups", MEMBER, "operators").stdout
    assert shown == "dev-simple-user will be in: operators, as soon as their MFA device is proved.\n"
    first_day(terminal.world)
    shown = terminal.run("groups", MEMBER, "developers", "operators").stdout
    assert shown.startswith("dev-simple-user is now in: developers, operators.")
    assert groups_of(terminal.world) == ["developers", "firstday-members", "operators"]
    assert terminal.json("groups", MEMBER, "operators")["is_effective"]
    shown = terminal.run("groups", MEMBER, "operators").stdout
    assert shown.startswith(
        "dev-simple-user had these groups already in the record: operators. Whether IAM has them"
    )
    assert "There are: developers, operators." in terminal.run("groups", MEMBER, "nobody", status=1).stderr


def test_a_lost_phone_is_reset_after_a_question(terminal: Terminal) -> None:
    first_day(terminal.world)
    shown = terminal.run("reset-mfa", MEMBER, typed="n\n", status=1)
    assert shown.stderr.endswith("Go on? [y/N] Nothing was changed.\n")
    assert terminal.json("member", MEMBER)["member"]["state"] == "active"
    shown = terminal.run("reset-mfa", MEMBER, "--passcode", typed="y\n")
    assert shown.stdout.startswith("Taken away from dev-simple-user:\n  membership in developers\n")
    assert "  access key, deactivated: AKIA" in shown.stdout
    assert "  MFA device arn:aws:iam::123456789012:mfa/dev-simple-user\n\ndev-simple-user is a member already" in (
        shown.stdout
    )
    assert "Passcode (tell it another way" in shown.stdout
    assert terminal.json("member", MEMBER)["member"]["state"] == "reset"


def test_whoever_cannot_be_asked_has_to_say_so_beforehand(terminal: Terminal) -> None:
    for command in ("reset-mfa", "reset-password", "offboard"):
        shown = terminal.run(command, MEMBER, typed="", status=2)
        assert "in a terminal, or beforehand with --yes." in shown.stderr
    assert opens(terminal.json("reset-mfa", MEMBER, "--yes")["invitation_url"])


def test_offboarding_shows_what_it_removes_asks_and_leaves_nothing(terminal: Terminal) -> None:
    first_day(terminal.world)
    populate(terminal.world)
    shown = terminal.run("offboard", MEMBER, typed="no\n", status=1)
    assert shown.stdout.startswith("What will be removed of dev-simple-user:\n")
    assert "  the console password\n" in shown.stdout
    assert "  membership in firstday-members\n  IAM user dev-simple-user\n" in shown.stdout
    assert user() is not None
    shown = terminal.run("offboard", MEMBER, typed="y\n")
    assert shown.stdout.endswith("dev-simple-user is gone, and nothing is left.\n")
    assert user() is None
    shown = terminal.run("offboard", MEMBER, "--yes", status=1)
    assert shown.stderr == "firstday: The portal knows no member called dev-simple-user.\n"


def test_an_obstacle_to_offboarding_is_explained(terminal: Terminal) -> None:
    terminal.world.iam.create_group(GroupName="auditors", Path="/")
    terminal.world.iam.add_user_to_group(GroupName="auditors", UserName=MEMBER)
    shown = terminal.run("offboard", MEMBER, "--yes", status=1)
    assert "Nothing was removed; there is something in the way.\n" in shown.stderr
    assert "aws iam remove-user-from-group --user-name dev-simple-user --group-name auditors" in shown.stderr
    assert user() is not None


def test_an_offboarding_whose_answer_was_lost_is_told_as_done(terminal: Terminal) -> None:
    lost = iter([True])

    def losing(request: AWSPreparedRequest) -> HTTPAnswer:
        answer = in_app(request)
        return HTTPAnswer(504, "<html>") if request.method == "DELETE" and next(lost, False) else answer

    terminal.transport = losing
    answer = terminal.json("offboard", MEMBER, "--yes")
    assert {"kind": "iam_user", "name": MEMBER} in answer["removed"]
    assert user() is None


def test_a_fault_of_aws_is_waited_for(terminal: Terminal) -> None:
    first_day(terminal.world)
    with watched(terminal.world.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        terminal.run("offboard", MEMBER, "--yes")
    assert len(terminal.pauses) == 1
    assert user() is None


def test_the_console_opens_in_the_browser_or_its_link_is_printed(terminal: Terminal) -> None:
    assert terminal.run("console").stdout == "The console opens in your browser.\n"
    assert terminal.opened[0].startswith(f"{PORTAL_URL}/console/sign-in#")
    assert terminal.run("console", "--print").stdout.startswith(f"{PORTAL_URL}/console/sign-in#")
    assert terminal.json("console").keys() == {"url", "expires_at"}
    assert len(terminal.opened) == 1
    terminal.has_browser = False
    shown = terminal.run("console")
    assert shown.stderr.startswith("If no browser has opened, open this within a minute")
    assert shown.stdout.startswith(f"{PORTAL_URL}/console/sign-in#")


# The command itself


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_and_stands_in_a_section(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"]).stdout
    assert f"firstday {name}" in shown.partition("Example:\n")[2].partition("Options:")[0]
    assert [name in names for names in cli.sections.values()].count(True) == 1
    assert not COMMANDS[name].get_short_help_str(60).endswith("...")


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"code", "completion", "template", "roles"}))
def test_every_command_speaks_json(name: str) -> None:
    assert "--json" in CliRunner().invoke(cli, [name, "--help"]).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str) -> None:
    shown = CliRunner().invoke(cli, ["completion", shell])
    assert shown.exit_code == 0
    assert f"_FIRSTDAY_COMPLETE={shell}_complete" in shown.stdout


def test_commands_that_destroy_are_those_that_ask() -> None:
    asking = {
        name
        for name, command in COMMANDS.items()
        if any("--yes" in parameter.opts for parameter in command.params if isinstance(parameter, click.Option))
    }
    of_members = {"reset-mfa", "reset-password", "suspend", "offboard"}
    assert asking == of_members | {"import", "adopt", "release", "deploy", "remove"}
