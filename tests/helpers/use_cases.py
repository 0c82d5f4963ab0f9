"""Everything that members and administrators use the portal for, while a recorder notes the calls to AWS."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from app import app
from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.audit_watcher import watch
from firstday.verification.browser import Browser
from tests.helpers import comebacks, replaced_keys, worlds
from tests.helpers import console_password as passwords
from tests.helpers.admin_calls import call, done, first_day, populate
from tests.helpers.aged_keys import aged, parts_with_mail, run_of
from tests.helpers.audit_event_bus import BUS, carried, event_bus, record
from tests.helpers.aws_faults import watched
from tests.helpers.aws_requests import Recorder
from tests.helpers.census_run import counted
from tests.helpers.checked_member import a_checked_world
from tests.helpers.console_administrator import sign_in_token, signed_in
from tests.helpers.console_import import LIST, check, to_the_end
from tests.helpers.ended_access import ended
from tests.helpers.journeys import JOURNEYS, active, walk
from tests.helpers.mailing import with_mail
from tests.helpers.member_walk import Walk, scan, shown_codes
from tests.helpers.replaced_keys import replaced, retired, statuses
from tests.helpers.sweeper import abandoned, later, swept

UseCases = Callable[[Recorder], None]


def route() -> str:
    """The route that is being answered."""
    assert app.current_request is not None
    return f"{app.current_request.method} {app.current_request.context['resourcePath']}"


def journeys(recorder: Recorder) -> None:
    """From the link to the end, plainly, with a passcode, a leftover device, a device, a lost key, old keys."""
    for begin in JOURNEYS:
        with worlds.deployed() as here:
            world = begin(here)
            with watched(here, recorder):
                walk(world, begin).to_the_end()


def pages_of_a_member(recorder: Recorder) -> None:
    """Each page again, as a member who goes back and forth opens it; and each form."""
    with worlds.within(a_checked_world) as world, watched(world.portal, recorder):
        for path in _paths("GET"):
            world.browser.get(path)
        for path in _paths("POST"):
            world.browser.post(path, {"code1": "123456", "code2": "654321"})


def _paths(method: str) -> list[str]:
    ours = ("/admin", "/console", "/member")
    return [path[1:] for path, methods in app.routes.items() if method in methods and not path.startswith(ours)]


def a_console_password(recorder: Recorder) -> None:
    with passwords.at_the_password() as world, watched(world.portal, recorder):
        assert passwords.choose(world).heading == passwords.SET
        assert done("GET", f"members/{worlds.MEMBER}")["iam"]["has_console_password"]


def a_group_that_is_gone(recorder: Recorder) -> None:
    """A missing group; the account's list tells it from a group that the portal may not use."""
    with worlds.deployed() as here:
        world = worlds.a_world(here)
        page = scan(world)
        world.iam.delete_group(GroupName="developers")
        with watched(here, recorder):
            assert world.browser.submit(page.form("codes"), **shown_codes(page)).status == 409


def late_codes(recorder: Recorder) -> None:
    """Two codes that were too old, then two fresh ones."""
    with worlds.deployed() as here:
        world = worlds.a_world(here)
        with watched(here, recorder):
            Walk(world.browser, world.invitation.token, late=(8, 0)).to_the_end()


def own_config(recorder: Recorder) -> None:
    with worlds.deployed() as here:
        first_day(worlds.a_world(here))
        with watched(here, recorder):
            for path in ("config", "merge-config.sh"):
                arn = f"arn:aws:iam::123456789012:user/members/{worlds.MEMBER}"
                assert worlds.in_process("GET", f"/api/member/{path}", {}, "", userArn=arn).status == 410


@contextmanager
def with_a_password() -> Iterator[worlds.World]:
    """A member with a console password, in an organisation that has them."""
    with worlds.within(a_checked_world) as world:
        world.iam.create_login_profile(UserName=worlds.MEMBER, Password=passwords.GOOD)
        yield worlds.with_settings(world, console_password=True)


def own_page(recorder: Recorder) -> None:
    """Every step of the member's own page."""
    for step in comebacks.STEPS:
        with worlds.within(step.begin) as world, watched(world.portal, recorder):
            assert step.ends in step.go(world, 0).text
    with worlds.within(comebacks.with_two) as world, watched(world.portal, recorder):
        assert world.browser.get(f"me/remove-device?serial_number={comebacks.FIRST}").status == 200


def admin_api(recorder: Recorder) -> None:
    with with_a_password() as world, watched(world.portal, recorder):
        _new_members()
        _looking(world)
        done("PUT", f"members/{worlds.MEMBER}/groups", {"groups": ["operators"]})
        done("PUT", f"members/{worlds.MEMBER}/details", {"email": "dev-simple-user@example.com"})
        done("POST", f"members/{worlds.MEMBER}/password-reset", {})
        done("POST", f"members/{worlds.MEMBER}/mfa-reset", {})
        done("POST", f"members/{worlds.MEMBER}/suspension", {})
        done("POST", f"members/{worlds.MEMBER}/resumption", {})
        call("GET", "members", userArn="arn:aws:iam::123456789012:user/stranger")
    with worlds.within(a_checked_world) as world:
        populate(world)
        with watched(world.portal, recorder):
            done("GET", f"members/{worlds.MEMBER}/offboarding")
            done("DELETE", f"members/{worlds.MEMBER}")


def _new_members() -> None:
    done("POST", "members", {"user_name": "created", "groups": ["developers"]})
    for _ in range(2):
        done("POST", "invitations", {"user_name": "another"})
    done("POST", "invitations/revoke", {"user_name": "another"})
    done("POST", "imports/check", {"csv": LIST})
    done("POST", "console-links", {"portal_url": worlds.PORTAL_URL})


def _looking(world: worlds.World) -> None:
    for path in ("members", f"members/{worlds.MEMBER}", f"members/{worlds.MEMBER}/check", "audit-events?limit=1"):
        done("GET", path)
    done("GET", f"audit-events?user_name={worlds.MEMBER}")
    world.clock.lead += timedelta(minutes=20)
    done("POST", "refresh", {})


def web_console(recorder: Recorder) -> None:
    with with_a_password() as world, watched(world.portal, recorder):
        admin = signed_in(world.portal)
        _every_page(admin)
        _every_form(admin)
        # With a member's session, which is recorded.
        world.browser.get("console/members")
        worlds.in_process_browser().post("console/sign-in", {"token": sign_in_token(world.portal) + "x"})


def _every_page(admin: Browser) -> None:
    for path, methods in app.routes.items():
        if path.startswith("/console") and "GET" in methods:
            assert admin.get(f"{path[1:]}?user_name={worlds.MEMBER}").status == 200


def _every_form(admin: Browser) -> None:
    to_the_end(admin, admin.submit(check(admin, LIST).form("console/import")))
    admin.submit(admin.get("console/new-member").form("new-member"), user_name="another")
    typed = {"groups": {"group-operators": "yes"}, "details": {"until": "2099-12-31"}}
    for action in ("check", "groups", "details", "invite", "revoke"):
        form = admin.get(f"console/member?user_name={worlds.MEMBER}").form(f"console/{action}")
        assert admin.submit(form, **typed.get(action, {})).status == 200
    for action in ("reset-password", "reset-mfa", "suspend", "resume", "offboard"):
        form = admin.get(f"console/{action}?user_name={worlds.MEMBER}").form(action)
        assert admin.submit(form).status == 200
    admin.submit(admin.get("console/members").form("sign-out"))


def sweeping(recorder: Recorder) -> None:
    """The device of an abandoned journey."""
    with worlds.deployed() as here:
        abandoned(here)
        later(here, timedelta(days=60))
        with watched(here, recorder):
            assert swept(here).devices == [worlds.MEMBER]


def retiring_keys(recorder: Recorder) -> None:
    """The former key of a member who has replaced it a day ago, and is told by mail that it has ended."""
    with worlds.deployed() as here:
        replaced(here)
        mailing = with_mail(here)
        later(here, timedelta(days=1))
        with watched(mailing, recorder):
            assert retired(mailing).members == [worlds.MEMBER]


def counting(recorder: Recorder) -> None:
    """One run of the census."""
    with worlds.deployed() as here:
        worlds.invited(here)
        with watched(here, recorder):
            assert counted(here)["is_finished"]


def suspending(recorder: Recorder) -> None:
    """A last day that is near, and then over; a suspension that was cut off; an invitation by mail that ends."""
    with worlds.deployed() as here:
        active(here)
        worlds.invited(here, "another")
        mailing = with_mail(here)
        replaced_keys.record(here, "another", is_mailed=True)
        replaced_keys.record(here, until=f"{here.now().date() + timedelta(days=6)}")
        for days in (0, 6):
            later(mailing, timedelta(days=days))
            with watched(mailing, recorder):
                assert ended(mailing).is_finished
        here.iam.remove_from_group(worlds.MEMBER, SUSPENDED_GROUP)
        with watched(mailing, recorder):
            assert ended(mailing).finished == [worlds.MEMBER]


def ageing_keys(recorder: Recorder) -> None:
    """A key that ends, and is deleted a month later, where the member is told by mail."""
    with worlds.deployed() as here:
        aged(here)
        ageing = parts_with_mail(here)
        for days in (80, 10, 30):
            later(here, timedelta(days=days))
            with watched(here, recorder):
                assert run_of(ageing).is_finished
        assert statuses(here) == {}


def tampering(recorder: Recorder) -> None:
    """An event that somebody has removed, where the settings name a bus."""
    with event_bus() as events:
        carried(events, recorder)
        watch([record("REMOVE")], "request", events, BUS)


PORTAL: tuple[UseCases, ...] = (
    journeys,
    pages_of_a_member,
    a_console_password,
    a_group_that_is_gone,
    late_codes,
    own_config,
    own_page,
    admin_api,
    web_console,
)
SWEEPER: tuple[UseCases, ...] = (sweeping,)
KEY_RETIREMENT: tuple[UseCases, ...] = (retiring_keys,)
CENSUS: tuple[UseCases, ...] = (counting,)
SUSPENSION: tuple[UseCases, ...] = (suspending,)
KEY_AGEING: tuple[UseCases, ...] = (ageing_keys,)
WATCHER: tuple[UseCases, ...] = (tampering,)
