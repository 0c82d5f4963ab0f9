"""A new access key on its way into ``credentials``, by the script for POSIX shells."""

import signal

import pytest

from tests.helpers import config_reader
from tests.helpers.merging import CREDENTIALS, TEXT, Home, posix
from tests.helpers.merging_cases import CREDENTIALS_READABLE, FOREIGN_KEY

WITH_KEY = posix(credentials=CREDENTIALS)
SECRET = "wJalrXUtnFEMI"


@pytest.mark.parametrize("name", CREDENTIALS_READABLE)
def test_a_new_access_key_goes_into_credentials_in_the_same_way(home: Home, name: str) -> None:
    before, after = CREDENTIALS_READABLE[name]
    home.write(before, home.credentials)
    home.programs["aws"] = config_reader.aws()
    outcome = home.run("--yes", script=WITH_KEY.file)
    assert outcome.status == 0, outcome.said
    assert (home.config.read_text(), home.credentials.read_text()) == (TEXT, after)
    assert "This script holds your access key: delete it" in outcome.said
    again = home.run("--yes", script=WITH_KEY.file)
    assert (again.status, len(home.backups())) == (0, 1)
    assert "Nothing to do" in again.said


def test_a_key_from_elsewhere_is_named_before_it_goes_and_no_secret_is_shown(home: Home) -> None:
    before, after, key = FOREIGN_KEY
    home.write(before, home.credentials)
    outcome = home.run(script=WITH_KEY.file)
    assert f"These access keys go: {key}\n" in outcome.said
    assert home.credentials.read_text() == before
    assert home.run("--yes", script=WITH_KEY.file).status == 0
    assert home.credentials.read_text() == after
    assert "earlier" not in outcome.said
    assert SECRET not in outcome.said


def test_a_secret_that_somebody_keeps_in_config_is_not_shown(home: Home) -> None:
    home.write("[default]\nAWS_SECRET_ACCESS_KEY = hidden\naws_session_token: hidden\nregion = eu-west-1\n")
    said = home.run().said
    assert "region = eu-west-1" in said
    assert "hidden" not in said


def test_what_is_pasted_never_holds_a_key() -> None:
    assert CREDENTIALS in WITH_KEY.file
    assert WITH_KEY.pasted == posix().pasted


def test_if_one_of_the_two_files_cannot_be_merged_neither_is_written(home: Home) -> None:
    home.write("[default]\n")
    home.write(b"[b]\n[a\n", home.credentials)
    outcome = home.run("--yes", script=WITH_KEY.file)
    assert outcome.status == 1
    assert "credentials as it is: line 2: neither section nor key" in outcome.said
    assert sorted(path.name for path in home.config.parent.iterdir()) == ["config", "credentials"]
    assert home.config.read_text() == "[default]\n"


def test_no_secret_is_left_behind_when_the_member_quits(home: Home) -> None:
    home.write("[default]\n")
    home.stands_in("diff", '#!/bin/sh\nkill -QUIT $PPID\nexec REAL "$@"\n')
    before = signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # ignored in the background of a shell, and so below
    outcome = home.run("--yes", script=WITH_KEY.file)  # it looks for temporary files itself
    signal.signal(signal.SIGQUIT, before)
    assert outcome.status == 1
    assert home.config.read_text() == "[default]\n"
    assert not home.credentials.exists()
