"""``firstday.toml``: read once, checked as a whole, then frozen."""

import tomllib
from dataclasses import replace
from pathlib import Path

from chalicelib.organisation import Role, Settings, SwitchRoleGroup, UnknownGroup
from chalicelib.settings_lines import line_of
from chalicelib.settings_reader import read_settings
from chalicelib.settings_table import Problem, SettingsError

__all__ = ["Problem", "Role", "Settings", "SettingsError", "SwitchRoleGroup", "UnknownGroup", "load", "parse"]


def parse(text: str) -> Settings:
    """The settings written as TOML in ``text``; raises SettingsError with all mistakes."""
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise _unreadable("It is nested too deeply.", "Keep to the form of the example.") from None
    except ValueError as error:
        raise _unreadable(f"This is not TOML: {error}.", "Correct it there.") from None
    try:
        return read_settings(values)
    except SettingsError as error:
        located = [replace(problem, line=line_of(text, problem.key)) for problem in error.problems]
        raise SettingsError(located) from None


def load(path: Path) -> Settings:
    """The settings in the file at ``path``; raises SettingsError with all mistakes."""
    try:
        # Windows' Notepad puts a byte order mark at the beginning; TOML knows none.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise _unreadable(message, "Run this in the folder that firstday.toml is in.") from None
    except UnicodeDecodeError:
        raise _unreadable(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None
    return parse(text)


def _unreadable(message: str, remedy: str) -> SettingsError:
    return SettingsError([Problem("firstday.toml", message, remedy)])
