"""The script for POSIX shells, run for real, over configs as people have them."""

import os
import pty
import stat
from collections.abc import Iterator
from shutil import which

import pexpect
import pytest

from tests.helpers import config_reader, merging
from tests.helpers.aws_configs import parsed
from tests.helpers.merging import SHELLS, TEXT, Home, posix
from tests.helpers.merging_cases import NOTED, READABLE, REFUSED, UNREADABLE

AWKS = ("mawk", "gawk", "original-awk", "busybox")
in_every_shell = pytest.mark.parametrize("shell", SHELLS)


@pytest.fixture(params=["with an aws", "without"])
def any_home(request: pytest.FixtureRequest) -> Iterator[Home]:
    with merging.home() as home:
        if request.param == "with an aws":
            home.programs["aws"] = config_reader.aws()
        yield home


@pytest.mark.parametrize("name", READABLE)
def test_a_file_gets_the_profiles_and_keeps_all_else(any_home: Home, name: str) -> None:
    before, after = READABLE[name]
    any_home.write(before)
    outcome = any_home.run("--yes")
    assert outcome.status == 0, outcome.said
    assert any_home.config.read_bytes().decode() == after
    assert [path.read_bytes().decode() for path in any_home.backups()] == [before]
    assert parsed(after).keys() >= parsed(TEXT).keys()
    again = any_home.run("--yes")
    assert (again.status, len(any_home.backups())) == (0, 1)
    assert "Nothing to do" in again.said


def refused(home: Home, before: bytes, reason: str) -> None:
    home.write(before)
    outcome = home.run("--yes")
    assert outcome.status == 1
    assert outcome.said.startswith("Nothing was changed: ")
    assert reason in outcome.said
    assert home.config.read_bytes() == before
    assert list(home.config.parent.iterdir()) == [home.config]


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_merged_stays_as_it_is(any_home: Home, name: str) -> None:
    refused(any_home, *REFUSED[name])


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_aws_tools_cannot_read_stays_as_it_is_and_the_line_is_named(any_home: Home, name: str) -> None:
    before, reason = UNREADABLE[name]
    refused(any_home, before, reason)


@pytest.mark.parametrize("name", NOTED)
def test_what_only_other_tools_stop_at_is_told_with_its_line_and_merged(any_home: Home, name: str) -> None:
    before, said = NOTED[name]
    any_home.write(before)
    outcome = any_home.run("--yes")
    assert outcome.status == 0, outcome.said
    assert any_home.config.read_bytes().decode() == f"{before}\n{TEXT}"
    [note] = [line for line in outcome.said.splitlines() if line.startswith("Note: ")]
    assert all(words in note for words in said)


def decides(home: Home, shell: str, step: int = 1) -> None:
    """All cases, or every ``step``-th."""
    for before, after in list(READABLE.values())[::step]:
        home.write(before)
        outcome = home.run("--yes", shell=shell)
        assert (outcome.status, home.config.read_bytes().decode()) == (0, after), outcome.said
    for unreadable, reason in list((REFUSED | UNREADABLE).values())[::step]:
        home.write(unreadable)
        outcome = home.run("--yes", shell=shell)
        assert (outcome.status, home.config.read_bytes()) == (1, unreadable)
        assert reason in outcome.said


@in_every_shell
def test_every_shell_decides_alike(home: Home, shell: str) -> None:
    """The shell has no part in what becomes of a text, so a few do."""
    decides(home, shell, step=6)


@pytest.mark.parametrize("awk", AWKS)
def test_every_awk_decides_alike(home: Home, awk: str) -> None:
    home.programs["awk"] = which(awk) or awk
    decides(home, "dash")


def test_the_programs_of_busybox_are_enough(home: Home) -> None:
    busybox = which("busybox") or "busybox"
    home.programs = dict.fromkeys(home.programs, busybox)
    decides(home, "busybox", step=3)


@in_every_shell
def test_where_there_is_no_folder_it_is_made_and_only_the_member_can_look_into_it(home: Home, shell: str) -> None:
    assert home.run("--yes", shell=shell).status == 0
    assert home.config.read_text() == TEXT
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.config.parent.stat().st_mode) == 0o700
    assert home.backups() == []


def test_the_file_and_its_copy_are_closed_to_others_even_if_they_were_open(home: Home) -> None:
    home.write("[default]\n")
    home.config.chmod(0o644)
    home.run("--yes")
    assert {stat.S_IMODE(path.stat().st_mode) for path in [home.config, *home.backups()]} == {0o600}


@in_every_shell
def test_without_a_terminal_nothing_is_written_unless_told_so(home: Home, shell: str) -> None:
    outcome = home.run(shell=shell, stdin="y\n")
    assert outcome.status == 1
    assert "With --yes, nothing is asked" in outcome.said
    assert not home.config.parent.exists()
    assert home.run("--force").said == "Nothing was changed: the only option is --yes.\n"


@pytest.mark.parametrize(
    ("shell", "answer", "status"),
    [
        ("dash", "Yes", 0),
        ("dash", "n", 1),
        *((shell, "y", 0) for shell in SHELLS),
        *((shell, "", 1) for shell in SHELLS),
    ],
)
def test_pasted_into_a_terminal_it_shows_the_difference_and_asks(
    home: Home, shell: str, answer: str, status: int
) -> None:
    home.write("[default]\n")
    (home.folder / "pasted").write_text(posix().pasted)
    home.programs["sh"] = which("sh") or "sh"
    environment = {"HOME": str(home.folder), "PATH": str(home.path())}
    command, *options = SHELLS[shell]
    child = pexpect.spawn(
        command, [*options, "pasted"], env=environment, cwd=str(home.folder), encoding="utf-8", timeout=20
    )
    child.expect_exact("+[profile dev]")
    child.expect_exact("[y/N] ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert home.config.read_text() == ("[default]\n" if status else f"[default]\n\n{TEXT}")


@pytest.mark.parametrize(
    "organisation", ["$(touch x) `touch x` ${HOME} 'a' \"b\" \\n %s", "株式会社サンプル", "Café", "x\\", "@@KEYS@@"]
)
@in_every_shell
def test_nothing_in_a_name_is_interpreted(home: Home, shell: str, organisation: str) -> None:
    outcome = home.run("--yes", shell=shell, script=posix(organisation).file)
    assert outcome.status == 0, outcome.said
    assert home.config.read_text() == TEXT
    assert not (home.folder / "x").exists()


def test_a_terminal_is_there_for_these_tests() -> None:
    """Without this, the tests that paste would prove nothing."""
    for descriptor in pty.openpty():
        os.close(descriptor)
