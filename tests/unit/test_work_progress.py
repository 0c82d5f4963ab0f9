"""How far long work is, in a terminal and elsewhere."""

from io import StringIO

from firstday.cli.work_progress import SECONDS_BETWEEN, WorkProgress
from firstday.text_tables import cells


def told(*, is_changing: bool, seconds: float = 0.0, width: int = 79) -> str:
    """What is told of three lines; each takes so many ``seconds``."""
    out, now = StringIO(), [0.0]
    with WorkProgress("Inviting", 3, out, is_changing=is_changing, clock=lambda: now[0], width=width) as progress:
        progress.note("AWS is busy: going slower")
        for name in ("a-long-name-日本", "b", "c\x1b"):
            now[0] += seconds
            progress.step(name)
    return out.getvalue()


def test_a_terminal_shows_one_line_that_changes_without_any_control_sequence() -> None:
    *shown, last = told(is_changing=True).split("\r")
    assert [line.rstrip() for line in shown] == [
        "",
        "Inviting: 0 of 3",
        "Inviting: 0 of 3  AWS is busy: going slower",
        "Inviting: 1 of 3  a-long-name-日本",
        "Inviting: 2 of 3  b",
    ]
    assert last.rstrip() == "Inviting: 3 of 3  c\N{REPLACEMENT CHARACTER}"
    assert last.endswith("\n")
    assert "\x1b" not in "".join(shown)


def test_nothing_of_a_longer_line_is_left_and_none_is_wider_than_the_terminal() -> None:
    for width in (1, 12, 30):
        lines = told(is_changing=True, width=width).rstrip("\n").split("\r")
        seen = 0
        for line in lines:
            assert cells(line) >= seen
            assert cells(line) <= width
            seen = cells(line.rstrip())


def test_a_pipe_gets_a_plain_line_at_both_ends_and_now_and_then() -> None:
    assert told(is_changing=False) == "Inviting: 0 of 3\nInviting: 3 of 3\n"
    assert told(is_changing=False, seconds=SECONDS_BETWEEN).splitlines()[1:3] == [
        "Inviting: 1 of 3  a-long-name-日本",
        "Inviting: 2 of 3  b",
    ]
