"""What tools make of the member's profiles, for the tools page and docs/tools.md: read from ``tools.toml``."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from chalicelib.settings.records import Daily

# Language to sentence; what stands between backticks is code.
Text = Mapping[str, str]
# A and B are for the two daily ways to work, C and E for tools that read no roles.
Layout = Literal["A", "B", "C", "E"]
Outcome = Literal["works", "once", "asks", "refuses", "without-mfa", "strays", "unread", "not-run"]
# How a member gives a tool its credentials.
Way = Literal["profile", "process", "environment"]
LAYOUTS: Mapping[Daily, Layout] = {Daily.PROMPT: "A", Daily.SESSION: "B"}
_GOOD = ("works", "once")


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
    """A tool as it was run on ``date``; with a ``warning`` if it may go on where it should stop.

    ``message`` is what one sees where it does not work. ``before_login`` and ``expired`` are what it says in
    layout B: before the first code of the day, and after twelve hours; ``library``, whose words these are.
    """

    key: str
    name: str
    version: str
    date: date
    layouts: Mapping[Layout, Outcome]
    library: str = ""
    message: str = ""
    before_login: str = ""
    expired: str = ""
    warning: Text | None = None
    notes: Sequence[Text] = ()

    def ways(self, daily: Daily) -> tuple[Way, ...]:
        """What a member uses who works that way every day, the shortest way first."""
        outcome, found = self.layouts[LAYOUTS[daily]], list[Way]()
        if outcome in (*_GOOD, "asks", "not-run"):
            found.append("profile")
        if outcome not in _GOOD and self.layouts["C"] in _GOOD:
            found.append("process")
        return tuple(found) or ("environment",)


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything that is known of tools; ``mfa_login`` is the command that begins the day in layout B."""

    mfa_login: str
    layouts: Mapping[Layout, Text]
    ways: Mapping[Way, Topic]
    topics: Sequence[Topic]
    tools: Sequence[Tool]

    def find(self, key: str | None) -> Tool | None:
        return next((tool for tool in self.tools if tool.key == key), None)


@cache
def load() -> Tools:
    """What the file says; read with the first visit of the page, to keep it off the cold start."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    libraries = data["libraries"]
    return Tools(
        mfa_login=data["mfa_login"],
        layouts=data["layouts"],
        ways={topic["key"]: Topic(**topic) for topic in data["ways"]},
        topics=[_topic(topic, libraries.values()) for topic in data["topics"]],
        tools=[Tool(**{**libraries.get(tool.get("library"), {}), **tool}) for tool in data["tools"]],
    )


def _topic(data: Mapping[str, Any], libraries: Iterable[Mapping[str, str]]) -> Topic:
    """``messages`` of the file is the name of the message that each library has."""
    kind = data.get("messages")
    return Topic(**{**data, "messages": {library["name"]: library[kind] for library in libraries} if kind else {}})
