"""Hands a link with a token to the browser so that other users of this machine cannot read it.

A browser's command line can be read by everybody, so it names a file that only its owner can read, with a page that
leads on to the link. Only the file tells whether a browser has opened it: somebody has read the file.
"""

import os
import stat
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path

PREFIX = "firstday-console-"
_NAME = "console.html"
# A browser that is not running yet takes some seconds to start.
PATIENCE = 10.0
_PAUSE = 0.1
# A link is valid for a minute: no run still waits for an older file.
_LONGEST = 60
# After the first read: enough for the rest of a small page.
_GRACE = 1.0
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Firstday</title>
<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url={link}"></head>
<body><p><a href="{link}">Open the console</a></p></body></html>
"""


def open_privately(link: str, patience: float = PATIENCE) -> bool:
    """Open ``link`` in a browser; True only where one has certainly read it. ``patience`` is in seconds."""
    if not has_browser(sys.platform, os.environ):
        return False
    with suppress(OSError, RuntimeError, webbrowser.Error), _page(link) as path:  # without a home: RuntimeError
        process = _started(path.as_uri())
        return process is not None and _is_read(path, process, patience)
    return False


def has_browser(platform: str, environment: Mapping[str, str]) -> bool:
    """Whether there is a screen for one. ``webbrowser`` also knows browsers that take over the terminal."""
    has_screen = platform in {"darwin", "win32"} or bool(
        environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    )
    return has_screen or bool(environment.get("BROWSER"))


@contextmanager
def _page(link: str) -> Iterator[Path]:
    """A file that leads to ``link``, and is removed afterwards, together with what a killed run has left."""
    above = _folder(sys.platform, Path.home())
    for left in above.glob(f"{PREFIX}*"):
        with suppress(OSError):
            _forget(left)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=above) as folder:  # of mode 0700
        path = Path(folder) / _NAME
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(_PAGE.format(link=escape(link)))
        # Most systems note a read only where the last one noted is older than the last write.
        os.utime(path, (0, path.stat().st_mtime))
        yield path


def _forget(folder: Path) -> None:
    """Remove what a killed run has left. Other files stay, also in a folder of the user with a similar name."""
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.getuid())
    if not is_ours or found.st_mtime >= time.time() - _LONGEST or {*folder.iterdir()} - {folder / _NAME}:
        return
    (folder / _NAME).unlink(missing_ok=True)
    folder.rmdir()


def _folder(platform: str, home: Path) -> Path:
    """Where browsers may read: on Linux, those of snap and flatpak see no /tmp and no hidden folder."""
    temporary = Path(tempfile.gettempdir())
    wanted = [home / "Downloads", home] if platform.startswith("linux") else []
    return next((path for path in wanted if os.access(path, os.W_OK | os.X_OK) and path.is_dir()), temporary)


def _started(address: str) -> Callable[[], int | None] | None:
    """Start the user's browser; returns its process or the like, None if it did not start."""
    browser = webbrowser.get()
    if not isinstance(browser, webbrowser.GenericBrowser):
        return (lambda: 0) if browser.open(address) else None
    # webbrowser would not tell how it ended.
    command = [browser.name, *(part.replace("%s", address) for part in browser.args)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True).poll


def _is_read(path: Path, status: Callable[[], int | None], patience: float) -> bool:
    """Wait until somebody reads ``path`` and the browser has not failed."""
    until = time.monotonic() + patience
    while not status() and time.monotonic() < until:
        if path.stat().st_atime > 1:
            time.sleep(_GRACE)
            return not status()
        time.sleep(_PAUSE)
    return False
