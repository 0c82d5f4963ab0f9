"""Merging into whatever bytes, in whatever surroundings, after whatever writer: AWS tools decide what is right.

botocore stands for them; ``tests/system/test_merge_and_aws_cli.py`` asks the real ones.
"""

import configparser
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.configloader
from botocore.exceptions import ConfigParseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import config_reader, merging
from tests.helpers.aws_configs import parsed
from tests.helpers.config_writers import WRITERS, by_configparser
from tests.helpers.merging import ACCOUNT, PROGRAMS, SHELLS, TEXT, Home, Outcome, posix
from tests.helpers.merging_cases import BEGIN, END, FORMER, OLDER, READABLE

slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KNOWN = set(re.findall(r"^keys='(.*)'$", posix().file, re.MULTILINE)[0].split())


def seen(file: Path) -> dict[str, Any] | None:
    """All that AWS tools see in a file; None if they cannot read it."""
    try:
        return dict(botocore.configloader.load_config(str(file)))
    except ConfigParseError:
        return None


_OURS = st.sampled_from(TEXT.encode().splitlines())
_LINES = st.one_of(
    _OURS,
    st.sampled_from(
        [
            *(
                b"[default]",
                b"[profile a]",
                b"[a]",
                b"[sso-session a]",
                b"[services a]",
                b"[DEFAULT]",
                b"[]",
                b"[x",
            ),
            *(b'[profile "dev"]', b"[profile  dev ]", b"[ profile dev ]", b"  [profile dev]", b"[profiles dev]x]"),
            *(b'[profile d"ev]', b"[profile gone]", b"[profile \xe9\x96\x8b]", b"[profile dev-simple-user]"),
            *(b"region = x", b"Region=y", b"region: z", b"output = json", b" output = json", b"sso_session = a"),
            *(b"s3 =", b"  a = b", b"\ta", b"  # c", b"# c", b"; c = d", b"", b"  ", b"=", b"words", b"a=b=c"),
            *(b"\xe3\x80\x80a = b", b"\xc2\xa0", b"\xc2\x85[profile dev]", b"\x0bfirstday = 1", b"\xe2\x80\xa8x=y"),
            *(b"\xef\xbb\xbf", b"caf\xe9", b"\xff", b"\xe5\x90\x8d = \xe5\x90\x8d", b"a\x00b", b"a = \x1b[2J"),
            *(BEGIN.encode().strip(), END.encode().strip(), f"firstday: {ACCOUNT}".encode(), b"---"),
            *(b" firstday = 123456789012", b"firstday = 210987654321", b"aws_account_id = 1"),
        ]
    ),
    st.binary(max_size=6),
)
_ENDS = st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"])
FILES = st.one_of(
    st.lists(st.tuples(_LINES, _ENDS), max_size=14).map(lambda pairs: b"".join(a + b for a, b in pairs)),
    st.tuples(st.lists(_LINES, max_size=10), st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([b"", b"\n"])).map(
        lambda parts: parts[1].join(parts[0]) + parts[2]
    ),
    st.binary(max_size=40),
)


def is_true(said: str, old: bytes, before: dict[str, Any] | None) -> bool:
    """Whether the reason for a refusal is so."""
    if "NUL" in said:
        return b"\0" in old
    if "carriage return" in said:
        return b"\r" in old.replace(b"\r\n", b"")
    if "[DEFAULT] has" in said:
        return b"[DEFAULT]" in old
    if "of your own: " in said:
        names = said.partition("of your own: ")[2].partition(". Rename")[0].split(", ")
        return before is None or all(name in before["profiles"] for name in names)
    return "cannot read" in said and before is None


def check(old: bytes, before: dict[str, Any] | None, home: Home, outcome: Outcome) -> None:
    if outcome.status:
        assert home.config.read_bytes() == old
        assert list(home.config.parent.iterdir()) == [home.config]
        assert is_true(outcome.said, old, before), outcome.said
        return
    after = seen(home.config)
    assert after is not None
    check_profiles(before or after, after, b"# firstday:" in old)


def check_profiles(before: dict[str, Any], after: dict[str, Any], is_former: bool) -> None:
    """Ours are as they shall be, with what others have added; all others are as they were."""
    new = parsed(TEXT)
    for name, keys in new.items():
        added = {key: value for key, value in before["profiles"].get(name, {}).items() if key not in KNOWN}
        assert after["profiles"][name] == {**keys, **added}
    for name, keys in before["profiles"].items():
        is_ours = keys.get("firstday") == ACCOUNT or is_former
        if name not in new and not (is_ours and not set(keys) - KNOWN):
            assert after["profiles"][name] == keys
    assert {**after, "profiles": None} == {**before, "profiles": None}


@given(FILES)
@slow
def test_the_reader_decides(old: bytes) -> None:
    """What AWS tools read, they read after the merge, and see their profiles and ours; else the reason is true."""
    with merging.home() as home:
        home.programs["aws"] = config_reader.aws()
        home.write(old)
        before = seen(home.config)
        outcome = home.run("--yes")
        check(old, before, home, outcome)
        if before is None:
            assert outcome.status == 1 or ACCOUNT.encode() in old
        if outcome.status == 0:
            again = home.run("--yes")
            assert (again.status, "Nothing to do" in again.said) == (0, True)


@given(FILES)
@slow
def test_without_a_reader_what_was_readable_stays_readable(old: bytes) -> None:
    with merging.home() as home:
        home.write(old)
        before = seen(home.config)
        outcome = home.run("--yes")
        if before is not None:
            check(old, before, home, outcome)
        elif outcome.status:
            assert home.config.read_bytes() == old


# The surroundings do not matter.

VARIABLES = st.fixed_dictionaries(
    {},
    optional={
        "SHELLOPTS": st.just("errexit:nounset:noclobber"),
        "POSIXLY_CORRECT": st.just("1"),
        "IFS": st.sampled_from(["", "/a", "="]),
        "CDPATH": st.just("/"),
        "LC_ALL": st.sampled_from(["C", "C.UTF-8", "ja_JP.eucJP"]),
        "AWS_PROFILE": st.just("not-there"),
        "AWS_DEFAULT_OUTPUT": st.just("table"),
        "TMPDIR": st.sampled_from(["tmp", "/not-there"]),
        "HOME": st.just(""),
        "AWS_CONFIG_FILE": st.sampled_from(
            ["", "$HOME/.aws/config", ".aws/config", "~/.aws/config", ".aws/./config"]
        ),
        "file": st.just("x"),
        "todo": st.just("no"),
    },
)


@given(
    st.sampled_from(sorted(SHELLS)),
    st.sampled_from(sorted(READABLE)),
    VARIABLES,
    st.sets(st.sampled_from(PROGRAMS)),
)
@slow
def test_the_surroundings_do_not_matter(
    shell: str, name: str, variables: dict[str, str], missing: set[str]
) -> None:
    """Either it is done as anywhere else, or nothing has changed and the cause is named."""
    before, after = READABLE[name]
    with merging.home() as home:
        home.write(before)
        if len(missing) == 1:
            home.programs = {name: program for name, program in home.programs.items() if name not in missing}
        outcome = home.run("--yes", shell=shell, **variables)
        if outcome.status == 0:
            assert home.config.read_bytes().decode() == after
            return
        assert home.config.read_bytes().decode() == before
        assert list(home.config.parent.iterdir()) == [home.config]
        assert re.search(
            r"no program|HOME is not set|AWS_CONFIG_FILE is|no temporary file can be written", outcome.said
        ), outcome.said


# Merging after another writer.


def obeyed(home: Home, outcome: Outcome) -> None:
    """Remove the profiles that the message names, as it says."""
    named = outcome.said.partition("of your own: ")[2].partition(". Rename")[0].split(", ")
    parser = configparser.RawConfigParser(default_section="")
    parser.read(home.config)
    for name in named:
        assert parser.remove_section(f"profile {name}"), outcome.said
    with home.config.open("w") as written:
        parser.write(written)


@given(merging.configs(), st.sampled_from([OLDER, FORMER, TEXT]), st.lists(st.sampled_from(WRITERS), max_size=3))
@slow
def test_merging_after_another_writer_succeeds_and_loses_nothing(
    config: tuple[str, str], ours: str, writers: list[Callable[[Path], None]]
) -> None:
    before, after = config
    with merging.home() as home:
        home.programs["aws"] = config_reader.aws()
        home.write(f"{before}{ours}{after}\n")
        for writer in writers:
            writer(home.config)
        home.own()
        was = seen(home.config)
        assert was is not None
        outcome = home.run("--yes")
        if outcome.status:
            # Of the former form, a writer may have dropped the comments by which it was known.
            assert ours == FORMER
            assert by_configparser in writers
            obeyed(home, outcome)
            was = seen(home.config)
            assert was is not None
            outcome = home.run("--yes")
        assert outcome.status == 0, outcome.said
        now = seen(home.config)
        assert now is not None
        check_profiles(was, now, ours == FORMER)
