"""The file of ``firstday sandbox --plant``: what it says, and every mistake that is told of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.settings.reader import load as load_settings
from firstday.cli.machine_commands import sandbox
from firstday.sandbox.planting.contents import AccountContents
from firstday.sandbox.planting.plant_file import PlantFileError, load, parse
from tests.helpers.large_organisation import large_organisation

ROOT = Path(__file__).parents[2]
SETTINGS = load_settings(ROOT / "firstday.toml")
IDENTITY, STG = "123456789012", "210987654321"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
LONG = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": ["x" * 2048]}]}
ROLE = {"name": "ReadOnly", "trust_policy": TRUST}


def read(values: object) -> tuple[AccountContents, ...]:
    return parse(json.dumps(values, indent=2), SETTINGS, "there.json")


def mistakes(values: object) -> list[tuple[str, str]]:
    """The place and the words of each mistake."""
    with pytest.raises(PlantFileError) as caught:
        read(values)
    assert all(problem.remedy and problem.line for problem in caught.value.problems)
    return [(problem.key, f"{problem.message} {problem.remedy}") for problem in caught.value.problems]


def test_an_account_goes_by_its_name_or_its_id_and_the_identity_account_comes_first() -> None:
    contents = read({STG: {"roles": [ROLE]}, "dev": {"users": [{"name": "ops-user-07"}]}})
    assert [(one.key, one.account_id) for one in contents] == [("dev", IDENTITY), (STG, STG)]
    (user,) = contents[0].users
    assert (user.name, user.path, user.groups, user.access_keys, user.console_password) == (
        "ops-user-07",
        "/",
        (),
        (),
        False,
    )
    assert contents[1].roles[0].maximum_session_seconds == 3600


def test_a_policy_is_one_of_the_file_or_of_aws_or_an_arn() -> None:
    own = {"name": "team", "path": "/teams/", "document": {"Statement": []}}
    named = ["team", "ReadOnlyAccess", "job-function/ViewOnlyAccess", f"arn:aws:iam::{IDENTITY}:policy/other"]
    user = {"name": "ops-user-07", "managed_policies": named, "permissions_boundary": "team"}
    (contents,) = read({"dev": {"policies": [own], "users": [user]}})
    assert contents.users[0].grants.managed_policies == (
        f"arn:aws:iam::{IDENTITY}:policy/teams/team",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        f"arn:aws:iam::{IDENTITY}:policy/other",
    )
    assert contents.users[0].permissions_boundary == f"arn:aws:iam::{IDENTITY}:policy/teams/team"


USER_MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "a b"}, "name", "not a name that IAM takes"),
    ({"name": "u" * 65}, "name", "up to 64"),
    ({"name": 7}, "name", "This is a number, but has to be text"),
    ({"name": "ADMIN"}, "name", "the sandbox's own people"),
    ({"path": "/no-end"}, "path", "Begin and end it with a slash"),
    ({"path": None}, "path", "This is null, but has to be text"),
    ({"groups": ["nowhere"]}, "groups[0]", 'no group "nowhere" here. There are: none.'),
    ({"access_keys": [{}, {}, {}]}, "access_keys", "These are 3, of 2."),
    ({"access_keys": [{"used_days_ago": 3}]}, "access_keys[0].used_days_ago", "The key was not there then."),
    ({"access_keys": 2}, "access_keys", "has to be a list, each item an object"),
    ({"devices": [{"name": "phone"}] * 9}, "devices", "These are 9, of 8."),
    ({"devices": [{"name": "admin"}]}, "devices[0].name", "the sandbox's own people"),
    ({"devices": [{"nam": "phone"}]}, "devices[0].name", "This name is missing."),
    ({"console_password": "secret"}, "console_password", "true or false"),
    ({"inline_policies": {"a b": TRUST}}, "inline_policies.'a b'", "not a name that IAM takes"),
    ({"inline_policies": {"own": {}}}, "inline_policies.own.Statement", "A policy has statements."),
    ({"inline_policies": {"own": "text"}}, "inline_policies.own", "This is text, but has to be an object"),
    ({"inline_policies": {"own": LONG}}, "inline_policies.own", "Keep to 2048 characters."),
    ({"managed_policies": ["a b"]}, "managed_policies[0]", "is not a managed policy"),
    ({"permissions_boundary": "arn:aws:iam::1:policy/x"}, "permissions_boundary", "is no policy"),
    ({"tags": {"aws:a": "b"}}, "tags.'aws:a'", "belongs to AWS"),
    ({"service_use": {"S3": 1}}, "service_use.S3", "not the namespace of a service"),
    ({"service_use": {"s3": -1}}, "service_use.s3", "out of range"),
    ({"service_credentials": ["s3"]}, "service_credentials[0]", "no credentials of its own"),
    ({"acces_keys": []}, "acces_keys", 'There is no such name. Did you mean "access_keys"?'),
]


@pytest.mark.parametrize(("changes", "place", "words"), USER_MISTAKES)
def test_a_mistake_is_told_with_its_place_and_a_remedy(changes: dict[str, Any], place: str, words: str) -> None:
    found = mistakes({"dev": {"users": [{"name": "ops-user-07", **changes}]}})
    assert any(key == f"dev.users[0].{place}" and words in said for key, said in found), found


ACCOUNT_MISTAKES: list[tuple[object, str, str]] = [
    ({"prod": {}}, "prod", "The settings have no such account. Name one of [accounts], or its id: dev, stg"),
    ({"dev": {}, IDENTITY: {}}, IDENTITY, "This is the account dev again."),
    ({"dev": []}, "dev", "This is a list, but has to be an object"),
    ({"dev": {"roles": [{"name": "a"}]}}, "dev.roles[0].trust_policy", "This name is missing."),
    ({"dev": {"roles": [ROLE, {**ROLE, "name": "READONLY"}]}}, "dev.roles[1].name", "taken by dev.roles[0].name"),
    ({"dev": {"groups": [{"name": "a"}, {"name": "A"}]}}, "dev.groups[1].name", "capitals do not count"),
    ({"dev": {"buckets": [{"name": "Upper"}]}}, "dev.buckets[0].name", "not a bucket's name"),
    ({"dev": {"buckets": [{"name": f"firstday-demo-{IDENTITY}"}]}}, "dev.buckets[0].name", "sandbox's own"),
    (
        {"dev": {"users": [{"name": "a", "devices": [{"name": "d"}]}], "unassigned_devices": [{"name": "D"}]}},
        "dev.unassigned_devices[0].name",
        "taken by dev.users[0].devices[0].name",
    ),
]


@pytest.mark.parametrize(("values", "place", "words"), ACCOUNT_MISTAKES)
def test_a_mistake_about_an_account_is_told_with_its_place(values: object, place: str, words: str) -> None:
    assert any(key == place and words in said for key, said in mistakes(values)), mistakes(values)


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    text = """{
  "dev": {
    "users": [
      {"name": "a b"},
      {"name": "ok",
       "pth": "/"}
    ]
  },
  "dev": {}
}"""
    with pytest.raises(PlantFileError) as caught:
        parse(text.replace('  "dev": {}\n', '  "stg": {"roles": 1}\n'), SETTINGS, "there.json")
    assert str(caught.value).splitlines()[0] == "There are 3 mistakes in there.json:"
    lines = {problem.key: problem.line for problem in caught.value.problems}
    assert lines == {"dev.users[0].name": 4, "dev.users[1].pth": 6, "stg.roles": 9}
    with pytest.raises(PlantFileError) as caught:
        parse(text, SETTINGS, "there.json")
    assert ("dev", 9, "This is written twice.") in [
        (problem.key, problem.line, problem.message) for problem in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"dev": {},}', "there.json (line 1)"),
        (b'{"dev":\n {"users": [}}', "there.json (line 2)"),
        (b"[]", "Begin with the name of an account"),
        (b"\xff\xfe", "It is not UTF-8 text."),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"dev": ' + b'{"users": ' * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_json_is_told_so(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "there.json"
    path.write_bytes(content)
    with pytest.raises(PlantFileError) as caught:
        load(path, SETTINGS)
    assert words in str(caught.value)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "there.json"
    path.write_text('\ufeff{"dev": {}}', encoding="utf-8")
    assert [one.key for one in load(path, SETTINGS)] == ["dev"]


def test_the_example_and_its_settings_fit_together() -> None:
    settings = load_settings(ROOT / "examples" / "brownfield.toml")
    contents = load(ROOT / "examples" / "brownfield.json", settings)
    assert len(contents[0].users) == 20
    there = {(one.account_id, role.path + role.name) for one in contents for role in one.roles}
    existing = {(role.account_id, role.path + role.role_name) for role in settings.roles if role.is_existing}
    assert len(existing) == 5
    assert existing <= there
    made = {group.name.lower() for group in settings.groups}
    assert not made & {group.name.lower() for one in contents for group in one.groups}


def test_a_large_organisation_is_read_and_is_always_the_same() -> None:
    (contents,) = read(large_organisation())
    assert len(contents.users) == 300
    assert len(contents.roles) == 10
    assert read(large_organisation()) == (contents,)


# The document

DOCUMENT = ROOT / "docs" / "sandbox.md"


def names_known_in(values: dict[str, Any]) -> set[str]:
    """The names that the reader knows where ``values`` have one that it does not know."""
    (known,) = (said.partition("known here: ")[2] for _, said in mistakes(values) if "known here" in said)
    return set(known.removesuffix(".").split(", "))


def described(table: str, column: int) -> set[str]:
    """The names in a column of a table of the document."""
    lines = DOCUMENT.read_text(encoding="utf-8").partition(f"| {table} | |\n| --- | --- |\n")[2].split("\n\n")[0]
    return {name for line in lines.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[column])}


def test_the_document_describes_every_name_of_an_account_and_of_a_user() -> None:
    stray = {"name": "ops-user-07", "zzzzzz": 1}
    assert described("of a user", 1) == names_known_in({"dev": {"users": [stray]}})
    assert described("of an account", 1) == names_known_in({"dev": {"zzzzzz": 1}})
    role = names_known_in({"dev": {"roles": [{**ROLE, "zzzzzz": 1}]}})
    policy = names_known_in({"dev": {"policies": [{"name": "a", "document": TRUST, "zzzzzz": 1}]}})
    others = (names_known_in({"dev": {kind: [stray]}}) for kind in ("groups", "buckets", "unassigned_devices"))
    assert described("of an account", 2) == role.union(policy, *others)


def test_the_example_of_the_document_can_be_read() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (contents,) = parse(example, SETTINGS, "example.json")
    assert contents.users[0].service_use == {"s3": 2, "iam": 90}


def test_the_document_has_every_option_of_the_sandbox() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").partition("| option |")[2].split("\n\n")[0]
    options = {name for one in sandbox.params for name in one.opts if name != "--help"}
    assert set(re.findall(r"`(--[a-z-]+)[^`]*`", table)) == options
