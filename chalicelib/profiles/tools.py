"""What tools make of the member's profiles, for the tools page and docs/tools.md: read from ``tools.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.settings.records import Daily

_DATA = Path(__file__).with_name("tools.toml")
# Language to sentence; what stands between backticks is code.
Text = Mapping[str, str]


class Layout(StrEnum):
    """How the profiles are laid out: A and B for the two daily ways, C and E for tools that read no roles."""

    PROMPT = "A"
    SESSION = "B"
    PROCESS = "C"
    ENVIRONMENT = "E"


def layout_of(daily: Daily) -> Layout:
    """The layout for members who work that way every day."""
    return Layout[daily.name]


class Outcome(StrEnum):
    """What a tool does with a layout."""

    WORKS = "works"
    ONCE = "once"
    ASKS = "asks"
    REFUSES = "refuses"
    WITHOUT_MFA = "without-mfa"
    STRAYS = "strays"
    UNREAD = "unread"
    NOT_RUN = "not-run"


class Way(StrEnum):
    """How a member gives a tool its credentials."""

    PROFILE = "profile"
    PROCESS = "process"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Topic:
    """How to go a way, or what else concerns many tools.

    ``powershell`` is empty where the commands are those of the other shells. ``messages`` are what tools say, by
    the name of the library that says it.
    """

    key: str
    title: Text
    text: Text
    posix: str = ""
    powershell: str = ""
    messages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it was run; a tool with a ``warning`` may go on without an error where it should stop.

    ``message`` is what one sees where it does not work. ``before_login`` and ``expired`` are what it says in
    layout B: before the first code of the day, and after twelve hours.
    """

    key: str
    name: str
    version: str
    run_on: date
    layouts: Mapping[Layout, Outcome]
    message: str | None
    before_login: str | None
    expired: str | None
    warning: Text | None
    notes: tuple[Text, ...]

    def ways(self, daily: Daily) -> tuple[Way, ...]:
        """What a member uses who works that way every day, the shortest way first."""
        outcome = self.layouts[layout_of(daily)]
        found = [Way.PROFILE] if outcome in _USABLE | {Outcome.NOT_RUN} else []
        if outcome not in (Outcome.WORKS, Outcome.ONCE) and self.layouts[Layout.PROCESS] in _USABLE:
            found.append(Way.PROCESS)
        return tuple(found) or (Way.ENVIRONMENT,)


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything that is known of tools; ``mfa_login`` is the command that begins the day in layout B."""

    mfa_login: str
    tools: tuple[Tool, ...]
    topics: tuple[Topic, ...]
    ways: Mapping[Way, Topic]
    layouts: Mapping[Layout, Text]
    outcomes: Mapping[Outcome, Text]

    def find(self, key: str | None) -> Tool | None:
        return next((tool for tool in self.tools if tool.key == key), None)


_USABLE = {Outcome.WORKS, Outcome.ONCE, Outcome.ASKS}


@cache
def load() -> Tools:
    """What the file says; read with the first visit of the page, to keep it off the cold start."""
    data = tomllib.loads(_DATA.read_text("utf-8"))
    libraries = data["libraries"]
    return Tools(
        mfa_login=data["mfa_login"],
        tools=tuple(_tool(item, libraries) for item in data["tools"]),
        topics=tuple(_topic(item, data) for item in data["topics"]),
        ways={way: Topic(way, **data["ways"][way]) for way in Way},
        layouts={layout: data["layouts"][layout] for layout in Layout},
        outcomes={outcome: data["outcomes"][outcome] for outcome in Outcome},
    )


def _topic(item: Mapping[str, Any], data: Mapping[str, Any]) -> Topic:
    kind = item.get("messages")
    if kind is None:
        return Topic(**item)
    messages = {library["name"]: library[kind] for library in data["libraries"].values()}
    return Topic(**{"posix": data["mfa_login"], **item, "messages": messages})


def _tool(item: Mapping[str, Any], libraries: Mapping[str, Mapping[str, str]]) -> Tool:
    said = {**libraries.get(item.get("library", ""), {}), **item}
    return Tool(
        key=item["key"],
        name=item["name"],
        version=item["version"],
        run_on=item["date"],
        layouts={layout: Outcome(item["layouts"][layout]) for layout in Layout},
        message=item.get("message"),
        before_login=said.get("before_login"),
        expired=said.get("expired"),
        warning=item.get("warning"),
        notes=tuple(item.get("notes", ())),
    )
