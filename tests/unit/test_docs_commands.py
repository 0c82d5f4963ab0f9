"""Commands that the documents show exist, with their options: ours by click, AWS's by botocore."""

import gettext
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from botocore import xform_name
from botocore.session import get_session

from chalicelib.settings.reader import parse
from firstday.cli.main import cli
from firstday.stack.alarms import alarms, by_setting
from firstday.stack.gateway_responses import LOCALE
from tests.helpers import commands, documents
from tests.helpers.settings_makers import example_settings
from tests.helpers.strict_ses import MAIL

# Options of every command of the AWS CLI that we show, and those of every list.
OPTIONS_OF_ALL = {"--profile", "--region", "--query", "--output", "--max-items", "--endpoint-url"}
# Not services of botocore, or commands that the AWS CLI has besides its operations.
THE_CLIS_OWN = {("s3", "ls"), ("logs", "tail"), ("configure", None), ("login", None), ("sso", "login")}
# The signs and words that end a command in a shell, or belong to the shell.
BETWEEN = re.compile(r"\$\(|`|\||;|&&|>|\)(?=[ \"]|$)")


def lines(document: Path) -> Iterator[str]:
    """Everything in a document that may be a command, one line each."""
    shell = [block.replace("\\\n", " ") for block in (*documents.fences(document), *indented_fences(document))]
    inline = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", without_fences(document))]
    for line in [*"\n".join(shell).splitlines(), *inline]:
        for part in BETWEEN.split(line):
            yield re.sub(r"^(?:\$|do|if|\w+=\S*) +", "", part.strip(" \"'{}"))


def indented_fences(document: Path) -> list[str]:
    """Those within lists."""
    return re.findall(r"^ +```\w*\n(.*?)^ +```", documents.text(document), re.DOTALL | re.MULTILINE)


def without_fences(document: Path) -> str:
    return re.sub(r"^ +```.*?^ +```", "", documents.prose(document), flags=re.DOTALL | re.MULTILINE)


def words(line: str) -> list[str]:
    """The words of a line, as a shell splits it; if it goes on in the next line, those before a quotation mark."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return re.split(r"[\"']", line)[0].split()


def options(found: list[str]) -> set[str]:
    """``[--stage S]`` is an option, too."""
    return {word.strip("[]").partition("=")[0] for word in found if re.match(r"\[?-{1,2}[a-z]", word)}


@documents.each_document
def test_every_command_of_ours_has_the_options_that_are_shown(document: Path) -> None:
    for line in lines(document):
        if not re.match(r"(?:\.venv/bin/)?firstday [a-z]", line):
            continue
        command: click.Command = cli
        rest = words(line)[1:]
        while isinstance(command, click.Group) and rest and not rest[0].startswith(("-", "[")):
            assert rest[0] in commands.of(command), line
            command = commands.of(command)[rest.pop(0)]
        known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
        assert options(rest) <= known | {"--help", "-h"}, line


@documents.each_document
def test_every_command_of_the_aws_cli_exists_with_its_options(document: Path) -> None:
    for line in lines(document):
        found = words(line)
        if found[:1] not in (["aws"], [".venv/bin/aws"]) or len(found) < 2 or found[1].startswith("-"):
            continue
        service, operation = found[1], next(iter(found[2:3]), None)
        if (service, operation) in THE_CLIS_OWN or (service, None) in THE_CLIS_OWN:
            continue
        known = waiters(service) if operation == "wait" else operations(service)
        name = found[3] if operation == "wait" else operation
        assert name in known, line
        assert options(found[3:]) <= known[name] | OPTIONS_OF_ALL, line


@cache
def operations(service: str) -> dict[str | None, set[str]]:
    """The AWS CLI's names of operations, each with its options."""
    model: Any = get_session().get_service_model(service)
    return {xform_name(name, "-"): _options(model, name) for name in model.operation_names}


@cache
def waiters(service: str) -> dict[str | None, set[str]]:
    model: Any = get_session().get_service_model(service)
    waiting: Any = get_session().get_waiter_model(service)
    return {
        xform_name(name, "-"): _options(model, waiting.get_waiter(name).operation) for name in waiting.waiter_names
    }


def _options(model: Any, operation: str) -> set[str]:
    shape = model.operation_model(operation).input_shape
    members = shape.members if shape else {}
    flags = {f"--no-{xform_name(name, '-')}" for name, member in members.items() if member.type_name == "boolean"}
    return {f"--{xform_name(name, '-')}" for name in members} | flags


@pytest.mark.parametrize(
    ("line", "is_known"),
    [
        ("iam create-group --path / --group-name g", True),
        ("iam create-group --no-such-option", False),
        ("iam no-such-operation", False),
        ("dynamodb wait table-exists --table-name t", True),
    ],
)
def test_a_command_of_the_aws_cli_that_does_not_exist_would_be_noticed(
    line: str, is_known: bool, tmp_path: Path
) -> None:
    document = tmp_path / "document.md"
    document.write_text(f"```\n$ aws {line}\n```\n", encoding="utf-8")
    if is_known:
        test_every_command_of_the_aws_cli_exists_with_its_options(document)
    else:
        with pytest.raises(AssertionError):
            test_every_command_of_the_aws_cli_exists_with_its_options(document)


def test_the_example_of_three_accounts_is_a_valid_file() -> None:
    (example,) = documents.fences(documents.DEPLOYMENT, "toml")
    settings = parse(example)
    assert len({settings.identity_account, *settings.accounts.values()}) == 3


def test_the_example_of_the_trial_is_a_valid_file_with_one_account() -> None:
    (example,) = documents.fences(documents.TRIAL, "toml")
    settings = parse(example)
    assert {*settings.accounts.values()} == {settings.identity_account}


def test_every_document_is_reached_from_the_readme() -> None:
    reached, ahead = set[Path](), [documents.ROOT / "README.md"]
    while ahead:
        document = ahead.pop()
        reached.add(document)
        links = re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", documents.prose(document))
        ahead += {path for link in links if (path := (document.parent / link).resolve()).exists()} - reached
    assert set(documents.DOCUMENTS) <= reached


def test_every_alarm_has_something_to_do() -> None:
    named = {
        name
        for cells in documents.rows(documents.RUNBOOKS, "Which alarm, which runbook")
        for name in re.findall(r"`(\w+)`", cells[0])
    }
    optional = by_setting(replace(example_settings(), access_key_days=90, mail=MAIL))
    assert named == {alarm.logical_id for alarm in (*alarms("prod"), *optional)}


@pytest.mark.parametrize("button", ["Begin", "Replace my access key", "Check now"])
def test_the_members_page_calls_a_button_what_it_is_called(button: str) -> None:
    in_japanese = gettext.translation("messages", LOCALE, ["ja"]).gettext(button)
    assert in_japanese != button
    assert f"*{button}*" in documents.text(documents.ROOT / "docs" / "member.md")
    assert f"「{in_japanese}」" in documents.text(documents.ROOT / "docs" / "member-ja.md")
