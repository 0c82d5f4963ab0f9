"""What spreadsheets and other systems add to a list without meaning anything, and what they make of a cell."""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.members.csv_records import bare, decoded, inert
from chalicelib.members.import_list import MemberList
from chalicelib.members.import_list import read as read_list

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
HEADER = ["user_name", "groups", "passcode", "Phone"]
NAMES = st.from_regex(r"[A-Za-z0-9+=,.@_-]{2,20}", fullmatch=True).filter(
    lambda name: name.casefold() != "user_name"
)
ROWS = st.lists(
    st.tuples(NAMES, st.sampled_from(["", "developers", "developers operators"]), st.sampled_from(["", "yes"])),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0].casefold(),
)


def read(text: str) -> MemberList:
    return read_list(
        text, known_groups=("developers", "operators"), default_groups=("developers",), now=NOW, time_zone=""
    )


def members(found: MemberList) -> list[tuple[str, tuple[str, ...], bool]]:
    return [(row.user_name, row.groups, row.with_passcode) for row in found.rows]


@given(rows=ROWS, data=st.data())
def test_what_has_no_meaning_changes_nothing(rows: list[tuple[str, str, str]], data: st.DataObject) -> None:
    separator = data.draw(st.sampled_from(",;\t|"))
    blanks = st.text(" \u00a0\u3000\u200b\u202a\u00ad", max_size=2)

    def cell(text: str) -> str:
        text = data.draw(st.sampled_from([text, text, f'="{text}"']))
        quoted = '"' + text.replace('"', '""') + '"'
        return (
            data.draw(blanks)
            + (quoted if separator in text or '"' in text or data.draw(st.booleans()) else text)
            + data.draw(blanks)
        )

    header = separator.join(HEADER)
    lines = [header, *(separator.join(map(cell, [*row, "x"])) for row in rows)]
    top = "sep=" + separator
    tops = [top, top.upper(), f'"{top}"', f"{top}{separator}{separator}"]
    place = data.draw(st.integers(1, len(lines)))
    again = [[""], [header], [f"\ufeff{header}"], ["\x1a", header]]
    lines[place:place] = data.draw(st.sampled_from([*again, *([line, header] for line in tops)]))
    if data.draw(st.booleans()):
        lines.insert(0, data.draw(st.sampled_from(tops)))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = (
        data.draw(st.sampled_from(["", "\ufeff"])) + end.join(lines) + data.draw(st.sampled_from(["", end, "\x1a"]))
    )
    found = read(decoded(text.encode()))
    assert not found.problems
    assert found.unknown_columns == ("Phone",)
    assert members(found) == [
        (name, tuple(groups.split()) or ("developers",), code == "yes") for name, groups, code in rows
    ]
    of_line = dict(enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1))
    assert all(row.user_name in of_line[row.line].replace('""', '"') for row in found.rows)


def test_excels_line_with_the_separator_is_not_the_first_line() -> None:
    found = read('sep=;\r\nuser_name;groups\r\nfirst;developers\r\n"so"so;\r\n')
    assert members(found) == [("first", ("developers",), False)]
    assert [problem.line for problem in found.problems] == [4]


@pytest.mark.parametrize(
    "top", ["sep=;;;", "sep= ;", '"sep=;";', "sep=,", '"sep=,";;'], ids=lambda top: top.replace(";", "semicolon")
)
def test_the_line_with_the_separator_is_seen_as_other_programs_leave_it(top: str) -> None:
    found = read(f"{top}\nuser_name;groups\nfirst;developers\n")
    assert members(found) == [("first", ("developers",), False)]


@pytest.mark.parametrize(
    "lines",
    [
        ["ユーザー名,グループ", "second,operators"],
        ["groups,user_name", "operators,second"],
        ["User Name,Phone,Groups", "second,x,operators"],
        ["groups,user_name,passcode", "operators,second,no"],
    ],
)
def test_another_list_may_follow_with_columns_of_its_own(lines: list[str]) -> None:
    found = read("\n".join(["user_name,groups", "first,", *lines]))
    assert not found.problems
    assert members(found) == [("first", ("developers",), False), ("second", ("operators",), False)]


def test_without_user_names_it_is_a_line_like_any_other() -> None:
    assert [problem.line for problem in read("user_name,groups\ngroups,passcode\nfirst,\n").problems] == [2]


@pytest.mark.parametrize("cell", ["developers、operators", "developers，operators", "developers|operators"])
def test_groups_are_told_apart_as_people_write_them(cell: str) -> None:
    assert members(read(f"user_name;groups\nfirst;{cell}\n")) == [("first", ("developers", "operators"), False)]


@pytest.mark.parametrize(("cell", "is_wanted"), [("ＹＥＳ", True), ("Y", True), ("n", False), ("０", False)])
def test_yes_and_no_are_read_in_any_width(cell: str, is_wanted: bool) -> None:
    assert members(read(f"user_name,passcode\nfirst,{cell}\n")) == [("first", ("developers",), is_wanted)]


def test_a_header_in_the_middle_is_nobody() -> None:
    assert [row.user_name for row in read("user_name\nfirst\nUSER_NAME\nsecond\n").rows] == ["first", "second"]


def test_a_member_may_have_the_name_of_another_heading() -> None:
    assert [row.user_name for row in read("user_name\nuser\nusername\n").rows] == ["user", "username"]


COMPUTED = [
    "=1+1",
    "+cmd",
    "-2",
    "@SUM",
    "1e5",
    "0123",
    "1-2",
    "2026-11-24",
    "1.5",
    "dec1",
    "MAR-1",
    "1-Dec",
    "2-may-2024",
    "1jan2024",
    "mar10,2024",
    "12am",
    "true",
]


@pytest.mark.parametrize("name", COMPUTED)
def test_a_spreadsheet_computes_no_name(name: str) -> None:
    assert inert(name) == f"'{name}"
    assert members(read(f"user_name\n{inert(name)}\n")) == members(read(f"user_name\n{name}\n"))


@pytest.mark.parametrize(
    "text",
    ["dev-simple-user", "member-2", "a1e5", "may", "5pmo", "https://x/start#a.b", "2026-11-24T09:30:00+00:00", ""],
)
def test_whatever_it_leaves_alone_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.text())
def test_the_text_comes_back(text: str) -> None:
    (row,) = csv.reader(StringIO('"' + inert(text).replace('"', '""') + '"', newline=""), strict=True)
    assert bare(row[0]) == text
