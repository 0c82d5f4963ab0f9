"""docs/tools.md has everything that the tools page says, in English.

``python -m tests.unit.test_tools_docs`` writes it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from chalicelib.profiles.tools import LAYOUTS, Outcome, Text, Tool, Topic, load
from chalicelib.settings.records import Daily

DOCUMENT = Path(__file__).parents[2] / "docs" / "tools.md"
KNOWN = load()
OUTCOMES: dict[Outcome, str] = {
    "works": "works",
    "once": "asks once, then remembers",
    "asks": "asks at each start",
    "refuses": "refuses",
    "without-mfa": "does not ask for a code, so AWS refuses",
    "strays": "goes on as somebody else, or unsigned",
    "unread": "does not read it",
    "not-run": "not run",
}
HEAD = f"""# Tools

What each tool makes of a member's profiles, what to use with it, and what its messages mean. The portal has the
same as a page, `/tools`, which shows one tool at a time. In all commands, `dev` stands for the profile of a role,
and `NAME` for the user name.

Two layouts lead to a role, by the way in which a member works every day; two more serve tools that read none:

{"".join(f"- **{layout}**: {text['en']}{chr(10)}" for layout, text in KNOWN.layouts.items())}
Each tool was run against a stand-in for STS and S3; none has been run against AWS. What surprised most is shown by
scripts in `findings/`, with the packages as they are published. All of this page is made of
`chalicelib/profiles/tools.toml`.
"""


def generated() -> str:
    """The document as it has to be."""
    what_to_use = [*_what_to_use(), *_told(KNOWN.ways.values())]
    topics = ["## What concerns every tool\n", *_told(KNOWN.topics)]
    return "\n".join([HEAD, *_dangerous(), *what_to_use, *topics, *_remarks(), *_as_run()])


def _dangerous() -> Iterator[str]:
    yield "## These go on where they should stop\n"
    yield "They go on unsigned, as somebody else, or without an account, and show no error.\n"
    rows = ((tool.name, tool.warning["en"]) for tool in KNOWN.tools if tool.warning)
    yield from _table(("tool", "what happens"), rows)


def _what_to_use() -> Iterator[str]:
    yield "## What to use\n"
    rows = ((tool.name, *(_used(tool, daily) for daily in Daily), _code(tool.message)) for tool in KNOWN.tools)
    yield from _table(
        ("tool", *(KNOWN.layouts[LAYOUTS[daily]]["en"] for daily in Daily), "its message otherwise"), rows
    )


def _used(tool: Tool, daily: Daily) -> str:
    return ", or ".join(_small(KNOWN.ways[way].title) for way in tool.ways(daily))


def _told(topics: Iterable[Topic]) -> Iterator[str]:
    for topic in topics:
        yield f"### {topic.title['en']}\n\n{topic.text['en']}\n"
        yield from _commands(topic.posix, topic.powershell)
        if topic.messages:
            yield from _table(
                ("read by", "message"), ((name, _code(said)) for name, said in topic.messages.items())
            )


def _commands(posix: str, powershell: str) -> Iterator[str]:
    if posix:
        yield f"```sh\n{posix.strip()}\n```\n"
    if powershell:
        yield f"```powershell\n{powershell.strip()}\n```\n"


def _remarks() -> Iterator[str]:
    yield "## One by one\n"
    for tool in KNOWN.tools:
        said = [note["en"] for note in tool.notes]
        if said:
            yield f"- **{tool.name}**: {' '.join(said)}"
    yield ""


def _as_run() -> Iterator[str]:
    yield "## As they were run\n"
    rows = (
        (tool.name, tool.version, str(tool.date), *(OUTCOMES[tool.layouts[each]] for each in KNOWN.layouts))
        for tool in KNOWN.tools
    )
    yield from _table(("tool", "version", "on", *KNOWN.layouts), rows)
    yield "Not run: aws-vault, Granted, s5cmd, sops, and the SDKs for PHP and Ruby."
    yield ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _small(title: Text) -> str:
    return title["en"][0].lower() + title["en"][1:]


def _code(message: str) -> str:
    """As Markdown's code, also where it has backticks of its own."""
    if not message:
        return ""
    return f"`` {message} ``" if "`" in message else f"`{message}`"


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == generated(), "Run: python -m tests.unit.test_tools_docs"


if __name__ == "__main__":
    DOCUMENT.write_text(generated(), encoding="utf-8")
