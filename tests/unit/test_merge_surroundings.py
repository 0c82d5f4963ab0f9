"""What surrounds the script for POSIX shells: variables, links, missing programs, a full disk, a broken aws."""

from pathlib import Path
from shutil import which

import pytest

from tests.helpers import config_reader
from tests.helpers.merging import PROGRAMS, SHELLS, TEXT, Home, Outcome, posix

in_every_shell = pytest.mark.parametrize("shell", SHELLS)


def nothing_changed(home: Home, outcome: Outcome, *, before: str | None = "[default]\n") -> None:
    assert outcome.status == 1
    assert outcome.said.splitlines()[-1].startswith("Nothing was changed: "), outcome.said
    if before is None:
        assert not home.config.parent.exists()
    else:
        assert home.config.read_text() == before
        assert list(home.config.parent.iterdir()) == [home.config]


# Where the file is.


@in_every_shell
def test_another_file_may_be_named_spaces_and_all(home: Home, shell: str) -> None:
    for name in (f"{home.folder}/a b/c = d/my config", "~/e f/config", "g=h", "-n", "x\\n\\c", "a\x1b[2Jb\nc"):
        outcome = home.run("--yes", shell=shell, AWS_CONFIG_FILE=name)
        assert outcome.status == 0, outcome.said
        assert "\x1b" not in outcome.said
        assert (home.folder / name.removeprefix("~/")).read_text() == TEXT
    assert not home.config.exists()


@in_every_shell
@pytest.mark.parametrize("name", ["$HOME/.aws/config", "${HOME}/config", "~nobody/config", ""])
def test_what_only_some_tools_expand_is_refused_by_name(home: Home, shell: str, name: str) -> None:
    outcome = home.run("--yes", shell=shell, AWS_CONFIG_FILE=name)
    nothing_changed(home, outcome, before=None)
    assert f"AWS_CONFIG_FILE is {name or 'empty'}" in outcome.said
    assert not list(home.folder.glob("$*"))


def test_without_a_home_nothing_is_written_elsewhere(home: Home) -> None:
    outcome = home.run("--yes", HOME="")
    nothing_changed(home, outcome, before=None)
    assert "HOME is not set" in outcome.said


@in_every_shell
@pytest.mark.parametrize("content", ["[default]\nregion = eu-west-1\n", None])
def test_a_link_stays_a_link_and_what_it_leads_to_is_written(home: Home, shell: str, content: str | None) -> None:
    home.config.parent.mkdir(mode=0o700)
    real = home.folder / "dotfiles" / "config"
    real.parent.mkdir()
    if content is not None:
        real.write_text(content)
    home.config.symlink_to("../dotfiles/config")
    home.own()
    assert home.run("--yes", shell=shell).status == 0
    assert str(home.config.readlink()) == "../dotfiles/config"
    assert real.read_text() == (f"{content}\n{TEXT}" if content else TEXT)


@in_every_shell
def test_a_file_with_two_names_keeps_both(home: Home, shell: str) -> None:
    home.write("[default]\n")
    other = home.folder / "other"
    other.hardlink_to(home.config)
    assert home.run("--yes", shell=shell).status == 0
    assert other.read_text() == home.config.read_text() == f"[default]\n\n{TEXT}"
    assert [path.read_text() for path in home.backups()] == ["[default]\n"]


def test_a_file_that_cannot_be_renamed_to_is_written_in_place(home: Home) -> None:
    """As one that is mounted into a container by itself."""
    home.write("[default]\n")
    home.stands_in("mv", "#!/bin/sh\nexit 1\n")
    assert home.run("--yes").status == 0
    assert home.config.read_text() == f"[default]\n\n{TEXT}"
    assert {path.name for path in home.config.parent.iterdir()} == {"config", home.backups()[0].name}


def test_a_link_in_a_circle_a_folder_and_a_read_only_file_are_refused(home: Home) -> None:
    home.config.parent.mkdir(mode=0o700)
    home.config.symlink_to("config")
    home.own()
    assert "config cannot be written" in home.run("--yes").said
    home.config.unlink()
    home.config.mkdir()
    assert "cannot be read as a file" in home.run("--yes").said
    home.config.rmdir()
    home.write("[default]\n")
    home.config.chmod(0o400)
    outcome = home.run("--yes")
    nothing_changed(home, outcome)
    assert "is read-only" in outcome.said


# Programs.


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_missing_program_is_named(home: Home, program: str) -> None:
    home.write("[default]\n")
    del home.programs[program]
    shell = "mksh"  # to which printf is a program, too
    outcome = home.run("--yes", shell=shell)
    nothing_changed(home, outcome)
    assert f"there is no program {program}." in outcome.said


@pytest.mark.parametrize("program", sorted({*PROGRAMS} - {"printf", "rm", "cmp", "diff", "mv"}))
def test_a_program_that_fails_changes_nothing(home: Home, program: str) -> None:
    """cmp and diff tell by their status; without mv, a file is written in place."""
    home.write("[default]\n")
    home.stands_in(program, "#!/bin/sh\nexit 3\n")
    outcome = home.run("--yes")
    assert home.config.read_text() in ("[default]\n", f"[default]\n\n{TEXT}")
    if outcome.status == 1:
        assert list(home.config.parent.iterdir()) == [home.config]


# The disk is full at the first, second ... file that is written: what comes out is cut short, and cat fails.
FULL = """#!/bin/sh
n=$(REAL "$HOME/count" 2>/dev/null || echo 0)
echo $((n + 1)) >"$HOME/count"
[ "$n" = "$FULL_AT" ] || exec REAL "$@"
REAL "$@" | head -c 20
exit 1
"""


@pytest.mark.parametrize("names", [1, 2])
@pytest.mark.parametrize("moment", range(9))
def test_a_full_disk_leaves_nothing_behind(home: Home, moment: int, names: int) -> None:
    home.write("[default]\nregion = eu-west-1\n")
    if names == 2:
        (home.folder / "other").hardlink_to(home.config)
    home.stands_in("cat", FULL)
    home.programs["head"] = which("head") or "head"
    home.own()
    outcome = home.run("--yes", FULL_AT=str(moment))
    if outcome.status == 0:
        assert moment >= 6 + names - 1
        assert home.config.read_text() == f"[default]\nregion = eu-west-1\n\n{TEXT}"
    else:
        nothing_changed(home, outcome, before="[default]\nregion = eu-west-1\n")


def test_where_not_even_the_old_text_can_be_written_again_its_copy_stays_and_is_named(home: Home) -> None:
    home.write("[default]\n")
    (home.folder / "other").hardlink_to(home.config)
    home.stands_in("cat", FULL.replace('[ "$n" = "$FULL_AT" ]', '[ "$n" -ge "$FULL_AT" ]'))
    home.programs["head"] = which("head") or "head"
    home.own()
    outcome = home.run("--yes", FULL_AT="7")
    assert outcome.status == 1
    [backup] = home.backups()
    assert backup.read_text() == "[default]\n"
    assert f"config is broken, its copy is {backup}: " in outcome.said


def test_a_link_to_nothing_gets_nothing_from_a_full_disk(home: Home) -> None:
    home.config.parent.mkdir(mode=0o700)
    home.config.symlink_to("../real")
    home.stands_in("cat", FULL)
    home.programs["head"] = which("head") or "head"
    home.own()
    outcome = home.run("--yes", FULL_AT="5")
    assert "Nothing was changed: " in outcome.said
    assert (home.folder / "real").read_text() == ""
    assert list(home.config.parent.iterdir()) == [home.config]


@in_every_shell
def test_a_limit_to_what_may_be_written_leaves_nothing_behind(home: Home, shell: str) -> None:
    home.write("[default]\n" + "# x\n" * 300)
    limited = f"ulimit -f 1\ntrap '' XFSZ\n{posix().file}"
    outcome = home.run("--yes", shell=shell, script=limited)
    nothing_changed(home, outcome, before="[default]\n" + "# x\n" * 300)


# The reader.


def aws(home: Home, script: str) -> None:
    home.stands_in("aws", f"#!/bin/sh\n{script}".replace("READER", config_reader.aws()))


def test_an_aws_for_windows_ends_its_lines_with_a_carriage_return(home: Home) -> None:
    aws(home, 'READER "$@" | while read -r line; do printf \'%s\\r\\n\' "$line"; done\n')
    home.programs["sh"] = which("sh") or "sh"
    home.write("[default]\n")
    assert home.run("--yes").status == 0
    home.write("[default]\nwords\n")
    assert "the AWS CLI cannot read" in home.run("--yes").said


@pytest.mark.parametrize("script", ["exit 127\n", "echo Welcome\n", "kill $$\n", "echo 123456789012; exit 1\n"])
def test_an_aws_that_is_broken_decides_nothing(home: Home, script: str) -> None:
    aws(home, script)
    home.write("[default]\n")
    assert home.run("--yes").status == 0


def test_the_reader_knows_better_than_the_script(home: Home) -> None:
    """What the script would call unreadable is merged if the AWS CLI reads it, and the other way round."""
    home.programs["aws"] = config_reader.aws()
    home.write("[default]\na = b\n\x1fwords\n[a]\nb = \x01\n")
    assert home.run("--yes").status == 0
    home.backups()[0].unlink()
    home.write("[default]\n  a = b\n  a = b\n")
    outcome = home.run("--yes")
    assert "the AWS CLI cannot read" in outcome.said
    nothing_changed(home, outcome, before="[default]\n  a = b\n  a = b\n")


# Variables and settings.


@pytest.mark.parametrize(
    "variables",
    [
        {"SHELLOPTS": "errexit:nounset:noclobber", "shell": "bash"},
        {"BASH_ENV": "settings", "shell": "bash"},
        {"ENV": "settings", "shell": "ksh"},
        {"POSIXLY_CORRECT": "1"},
        {"IFS": "/a"},
        {"CDPATH": "/"},
        {"LC_ALL": "C.UTF-8"},
        {"LC_ALL": "ja_JP.eucJP", "LANG": "x"},
        {"AWS_PROFILE": "not-there", "AWS_CLI_AUTO_PROMPT": "on", "AWS_DEFAULT_OUTPUT": "table"},
        {"TMPDIR": "tmp"},
        {"config": "x", "file": "y", "todo": "z", "so_far": "a", "credentials": "b", "unfinished": "/"},
        {"UMASK": "0", "GREP_OPTIONS": "-v", "AWKPATH": "/x", "DIFF_OPTIONS": "-q", "TERM": "dumb"},
    ],
    ids=str,
)
def test_variables_and_settings_of_the_shell_do_not_matter(home: Home, variables: dict[str, str]) -> None:
    Path(home.folder, "settings").write_text("set -euC; umask 0\n")
    home.programs["aws"] = config_reader.aws()
    home.write("[default]\n")
    outcome = home.run("--yes", **variables)
    assert outcome.status == 0, outcome.said
    assert home.config.read_text() == f"[default]\n\n{TEXT}"
    assert home.config.stat().st_mode & 0o077 == 0
