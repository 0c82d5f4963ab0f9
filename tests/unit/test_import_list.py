"""Lists of members, as spreadsheets and people write them."""

import csv
import io
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidInput
from chalicelib.members.details import Details
from chalicelib.members.import_list import MAXIMUM_MEMBERS, MemberList, Row, decoded
from chalicelib.members.import_list import read as read_list

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
GROUPS = ("developers", "operators", *(f"group-{n}" for n in range(10)))
TWO = (
    Row(2, "dev-simple-user", ("developers",), False),
    Row(3, "another-member", ("developers", "operators"), True),
)
JAPANESE = (
    "ユーザー名,グループ,パスコード\r\ndev-simple-user,,いいえ\r\nanother-member,developers operators,はい\r\n"
)


MISSING = "The column user_name is missing."
NO_COLUMN = "The first line has to name the columns. There are: user_name, groups, passcode, email, until."


def read(text: str) -> MemberList:
    return read_list(text, known_groups=GROUPS, default_groups=("developers",), now=NOW, time_zone="")


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, str(problem.words)) for problem in read(text).problems]


def the_problem(text: str) -> tuple[int, str]:
    [problem] = problems(text)
    return problem


@pytest.mark.parametrize(
    "data",
    [
        b"user_name,groups,passcode\ndev-simple-user,,\nanother-member,developers operators,yes\n",
        b"\xef\xbb\xbfuser_name,groups,passcode\ndev-simple-user,,\nanother-member,developers operators,yes",
        b"user_name,groups,passcode\r\ndev-simple-user,,\r\nanother-member,developers|operators,TRUE\r\n",
        b"user_name,groups,passcode\rdev-simple-user,,0\ranother-member,developers;operators,1\r",
        b"user_name;groups;passcode\ndev-simple-user;;no\nanother-member;developers operators;yes\n",
        b"user_name\tgroups\tpasscode\ndev-simple-user\t\tfalse\nanother-member\tdevelopers operators\tyes\n",
        b'user_name,groups,passcode\n"dev-simple-user","",""\n"another-member","developers,operators","yes"\n',
        b'USER NAME, Groups ,Passcode\ndev-simple-user,,\nanother-member, "developers, operators", yes\n',
        b"passcode,user,group\n,dev-simple-user,\nyes,another-member,developers developers operators\n",
        b"Username,groups,passcode,,\ndev-simple-user,,,,\nanother-member,developers operators,yes,,\n,,,,\n",
        JAPANESE.encode("cp932"),
        JAPANESE.encode("utf-8-sig"),
        JAPANESE.encode("utf-16"),
        b"\xfe\xff" + JAPANESE.encode("utf-16-be"),
        JAPANESE.replace("ユーザー名", "ﾕｰｻﾞｰ名").replace(",", "\t").encode("utf-16"),
    ],
)
def test_a_list_is_read_however_it_was_saved(data: bytes) -> None:
    assert read(decoded(data)) == MemberList(TWO, ())


def test_lines_are_counted_as_an_editor_does() -> None:
    text = (
        '\r\n\nuser_name,groups\r"first","developers\n\noperators"\r\n\r\n , \nsecond,\x0b\u2028\x85\nTHIRD,none\n'
    )
    found = read(text)
    assert [(row.line, row.user_name) for row in found.rows] == [(4, "first"), (9, "second")]
    assert [problem.line for problem in found.problems] == [10]


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = (
        "user_name,groups,passcode\n"
        "ok,developers,no\n"
        "a b,nobody,perhaps\n"
        "\n"
        "OK,,\n"
        '"two\nlines",,\n'
        "x,,\n"
        f"many,{' '.join(GROUPS[2:])},\n"
        "few,\n"
        "extra,developers,operators,yes\n"
        ",operators,\n"
        "a\0b,,\n"
    )
    assert problems(text) == [
        (3, "IAM does not take ' ' in a user name: use A-Z, a-z, 0-9 and + = , . @ _ - only."),
        (3, f"No switch-role group is called nobody. There are: {', '.join(GROUPS)}."),
        (3, "The column passcode takes yes or no, not perhaps; the portal makes the passcode."),
        (5, "OK is in line 2 already; IAM does not tell capitals from small letters."),
        (6, "IAM does not take '\\n' in a user name: use A-Z, a-z, 0-9 and + = , . @ _ - only."),
        (8, "The user name needs two characters, as a role session name does."),
        (9, "A member can be in 8 switch-role groups at most."),
        (10, count_of_cells(2)),
        (11, count_of_cells(4)),
        (12, "A user name is needed."),
        (13, "There is a NUL character. Remove it, or save the table as CSV again."),
    ]
    assert [row.user_name for row in read(text).rows] == ["ok"]


def count_of_cells(found: int) -> str:
    return (
        f"The number of cells is {found}, and in the first line 3."
        " A cell that holds the separator has to be in quotation marks."
    )


def test_lines_after_a_quotation_mark_that_is_never_closed_are_read_all_the_same() -> None:
    found = problems('user_name,groups\n"open,developers\nfine,developers\n"so"so,developers\na b,\n')
    assert [line for line, _ in found] == [2, 4, 5]
    assert found[0][1] == found[1][1]
    assert found[0][1].startswith("The quotation marks do not match.")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("groups,passcode", [MISSING]),
        (
            "first,second",
            [NO_COLUMN],
        ),
        (
            '"user_name',
            [NO_COLUMN],
        ),
        ("user_name,groop", ["No column is called groop. Did you mean groups?"]),
        (
            "user_nam,ユーザー,groups",
            [f"No column is called {name}. Did you mean user_name?" for name in ("user_nam", "ユーザー")]
            + [MISSING],
        ),
        ("user_name,User Name", ["There is more than one column user_name."]),
        (
            "mail,passcode,passcode",
            [
                "There is more than one column passcode.",
                MISSING,
            ],
        ),
    ],
)
def test_a_mistake_in_the_first_line_is_told(header: str, words: list[str]) -> None:
    assert problems(f"{header}\n") == [(1, text) for text in words]


def test_columns_that_are_not_known_are_told_and_the_rest_is_read() -> None:
    found = read("phone,user_name,,Abteilung\n+1 555 0100,ok,,\n,a b,,x\n")
    assert found.unknown_columns == ("phone", "Abteilung")
    assert [row.user_name for row in found.rows] == ["ok"]
    assert [problem.line for problem in found.problems] == [3]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\r\n", " \n,,,\n"])
def test_an_empty_file_is_told(text: str) -> None:
    assert the_problem(text) == (0, "The file is empty.")


def test_a_list_without_members_is_told() -> None:
    assert the_problem("user_name\n\n") == (0, "There is no member below the first line, which names the columns.")


def test_a_group_is_needed_where_there_are_no_default_ones() -> None:
    found = read_list(
        "user_name\nanybody\n", known_groups=("developers",), default_groups=(), now=NOW, time_zone=""
    )
    assert [str(problem.words) for problem in found.problems] == [
        "Name at least one switch-role group: developers."
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "This is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "This is not a text file."),
        ("user_name".encode("utf-16-le"), "This is not a text file."),
        (b"user_name\nok\0\n", "This is not a text file."),
        (b"\xff\xfeu", "This is not text in UTF-8, UTF-16 or Shift_JIS."),
        (JAPANESE.encode("iso2022_jp"), "This is not text in UTF-8, UTF-16 or Shift_JIS."),
        (JAPANESE.encode("euc_jp"), "This is not text in UTF-8, UTF-16 or Shift_JIS."),
        (b"user_name\n\x81", "This is not text in UTF-8, UTF-16 or Shift_JIS."),
    ],
)
def test_what_is_no_text_is_refused_with_the_remedy(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match="Save it as CSV") as refused:
        decoded(data)
    assert refused.value.message.startswith(words)
    assert refused.value.field == "csv"


@pytest.mark.parametrize(
    "line",
    [
        "member-{n},developers operators,yes",
        "a b-{n},nobody,perhaps",
        '"member-{n},developers,yes',
        '"a""b-{n}"x,""',
        "same,,",
    ],
)
def test_ten_thousand_lines_are_read_fast_and_more_are_refused(line: str) -> None:
    def text(count: int) -> str:
        return "\n".join(["user_name,groups,passcode", *(line.format(n=n) for n in range(count))])

    began = time.process_time()
    found = read(text(MAXIMUM_MEMBERS))
    assert time.process_time() - began < 3
    assert len(found.rows) == MAXIMUM_MEMBERS or len(found.problems) >= MAXIMUM_MEMBERS - 1
    if '"' not in line:
        assert the_problem(text(MAXIMUM_MEMBERS + 1)) == (
            0,
            "There are more than 10,000 members in the file. Divide it.",
        )


@pytest.mark.parametrize("text", ["," * 300_000, '"' + "x" * 300_000, '"",\n' * 100_000, '"x\n' * 100_000])
def test_nothing_that_is_long_takes_long(text: str) -> None:
    began = time.process_time()
    read(text)
    read(f"user_name\n{text}")
    assert time.process_time() - began < 5


# Separators, quotation marks and line ends in any order, and sometimes a word that means something.
pieces = st.sampled_from(
    ['"', ",", ";", "\t", "\n", "\r", " ", "\0", "user_name", "groups", "developers", "a%b", "é"]
)
any_text = st.text() | st.lists(pieces).map(lambda drawn: "".join(drawn))


@given(any_text | any_text.map(lambda text: f"user_name,groups\n{text}"))
def test_reading_any_text_gives_rows_and_problems_in_words(text: str) -> None:
    found = read(text)
    assert found.rows or found.problems
    for problem in found.problems:
        assert "%(" not in str(problem.words)
    lines = [problem.line for problem in found.problems]
    assert lines == sorted(lines)


@given(st.binary())
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with suppress(InvalidInput):
        read(decoded(data))


a_name = st.from_regex(r"\A[A-Za-z0-9_+=,.@-]{2,64}\Z").filter(lambda name: name != "..")  # which is refused
names = st.lists(a_name, min_size=1, max_size=20, unique_by=lambda name: name.lower())
groups = st.lists(st.sampled_from(GROUPS), min_size=1, max_size=8, unique=True)


@given(
    st.data(),
    names,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp932"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_is_written_is_read_back(
    data: st.DataObject, names: list[str], separator: str, newline: str, encoding: str, quoting: int
) -> None:
    rows = [
        Row(line, name, tuple(data.draw(groups)), data.draw(st.booleans())) for line, name in enumerate(names, 2)
    ]
    header = data.draw(st.permutations(["user_name", "グループ", "Passcode"]))
    between = data.draw(st.sampled_from([" ", "|", ";", ",", ", "]))
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(header)
    for row in rows:
        cells = {
            "user_name": row.user_name,
            "グループ": between.join(row.groups),
            "Passcode": "yes" if row.with_passcode else "",
        }
        writer.writerow(cells[column] for column in header)
    assert read(decoded(file.getvalue().encode(encoding))) == MemberList(tuple(rows), ())


def test_an_address_and_a_last_day_are_read() -> None:
    [row, other] = read("user_name,E-Mail,until\nok, dev-simple-user@example.com ,2026-12-31\nanother,,\n").rows
    assert (row.email, row.until) == ("dev-simple-user@example.com", "2026-12-31")
    assert row.details == Details("dev-simple-user@example.com", "2026-12-31")
    assert other.details == Details()


@pytest.mark.parametrize(
    "cell", ["2027/1/5", "2027.01.05", "２０２７/０１/０５", "'2027-01-05", '"=""2027-01-05"""']
)
def test_a_day_is_read_as_spreadsheets_write_it(cell: str) -> None:
    assert [row.until for row in read(f"ユーザー名,終了日\nok,{cell}\n").rows] == ["2027-01-05"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("hanako@localhost", "hanako@localhost is not an e-mail address."),
        ("a@example.com b@example.com", "a@example.com b@example.com is not an e-mail address."),
    ],
)
def test_an_address_that_mail_cannot_go_to_is_told_with_its_line(cell: str, words: str) -> None:
    assert the_problem(f"user_name,email\nok,{cell}\n") == (2, words)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("31.12.2026", "31.12.2026 is not a day: write one such as 2026-12-31."),
        ("2026-11-30", "2026-11-30 has begun already: write a later day."),
    ],
)
def test_a_day_that_cannot_be_meant_is_told_with_its_line(cell: str, words: str) -> None:
    assert the_problem(f"user_name,until\nok,{cell}\n") == (2, words)
