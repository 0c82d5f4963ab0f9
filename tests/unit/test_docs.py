"""The documents say what the code does: the tests compare everything that they can.

``python -m tests.unit.test_docs`` writes the policies into docs/policies.json.
"""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.admin.census import census_of
from chalicelib.admin.signing_in import ConsoleSession, Link
from chalicelib.audit import Action
from chalicelib.aws.census_table import KEY, census_item
from chalicelib.aws.items import SEARCHED_NAME
from chalicelib.members.record import Member
from chalicelib.settings.reader import parse
from chalicelib.settings.records import ALLOWED_WITHOUT_MFA, Role, Settings
from chalicelib.settings.table import SettingsError
from firstday.adoption.adopter_policy import adopter_permissions
from firstday.stack import administrator_policies, function_policies, policies
from firstday.stack.access_log import FORMAT
from tests.helpers.commands import COMMANDS
from tests.helpers.documents import (
    ARCHITECTURE,
    MONITORING,
    POLICIES,
    ROOT,
    SECURITY,
    SETTINGS,
    THREATS,
    anchors,
    each_document,
    fences,
    prose,
    rows,
    text,
)
from tests.helpers.sample_pages import samples, shown
from tests.helpers.settings_makers import example_settings

POLICIES_JSON = ROOT / "docs" / "policies.json"
EXAMPLE_ACCOUNTS = {"123456789012", "210987654321", "111122223333"}


@each_document
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", prose(document))
    for link in (markdown or html for markdown, html in links):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each_document
def test_every_command_in_a_document_exists(document: Path) -> None:
    commands = "\n".join(fences(document) + re.findall(r"`([^`\n]+)`", prose(document)))
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"^(?:\$ )?make ([a-z-]+)", commands, re.MULTILINE)) <= targets
    named = set(re.findall(r"^(?:\$ )?(?:\.venv/bin/)?firstday ([a-z-]+)", commands, re.MULTILINE))
    assert named <= COMMANDS.keys()


@each_document
def test_every_test_and_file_that_a_document_names_exists(document: Path) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = re.findall(r"`(test_[a-z0-9_]+)`", text(document))
    assert [name for name in named if f"def {name}(" not in tests] == []
    paths = re.findall(
        r"`((?:chalicelib|firstday|tests|templates|docs|vendor|\.chalice)/[\w./-]*)`", text(document)
    )
    assert [path for path in paths if not (ROOT / path).exists()] == []


@each_document
def test_accounts_and_addresses_are_those_of_the_example(document: Path) -> None:
    assert set(re.findall(r"\b\d{12}\b", text(document))) <= EXAMPLE_ACCOUNTS
    assert set(re.findall(r"\w@([\w-]+\.[\w.-]*\w)", text(document))) <= {"example.com"}


def test_the_architecture_lists_every_package_and_nothing_else() -> None:
    listed = [cells[0].strip("`") for cells in rows(ARCHITECTURE, "The packages")]
    inits = [path for folder in ("chalicelib", "firstday") for path in (ROOT / folder).rglob("__init__.py")]
    assert sorted(listed) == sorted(path.parent.relative_to(ROOT).as_posix() for path in inits)


def test_every_module_says_what_is_in_it() -> None:
    modules = [path for folder in ("chalicelib", "firstday") for path in (ROOT / folder).rglob("*.py")]
    named = [path for path in modules if path.name != "__init__.py"]
    assert [path for path in named if not ast.get_docstring(ast.parse(text(path)))] == []


def test_the_architecture_counts_the_calls_of_a_journey() -> None:
    calls = [call for cells in rows(ARCHITECTURE, "The journey") for call in re.findall(r"`([A-Z]\w+)`", cells[2])]
    assert f"The member's side, where nothing goes wrong, is {len(calls)} calls" in " ".join(
        text(ARCHITECTURE).split()
    )


def test_the_architecture_names_every_attribute_of_a_member_and_of_the_console() -> None:
    section = text(ARCHITECTURE).split("\n## The tables\n")[1].split("\n## ")[0]
    members, console, *_ = re.split(r"^\*\*(?:Console|Mail|Audit)\*\*", section, flags=re.MULTILINE)
    in_the_table_only = {"directory", "name", SEARCHED_NAME, "claimed_by", "claimed_until"}
    cells = [line.split(" | ")[0] for line in members.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`(\w+)`", " ".join(cells))) == in_the_table_only | Member.__dataclass_fields__.keys()
    of_the_console = {name for record in (Link, ConsoleSession) for name in record.__dataclass_fields__}
    of_the_census = census_item(census_of([], datetime(2026, 11, 30, tzinfo=UTC), example_settings())).keys()
    assert set(re.findall(r"`(\w+)`", console)) == {"pk", "expires_at_ttl", KEY} | of_the_console | of_the_census


def test_the_monitoring_document_describes_the_access_log_as_it_is() -> None:
    section = text(MONITORING).split("\n`AccessLogs` has one line")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    assert [name for line in lines for name in re.findall(r"`(\w+)`", line.split(" | ")[0])] == list(FORMAT)


def test_the_audit_events_are_all_described() -> None:
    section = text(SECURITY).split("\n## Audit trail\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+\.\w+)`", section)) == {action.value for action in Action}


def known_keys() -> Iterator[tuple[str, set[str]]]:
    """(heading in docs/settings.md, keys), as the settings' reader lists them after an unknown key."""
    statement = {"Effect": "Allow", "Condition": {}, "qqqq": 0}
    group = {"qqqq": 0, "roles": [{"qqqq": 0, "statements": [statement]}]}
    tables = [f"{name} = {toml({'qqqq': 0})}" for name in ("domain", "administrators", "mail")]
    values = "\n".join(["qqqq = 0", *tables, f"groups = [{toml(group)}]"])
    with pytest.raises(SettingsError) as caught:
        parse(values)
    remedies = {problem.key: problem.remedy for problem in caught.value.problems if "qqqq" in problem.key}
    for key, remedy in remedies.items():
        names = re.sub(r"\[\d+\]", "", key).removesuffix("qqqq").removesuffix(".")
        yield names or "Top level", set(remedy.partition("known here: ")[2].removesuffix(".").split(", "))


def toml(value: object) -> str:
    """``value`` as TOML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def test_every_key_of_the_settings_is_described_and_no_other() -> None:
    found = dict(known_keys())
    assert found.keys() == {
        "Top level",
        "domain",
        "administrators",
        "mail",
        "groups",
        "groups.roles",
        "groups.roles.statements",
    }
    for heading, keys in found.items():
        assert {cells[0].strip("`") for cells in rows(SETTINGS, heading)} == keys, heading


def test_the_examples_of_the_settings_are_together_a_valid_file_with_every_key() -> None:
    values = "\n".join(fences(SETTINGS, "toml"))
    settings = parse(values)
    assert settings.allowed_without_mfa == ALLOWED_WITHOUT_MFA
    shown = set(re.findall(r"^(\w+) =|^\[+(?:[\w.]+\.)?(\w+)\]", values, re.MULTILINE))
    assert {key for pair in shown for key in pair if key} - {"dev", "stg", "CostCenter"} == {
        key for _, keys in known_keys() for key in keys
    }


@pytest.mark.parametrize(("heading", "record"), [("Top level", Settings), ("groups.roles", Role)])
def test_the_defaults_of_the_settings_are_those_of_the_document(heading: str, record: type) -> None:
    settings = parse(SMALLEST)
    read: Any = settings if record is Settings else settings.roles[0]
    compared = 0
    for name, default, *_ in rows(SETTINGS, heading):
        if default.startswith("`"):
            expected = tomllib.loads(f"value = {default.strip('`')}")["value"]
            found = getattr(read, {"existing": "is_existing"}.get(name.strip("`"), name.strip("`")))
            assert (list(found) if isinstance(found, tuple) else found) == expected or name == "`managed_policies`"
            compared += 1
    assert compared >= 2


def test_what_the_document_requires_is_required() -> None:
    for heading, keys in (("Top level", tomllib.loads(SMALLEST)), ("groups.roles", SMALLEST_ROLE)):
        required = {name.strip("`") for name, default, *_ in rows(SETTINGS, heading) if default == "required"}
        assert required == keys.keys() - {"managed_policies"}


SMALLEST_ROLE = {"profile": "p", "account": "a", "role_name": "r", "managed_policies": ["ReadOnlyAccess"]}
SMALLEST = f"""
organisation = "Example Corp"
contact = "aws-admins@example.com"
region = "us-east-1"
languages = ["en"]
identity_account = "123456789012"
accounts = {{a = "123456789012"}}
groups = [{{name = "g", roles = [{toml(SMALLEST_ROLE)}]}}]
"""


@pytest.mark.parametrize("name", ["member.md", "member-ja.md"])
def test_both_errors_of_a_key_that_aws_does_not_know_yet_are_named(name: str) -> None:
    """STS's and S3's: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    (row,) = [line for line in text(ROOT / "docs" / name).splitlines() if "`InvalidClientTokenId`" in line]
    assert "`InvalidAccessKeyId`" in row
    for sample in samples():
        if sample.name == "done":
            page = shown(sample, "ja" if "-ja" in name else "en")
            assert page.index("InvalidClientTokenId") < page.index("InvalidAccessKeyId")


# A claim that is too wide, and the limits that its section has to name.
LIMITED_CLAIMS = {
    "change a password": "delete one and create another",
    "no further than the roles in `firstday.toml`": "members that the portal created",
    "(not touch any|change no) user": "It does reach one thing of a user's",
}


@pytest.mark.parametrize("claim", LIMITED_CLAIMS)
def test_what_a_role_of_ours_cannot_do_is_claimed_with_its_limit(claim: str) -> None:
    written = [section for path in (POLICIES, SECURITY, THREATS) for section in text(path).split("\n## ")]
    sections = [" ".join(section.split()) for section in written]
    claiming = [section for section in sections if re.search(claim, section)]
    assert claiming
    for section in claiming:
        assert LIMITED_CLAIMS[claim] in section


def permissions(settings: Settings) -> dict[str, Any]:
    """Every policy of ``settings``, by its name in the document."""
    return {
        "baseline group: every member": policies.member_baseline(settings),
        "permissions boundary: every member": policies.member_boundary(settings),
        "switch-role group": policies.switch_role_group(settings, settings.groups[0]),
        "quarantine group": policies.quarantine_group(),
        "suspended group": policies.suspended_group(),
        "a role's permissions": policies.role_permissions(settings, settings.roles[0]),
        "admin role's permissions": policies.admin_role_permissions(),
        "an administrator's role of an identity provider": administrator_policies.administrator_permissions(),
        "a help desk's role of an identity provider": administrator_policies.help_desk_permissions(),
        "portal's function": function_policies.portal_lambda(),
        "sweeper's function": function_policies.sweeper_lambda(),
        "key retirement's function": function_policies.key_retirement_lambda(has_mail=True),
        "census's function": function_policies.census_lambda(),
        "suspension's function": function_policies.suspension_lambda(has_mail=True),
        "key ageing's function": function_policies.key_ageing_lambda(has_mail=True),
        "watcher's function": function_policies.audit_watcher_lambda(),
        "who adopts and releases": adopter_permissions(settings),
    }


def test_the_table_of_the_policies_has_every_statement_with_its_effect() -> None:
    told: dict[str, list[tuple[str, str]]] = {}
    for name, statement, meaning in rows(POLICIES, "Every statement"):
        sid, effect = statement.strip("`"), "Deny" if re.search(r"\bdeny\b", meaning) else "Allow"
        told.setdefault(name or list(told)[-1], []).append((sid, effect))
    expected = permissions(example_settings())
    assert told == {
        name: [(each["Sid"], each["Effect"]) for each in policy["Statement"]] for name, policy in expected.items()
    }


def test_the_policies_as_json_are_current() -> None:
    assert text(POLICIES_JSON) == generated(example_settings()), "Run: python -m tests.unit.test_docs"


def generated(settings: Settings) -> str:
    """Every policy of ``settings``, as JSON."""
    found = permissions(settings)
    found["a role's trust policy"] = policies.role_trust(settings)
    found["admin role's trust policy"] = policies.admin_role_trust(settings)
    written = {name: plain(policy["Statement"], settings) for name, policy in found.items()}
    return json.dumps(written, indent=1) + "\n"


def plain(value: Any, settings: Settings) -> Any:
    """``value`` with CloudFormation's functions done, as far as the settings tell."""
    match value:
        case {"Fn::Sub": str(written)}:
            known = {
                "Partition": settings.partition,
                "Region": settings.region,
                "AccountId": settings.identity_account,
            }
            return re.sub(r"\$\{AWS::(\w+)\}", lambda found: known[found[1]], written)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"${{{resource}.{attribute}}}"
        case dict():
            return {key: plain(item, settings) for key, item in value.items()}
        case list():
            return [plain(item, settings) for item in value]
    return value


if __name__ == "__main__":
    POLICIES_JSON.write_text(generated(example_settings()), encoding="utf-8")
