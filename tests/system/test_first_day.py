"""A member's first day with the real AWS CLI against IAM policies and MFA codes that are really checked."""

import json
import time

import pytest

from chalicelib.members.mfa import code_at, step_at
from tests.system.running_sandbox import Device, Member, NewMember, RunningSandbox, plain


@pytest.fixture(scope="module")
def newcomer(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Member:
    """The first member, at the end of the journey."""
    member = Member(sandbox, "dev-simple-user", tmp_path_factory.mktemp("newcomer"), sandbox.browser())
    last = member.first_day(sandbox.record["invitation_url"])
    assert last.heading == "You are ready, dev-simple-user"
    return member


def test_the_source_profile_alone_is_denied_everything(newcomer: Member) -> None:
    status, shown = newcomer.aws("s3", "ls", "--profile", "dev-simple-user")
    assert status != 0
    assert "AccessDenied" in shown
    assert "with an explicit deny in an identity-based policy" in plain(shown)


def test_the_profiles_ask_for_a_code_and_then_list_the_bucket(newcomer: Member) -> None:
    assert newcomer.device is not None
    for profile, account in (("dev", "123456789012"), ("stg", "210987654321")):
        status, shown = newcomer.aws("s3", "ls", "--profile", profile, code=newcomer.device.code())
        assert "Enter MFA code for arn:aws:iam::123456789012:mfa/dev-simple-user:" in shown
        assert status == 0, shown
        assert f"firstday-demo-{account}" in shown
        status, shown = newcomer.aws("sts", "get-caller-identity", "--profile", profile)
        assert json.loads(shown)["Arn"].endswith("/dev-simple-user")


def test_the_code_is_asked_for_once_a_session(newcomer: Member) -> None:
    status, _ = newcomer.aws("s3", "ls", "--profile", "dev")
    assert status == 0


def test_a_wrong_code_is_refused(newcomer: Member) -> None:
    newcomer.forget_role_sessions()
    status, shown = newcomer.aws("s3", "ls", "--profile", "dev", code="000000")
    assert status != 0
    assert "MultiFactorAuthentication failed with invalid MFA one time pass code" in plain(shown)


def test_the_same_code_is_refused_the_second_time(sandbox: RunningSandbox, new_member: NewMember) -> None:
    member = new_member("hasty")
    member.first_day(sandbox.invite("hasty")["invitation_url"])
    assert member.device is not None
    code = member.device.code()
    assert member.aws("s3", "ls", "--profile", "dev", code=code)[0] == 0
    member.forget_role_sessions()
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=code)
    assert status != 0
    assert "invalid MFA one time pass code" in plain(shown)


@pytest.mark.parametrize(
    ("user_name", "role_arn", "session_name"),
    [
        ("curious", "arn:aws:iam::210987654321:role/stg-SwitchRole-Operations", "curious"),
        ("pretender", "arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess", "somebody-else"),
    ],
    ids=["role of a group that the member is not in", "session name of somebody else"],
)
def test_even_with_mfa_nothing_more_is_allowed(
    sandbox: RunningSandbox, new_member: NewMember, user_name: str, role_arn: str, session_name: str
) -> None:
    member = new_member(user_name)
    member.first_day(sandbox.invite(user_name)["invitation_url"])
    assert member.device is not None
    status, shown = member.aws(
        "sts",
        "assume-role",
        f"--profile={user_name}",
        f"--role-arn={role_arn}",
        f"--role-session-name={session_name}",
        f"--serial-number=arn:aws:iam::123456789012:mfa/{user_name}",
        f"--token-code={member.device.code()}",
    )
    assert status != 0
    assert "not authorized to perform: sts:AssumeRole" in plain(shown)


@pytest.mark.parametrize(
    "command",
    [
        "iam create-access-key",
        "iam deactivate-mfa-device --user-name dev-simple-user --serial-number "
        "arn:aws:iam::123456789012:mfa/dev-simple-user",
        "iam add-user-to-group --user-name dev-simple-user --group-name operators",
        "iam list-users",
        "sts assume-role --role-session-name dev-simple-user --role-arn "
        "arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess",
        "dynamodb list-tables",
        "s3 ls",
    ],
)
def test_after_the_journey_the_key_alone_can_still_do_nothing(newcomer: Member, command: str) -> None:
    status, shown = newcomer.aws(*command.split(), "--profile", "dev-simple-user")
    assert status != 0
    assert "AccessDenied" in shown


def test_without_the_group_the_role_is_refused(sandbox: RunningSandbox, new_member: NewMember) -> None:
    member = new_member("early-bird")
    member.first_day(sandbox.invite("early-bird")["invitation_url"])
    assert member.device is not None
    assert member.aws("s3", "ls", "--profile", "dev", code=member.device.code())[0] == 0
    member.forget_role_sessions()
    sandbox.root("iam").remove_user_from_group(UserName="early-bird", GroupName="developers")
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert status != 0
    assert "not authorized to perform: sts:AssumeRole" in plain(shown)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((-1, -1), "You entered the same code twice"),
        ((0, -1), "The two codes are in the wrong order"),
        ((-133, -132), "Your phone’s clock is 66 minutes slow"),
        ((19, 20), "Your phone’s clock is 10 minutes fast"),
        ((-4, -1), "These two codes do not follow each other"),
        (None, "These codes belong to another entry"),
    ],
)
def test_a_refusal_says_why_and_shows_the_same_qr_code(
    sandbox: RunningSandbox, new_member: NewMember, steps: tuple[int, int] | None, words: str
) -> None:
    user_name = "clock-watcher" + "".join(f"{step:+}" for step in steps or ())
    member = new_member(user_name)
    page = member.scan(member.begin(sandbox.invite(user_name)["invitation_url"]))
    assert member.device is not None
    seed = member.device.seed if steps else "A" * 64
    present = step_at(time.time())
    code1, code2 = (code_at(seed, present + step) for step in steps or (-1, 0))
    refused = member.browser.submit(page.form("codes"), code1=code1, code2=code2)
    assert words in refused.text
    assert refused.by_id["secret-key"] == page.by_id["secret-key"]
    assert member.enter_codes(refused).heading == "Get your access key"


def test_a_member_with_a_device_proves_it_with_two_codes(sandbox: RunningSandbox, new_member: NewMember) -> None:
    member = new_member("old-hand")
    member.enter_codes(member.scan(member.begin(sandbox.invite("old-hand")["invitation_url"])))
    device = member.device
    assert device is not None
    time.sleep(6)  # so that another journey sees it as older than itself
    again = sandbox.browser()
    other = Member(sandbox, "old-hand", member.home, again, device)
    page = other.begin(sandbox.invite("old-hand", "--group", "operators")["invitation_url"])
    page = again.submit(page.form("register-device"))
    assert page.heading == "You already have an MFA device"
    refused = again.submit(page.form("existing-device"), code1="000000", code2="111111")
    assert "AWS did not accept these codes" in refused.text
    code1, code2 = next_two(device)
    page = again.submit(refused.form("existing-device"), code1=code1, code2=code2)
    assert page.heading == "Get your access key"


def test_of_two_tabs_the_one_with_the_older_qr_code_is_told_so(
    sandbox: RunningSandbox, new_member: NewMember
) -> None:
    member = new_member("two-tabs")
    older = member.scan(member.begin(sandbox.invite("two-tabs")["invitation_url"]))
    older_device = member.device
    newer = member.scan(member.browser.get("register-device"))
    member.device, newer_device = older_device, member.device
    page = member.enter_codes(older)
    assert page.heading == "You need a new QR code"
    member.device = newer_device
    assert member.enter_codes(newer).heading == "Get your access key"


def test_a_passcode_opens_the_link(sandbox: RunningSandbox, new_member: NewMember) -> None:
    member = new_member("careful")
    invitation = sandbox.invite("careful", "--passcode")
    page = member.begin(invitation["invitation_url"])
    token = invitation["invitation_url"].partition("#")[2]
    wrong = member.browser.submit(page.form("start"), token=token, passcode="2222-2222")
    assert "You have 9 tries left" in wrong.text
    right = member.browser.submit(wrong.form("start"), passcode=invitation["passcode"])
    assert right.heading == "Register your phone"


@pytest.mark.parametrize("user_name", ["A.B@example.com", "x" * 64, "_+=,.@-"])
def test_every_name_that_iam_accepts_makes_the_whole_journey(
    sandbox: RunningSandbox, new_member: NewMember, user_name: str
) -> None:
    member = new_member(user_name)
    member.first_day(sandbox.invite(user_name)["invitation_url"])
    assert member.device is not None
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert status == 0, shown


def next_two(device: Device) -> tuple[str, str]:
    """Two consecutive codes that come after every used one."""
    step = device.last_step + 1
    while step_at(time.time()) < step:
        time.sleep(0.5)
    device.last_step = step + 1
    return code_at(device.seed, step), code_at(device.seed, step + 1)
