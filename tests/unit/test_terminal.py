"""The command line where its answer cannot be shown: what may have been done is told."""

import errno

import click
import pytest

from firstday.cli.main import cli
from firstday.cli.terminal import Commands, Failure


def ending_with(error: BaseException) -> Commands:
    """A command line of which every command ends so."""

    class One(Commands):
        def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
            def fail() -> None:
                raise error

            return click.Command(cmd_name, callback=fail)

    group = One(name="firstday")
    group.changing = cli.changing
    return group


@pytest.mark.parametrize("name", sorted(cli.changing))
@pytest.mark.parametrize(
    ("error", "words", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The output cannot be written: No space left", 1),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "The output cannot be written: Broken pipe", 1),
        (KeyboardInterrupt(), "Interrupted.", 130),
    ],
)
def test_a_change_whose_answer_is_lost_is_told(name: str, error: BaseException, words: str, status: int) -> None:
    assert cli.get_command(click.Context(cli), name)
    with pytest.raises(Failure) as told:
        ending_with(error).main([name], standalone_mode=False)
    assert told.value.message.startswith(words)
    assert "may have been done all the same" in told.value.message
    assert told.value.exit_code == status


def test_of_a_list_nothing_is_told_but_the_cause() -> None:
    full = ending_with(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(Failure) as told:
        full.main(["members"], standalone_mode=False)
    assert told.value.message == "The output cannot be written: No space left on device."
    with pytest.raises(SystemExit):
        ending_with(BrokenPipeError(errno.EPIPE, "Broken pipe")).main(["members"], standalone_mode=False)
