"""The script for POSIX shells, run for real, over configs as people have them."""

import os
import pty
import stat
from collections.abc import Iterator

import pexpect
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import merging
from tests.unit.merging import BLOCK, OLDER, OTHER, Home, posix
from tests.unit.merging_cases import READABLE, UNREADABLE
from tests.unit.test_aws_config import parsed

SHELLS = ("dash", "bash", "zsh")
AWKS = ("mawk", "gawk", "original-awk", "busybox")
in_every_shell = pytest.mark.parametrize("shell", SHELLS)
OURS = parsed(BLOCK)


@pytest.fixture
def home() -> Iterator[Home]:
    with merging.home() as made:
        yield made


@in_every_shell
@pytest.mark.parametrize("name", READABLE)
def test_a_file_gets_the_profiles_and_keeps_all_else(home: Home, shell: str, name: str) -> None:
    before, after = READABLE[name]
    home.write(before)
    outcome = home.run("--yes", shell=shell)
    assert outcome.status == 0, outcome.said
    assert home.config.read_bytes().decode() == after
    assert [path.read_bytes().decode() for path in home.backups()] == [before]
    assert parsed(after).keys() >= OURS.keys()
    again = home.run("--yes", shell=shell)
    assert (again.status, len(home.backups())) == (0, 1)
    assert "Nothing to do" in again.said


@in_every_shell
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_merged_stays_as_it_is(home: Home, shell: str, name: str) -> None:
    before, reason = UNREADABLE[name]
    home.write(before)
    outcome = home.run("--yes", shell=shell)
    assert outcome.status == 1
    assert outcome.said.startswith("Nothing was changed: ")
    assert reason in outcome.said
    assert home.config.read_bytes() == before
    assert list(home.config.parent.iterdir()) == [home.config]


@pytest.mark.parametrize("awk", AWKS)
def test_every_awk_decides_alike(home: Home, awk: str) -> None:
    home.awk = awk
    for before, after in READABLE.values():
        home.write(before)
        assert home.run("--yes").status == 0
        assert home.config.read_bytes().decode() == after
    for unreadable, reason in UNREADABLE.values():
        home.write(unreadable)
        outcome = home.run("--yes")
        assert (outcome.status, home.config.read_bytes()) == (1, unreadable)
        assert reason in outcome.said


@in_every_shell
def test_where_there_is_no_folder_it_is_made_and_only_the_member_can_look_into_it(home: Home, shell: str) -> None:
    assert home.run("--yes", shell=shell).status == 0
    assert home.config.read_text() == BLOCK
    assert stat.S_IMODE(home.config.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.config.parent.stat().st_mode) == 0o700
    assert home.backups() == []


@in_every_shell
def test_another_file_may_be_named_spaces_and_all(home: Home, shell: str) -> None:
    for name in (f"{home.folder}/a b/c = d/my config", "~/e f/config", "g=h"):
        assert home.run("--yes", shell=shell, AWS_CONFIG_FILE=name).status == 0
    for path in ("a b/c = d/my config", "e f/config", "g=h"):
        assert (home.folder / path).read_text() == BLOCK
    assert not home.config.exists()


def test_the_file_and_its_copy_are_closed_to_others_even_if_they_were_open(home: Home) -> None:
    home.write("[default]\n")
    home.config.chmod(0o644)
    home.run("--yes")
    assert {stat.S_IMODE(path.stat().st_mode) for path in [home.config, *home.backups()]} == {0o600}


@in_every_shell
def test_a_read_only_file_is_not_written(home: Home, shell: str) -> None:
    home.write("[default]\n")
    home.config.chmod(0o400)
    outcome = home.run("--yes", shell=shell)
    assert (outcome.status, home.config.read_text()) == (1, "[default]\n")
    assert "read-only" in outcome.said


@in_every_shell
@pytest.mark.parametrize("target", ["/dotfiles/config", "../dotfiles/config"])
@pytest.mark.parametrize("content", ["[default]\nregion = eu-west-1\n", None])
def test_a_link_stays_a_link_and_its_target_is_written(
    home: Home, shell: str, target: str, content: str | None
) -> None:
    home.config.parent.mkdir(mode=0o700)
    real = home.folder / "dotfiles" / "config"
    if content is not None:
        real.parent.mkdir()
        real.write_text(content)
    link = f"{home.folder}{target}" if target.startswith("/") else target
    home.config.symlink_to(link)
    home.own()
    assert home.run("--yes", shell=shell).status == 0
    assert str(home.config.readlink()) == link
    assert real.read_text() == (f"{content}\n{BLOCK}" if content else BLOCK)


def test_a_link_in_a_circle_and_a_folder_are_refused(home: Home) -> None:
    home.config.parent.mkdir(mode=0o700)
    home.config.symlink_to("config")
    home.own()
    assert "in a circle" in home.run("--yes").said
    home.config.unlink()
    home.config.mkdir()
    assert "is not a file" in home.run("--yes").said
    assert home.run("--force").said == "Nothing was changed: the only option is --yes.\n"


@in_every_shell
def test_without_a_terminal_nothing_is_written_unless_told_so(home: Home, shell: str) -> None:
    outcome = home.run(shell=shell, stdin="y\n")
    assert outcome.status == 1
    assert "With --yes, nothing is asked" in outcome.said
    assert not home.config.parent.exists()


@in_every_shell
@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("Yes", 0), ("", 1), ("n", 1)])
def test_pasted_into_a_terminal_it_shows_the_difference_and_asks(
    home: Home, shell: str, answer: str, status: int
) -> None:
    home.write("[default]\n")
    (home.folder / "pasted").write_text(posix().pasted)
    environment = {"HOME": str(home.folder), "PATH": os.environ["PATH"]}
    child = pexpect.spawn(shell, ["pasted"], env=environment, cwd=str(home.folder), encoding="utf-8", timeout=20)
    child.expect_exact("+[profile dev]")
    child.expect_exact("[y/N] ")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert home.config.read_text() == ("[default]\n" if status else f"[default]\n\n{BLOCK}")


def test_a_renamed_organisation_finds_its_own_profiles_and_leaves_those_of_another_portal(home: Home) -> None:
    home.write(f"# mine\n\n{OLDER}\n{OTHER}")
    assert home.run("--yes").status == 0
    assert home.config.read_text() == f"# mine\n\n{BLOCK}\n{OTHER}"


@pytest.mark.parametrize(
    "organisation", ["$(touch x) `touch x` ${HOME} 'a' \"b\" \\n %s", "株式会社サンプル", "Café"]
)
@in_every_shell
def test_nothing_in_a_name_is_interpreted(home: Home, shell: str, organisation: str) -> None:
    outcome = home.run("--yes", shell=shell, script=posix(organisation).file)
    assert outcome.status == 0, outcome.said
    told = {"株式会社サンプル": "(AWS)", "Café": "Cafe"}.get(organisation, organisation)
    assert home.config.read_text() == BLOCK.replace("Example Corp", told)
    assert not (home.folder / "x").exists()


@pytest.mark.parametrize("shell", SHELLS)
@given(config=merging.configs(), older=st.sampled_from(["", OLDER, BLOCK]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_byte_outside_the_marks_stays_and_botocore_sees_both(
    shell: str, config: tuple[str, str], older: str
) -> None:
    before, after = config
    eol = "\r\n" if (before or after).partition("\n")[0].endswith("\r") else "\n"
    file = before + older.replace("\n", eol) + after
    block = BLOCK.replace("\n", eol)
    with merging.home() as home:
        home.write(file)
        outcome = home.run("--yes", shell=shell)
        assert outcome.status == 0, outcome.said
        result = home.config.read_bytes().decode()
        if older:
            assert result == before + block + after
        else:
            assert result.startswith(file)
            assert result.endswith(block)
            # At most the end of the last line, and an empty line.
            assert result.removeprefix(file).removesuffix(block) in ("", eol, eol * 2)
        assert parsed(result) == {**parsed(file), **OURS}
        home.run("--yes", shell=shell)
        assert home.config.read_bytes().decode() == result


def test_a_terminal_is_there_for_these_tests() -> None:
    """Without this, the tests that paste would prove nothing."""
    for descriptor in pty.openpty():
        os.close(descriptor)
