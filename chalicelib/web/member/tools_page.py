"""The page where a member looks up a tool: what to use, and what its message means. It needs no session."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.profiles import tools
from chalicelib.profiles.tools import DAILY, Way
from chalicelib.web.html import html, page
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


@page(pages, "/tools", "GET")
def show_tools(visit: Visit) -> Response:
    return html(visit, "tools/tools", here="tools", **lines_of(visit.query.get("tool")))


def lines_of(key: str | None) -> dict[str, Any]:
    """What the page shows of the tool with that key; what concerns every tool, if there is none."""
    known = tools.load()
    tool = known.find(key)
    ways = dict.fromkeys(way for daily in DAILY for way in tool.ways(daily)) if tool else Way
    return {"known": known, "tool": tool, "daily_layouts": DAILY, "ways": [known.ways[way] for way in ways]}
