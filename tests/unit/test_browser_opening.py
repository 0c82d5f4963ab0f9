"""A link with a token reaches the browser, and no other user of the machine."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firstday.cli.browser_opening import has_browser

LINK = "https://portal.example.com/console/sign-in#a-token-&-\"quoted'"
# A stand-in for a browser: notes what other users see of it, and what the page says.
READS = """#!{python}
import json, os, sys
from pathlib import Path
from urllib.parse import unquote, urlsplit
page = Path(unquote(urlsplit(sys.argv[1]).path))
modes = [oct(one.stat().st_mode & 0o777) for one in (page.parent, page)]
record = {{"argv": sys.argv[1:], "page": page.read_text(), "modes": modes, "path": str(page)}}
Path(os.environ["HOME"], "record.json").write_text(json.dumps(record))
{ends}
"""
FAILS = "#!/bin/sh\nexit 3\n"
SNIFFS_AND_FAILS = '#!/bin/sh\ncat "${1#file://}" >/dev/null\nexit 4\n'
DOES_NOTHING = "#!/bin/sh\nexit 0\n"


def opened(home: Path, browser: str | None, **environment: str) -> bool:
    """Whether it says that a browser certainly opened, in a process of its own as ``webbrowser`` keeps its list."""
    if browser is not None:
        script = home / "browser"
        script.write_text(browser)
        script.chmod(0o700)
        environment = {"BROWSER": str(script)} | environment
    program = (
        "import sys; from firstday.cli.browser_opening import open_privately as o; print(o(sys.stdin.read(), 2))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home)} | environment,
        input=LINK,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout == "True\n"


@pytest.mark.parametrize("ends", ["", "import time; time.sleep(2)"], ids=["and ends", "and goes on"])
def test_the_token_stands_in_a_file_of_ones_own_and_on_no_command_line(tmp_path: Path, ends: str) -> None:
    assert opened(tmp_path, READS.format(python=sys.executable, ends=ends))
    record = json.loads((tmp_path / "record.json").read_text())
    assert len(record["argv"]) == 1
    assert "a-token" not in record["argv"][0]
    assert record["modes"] == ["0o700", "0o600"]
    link = "https://portal.example.com/console/sign-in#a-token-&amp;-&quot;quoted&#x27;"
    assert f'<meta http-equiv="refresh" content="0; url={link}">' in record["page"]
    assert f'<a href="{link}">' in record["page"]
    assert not Path(record["path"]).parent.exists()


@pytest.mark.parametrize(
    "browser",
    [FAILS, SNIFFS_AND_FAILS, DOES_NOTHING, "#!/no/such/interpreter\n", None],
    ids=["fails", "reads and fails", "opens nothing", "does not start", "none"],
)
def test_where_it_is_not_certain_that_a_browser_opened_that_is_told_and_nothing_is_left(
    tmp_path: Path, browser: str | None
) -> None:
    assert not opened(tmp_path, browser)
    assert {path.name for path in tmp_path.iterdir()} <= {"browser"}


def test_the_page_is_where_browsers_of_snap_and_flatpak_may_read(tmp_path: Path) -> None:
    (tmp_path / "Downloads").mkdir()
    assert opened(tmp_path, READS.format(python=sys.executable, ends=""))
    path = Path(json.loads((tmp_path / "record.json").read_text())["path"])
    assert path.is_relative_to(tmp_path / "Downloads")
    assert not any(part.startswith(".") for part in path.relative_to(tmp_path).parts)


def test_what_a_killed_run_has_left_is_removed_by_the_next_and_a_running_ones_is_not(tmp_path: Path) -> None:
    for name, age in (("firstday-console-old", 120), ("firstday-console-new", 5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "console.html").write_text(LINK)
        os.utime(tmp_path / name, (0, time.time() - age))
    assert opened(tmp_path, READS.format(python=sys.executable, ends=""))
    assert sorted(path.name for path in tmp_path.glob("firstday-console-*")) == ["firstday-console-new"]


def test_what_is_somebodys_own_and_begins_alike_stays(tmp_path: Path) -> None:
    """The user's own folder among the downloads, and a link to one, as another user may make it in /tmp."""
    files = {"firstday-console-notes": "notes.txt", "elsewhere": "console.html"}
    for folder, name in files.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("mine")
    (tmp_path / "firstday-console-link").symlink_to(tmp_path / "elsewhere")
    for folder in ("firstday-console-notes", "firstday-console-link"):
        os.utime(tmp_path / folder, (0, time.time() - 3600), follow_symlinks=False)
    assert opened(tmp_path, READS.format(python=sys.executable, ends=""))
    assert [(tmp_path / folder / name).read_text() for folder, name in files.items()] == ["mine", "mine"]


@pytest.mark.parametrize(
    ("platform", "environment", "has"),
    [
        ("linux", {}, False),
        ("linux", {"TERM": "xterm"}, False),  # where webbrowser would take lynx or w3m
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"BROWSER": "wslview"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_without_a_screen_there_is_no_browser(platform: str, environment: dict[str, str], has: bool) -> None:
    assert has_browser(platform, environment) is has
