"""How a run goes on where AWS is too busy."""

from collections.abc import Iterator

import pytest

from chalicelib.admin.runs import go_through
from chalicelib.aws_errors import AWSBusy


def gone_through(text: str, asked: list[str], most: int = 99) -> list[str] | None:
    """A run over letters, of which AWS is too busy for the capital ones; ``asked`` are those it came to."""

    def act(letter: str) -> None:
        asked.append(letter)
        if letter.isupper():
            raise AWSBusy

    return go_through(text, act, lambda: len(asked) < most)


@pytest.mark.parametrize(
    ("text", "came_to", "left"),
    [
        ("", "", []),
        ("abc", "abc", []),
        ("aBcD", "aBcD", ["B", "D"]),
        ("ABcDEf", "ABcDEf", ["A", "B", "D", "E"]),
        ("aBCDe", "aBCD", None),
        ("ABC", "ABC", None),
    ],
)
def test_who_is_kept_off_keeps_nobody_else_waiting_but_three_after_each_other_end_the_run(
    text: str, came_to: str, left: list[str] | None
) -> None:
    asked: list[str] = []
    assert gone_through(text, asked) == left
    assert "".join(asked) == came_to


def test_when_the_time_is_up_it_did_not_get_through() -> None:
    asked: list[str] = []
    assert gone_through("abc", asked, most=2) is None
    assert asked == ["a", "b"]


def test_where_the_list_cannot_be_read_there_is_nothing_to_go_on_with() -> None:
    def listed() -> Iterator[str]:
        yield "a"
        raise AWSBusy

    with pytest.raises(AWSBusy):
        go_through(listed(), lambda _: None, lambda: True)
