"""The results of a check, on the member's page, in the admin API and at the command line, against moto."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.admin.checking import ROLES_LOOKED_AT
from chalicelib.arns import INLINE_POLICY_NAME
from chalicelib.wiring import Portal, use
from firstday.stack import policies
from tests.helpers import moto_gaps
from tests.helpers.admin_calls import call, done
from tests.helpers.aws_faults import Call, Fault, Refuse, Respelled, Wire, watched
from tests.helpers.checked_member import ROLE, Checked, a_checked_world
from tests.helpers.console_administrator import signed_in
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, RESOURCES, World, again, invited

NO_OTHER_NAME = "capitals do not make another name."


@pytest.fixture
def checked(aws: Portal) -> Checked:
    return again(a_checked_world, aws)


def answer() -> dict[str, Any]:
    return done("GET", f"members/{MEMBER}/check")


def role(profile: str = "dev") -> dict[str, Any]:
    (found,) = [one for one in answer()["roles"] if one["profile"] == profile]
    return dict(found)


def test_the_name_of_the_groups_policy_is_the_one_that_is_deployed() -> None:
    groups = [value["Properties"] for name, value in RESOURCES.items() if name.startswith("SwitchRoleGroup")]
    assert [policy["PolicyName"] for group in groups for policy in group["Policies"]] == [INLINE_POLICY_NAME] * 2


@pytest.mark.usefixtures("checked")
def test_after_a_first_day_everything_is_in_place() -> None:
    assert answer() == {
        "user_name": MEMBER,
        "is_right": True,
        "may_be_propagating": False,
        "user": {
            "is_there": True,
            "has_boundary": True,
            "has_mfa_device": True,
            "is_held": False,
            "is_suspended": False,
        },
        "groups": [{"name": "developers", "is_in": True}],
        "roles": [
            {
                "profile": "dev",
                "role_arn": f"arn:aws:iam::123456789012:role/{ROLE}",
                "in_place": True,
                "requires_mfa": True,
                "is_mfa_left_to_group": False,
                "may_assume": True,
                "maximum_session_seconds": 43200,
                "promised_session_seconds": 43200,
                "note": None,
            },
            {
                "profile": "stg",
                "role_arn": "arn:aws:iam::210987654321:role/stg-SwitchRole-S3ReadOnly",
                "in_place": None,
                "requires_mfa": None,
                "is_mfa_left_to_group": False,
                "may_assume": None,
                "maximum_session_seconds": None,
                "promised_session_seconds": 14400,
                "note": "The role is in account 210987654321, which the portal cannot look into:"
                " trying it is the proof.",
            },
        ],
    }


def test_the_member_sees_the_same(checked: Checked) -> None:
    page = checked.press()
    assert page.heading == "Nothing is missing, as far as the portal can see"
    for sentence in (
        "✓ It is in the group developers.",
        "✓ The role is there.",
        "✓ It can be switched to with MFA only.",
        "✓ Switching to it is allowed.",
        "✓ The role’s sessions last up to 12 h.",
        "? The role is in account 210987654321",
        "your own try is the proof",
    ):
        assert sentence in page.text
    assert "✗" not in page.text
    assert checked.browser.get("check").heading.startswith("You are ready")


def test_it_takes_one_call_for_each_role_and_a_few_more(checked: Checked) -> None:
    with watched(checked.portal, Wire()) as wire:
        answer()
    operations = [made.operation for made in wire.calls if made.operation != "GetItem"]
    assert operations == ["GetUser", "ListGroupsForUser", "ListMFADevices", "GetGroupPolicy", "GetRole"]


def test_a_group_that_the_member_is_not_in_is_named(checked: Checked) -> None:
    checked.iam.remove_user_from_group(UserName=MEMBER, GroupName="developers")
    found = answer()
    assert found["groups"] == [{"name": "developers", "is_in": False}]
    assert [one["may_assume"] for one in found["roles"]] == [False, False]  # in whatever account
    assert "✗ It is not in the group developers." in checked.press().text


def test_a_groups_policy_that_is_gone_or_allows_other_roles_grants_nothing(checked: Checked) -> None:
    group = {"GroupName": "developers", "PolicyName": INLINE_POLICY_NAME}
    other = policies.switch_role_group(checked.portal.settings, checked.portal.settings.group("operators"))
    checked.iam.put_group_policy(**group, PolicyDocument=json.dumps(other))
    assert role()["may_assume"] is False
    checked.iam.delete_group_policy(**group)
    assert role()["may_assume"] is False
    assert role()["in_place"] is True


def test_a_role_without_mfa_in_its_trust_policy_is_named(checked: Checked) -> None:
    checked.change_trust(Bool=None)
    assert (role()["requires_mfa"], role()["may_assume"]) == (False, True)
    checked.change_trust(Bool=None, BoolIfExists={"aws:MultiFactorAuthPresent": "true"})
    assert role()["requires_mfa"] is False
    assert "✗ It can be switched to without MFA" in checked.press().text


def test_a_session_name_that_the_config_does_not_use_keeps_the_member_out(checked: Checked) -> None:
    checked.change_trust(StringLike={"sts:RoleSessionName": "x-${aws:username}"})
    assert (role()["requires_mfa"], role()["may_assume"]) == (True, False)
    assert role()["note"] == "The role’s trust policy does not let this member in."
    assert "✗ Switching to it is not allowed." in checked.press().text


def test_a_role_that_trusts_the_member_by_arn_or_everybody_needs_no_grant(checked: Checked) -> None:
    checked.iam.delete_group_policy(GroupName="developers", PolicyName=INLINE_POLICY_NAME)
    assert role()["may_assume"] is False
    policy = json.loads(checked.trust())
    for principal in ("*", {"AWS": f"arn:aws:iam::123456789012:user/members/{MEMBER}"}):
        policy["Statement"][0]["Principal"] = principal
        checked.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(policy))
        assert (role()["requires_mfa"], role()["may_assume"]) == (True, True)


def test_a_deny_of_a_groups_outdoes_a_trust_policy_that_names_the_member(checked: Checked) -> None:
    policy = json.loads(checked.trust())
    policy["Statement"][0]["Principal"] = "*"
    checked.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(policy))
    deny = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    checked.iam.put_group_policy(GroupName="developers", PolicyName=INLINE_POLICY_NAME, PolicyDocument=document)
    assert role()["may_assume"] is False


def test_a_role_that_lets_no_user_in_is_not_said_to_ask_for_mfa(checked: Checked) -> None:
    policy = json.loads(checked.trust())
    policy["Statement"][0]["Principal"] = {"AWS": "210987654321"}
    checked.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(policy))
    assert (role()["requires_mfa"], role()["may_assume"]) == (None, False)
    assert role()["note"] == "The role’s trust policy lets in no IAM user of the member’s account."
    page = checked.press()
    assert "with MFA only" not in page.text
    assert "✗ Switching to it is not allowed." in page.text


def test_a_role_that_lets_another_user_in_without_mfa_is_named(checked: Checked) -> None:
    policy = json.loads(checked.trust())
    (statement,) = policy["Statement"]
    loose = {**statement, "Condition": {"StringEquals": {"aws:username": "somebody-else"}}}
    policy["Statement"].append(loose)
    checked.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(policy))
    assert (role()["requires_mfa"], role()["may_assume"], answer()["is_right"]) == (False, True, False)


def test_the_reason_is_told_in_the_members_language(checked: Checked) -> None:
    checked.change_trust(StringEquals={"sts:ExternalId": "example-7"})
    assert (role()["requires_mfa"], role()["may_assume"]) == (True, False)
    assert role()["note"].startswith("The role’s trust policy asks for an external ID")
    page = checked.press()
    (switch,) = [form for form in page.forms if "lang" in form.fields]
    assert "外部 ID を求めています" in checked.browser.submit(switch, lang="ja").text


def test_a_condition_that_is_not_understood_is_neither_yes_nor_no(checked: Checked) -> None:
    checked.change_trust(IpAddress={"aws:SourceIp": "192.0.2.0/24"})
    assert (role()["may_assume"], answer()["is_right"]) == (None, True)
    assert "conditions that the portal cannot judge" in role()["note"]
    assert "? The portal cannot tell whether switching to it is allowed." in checked.press().text


def test_a_role_that_is_gone_or_has_another_path_is_not_the_role(checked: Checked) -> None:
    checked.iam.delete_role(RoleName=ROLE)
    assert role() | {"role_arn": ""} == {
        "profile": "dev",
        "role_arn": "",
        "in_place": False,
        "requires_mfa": None,
        "is_mfa_left_to_group": False,
        "may_assume": False,
        "maximum_session_seconds": None,
        "promised_session_seconds": 43200,
        "note": None,
    }
    checked.create_role(path="/elsewhere/")
    assert (role()["in_place"], role()["may_assume"]) == (False, False)
    assert role()["note"].endswith(f"another one: arn:aws:iam::123456789012:role/elsewhere/{ROLE}.")


def test_a_role_whose_sessions_are_too_short_is_wrong(checked: Checked) -> None:
    checked.iam.delete_role(RoleName=ROLE)
    checked.create_role(seconds=3600)
    assert (role()["maximum_session_seconds"], answer()["is_right"]) == (3600, False)
    assert "sessions of 1 h, the settings promise 12 h" in role()["note"]
    assert "✗ The role allows sessions of 1 h, " in checked.press().text


def test_a_boundary_that_is_gone_is_named(checked: Checked) -> None:
    moto_gaps.BOUNDARIES.clear()
    assert answer()["user"]["has_boundary"] is False
    assert role()["may_assume"] is None  # it restricts nothing then; other limits were not looked at
    assert "✗ It does not have the permissions boundary of all members." in checked.press().text


def test_a_user_who_is_gone_is_named(checked: Checked) -> None:
    with watched(checked.portal, Refuse("GetUser", "NoSuchEntity")):
        found = answer()
        page = checked.press()
    nothing = {
        "is_there": False,
        "has_boundary": None,
        "has_mfa_device": None,
        "is_held": False,
        "is_suspended": False,
    }
    assert found["user"] == nothing
    assert (found["is_right"], found["roles"][0]["in_place"]) == (False, True)
    assert "✗ The IAM user is not there." in page.text


def test_a_user_of_this_name_who_is_no_member_is_not_looked_at(checked: Checked) -> None:
    name = "somebody-else"
    checked.iam.create_user(UserName=name, Path="/admins/")
    member = checked.portal.members.get(MEMBER)
    assert member is not None
    checked.portal.members.record_created(replace(member, user_name=name), [])
    with watched(checked.portal, Wire()) as wire:
        status, found = call("GET", f"members/{name}/check")
    assert (status, found["error"]["code"]) == (409, "user_elsewhere")
    assert [made.operation for made in wire.calls] == ["GetItem", "GetUser"]
    assert call("GET", "members/nobody/check")[0] == 404


def test_a_member_whose_name_has_other_capitals_now_is_not_told_to_be_gone(checked: Checked) -> None:
    with watched(checked.portal, Respelled()):
        page = checked.press()
        status, answer = call("GET", f"members/{MEMBER}")
    assert (page.status, page.heading) == (409, "Your IAM user was moved or renamed")
    assert (status, answer["differences"]) == (200, [f"There is {MEMBER.upper()} already; {NO_OTHER_NAME}"])


def test_what_the_portal_may_not_look_at_is_left_open(checked: Checked) -> None:
    """As after an update of the code alone: the policy of the function is the old one."""
    with watched(checked.portal, Refuse("GetRole", "AccessDenied")):
        assert (role()["in_place"], role()["may_assume"]) == (None, None)
        assert role()["note"].startswith("AWS does not let the portal look at this role")
    with watched(checked.portal, Refuse("GetGroupPolicy", "AccessDenied")):
        assert (role()["in_place"], role()["may_assume"], answer()["is_right"]) == (True, None, True)


def existing(checked: Checked, external_id: str = "") -> None:
    """The role is one that others manage."""
    settings = checked.portal.settings
    developers = settings.group("developers")
    kept = replace(developers.roles[0], managed_policies=(), is_existing=True, external_id=external_id)
    groups = (replace(developers, roles=(kept,)), *settings.groups[1:])
    use(replace(checked.portal, settings=replace(settings, groups=groups)))


def test_a_role_of_others_may_leave_mfa_to_the_groups_policy(checked: Checked) -> None:
    existing(checked)
    checked.change_trust(Bool=None)
    found = answer()
    (one,) = found["roles"]
    assert (one["requires_mfa"], one["is_mfa_left_to_group"], one["may_assume"]) == (False, True, True)
    assert found["is_right"]
    assert one["note"].endswith("its trust policy asks for no MFA: the policy of the group does.")
    page = checked.press()
    assert page.heading == "Your roles are in place"
    assert "? Others manage the role" in page.text
    assert "switched to without MFA" not in page.text


def test_a_role_of_others_that_needs_no_grant_leaves_nothing_to_the_group(checked: Checked) -> None:
    existing(checked)
    policy = json.loads(checked.trust(Bool=None))
    policy["Statement"][0]["Principal"] = "*"
    checked.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(policy))
    found = answer()
    (one,) = found["roles"]
    assert (one["requires_mfa"], one["is_mfa_left_to_group"], found["is_right"]) == (False, False, False)
    assert "✗ It can be switched to without MFA" in checked.press().text


def test_the_external_id_of_the_settings_lets_the_member_in(checked: Checked) -> None:
    checked.change_trust(StringEquals={"sts:ExternalId": "example-7"})
    existing(checked, "example-7")
    assert (role()["requires_mfa"], role()["may_assume"], role()["note"]) == (True, True, None)
    existing(checked, "example-8")
    assert (role()["may_assume"], answer()["is_right"]) == (False, False)
    assert role()["note"] == "The role’s trust policy asks for another external ID than the settings have."


def test_no_more_roles_are_looked_at_than_a_request_has_time_for(checked: Checked) -> None:
    settings = checked.portal.settings
    developers = settings.group("developers")
    many = tuple(
        replace(developers.roles[0], profile=f"p{n}", role_name=f"r{n}") for n in range(ROLES_LOOKED_AT + 1)
    )
    use(replace(checked.portal, settings=replace(settings, groups=(replace(developers, roles=many),))))
    with watched(checked.portal, Wire()) as wire:
        found = answer()["roles"]
    assert [made.operation for made in wire.calls].count("GetRole") == ROLES_LOOKED_AT
    assert found[-1]["note"] == "The portal looks at 40 roles at most: trying it is the proof."


@pytest.mark.parametrize("fault", Fault, ids=str)
@pytest.mark.parametrize(
    "operation", ["GetUser", "ListGroupsForUser", "ListMFADevices", "GetGroupPolicy", "GetRole"]
)
def test_when_aws_is_busy_the_same_is_asked_again(checked: Checked, operation: str, fault: Fault) -> None:
    form = checked.browser.get("done").form("check")
    with watched(checked.portal, Wire(Call(operation, 1), fault)):
        busy = checked.browser.submit(form)
        assert (busy.status, busy.heading) == (503, "AWS is busy")
        assert checked.browser.submit(busy.form("check")).heading.startswith("Nothing is missing")
    with watched(checked.portal, Wire(Call(operation, 1), fault)):
        assert call("GET", f"members/{MEMBER}/check")[0] == 503


def test_what_was_granted_a_moment_ago_is_looked_at_again_by_itself(checked: Checked) -> None:
    checked.iam.remove_user_from_group(UserName=MEMBER, GroupName="developers")
    page = checked.press()
    assert page.heading == "AWS may need another minute"
    assert "it tries again by itself" in page.text
    assert page.form("check").fields["tries"] == "1"
    by_hand = checked.press(tries="10")
    assert "it tries again by itself" not in by_hand.text
    assert answer()["may_be_propagating"] is True
    checked.iam.add_user_to_group(UserName=MEMBER, GroupName="developers")
    assert checked.browser.submit(page.form("check")).heading.startswith("Nothing is missing")


def test_what_is_wrong_for_longer_is_no_matter_of_waiting(checked: Checked) -> None:
    checked.iam.remove_user_from_group(UserName=MEMBER, GroupName="developers")
    checked.later()
    page = checked.press()
    assert page.heading == "Something is not in place"
    assert "Waiting does not help here: tell aws-admins@example.com what is marked ✗." in page.text
    assert answer()["may_be_propagating"] is False


def test_what_the_portal_did_not_set_up_a_moment_ago_is_not_waited_for(checked: Checked) -> None:
    checked.change_trust(Bool=None)
    assert (answer()["is_right"], answer()["may_be_propagating"]) == (False, False)


def test_other_groups_a_moment_ago_are_a_matter_of_waiting_too(checked: Checked) -> None:
    checked.later()
    done("PUT", f"members/{MEMBER}/groups", {"groups": ["operators"]})
    assert answer()["may_be_propagating"] is False
    checked.iam.remove_user_from_group(UserName=MEMBER, GroupName="operators")
    assert answer()["may_be_propagating"] is True


def test_without_a_session_nothing_is_asked(checked: Checked) -> None:
    with watched(checked.portal, Wire()) as wire:
        assert checked.another_browser().post("check", {}).heading == "Open your invitation link again"
    assert wire.calls == []


def test_before_mfa_is_proved_nothing_is_asked_of_iam(world: World) -> None:
    world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)
    with watched(world.portal, Wire()) as wire:
        assert world.browser.post("check", {}).heading == "Open your invitation link again"
    assert [made.operation for made in wire.calls] == ["GetItem"]


def test_the_language_can_be_changed_and_the_chosen_credentials_stay(checked: Checked) -> None:
    page = checked.press()
    (switch,) = [form for form in page.forms if "lang" in form.fields]
    again = checked.browser.submit(switch, lang="ja")
    assert again.answer.headers["content-language"] == ["ja"]
    assert again.form("check").fields == {"credentials": "access-key", "tries": "1"}


def test_the_console_shows_the_same(checked: Checked) -> None:
    browser = signed_in(checked.portal)
    page = browser.submit(browser.get(f"console/member?user_name={MEMBER}").form("console/check"))
    assert page.heading == f"Check of {MEMBER}"
    assert "What the portal can see is in place." in page.text
    assert "✓ It is in the group developers." in page.text
    checked.iam.remove_user_from_group(UserName=MEMBER, GroupName="developers")
    page = browser.submit(page.form("console/check"))
    assert "IAM may need another minute" in page.text
    checked.later()
    (switch,) = [form for form in page.forms if "lang" in form.fields]
    assert browser.submit(switch, lang="ja").answer.headers["content-language"] == ["ja"]
    page = signed_in(checked.portal).post("console/check", {"user_name": MEMBER})
    assert "What is marked ✗ is wrong." in page.text
    assert signed_in(checked.portal).post("console/check", {"user_name": "nobody"}).status == 404


# The command line


@pytest.fixture
def terminal(checked: Checked, tmp_path: Path) -> Terminal:
    return Terminal(checked, tmp_path)


def test_the_command_shows_a_table(terminal: Terminal) -> None:
    assert terminal.run("check", MEMBER).stdout.splitlines() == [
        "dev-simple-user",
        "",
        "  IAM user                 yes",
        "  permissions boundary     yes",
        "  MFA device               yes",
        "  in the group developers  yes",
        "",
        "PROFILE  ROLE                         IN PLACE  REQUIRES MFA  MAY ASSUME  MAXIMUM SESSION",
        "dev      dev-SwitchRole-S3FullAccess  yes       yes           yes         12 h",
        "stg      stg-SwitchRole-S3ReadOnly    ?         ?             ?           ?",
        "",
        "  stg: The role is in account 210987654321, which the portal cannot look into: trying it is the proof.",
        "",
        "What the portal can see is right.",
    ]
    assert terminal.json("check", MEMBER) == answer()


def test_the_command_fails_where_something_is_wrong(terminal: Terminal, checked: Checked) -> None:
    checked.later()
    checked.iam.delete_role(RoleName=ROLE)
    shown = terminal.run("check", MEMBER, status=1)
    assert "dev      dev-SwitchRole-S3FullAccess  no        -             no          -\n" in shown.stdout
    assert shown.stdout.endswith("\nSomething is wrong.\n")
    assert (shown.stderr, terminal.pauses) == ("", [])
    assert terminal.json("check", MEMBER, status=1)["is_right"] is False


def test_the_command_waits_for_aws_up_to_a_minute(terminal: Terminal, checked: Checked) -> None:
    checked.iam.remove_user_from_group(UserName=MEMBER, GroupName="developers")
    shown = terminal.run("check", MEMBER, status=1)
    assert shown.stderr == "AWS may not show everything yet: looking again for up to a minute ...\n"
    assert sum(terminal.pauses) == 60
    assert "AWS may need longer" in shown.stdout


def test_the_command_ends_as_soon_as_everything_is_right(terminal: Terminal, checked: Checked) -> None:
    group = {"UserName": MEMBER, "GroupName": "developers"}
    checked.iam.remove_user_from_group(**group)
    plain, tries = terminal.transport, list[str]()

    def transport(request: Any) -> Any:
        if tries:
            checked.iam.add_user_to_group(**group)
        tries.append(request.url)
        return plain(request)

    terminal.transport = transport
    assert "What the portal can see is right." in terminal.run("check", MEMBER).stdout
    assert len(tries) == 2


def test_the_command_says_when_the_groups_will_come(terminal: Terminal, checked: Checked) -> None:
    invited(checked.portal, "another")
    assert (
        "The groups are granted when an MFA device is proved." in terminal.run("check", "another", status=1).stdout
    )
