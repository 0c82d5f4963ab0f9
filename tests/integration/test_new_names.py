"""Names that a spreadsheet or a command takes for something else: new members cannot have one, others keep it."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.helpers.admin_calls import call, done, user
from tests.helpers.console_administrator import signed_in
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import World

NAMES = ("=1+1", "+cmd", "-rf", "@SUM")
LIST = "user_name\nfine\n{}\n"


def says(name: str) -> str:
    return f"A new user name cannot begin with {name[0]}: spreadsheets take that for a formula"


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def member(world: World, name: str) -> str:
    """A member of that name, from before the portal refused it."""
    world.portal.iam_administration.create_user(name)
    done("POST", "refresh", {})
    world.clock.lead += timedelta(hours=1)
    return name


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("path", ["invitations", "members"])
def test_nobody_new_is_called_so(name: str, path: str) -> None:
    status, answer = call("POST", path, {"user_name": name})
    assert (status, answer["error"]["field"]) == (400, "user_name")
    assert answer["error"]["message"].startswith(says(name))
    assert user(name) is None


def test_the_form_says_so_at_the_field(world: World, name: str) -> None:
    page = signed_in(world.portal).get("console/new-member")
    answer = signed_in(world.portal).submit(page.form("new-member"), user_name=name)
    assert answer.status == 400
    assert says(name) in answer.text


@pytest.mark.usefixtures("world")
def test_an_import_names_the_line(name: str) -> None:
    (problem,) = done("POST", "imports/check", {"csv": LIST.format(name)})["problems"]
    assert problem["line"] == 3
    assert problem["message"].startswith(says(name))


def test_an_import_does_nothing_before_it_is_mended(world: World, tmp_path: Path, name: str) -> None:
    terminal = Terminal(world, tmp_path)
    result = terminal.run("import", terminal.file(LIST.format(name)), "--yes", status=1)
    assert says(name) in result.output
    assert user("fine") is None


def test_who_is_called_so_already_is_a_member_like_any_other(member: str) -> None:
    where = f"members/{quote(member, safe='')}"
    assert done("POST", "imports/check", {"csv": LIST.format(member)})["problems"] == []
    assert done("POST", "invitations", {"user_name": member})["user_name"] == member
    assert done("GET", where)["member"]["state"] == "invited"
    assert done("PUT", f"{where}/groups", {"groups": ["operators"]})["member"]["groups"] == ["operators"]
    assert done("POST", f"{where}/mfa-reset", {})["user_name"] == member
    done("DELETE", where)
    assert user(member) is None
