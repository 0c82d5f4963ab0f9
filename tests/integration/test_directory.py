"""The list of members, and how it is kept up to date."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.audit import AuditEvent
from chalicelib.errors import InvitationExpired
from chalicelib.members.invitations import hashed, openable
from chalicelib.members.link_tokens import invitation_tokens
from chalicelib.wiring import Portal
from tests.helpers.admin_calls import call, done, events_of, first_day, groups_of, user
from tests.helpers.aws_faults import Wire, watched
from tests.helpers.member_walk import shown_codes
from tests.helpers.worlds import MEMBER, World, a_world, invited, with_settings


def names(query: str = "") -> list[str]:
    return [member["user_name"] for member in done("GET", f"members{query}")["members"]]


def state_of(name: str = MEMBER) -> str:
    return str(done("GET", f"members/{name}")["member"]["state"])


def refreshed() -> list[tuple[str, str]]:
    """A whole refresh: (user name, difference)."""
    found, cursor = [], None
    for _ in range(50):
        answer = done("POST", "refresh", {"cursor": cursor} if cursor else {})
        found += [(one["user_name"], one["message"]) for one in answer["differences"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError("it never ends")


def test_the_state_follows_the_member_through_the_journey(world: World) -> None:
    assert state_of() == "invited"
    page = world.browser.post("start", {"token": world.invitation.token})
    assert state_of() == "opened"
    page = world.browser.submit(page.form("register-device"))
    assert state_of() == "registering"
    world.browser.submit(page.form("codes"), **shown_codes(page))
    assert state_of() == "active"


def test_an_invitation_that_nobody_opens_expires_and_can_be_revoked(world: World) -> None:
    invited(world.portal, "another")
    done("POST", "invitations/revoke", {"user_name": "another"})
    assert state_of("another") == "revoked"
    world.clock.lead += timedelta(days=8)
    assert state_of() == "expired"


def test_a_locked_invitation_is_told_as_such(world: World) -> None:
    token = invited(world.portal, with_passcode=True).token
    for _ in range(10):
        world.browser.post("start", {"token": token, "passcode": "WRONG"})
    assert state_of() == "locked"


def test_a_member_can_be_created_without_an_invitation(world: World) -> None:
    answer = done("POST", "members", {"user_name": "later", "groups": ["operators"]})
    assert (answer["member"]["state"], answer["member"]["groups"]) == ("created", ["operators"])
    assert groups_of(world, "later") == ["firstday-members"]
    assert done("POST", "members", {"user_name": "later"}) == answer
    assert done("POST", "invitations", {"user_name": "later"})["groups"] == ["operators"]


def test_no_hash_and_no_secret_is_in_the_list(world: World) -> None:
    first_day(world)
    (member,) = done("GET", "members")["members"]
    assert not [name for name in member if "hash" in name or "session" in name or "passcode" in name]
    assert member["access_key_created_at"]


def test_the_list_is_in_order_of_names_and_goes_on_page_by_page(aws: Portal) -> None:
    everybody = sorted(f"member-{number:02}" for number in range(7))
    for name in reversed(everybody):
        invited(aws, name)
    found, query = [], "?limit=3"
    while query:
        answer = done("GET", f"members{query}")
        found += [member["user_name"] for member in answer["members"]]
        query = f"?limit=3&cursor={answer['next_cursor']}" if answer["next_cursor"] else ""
    assert found == everybody


def test_a_filter_finds_names_and_states_over_all_pages(world: World) -> None:
    for name in ("Alpha-one", "beta-two", "alpha-two"):
        invited(world.portal, name)
    first_day(world)
    assert names("?filter=ALPHA") == ["Alpha-one", "alpha-two"]
    assert names("?state=active") == [MEMBER]
    assert names("?state=invited&filter=two&limit=1") == ["alpha-two"]
    answer = done("GET", "members?state=invited&filter=two&limit=1")
    assert names(f"?state=invited&filter=two&limit=1&cursor={answer['next_cursor']}") == ["beta-two"]


def test_a_page_of_the_list_is_one_call_to_dynamodb_and_none_to_iam(world: World) -> None:
    for number in range(60):
        done("POST", "members", {"user_name": f"member-{number}"})
    with watched(world.portal, Wire()) as wire:
        assert len(names()) == 50
    assert [call.operation for call in wire.calls] == ["Query"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=happy", "state"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=²", "limit"),
        ("limit=-1", "limit"),
        ("cursor=xyz", "cursor"),
        ("cursor=eyJhIjogImIifQ", "cursor"),
        ("sort=name", "sort"),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_mistake_in_the_query_is_named(query: str, field: str) -> None:
    status, answer = call("GET", f"members?{query}")
    assert (status, answer["error"]["field"]) == (400, field)


def test_one_member_is_shown_as_iam_has_them_now(world: World) -> None:
    first_day(world)
    shown = done("GET", f"members/{MEMBER.upper()}")
    assert shown["member"]["user_name"] == MEMBER
    assert shown["iam"]["groups"] == ["firstday-members", "developers"]
    assert [device["serial_number"] for device in shown["iam"]["devices"]] == [
        f"arn:aws:iam::123456789012:mfa/{MEMBER}"
    ]
    (key,) = shown["iam"]["access_keys"]
    assert (key["is_active"], key["last_used_at"]) == (True, None)


def test_a_console_password_is_told_of_where_the_settings_ask_for_one(world: World) -> None:
    asked = with_settings(world, console_password=True)
    assert done("GET", f"members/{MEMBER}")["iam"]["has_console_password"] is False
    world.iam.create_login_profile(UserName=MEMBER, Password="correct Horse battery 1")
    with watched(asked.portal, Wire()) as wire:
        assert done("GET", f"members/{MEMBER}")["iam"]["has_console_password"] is True
    assert [call.operation for call in wire.calls].count("GetLoginProfile") == 1


def test_where_the_settings_ask_for_no_console_password_iam_is_not_asked_either(world: World) -> None:
    world.iam.create_login_profile(UserName=MEMBER, Password="correct Horse battery 1")
    with watched(world.portal, Wire()) as wire:
        assert done("GET", f"members/{MEMBER}")["iam"]["has_console_password"] is None
    assert "GetLoginProfile" not in [call.operation for call in wire.calls]


def test_a_refresh_asks_for_no_console_passwords(world: World) -> None:
    with watched(with_settings(world, console_password=True).portal, Wire()) as wire:
        refreshed()
    assert "GetLoginProfile" not in [call.operation for call in wire.calls]


def test_what_differs_from_iam_is_told_and_a_refresh_corrects_the_record(world: World) -> None:
    first_day(world)
    world.clock.lead += timedelta(minutes=20)
    world.iam.remove_user_from_group(GroupName="developers", UserName=MEMBER)
    world.iam.add_user_to_group(GroupName="operators", UserName=MEMBER)
    told = [
        "IAM has the member in operators, the record does not.",
        "The record has the member in developers, IAM does not.",
    ]
    assert done("GET", f"members/{MEMBER}")["differences"] == told
    assert refreshed() == [(MEMBER, message) for message in told]
    assert done("GET", f"members/{MEMBER}")["differences"] == []
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == ["operators"]
    assert events_of()[-1] == ("admin", "record.corrected")
    assert refreshed() == []


def test_a_device_that_somebody_removed_in_iam_is_no_proof_any_more(world: World) -> None:
    first_day(world)
    world.clock.lead += timedelta(minutes=20)
    serial_number = f"arn:aws:iam::123456789012:mfa/{MEMBER}"
    world.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=serial_number)
    assert (MEMBER, "The MFA device that was proved is gone from IAM.") in refreshed()
    assert state_of() == "reset"


def give_by_hand(world: World, name: str) -> None:
    """A device and a group, as somebody with all of IAM gives them."""
    device = world.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    world.iam.enable_mfa_device(
        UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    world.iam.add_user_to_group(UserName=name, GroupName="operators")


def test_who_was_set_up_by_hand_is_active_after_a_refresh(world: World) -> None:
    world.iam.create_user(UserName="made-by-hand", Path="/members/")
    give_by_hand(world, "made-by-hand")
    refreshed()
    member = done("GET", "members/made-by-hand")["member"]
    assert (member["state"], member["groups"]) == ("active", ["operators"])


def test_a_refresh_forgets_what_only_a_running_invitation_needs_a_month_after_its_end(world: World) -> None:
    token = invited(world.portal, with_passcode=True)
    passcode = {"passcode": token.passcode or ""}
    page = world.browser.post("start", {"token": token.token, **passcode})
    world.browser.submit(page.form("register-device"))
    for days, is_kept in ((8, True), (30, False)):
        world.clock.lead += timedelta(days=days)
        assert refreshed() == []
        member = world.portal.members.get(MEMBER)
        assert member is not None
        kept = (member.passcode_hash, member.session_hash, member.session_expires_at, member.session_idle_ends_at)
        assert {each is not None for each in kept} == {is_kept}
    assert state_of() == "expired"
    with pytest.raises(InvitationExpired):  # as before: the owner of the link is told what became of it
        openable(member, hashed(invitation_tokens(token.token)[0].secret), world.portal.now())
    assert [action for _, action in events_of(MEMBER)].count("invitation.swept") == 1


def test_a_member_invited_anew_or_active_keeps_what_is_in_use(world: World) -> None:
    first_day(world)
    world.clock.lead += timedelta(days=60)
    invited(world.portal, "anew")
    world.clock.lead += timedelta(days=60)
    invited(world.portal, "anew", with_passcode=True)
    refreshed()
    anew, active = world.portal.members.get("anew"), world.portal.members.get(MEMBER)
    assert anew is not None
    assert anew.passcode_hash
    assert active is not None
    assert active.session_hash is None
    assert (state_of("anew"), state_of()) == ("invited", "active")


def test_a_refresh_does_not_believe_a_device_that_came_past_the_invitation(world: World) -> None:
    """As a request that was under way leaves one, when the phone is reset at the same moment."""
    first_day(world)
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    world.clock.lead += timedelta(minutes=20)
    give_by_hand(world, MEMBER)
    message = "IAM has an MFA device and switch-role groups that the portal did not give: reset the member."
    for _ in range(2):
        assert refreshed() == [(MEMBER, message)]
    assert state_of() == "reset"
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    assert refreshed() == []
    assert groups_of(world) == ["firstday-members"]


def test_a_member_in_mid_journey_is_left_alone(world: World) -> None:
    first_day(world)
    world.iam.remove_user_from_group(GroupName="developers", UserName=MEMBER)
    assert refreshed() == []
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == ["developers"]


def test_a_refresh_finds_members_made_elsewhere_and_records_whose_user_is_gone(world: World) -> None:
    world.iam.create_user(UserName="made-by-hand", Path="/members/")
    world.iam.create_user(UserName="an-admin", Path="/admins/")
    world.iam.create_user(UserName="below", Path="/members/sub/")
    world.iam.remove_user_from_group(GroupName="firstday-members", UserName=MEMBER)
    world.iam.delete_user(UserName=MEMBER)
    world.clock.lead += timedelta(minutes=20)
    assert refreshed() == [
        ("made-by-hand", "The portal had no record of this member; now it has."),
        (MEMBER, "IAM has no such user any more: offboard the member to remove the record."),
    ]
    assert names() == [MEMBER, "made-by-hand"]
    assert state_of("made-by-hand") == "created"


@pytest.mark.usefixtures("world")
def test_a_refresh_goes_over_more_members_than_one_request_takes() -> None:
    for number in range(45):
        done("POST", "members", {"user_name": f"member-{number}"})
    checked, cursor = 0, None
    for _ in range(10):
        answer: dict[str, Any] = done("POST", "refresh", {"cursor": cursor} if cursor else {})
        checked, cursor = checked + answer["checked"], answer["next_cursor"]
        if cursor is None:
            break
    assert checked == 46
    assert user("member-44")


@pytest.mark.usefixtures("world")
def test_a_cursor_that_nobody_gave_is_refused() -> None:
    for cursor in ("x", "e30", "bm8", "a" * 5000, "eyJtYXJrZXIiOiAiIn0"):
        status, answer = call("POST", "refresh", {"cursor": cursor})
        assert (status, answer["error"]["field"]) == (400, "cursor")


def test_audit_events_are_read_by_member_by_time_and_page_by_page(world: World) -> None:
    first_day(world)
    world.clock.lead += timedelta(days=2)
    invited(world.portal, "another")
    since = (world.clock() - timedelta(days=1)).isoformat().replace("+", "%2B")
    recent = done("GET", f"audit-events?since={since}")["events"]
    assert {event["subject"] for event in recent} == {"another"}
    before = done("GET", f"audit-events?until={since}&limit=200")["events"]
    assert {event["subject"] for event in before} == {MEMBER}
    found, cursor = [], ""
    for _ in range(20):
        answer = done("GET", f"audit-events?limit=2{cursor}")
        found += answer["events"]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert found == recent + before
    assert [event["occurred_at"] for event in found] == sorted(
        (event["occurred_at"] for event in found), reverse=True
    )


def test_an_audit_event_that_a_newer_version_has_written_is_shown_by_its_name(world: World) -> None:
    event = AuditEvent("admin", "device.renamed", MEMBER, world.clock())
    world.portal.members.record_revoked(world.invitation.member, "another", event)
    assert events_of()[-1] == ("admin", "device.renamed")


def test_audit_events_go_on_from_one_year_to_the_one_before(aws: Portal) -> None:
    world = a_world(aws)
    world.clock.lead += timedelta(days=500)
    invited(aws, "in-two-years")
    found = done("GET", "audit-events?limit=3")
    assert [event["subject"] for event in found["events"]] == ["in-two-years", "in-two-years", MEMBER]
    rest = done("GET", f"audit-events?limit=3&cursor={found['next_cursor']}")
    assert [event["subject"] for event in rest["events"]] == [MEMBER]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=2026-13-01", "since=0001-01-01", "cursor=e30", "since=" + "9" * 40]
)
@pytest.mark.usefixtures("world")
def test_a_mistake_in_the_query_of_the_audit_trail_is_named(query: str) -> None:
    status, answer = call("GET", f"audit-events?{query}")
    assert (status, answer["error"]["field"]) == (400, query.partition("=")[0])


@pytest.mark.usefixtures("world")
def test_a_range_of_time_that_is_none_is_empty() -> None:
    answer = done("GET", f"audit-events?user_name={MEMBER}&since=2030-01-01&until=2026-01-01")
    assert answer == {"events": [], "next_cursor": None}
    assert done("GET", "audit-events?since=2030-01-01&until=2026-01-01") == {"events": [], "next_cursor": None}


def test_a_name_that_no_member_can_have_is_reported_and_gets_no_record(world: World) -> None:
    world.iam.create_user(UserName="x", Path="/members/")
    assert refreshed() == [("x", "A member cannot have this name: rename the user in IAM.")]
    assert names() == [MEMBER]
