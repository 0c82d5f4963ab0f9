"""Every mistake that the settings report: where, what, and what to do about it."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.settings.reader import parse, read_settings
from chalicelib.settings.table import Problem, SettingsError
from tests.helpers.settings_makers import EXAMPLE, example_values, many_roles

ROLE = "groups[0].roles[1]"
OPS = "groups[1].roles[0]"
STATEMENT = f"{OPS}.statements[0]"
REMOVED = object()
CERTIFICATE = "arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
DOMAIN = {"name": "portal.example.com", "certificate_arn": CERTIFICATE}


def put(values: dict[str, Any], path: str, value: object) -> None:
    """Set, or remove, the value at a key path such as ``groups[0].name``."""
    steps = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
    target: Any = values
    for step in steps[:-1]:
        target = target[step]
    if value is REMOVED:
        del target[steps[-1]]
    else:
        target[steps[-1]] = value


def problems_with(changes: Mapping[str, object]) -> tuple[Problem, ...]:
    values = example_values()
    for path, value in changes.items():
        put(values, path, value)
    with pytest.raises(SettingsError) as caught:
        read_settings(values)
    return caught.value.problems


MISTAKES: list[tuple[str, object, str]] = [
    # What every setting has in common
    ("organisation", REMOVED, "missing"),
    ("groups[0].roles[1].account", REMOVED, "missing"),
    ("organisation", 5, "a number, but has to be text"),
    ("contact", ["a"], "a list, but has to be text"),
    ("invitation_days", "7", "text, but has to be a whole number"),
    ("invitation_days", True, "true or false, but has to be a whole number"),
    ("invitation_days", 7.5, "a number with a point"),
    ("languages", "ja", "text, but has to be a list"),
    ("languages[1]", 1, "a number, but has to be text"),
    ("accounts", "x", "text, but has to be a table"),
    ("groups", {"name": "x"}, "a table, but has to be a list"),
    ("groups[1]", "x", "text, but has to be a table"),
    ("organization", "Example", "no such setting"),
    (f"{ROLE}.role", "x", "no such setting"),
    ("groups[1].role", [], "no such setting"),
    ("console_password", "yes", "text, but has to be true or false"),
    ("console_password", 1, "a number, but has to be true or false"),
    ("credentials", [], "The list is empty"),
    ("credentials", ["password"], "cannot be chosen here"),
    ("credentials", ["none", "none"], "listed twice"),
    ("credentials", ["aws-login"], "signs in with a console password"),
    # Text
    ("organisation", "", "empty"),
    ("organisation", "  ", "empty"),
    ("organisation", "Example\nCorp", "line break or control character"),
    ("organisation", "Example\u202eCorp", "line break or control character"),
    ("organisation", "x" * 65, "65 characters, of 64"),
    ("contact", "x\x7f", "line break or control character"),
    ("contact", "x" * 201, "201 characters, of 200"),
    # Where and in which language
    ("region", "tokyo", "not a region"),
    ("region", "ap-northeast-1a", "not a region"),
    ("region", "ap-northeast-1\n", "not a region"),
    (f"{ROLE}.region", "cn-north-1", "not in the partition aws"),
    (f"{ROLE}.region", "", "not a region"),
    ("languages[0]", "fr", 'does not speak "fr"'),
    ("languages[1]", "ja", "twice"),
    ("languages", [], "empty"),
    ("invitation_days", 0, "out of range"),
    ("invitation_days", 31, "out of range"),
    # Accounts
    ("identity_account", "1234-5678-9012", "not an account id"),
    ("identity_account", "１２３４５６７８９０１２", "not an account id"),
    ("identity_account", 123456789012, "a number, but has to be text"),
    ("accounts.stg", "21098765432", "not an account id"),
    ("accounts.stg", "123456789012", "has a name already"),
    ("accounts.a b", "111111111111", "cannot name an account"),
    (f"{ROLE}.account", "prod", "not in [accounts]"),
    # Groups
    ("groups", [], "empty"),
    ("groups[0].roles", [], "no role"),
    ("groups[1].name", "Developers", "taken by groups[0].name"),
    ("groups[1].name", "firstday-members", "every member"),
    ("groups[1].name", "Firstday-Quarantine", "Firstday's own"),
    ("groups[1].name", "the operators", "not a name that IAM takes"),
    ("groups[1].name", "x" * 129, "not a name that IAM takes"),
    ("groups[0].roles", many_roles(53, 60), "roles take"),
    ("default_groups[0]", "nobody", 'no group "nobody"'),
    ("default_groups", [f"g{n}" for n in range(9)], "a member can be in 8"),
    # Profiles
    (f"{ROLE}.profile", "a b", "cannot name a profile"),
    (f"{ROLE}.profile", "dev]", "cannot name a profile"),
    (f"{ROLE}.profile", "dév", "cannot name a profile"),
    (f"{ROLE}.profile", "stg\n", "cannot name a profile"),
    (f"{ROLE}.profile", "-x", "taken for an option"),
    (f"{ROLE}.profile", "default", "reserved"),
    (f"{ROLE}.profile", "Default", "reserved"),
    (f"{ROLE}.profile", "toString", "reserved: the AWS SDK for JavaScript"),
    ("profile_prefix", "a b", "cannot begin a profile's name"),
    ("profile_prefix", "-x", "cannot begin a profile's name"),
    ("profile_prefix", "dev]", "cannot begin a profile's name"),
    ("profile_prefix", "x" * 64, "cannot begin a profile's name"),
    ("profile_prefix", 1, "text in quotes"),
    (f"{ROLE}.profile", "dev", "taken by groups[0].roles[0].profile"),
    (f"{OPS}.profile", "STG", "taken by groups[0].roles[1].profile"),
    # Roles
    (f"{ROLE}.role_name", "a/b", "not a name that IAM takes"),
    (f"{ROLE}.role_name", "ロール", "not a name that IAM takes"),
    (f"{ROLE}.role_name", "x" * 64, "65 characters, of 64"),
    (f"{OPS}.role_name", "STG-switchrole-s3readonly", "taken by groups[0].roles[1].role_name"),
    ("groups[0].roles[0].role_name", "firstday-admin", "the portal's administrators"),
    (f"{ROLE}.path", "switch-role", "not an IAM path"),
    (f"{ROLE}.path", "//", "not an IAM path"),
    (f"{ROLE}.path", "/aws-reserved/x/", "belongs to AWS"),
    (f"{ROLE}.maximum_session_seconds", 3599, "out of range"),
    (f"{ROLE}.maximum_session_seconds", 43201, "out of range"),
    # Permissions
    (f"{ROLE}.managed_policies", REMOVED, "no permissions"),
    (f"{ROLE}.managed_policies", [], "no permissions"),
    (f"{ROLE}.managed_policies[0]", "Read Only", "not a managed policy"),
    (f"{ROLE}.managed_policies[0]", "arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "no policy that a role"),
    (f"{ROLE}.managed_policies[0]", "arn:aws:iam::123456789012:policy/Mine", "no policy that a role"),
    (f"{ROLE}.managed_policies", ["A", "A"], "twice"),
    (f"{ROLE}.managed_policies", [f"P{n}" for n in range(26)], "a role takes 25"),
    (f"{STATEMENT}.Effect", "allow", "does not know this effect"),
    (f"{STATEMENT}.Sid", "a-b", "does not take this Sid"),
    (f"{STATEMENT}.Action", "everything", "not an action"),
    (f"{STATEMENT}.Action", [], "empty"),
    (f"{STATEMENT}.Action", REMOVED, "missing"),
    (f"{STATEMENT}.NotAction", "s3:*", "cannot stand beside Action"),
    (f"{STATEMENT}.Resource", "bucket", "not the ARN"),
    (f"{STATEMENT}.Resource", "arn:aws-cn:s3:::bucket", "not the ARN"),
    (f"{STATEMENT}.Resource", "arn:aws:s3:::バケツ", "not the ARN"),
    (f"{STATEMENT}.Principal", "*", "no such setting"),
    (f"{STATEMENT}.Condition", "x", "text, but has to be a table"),
    (f"{STATEMENT}.Condition", {"StringEqual": {"aws:username": "x"}}, "no such condition operator"),
    (f"{STATEMENT}.Condition", {"StringEquals": "x"}, "has to be a table"),
    (f"{STATEMENT}.Condition", {"StringEquals": {"aws:username": {}}}, "cannot compare"),
    (f"{STATEMENT}.Condition", {"StringEquals": {"aws:username": []}}, "cannot compare"),
    (f"{STATEMENT}.Condition", {"StringEquals": {"aws:username": "a\nb"}}, "cannot compare"),
    # What needs no MFA
    ("allowed_without_mfa", [], "empty"),
    ("allowed_without_mfa", ["*"], "not an action"),
    ("allowed_without_mfa", ["iam:*"], "not an action"),
    ("allowed_without_mfa", ["iam:GetUser", "iam:GetUser"], "twice"),
    # Running it
    ("alarm_email", "aws-alarms", "not an e-mail address"),
    ("alarm_email", "alarms@例.example.com", "not an e-mail address"),
    ("alarm_email", "a@example.com, b@example.com", "not an e-mail address"),
    ("alarm_email", f"{'x' * 250}@example.com", "not an e-mail address"),
    ("alarm_email", ["aws-alarms@example.com"], "a list, but has to be text"),
    ("audit_event_bus", "our bus", "no event bus that the portal can reach"),
    ("audit_event_bus", "x" * 257, "no event bus that the portal can reach"),
    ("audit_event_bus", "arn:aws:events:us-east-1:123456789012:event-bus/default", "no event bus"),
    ("audit_event_bus", "arn:aws:events:ap-northeast-1:210987654321:event-bus/default", "no event bus"),
    ("audit_event_bus", "arn:aws:sns:ap-northeast-1:123456789012:topic", "no event bus"),
    ("maximum_concurrency", -1, "out of range"),
    ("maximum_concurrency", 1001, "out of range"),
    ("maximum_concurrency", "50", "text, but has to be a whole number"),
    ("firewall", "yes", "text, but has to be true or false"),
    ("runtime", "python3.10", "cannot be chosen here"),
    ("time_zone", "Tokyo", "not a time zone"),
    ("time_zone", "JST+9", "not a time zone"),
    ("time_zone", "../../../etc/passwd", "not a time zone"),
    ("time_zone", "/etc/localtime", "not a time zone"),
    ("runtime", 3.13, "a number with a point"),
    # Where it is
    ("domain", "portal.example.com", "text, but has to be a table"),
    ("domain", {"certificate_arn": CERTIFICATE}, "missing"),
    ("domain", {"name": "portal.example.com"}, "missing"),
    ("domain", DOMAIN | {"name": "https://portal.example.com"}, "not a domain name"),
    ("domain", DOMAIN | {"name": "*.example.com"}, "not a domain name"),
    ("domain", DOMAIN | {"name": "portal"}, "not a domain name"),
    ("domain", DOMAIN | {"name": "Portal.example.com"}, "not a domain name"),
    ("domain", DOMAIN | {"name": f"{'x' * 64}.example.com"}, "not a domain name"),
    ("domain", DOMAIN | {"certificate_arn": "portal"}, "no certificate that the portal can have"),
    ("domain", DOMAIN | {"certificate_arn": CERTIFICATE.replace("ap-northeast-1", "us-east-1")}, "no certificate"),
    ("domain", DOMAIN | {"certificate_arn": CERTIFICATE.replace("123456789012", "210987654321")}, "no certificate"),
    ("domain", DOMAIN | {"path": "/"}, "no such setting"),
    (f"{ROLE}.external_id", "example", "asks for no external id"),
    (f"{ROLE}.external_id", "x", "not an external id"),
    (f"{ROLE}.external_id", "line\nbreak", "not an external id"),
    (f"{ROLE}.existing", "yes", "text, but has to be true or false"),
    ("roles_by_pattern", 1, "a number, but has to be true or false"),
    ("administrators", ["Admin"], "a list, but has to be a table"),
    ("administrators", {"roles": ["*"]}, "means too many roles"),
    ("administrators", {"roles": ["Adm*"]}, "means too many roles"),
    ("administrators", {"help_desk": ["firstday-*"]}, "roles of Firstday's own"),
    ("administrators", {"help_desk": ["[Admin]"]}, "is not a role's name"),
    ("administrators", {"help_desk": ["dev-SwitchRole-*"]}, "Members switch to dev-SwitchRole-S3FullAccess"),
    ("administrators", {"role": ["Admin"]}, "no such setting"),
    ("administrators", {"roles": [f"Admin{'x' * 50}{n}" for n in range(90)]}, "The patterns take "),
    ("tags", ["CostCenter"], "a list, but has to be a table"),
    ("tags", {"CostCenter": 1234}, "a number, but has to be text"),
    ("tags", {"aws:owner": "x"}, "belongs to AWS"),
    ("tags", {"x" * 129: "x"}, "cannot be in a tag"),
    ("tags", {"": "x"}, "cannot be in a tag"),
    ("tags", {"Owner": "x" * 257}, "cannot be in a tag"),
    ("tags", {"Owner": "情報システム部"}, "cannot be in a tag"),
    ("tags", {f"tag{number}": "x" for number in range(41)}, "There are 41, of 40"),
]


@pytest.mark.parametrize(("path", "value", "message"), MISTAKES)
def test_a_mistake_is_reported_where_it_is_with_a_remedy(path: str, value: object, message: str) -> None:
    problems = problems_with({path: value})
    told = [problem for problem in problems if message in problem.message]
    assert told, problems
    quoted = path.replace("accounts.a b", "accounts.'a b'")
    assert all(problem.key.startswith(quoted) for problem in told)
    assert all(problem.remedy.endswith((".", "?")) for problem in problems)


@pytest.mark.parametrize("name", ["managed_policies", "statements"])
def test_an_existing_role_gets_no_permissions(name: str) -> None:
    role = "groups[0].roles[1]" if name == "managed_policies" else OPS
    (problem, *others) = problems_with({f"{role}.existing": True})
    assert (problem.key, problem.message) == (f"{role}.managed_policies", "An existing role keeps its permissions.")
    assert [one.key for one in others] == ([f"{OPS}.statements"] if name == "statements" else [])


def test_a_number_too_long_to_print_is_out_of_range() -> None:
    (problem,) = problems_with({"invitation_days": 10**5000})
    assert problem.message == "A number this long is out of range."


def test_statements_too_long_for_a_role_are_refused() -> None:
    resources = [f"arn:aws:s3:::bucket-{n:050}" for n in range(150)]
    (problem,) = problems_with({f"{STATEMENT}.Resource": resources})
    assert problem.key == f"{OPS}.statements"
    assert "characters, of" in problem.message


def test_roles_too_many_for_the_boundary_are_refused_even_in_separate_groups() -> None:
    groups = [{"name": f"g{n}", "roles": [role]} for n, role in enumerate(many_roles(80, 60))]
    problems = problems_with({"groups": groups, "default_groups": []})
    assert [(problem.key, "in the boundary" in problem.message) for problem in problems] == [("groups", True)]


def test_all_mistakes_are_reported_at_once() -> None:
    problems = problems_with(
        {
            "region": "tokyo",
            "identity_account": 1,
            f"{ROLE}.profile": "default",
            f"{OPS}.path": "x",
            "colour": "red",
        }
    )
    keys = {problem.key for problem in problems}
    assert keys == {"region", "identity_account", f"{ROLE}.profile", f"{OPS}.path", "colour"}


def test_one_mistake_does_not_look_like_several() -> None:
    for path in ("region", "identity_account", f"{ROLE}.profile", f"{ROLE}.account", f"{ROLE}.role_name"):
        assert [problem.key for problem in problems_with({path: "!"})] == [path]


def test_a_misspelt_key_is_corrected() -> None:
    problem = next(p for p in problems_with({f"{ROLE}.rolename": "x"}))
    assert problem == Problem(f"{ROLE}.rolename", "There is no such setting.", 'Did you mean "role_name"?')


def test_a_number_that_should_be_text_is_shown_in_quotes() -> None:
    (problem,) = problems_with({"identity_account": 123456789012})
    assert problem.remedy == 'Put quotes around it: "123456789012".'


def test_the_error_reads_well_in_a_terminal() -> None:
    values = example_values()
    put(values, f"{ROLE}.profile", "default")
    put(values, "colour", "red")
    with pytest.raises(SettingsError) as caught:
        read_settings(values)
    assert str(caught.value).startswith(
        "There are 2 mistakes in the settings:\n"
        "\n"
        "  groups[0].roles[1].profile\n"
        '    "default" is reserved: AWS tools use it when no profile is named.\n'
        '    Choose another name, such as "dev".\n'
        "\n"
        "  colour\n"
        "    There is no such setting.\n"
    )


def test_an_odd_value_cannot_upset_the_terminal() -> None:
    odd = {"region": "\x1b[2J", f"{ROLE}.profile": "x" * 9000, f"{ROLE}.account": "x", "accounts.\x1b": "1"}
    text = str(SettingsError(problems_with(odd)))
    assert "\x1b" not in text
    assert len(text) < 1200


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('region = "ap', 'region = "AP', "region"),
        ('stg = "2', 'stg = "', "accounts.stg"),
        ('profile = "stg"', 'profile = "default"', "groups[0].roles[1].profile"),
        ('profile = "stg-ops"', 'profile = "dev"', "groups[1].roles[0].profile"),
        ('Sid = "Rest', 'Sid = "-', "groups[1].roles[0].statements[0].Sid"),
        ('["AmazonS3R', '["Amazon S3R', "groups[0].roles[1].managed_policies[0]"),
    ],
)
def test_a_mistake_in_a_file_is_reported_with_its_line(before: str, after: str, key: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    lines = text.splitlines()
    (line,) = [number for number, line in enumerate(lines, 1) if before in line]
    with pytest.raises(SettingsError) as caught:
        parse(text.replace(before, after))
    assert [(problem.key, problem.line) for problem in caught.value.problems] == [(key, line)]
    assert f"  {key} (line {line})\n" in str(caught.value)


def test_what_is_missing_is_reported_with_the_line_of_its_table_if_it_has_one() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace('name = "operators"', "").replace('organisation = "', '# "')
    with pytest.raises(SettingsError) as caught:
        parse(text)
    line = text.splitlines().index("[[groups]]", text.splitlines().index('name = "developers"')) + 1
    assert [(p.key, p.line) for p in caught.value.problems] == [("organisation", None), ("groups[1].name", line)]
