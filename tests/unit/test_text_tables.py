"""Tables in a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from firstday.text_tables import cells, plain, table


def test_columns_are_aligned_also_where_letters_are_wide() -> None:
    assert table(("USER", "STATE"), [("dev-simple-user", "active"), ("山田", "invited"), ("y", "")]) == [
        "USER             STATE",
        "dev-simple-user  active",
        "山田             invited",
        "y",
    ]


def test_what_is_too_wide_is_cut_off_in_the_widest_column() -> None:
    rows = [("a", "developers, operators, auditors", "yes")]
    assert table(("USER", "GROUPS", "X"), rows, width=30) == [
        "USER  GROUPS               X",
        "a     developers, operat…  yes",
    ]


def test_a_cell_gets_its_colour_with_its_padding() -> None:
    lines = table(
        ("A", "B"), [("x", "y"), ("zz", "")], paint=lambda row, column: str.upper if row == column else None
    )
    assert lines == ["A   B", "X   y", "zz"]


def test_nothing_in_a_cell_upsets_the_terminal() -> None:
    assert plain("a\x1b[31m\nb\tc\u202e") == "a\ufffd[31m b c\ufffd"


@given(st.lists(st.tuples(st.text(), st.text(), st.text())), st.integers(20, 200))
def test_every_line_fits_and_every_row_has_one(rows: list[tuple[str, str, str]], width: int) -> None:
    narrow = table(("A", "B", "C"), rows, width=max(width, 3 * 8 + 4))
    assert len(narrow) == len(rows) + 1
    assert all(cells(line) <= max(width, 3 * 8 + 4) for line in narrow)
    assert all("\n" not in line for line in narrow)


def test_headings_are_cut_off_before_what_stands_below_them() -> None:
    lines = table(("MEMBER", "LAST SIGN OF LIFE", "INVITATION"), [("anna", "-", "until 2026-12-06")], width=40)
    assert lines == ["MEMBER  LAST SIGN OF …  INVITATION", "anna    -               until 2026-12-06"]
