"""The page where a member looks up a tool: what to use, and what its message means. It needs no session."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.profiles import tools
from chalicelib.settings.records import Daily
from chalicelib.web.html import html, page
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


@page(pages, "/tools", "GET")
def show_tools(visit: Visit) -> Response:
    return html(visit, "tools/tools", here="tools", **lines_of(visit.query.get("tool"), visit.settings.daily))


def lines_of(key: str | None, offered: Iterable[Daily]) -> dict[str, Any]:
    """What the page shows of the tool with that key, for the daily ways on offer; without one, of all tools."""
    known = tools.load()
    tool = known.find(key)
    used = {tools.LAYOUTS[daily]: tool.ways(daily) for daily in offered} if tool else {}
    ways = dict.fromkeys(chain.from_iterable(used.values())) or known.ways
    return {"known": known, "tool": tool, "used": used, "ways": [known.ways[way] for way in ways]}
