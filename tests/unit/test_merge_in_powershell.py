"""The script for PowerShell, run for real, where PowerShell is: no package that tests could install brings it."""

import re
from collections.abc import Iterator
from shutil import which

import pytest

from tests.helpers import config_reader, merging
from tests.helpers.merging import ACCOUNT, CREDENTIALS, TEXT, Home, powershell
from tests.helpers.merging_cases import (
    CREDENTIALS_READABLE,
    FOREIGN_KEY,
    NOTED,
    READABLE,
    REFUSED,
    UNREADABLE,
)
from tests.helpers.pwsh import Merged, in_terminal, merge_all, run

pytestmark = pytest.mark.skipif(
    which("pwsh") is None, reason="no pwsh on the PATH: docs/powershell.md says how to get it"
)


SECRET = CREDENTIALS.splitlines()[2].split(" = ")[1]


@pytest.fixture(scope="module", params=["with an aws", "without"])
def all_merged(request: pytest.FixtureRequest) -> Iterator[dict[str, Merged]]:
    cases = {name: before.encode() for name, (before, _) in (READABLE | NOTED).items()}
    cases |= {name: before for name, (before, _) in (REFUSED | UNREADABLE).items()}
    with merging.home() as home:
        if request.param == "with an aws":
            home.programs["aws"] = config_reader.aws()
        yield merge_all(home, cases)


@pytest.mark.parametrize("name", READABLE)
def test_a_file_gets_the_profiles_and_keeps_all_else(all_merged: dict[str, Merged], name: str) -> None:
    before, after = READABLE[name]
    merged = all_merged[name]
    assert merged.first.status == 0, merged.first.said
    assert merged.file.read_bytes().decode() == after
    assert [path.read_bytes().decode() for path in merged.others()] == [before]
    assert merged.second.status == 0
    assert "Nothing to do" in merged.second.said


@pytest.mark.parametrize("name", REFUSED | UNREADABLE)
def test_a_file_that_cannot_be_merged_stays_as_it_is_and_the_cause_is_told(
    all_merged: dict[str, Merged], name: str
) -> None:
    before, reason = (REFUSED | UNREADABLE)[name]
    merged = all_merged[name]
    assert merged.first.status == 1
    assert merged.first.said.startswith("Nothing was changed: ")
    assert reason in merged.first.said
    assert merged.file.read_bytes() == before
    assert merged.others() == []


@pytest.mark.parametrize("name", NOTED)
def test_what_only_other_tools_stop_at_is_told_with_its_line_and_merged(
    all_merged: dict[str, Merged], name: str
) -> None:
    before, said = NOTED[name]
    merged = all_merged[name]
    assert merged.file.read_bytes().decode() == f"{before}\n{TEXT}"
    [note] = [line for line in merged.first.said.splitlines() if line.startswith("Note: ")]
    assert all(words in note for words in said)


@pytest.mark.parametrize("name", CREDENTIALS_READABLE)
def test_a_new_access_key_goes_the_same_way_and_its_secret_is_never_shown(home: Home, name: str) -> None:
    before, after = CREDENTIALS_READABLE[name]
    home.write(before, home.credentials)
    done = run(home, "-Yes", script=powershell(credentials=CREDENTIALS).file)
    assert done.status == 0, done.said
    assert home.credentials.read_text() == after
    assert home.config.read_text() == TEXT
    assert SECRET not in done.said
    assert "earlier" not in done.said
    assert "merge.ps1 holds your access key: delete it." in done.said


@pytest.mark.parametrize(("answer", "is_written"), [("y", True), ("Yes", True), ("", False), ("n", False)])
def test_pasted_into_a_terminal_it_shows_the_difference_asks_and_leaves_the_window_open(
    home: Home, answer: str, is_written: bool
) -> None:
    home.write("[default]\n")
    status, said = in_terminal(
        home, "Set-StrictMode -Version Latest\n" + powershell().pasted + "'go' + 'es on'", answer
    )
    assert status == 0
    assert "+ [profile dev]" in said
    assert "goes on" in said
    assert home.config.read_text() == (f"[default]\n\n{TEXT}" if is_written else "[default]\n")


def test_an_access_key_that_goes_is_named_before_anything_happens(home: Home) -> None:
    before, after, key_id = FOREIGN_KEY
    script = powershell(credentials=CREDENTIALS).file
    home.write(before, home.credentials)
    status, said = in_terminal(home, script, "n")
    assert (status, home.credentials.read_text()) == (1, before)
    assert f"These access keys go: {key_id}\r\n" in said
    assert not home.config.exists()
    done = run(home, "-Yes", script=script)
    assert (done.status, home.credentials.read_text()) == (0, after)


def test_where_there_is_no_folder_it_is_made_and_without_a_question_nothing_is(home: Home) -> None:
    asked = run(home, HOME=str(home.folder))
    assert asked.status == 1
    assert asked.said.count("Nothing was changed: ") == 1
    assert not home.config.parent.exists()
    assert run(home, "-Yes").status == 0
    assert home.config.read_text() == TEXT
    assert home.backups() == []


@pytest.mark.parametrize(
    "path", ["~/x/mine", "$PLACE/mine", "${PLACE}/mine", "%PLACE%/mine", "x/mine", "~\\x\\mine"]
)
def test_the_variable_is_read_as_the_aws_cli_reads_it(home: Home, path: str) -> None:
    place = str(home.folder / "x")
    assert run(home, "-Yes", AWS_CONFIG_FILE=path, PLACE=place).status == 0
    assert (home.folder / "x" / "mine").read_text() == TEXT


@pytest.mark.parametrize("path", ["$NOWHERE/mine", "%NOWHERE%/mine", "~other/mine", "'a'", "a%%b"])
def test_a_variable_that_cannot_be_read_so_is_refused(home: Home, path: str) -> None:
    done = run(home, "-Yes", AWS_CONFIG_FILE=path)
    assert done.status == 1
    assert f"AWS_CONFIG_FILE is {path}" in done.said
    assert not list(home.folder.rglob("mine"))


@pytest.mark.parametrize("path", ["a [b] c/[d]", "'a", "$a"])
def test_whatever_the_path_has_in_it_is_no_more_than_a_name(home: Home, path: str) -> None:
    (home.folder / path).mkdir(parents=True)
    home.own()
    assert run(home, "-Yes", USERPROFILE=str(home.folder / path)).status == 0
    assert (home.folder / path / ".aws" / "config").read_text() == TEXT


def test_all_names_of_a_file_get_the_new_text(home: Home) -> None:
    home.write("[default]\n", home.folder / "dotfiles" / "real")
    home.config.parent.mkdir()
    home.config.symlink_to("../dotfiles/real")
    home.own()
    assert run(home, "-Yes").status == 0
    assert home.config.is_symlink()
    assert (home.folder / "dotfiles" / "real").read_text() == f"[default]\n\n{TEXT}"
    home.config.unlink()
    (home.folder / "dotfiles" / "real").write_text("[mine]\n")
    home.config.hardlink_to(home.folder / "dotfiles" / "real")
    assert run(home, "-Yes").status == 0
    assert (home.folder / "dotfiles" / "real").read_text() == f"[mine]\n\n{TEXT}"
    assert {path.read_text() for path in home.backups()} == {"[default]\n", "[mine]\n"}


def test_what_cannot_be_written_is_named_and_stays(home: Home) -> None:
    home.write("[default]\n")
    home.config.chmod(0o444)
    assert "is read-only" in run(home, "-Yes").said
    assert home.config.read_text() == "[default]\n"
    assert list(home.config.parent.iterdir()) == [home.config]
    home.config.unlink()
    home.config.symlink_to("config")
    assert run(home, "-Yes").said.startswith("Nothing was changed: ")
    home.config.unlink()
    home.config.mkdir()
    assert "is not a file" in run(home, "-Yes").said
    assert "merge-config.sh" in run(home, "-Yes", USERPROFILE="").said


def test_a_folder_that_cannot_be_written_to_is_told_in_the_words_of_the_cause(home: Home) -> None:
    home.write("[default]\n")
    home.config.parent.chmod(0o500)
    done = run(home, "-Yes")
    assert (done.status, home.config.read_text()) == (1, "[default]\n")
    assert re.search(r"Nothing was changed: Access to the path '.*' is denied\.", done.said)
    assert "Exception" not in done.said


def test_lines_are_shown_as_text_without_control_characters_and_cut(home: Home) -> None:
    gone = TEXT.replace("[profile dev]", "[profile gone]")
    added = f"名前 = \u202e{'x' * 1000}\nu = \x1b[31m\n"
    home.write(gone.replace(f"firstday = {ACCOUNT}\n", "", 1) + f"[profile dev]\n{added}firstday = {ACCOUNT}\n")
    said = run(home, "-Yes").said
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) < 250


def test_an_aws_that_does_not_work_is_as_none(home: Home) -> None:
    program = home.folder / "broken-aws"
    program.write_text("#!/bin/sh\necho 'no Python here' >&2\nexit 127\n")
    program.chmod(0o755)
    home.programs["aws"] = str(program)
    assert run(home, "-Yes").status == 0
    assert home.config.read_text() == TEXT


def test_what_the_aws_cli_finds_wrong_is_told_in_its_words(home: Home) -> None:
    """A file that only this reader cannot read, as one in another encoding on Windows."""
    program = home.folder / "strict-aws"
    program.write_text(f"""#!/bin/sh
        if grep -q default "$AWS_CONFIG_FILE"; then echo 'I cannot read this' >&2; exit 255; fi
        echo {ACCOUNT}
    """)
    program.chmod(0o755)
    home.programs |= {"aws": str(program), "grep": which("grep") or "grep"}
    home.write("[default]\n")
    done = run(home, "-Yes")
    assert (done.status, home.config.read_text()) == (1, "[default]\n")
    assert "cannot read" in done.said
    assert "as it is. I cannot read this" in done.said
