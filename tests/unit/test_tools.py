"""What tools make of the profiles: the data is whole, and leads to the right way."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from chalicelib.profiles import tools
from chalicelib.profiles.tools import Layout, Outcome, Text, Way
from chalicelib.settings.records import Daily
from chalicelib.web.html import NATIVE_NAMES

KNOWN = tools.load()
DATA = tomllib.loads(Path(tools.__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def texts(value: Any) -> Iterator[Text]:
    """Every text in every language that is somewhere in the data."""
    if isinstance(value, dict) and "en" in value:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def ways(key: str) -> tuple[tuple[Way, ...], ...]:
    tool = KNOWN.find(key)
    assert tool
    return tool.ways(Daily.PROMPT), tool.ways(Daily.SESSION)


def test_everything_is_said_in_every_language() -> None:
    found = list(texts(DATA))
    assert len(found) > 40
    assert [text for text in found if text.keys() != NATIVE_NAMES.keys() or not all(text.values())] == []


def test_a_translation_names_the_same_commands() -> None:
    for text in texts(DATA):
        found = [set(text[language].split("`")[1::2]) for language in ("en", "ja")]
        assert found[0] == found[1], text
        assert all(text[language].count("`") % 2 == 0 for language in NATIVE_NAMES), text


def test_the_words_are_those_of_the_glossary() -> None:
    forbidden = re.compile(r"\b(log ?in|enrol|one-time password|OTP|PIN|username|2FA|MFA token)\b", re.IGNORECASE)
    said = [re.sub("`.*?`", "", text["en"]) for text in texts(DATA)]
    assert [text for text in said if forbidden.search(text)] == []


def test_no_two_tools_have_the_same_key_or_name_and_every_key_suits_an_address() -> None:
    for names in ([tool.key for tool in KNOWN.tools], [tool.name for tool in KNOWN.tools]):
        assert len(set(names)) == len(names) >= 30
    assert [tool.key for tool in KNOWN.tools if not re.fullmatch("[a-z0-9-]+", tool.key)] == []


def test_every_tool_was_run_in_every_layout_and_every_outcome_and_way_is_of_use() -> None:
    assert set(KNOWN.layouts) == set(get_args(Layout))
    assert {tuple(tool.layouts) for tool in KNOWN.tools} == {get_args(Layout)}
    assert {outcome for tool in KNOWN.tools for outcome in tool.layouts.values()} == set(get_args(Outcome))
    assert {way for tool in KNOWN.tools for daily in Daily for way in tool.ways(daily)} == set(get_args(Way))


def test_a_tool_that_goes_on_where_it_should_stop_has_a_warning() -> None:
    straying = {tool.key for tool in KNOWN.tools if "strays" in tool.layouts.values()}
    warned = {tool.key for tool in KNOWN.tools if tool.warning}
    assert straying == {"pyarrow", "pandas", "duckdb", "polars", "restic"}
    assert warned == straying | {"cdk", "rclone"}


def test_a_tool_that_reads_sessions_says_what_it_says_without_one() -> None:
    silent = {"cdk", "serverless", "dotnet"}  # nothing, and twice not run
    reading = [tool for tool in KNOWN.tools if "profile" in tool.ways(Daily.SESSION)]
    assert {tool.key for tool in reading if not tool.before_login} == silent


@pytest.mark.parametrize(
    ("key", "prompt", "session"),
    [
        ("aws-cli", ("profile",), ("profile",)),
        ("boto3", ("profile", "process"), ("profile",)),
        ("terraform", ("process",), ("profile",)),
        ("java", ("process",), ("profile",)),
        ("pyarrow", ("process",), ("process",)),
        ("restic", ("environment",), ("environment",)),
        ("serverless", ("profile",), ("profile",)),
        ("dotnet", ("profile",), ("profile",)),
    ],
)
def test_each_way_is_offered_only_where_a_shorter_one_does_not_do(
    key: str, prompt: tuple[Way, ...], session: tuple[Way, ...]
) -> None:
    assert ways(key) == (prompt, session)
