"""A settings file that is not TOML: each common mistake has the right line, and a remedy that can be followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings.reader import parse
from chalicelib.settings.table import Problem, SettingsError
from chalicelib.settings.toml_mistakes import LISTS, NUMBERS
from tests.helpers.settings_makers import EXAMPLE

TEXT = EXAMPLE.read_text(encoding="utf-8")


def mistakes(text: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("before", "after", "remedy"),
    [
        ('"123456789012"', "012345678901", 'Put quotes around it: "012345678901".'),
        ('region = "ap-northeast-1"', "region = ap-northeast-1  # Tokyo", 'quotes around it: "ap-northeast-1".'),
        ('"123456789012"', "1234-5678-9012", 'Put quotes around it: "1234-5678-9012".'),
        ('"Example Corp"', "“Example Corp”", 'Write straight quotes: "Example Corp".'),
        ('"Example Corp"', "「Example Corp」", 'Write straight quotes: "Example Corp".'),
        ('"Example Corp"', "'Example Corp", 'Close the quotation mark: "Example Corp".'),
        ('"Example Corp"', '"Example Corp', 'Close the quotation mark: "Example Corp".'),
        ('"Example Corp"', "'Example's'", "Remove what follows the value on its line."),
        ('"Example Corp"', '"Example Corp",', "Remove what follows the value on its line."),
        ('"Example Corp"', r'"Example\Corp"', r"Write \\ for each backslash"),
        ('"Example Corp"', '"""Example Corp', 'End the text with """.'),
        ("invitation_days = 7", "invitation_days = 7;", "Write the number alone: invitation_days = 7."),
        ("invitation_days = 7", "invitation_days = 07 days", "Write the number alone: invitation_days = 7."),
        ("invitation_days = 7", "invitation_days = ７", "Write the number alone: invitation_days = 7."),
        ("invitation_days = 7", "invitation_days == 7", "Write the number alone: invitation_days = 7."),
        ("invitation_days = 7", "invitation_days = None", "Write a value in quotes, or remove the line."),
        ("invitation_days = 7", "invitation_days 7", "Write = between the two: name"),
        ("invitation_days = 7", "invitation_days", "Write = between the two: name"),
        ("invitation_days = 7", "= 7", "Write the name before the equals sign, or remove the line."),
        ("invitation_days = 7", "invitation days = 7", "Write one word, such as invitation_days."),
        ("invitation_days = 7", "'invitation_days = 7", "Remove it."),
        ("invitation_days = 7", "; the days of an invitation", "Write # before it, or remove the line."),
        ("invitation_days = 7", "// the days = 7", "Write # before it, or remove the line."),
        ("invitation_days = 7", "<<<<<<< HEAD", "Keep one of them, and remove the lines that begin with <<<<<<<"),
        ("[accounts]", "[accounts", "Write as many ] behind it as [ before it."),
        ("[[groups]]", "[[groups]", "Write as many ] behind it as [ before it."),
        ("invitation_days = 7", "invitation_days =", "Write the value behind the equals sign"),
        ("invitation_days = 7", "invitation_days: 7", "Write = between the two, not a colon"),
        ("# firewall = true", "firewall = True", "Write it in small letters, without quotes: true."),
        ("# firewall = true", "firewall = no", "Write it in small letters, without quotes: false."),
        *(
            ('languages = ["ja", "en"]', f"languages = {wrong}", 'Write it so: languages = ["ja", "en"].')
            for wrong in (
                *('["ja" "en"]', '["ja", "en"', "ja, en", "[ja, en]", "('ja', 'en')", "'ja', 'en'", "{ja, en}"),
                *("[“ja”, “en”]", "['ja'; 'en']", "['ja'、'en']", "['ja',, 'en']", "['ja', 'en']]", "['ja', en']"),
            )
        ),
        ('languages = ["ja", "en"]', 'languages = [\n"ja",', "Close it with ], and write commas"),
        ('languages = ["ja", "en"]', 'languages = ["ja",\n"en"', "Close it with ], and write commas"),
        ("invitation_days = 7", "\u3000invitation_days = 7", "Remove it, or type the line anew."),
        ("invitation_days = 7", "invitation_days = 7\u200b", "Remove it, or type the line anew."),
        ("invitation_days = 7", "invitation_days ＝ 7", "Remove it, or type the line anew."),
        ('"123456789012"', '"123456789012"\u00a0', "Remove it, or type the line anew."),
        ('"123456789012"', '\u00a0"123456789012"', "Remove it, or type the line anew."),
        ("invitation_days = 7", "invitation_days = 7\r# firewall", "Remove it, or type the line anew."),
    ],
)
def test_what_is_not_toml_is_reported_with_its_line_and_a_remedy(before: str, after: str, remedy: str) -> None:
    changed = TEXT.replace(before, after, 1)
    line = TEXT[: TEXT.index(before)].count("\n") + 1
    (problem,) = mistakes(changed)
    assert (problem.key, problem.line) == ("firstday.toml", line)
    assert remedy in problem.remedy


@pytest.mark.parametrize(("names", "kind"), [(NUMBERS, "a whole number"), (LISTS, "a list")])
def test_what_is_no_text_is_known(names: set[str], kind: str) -> None:
    in_roles = {"maximum_session_seconds", "managed_policies"}
    top = "\n".join(f"{name} = true" for name in names - in_roles)
    role = "\n".join(f"{name} = true" for name in names & in_roles)
    found = {problem.key: problem.message for problem in mistakes(f"{top}\n[[groups]]\n[[groups.roles]]\n{role}\n")}
    for name in names:
        assert f"has to be {kind}" in found[f"groups[0].roles[0].{name}" if name in in_roles else name]


def test_an_item_without_quotes_is_reported_in_its_own_line() -> None:
    (problem,) = mistakes('languages = [\n  "ja",\n  en,\n]\n')
    assert (problem.line, problem.remedy) == (3, 'Put quotes around it: "en".')


@pytest.mark.parametrize(
    ("again", "words"),
    [
        ('region = "us-east-1"', "region is there already, in line 2."),
        ('[tags]\na = "1"\na = "2"', "a is there already, in line 5."),
        ("[accounts]", "accounts is there already, in line 3."),
    ],
)
def test_a_setting_that_is_there_twice_leads_to_the_first(again: str, words: str) -> None:
    text = f'organisation = "x"\nregion = "us-east-1"\naccounts = {{}}\n{again}\n'
    (problem,) = mistakes(text)
    assert (problem.message, problem.line) == (words, text.rstrip().count("\n") + 1)


def test_tags_that_differ_by_capitals_only_are_refused_as_iam_would() -> None:
    text = TEXT.replace('# [tags]\n# CostCenter = "1234"', '[tags]\nOwner = "a"\nowner = "b"')
    (problem,) = mistakes(text)
    assert problem.message == '"owner" is taken by tags.Owner.'
    assert text.split("\n")[(problem.line or 0) - 1] == 'owner = "b"'


# What no editor and no reader of TOML takes for the end of a line, and what looks like a key and is none.
INERT = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20).map("# {}".format),
        st.sampled_from(["# \u2028\u2029", '"a.b" = """\nregion = 1\n"""', ""]),
    ),
    max_size=6,
    unique=True,
)


@given(before=INERT, end=st.sampled_from(["\n", "\r\n"]))
def test_whatever_stands_above_a_mistake_its_line_is_right(before: list[str], end: str) -> None:
    lines = "\n".join([*before, 'region = "tokyo"']).split("\n")
    found = {problem.key: problem.line for problem in mistakes(end.join([*lines, ""]))}
    assert found["region"] == len(lines)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ('[accounts]\n"dev" = "1"\n', "accounts.dev", 2),
        ('accounts.dev = "1"\n', "accounts.dev", 1),
        ('\naccounts = { dev = "1" }\n', "accounts.dev", 2),
        ('[ "accounts" ]\ndev = "1"\n', "accounts.dev", 2),
        ('tags."a b" = "日"\n', "tags.'a b'", 1),
        ('contact = """\nregion = "x"\n"""\nregion = "y"\n', "region", 4),
        ("languages = [\n  'x',\n]\nregion = 'y'\n", "region", 4),
        ("[[groups]]\n[[groups.roles]]\n[[groups]]\nname = ''\n", "groups[1].name", 4),
    ],
)
def test_a_key_is_found_however_toml_lets_it_be_written(text: str, key: str, line: int) -> None:
    assert (key, line) in {(problem.key, problem.line) for problem in mistakes(text)}
