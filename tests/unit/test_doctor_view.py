"""The doctor's findings, as people and programs read them."""

import json
from dataclasses import replace

import click
import pytest

from firstday.cli.views.doctor_view import ALL_IS_WELL, SHOWN, doctor_record, doctor_text, is_healthy
from firstday.doctor import access_findings, catalogue
from firstday.doctor.findings import Check, Finding
from tests.helpers.doctor_faults import FAULTS, without_group
from tests.helpers.doctor_snapshots import found_in, good_snapshot
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()


def findings_of(*faults: str) -> list[Finding]:
    return [
        finding for fault in faults for finding in found_in(SETTINGS, FAULTS[fault][1](good_snapshot(SETTINGS)))
    ]


def test_nothing_wrong_is_one_line() -> None:
    assert ALL_IS_WELL in doctor_text([], 80)
    assert doctor_record([]) == {"findings": [], "errors": 0, "warnings": 0, "notes": 0}
    assert is_healthy([])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_everything_fits_into_the_terminal(width: int) -> None:
    shown = doctor_text(findings_of(*FAULTS), width).splitlines()
    # A word that cannot be broken, such as an ARN or a role's name, may be wider.
    too_wide = [line for line in shown if len(unpainted(line)) > width and " " in unpainted(line).strip()]
    assert [line for line in too_wide if len(max(line.split(), key=len)) < width - 30] == []


def unpainted(text: str) -> str:
    return click.unstyle(text)


def test_a_command_over_several_lines_is_the_same_command() -> None:
    """So that it can be copied: a backslash at the end of a line goes on with the next."""
    (finding,) = findings_of("a role under any name in another account")
    shown = unpainted(doctor_text([finding], 60))
    assert " \\\n" in shown
    copied = shown.partition("      aws ")[2].partition("\n\n")[0]
    assert " ".join(f"aws {copied}".replace("\\\n", " ").split()) == finding.remedy


def test_each_line_of_a_comment_is_a_comment() -> None:
    (finding,) = found_in(SETTINGS, without_group("developers")(good_snapshot(SETTINGS)))
    shown = unpainted(doctor_text([finding], 60))
    comment = [line.strip() for line in shown.splitlines() if line.startswith("      # ")]
    assert len(comment) > 1
    (told,) = [line for line in finding.remedy.splitlines() if line.startswith("# ")]
    assert " ".join(line.removeprefix("# ") for line in comment) == told.removeprefix("# ")


def test_findings_of_a_kind_are_told_together_and_counted_in_the_end() -> None:
    found = findings_of("a member without boundary", "a role for others", "a role that may do less", "an old key")
    shown = unpainted(doctor_text(found, 80))
    assert shown.startswith("ERROR  A member does not have the permissions boundary [member-without-boundary]\n")
    assert shown.endswith("\n\n1 error, 2 warnings, 1 note.")
    assert not is_healthy(found)
    assert is_healthy(found[-1:])


def test_of_five_thousand_members_the_first_are_shown() -> None:
    (finding,) = findings_of("an old key")
    many = [replace(finding, subject=f"member-{number:04}") for number in range(5000)]
    shown = unpainted(doctor_text(many, 80))
    assert f"member-{SHOWN - 1:04}: " in shown
    assert f"member-{SHOWN:04}: " not in shown
    assert f"  ... and {5000 - SHOWN} more: --json has all of them." in shown
    assert len(doctor_record(many)["findings"]) == 5000


def test_names_cannot_upset_a_terminal() -> None:
    (finding,) = findings_of("a user without record")
    shown = doctor_text([replace(finding, subject="\x1b[2Jmember", message="a\nb")], 80)
    assert "\x1b[2J" not in shown
    assert "a b" in shown


def test_the_json_has_every_field() -> None:
    (finding,) = findings_of("no role in another account")
    (read,) = json.loads(json.dumps(doctor_record([finding])))["findings"]
    assert read == {
        "severity": "error",
        "check": "role-missing",
        "subject": "stg: stg-SwitchRole-S3ReadOnly",
        "message": "It is not there.",
        "why": access_findings.ROLE_MISSING.why,
        "remedy": finding.remedy,
        "names": [],
    }


def test_users_who_are_not_members_are_nothing_wrong() -> None:
    found = findings_of("a user who is not a member")
    assert unpainted(doctor_text(found, 80)).startswith(f"{ALL_IS_WELL}\n\nNOTE  The account has IAM users")
    assert is_healthy(found)
    more = [*found, *findings_of("no password policy")]
    assert ALL_IS_WELL not in doctor_text(more, 80)


def test_checks_are_in_the_order_of_their_severity() -> None:
    severities = [check.severity for check in catalogue.CHECKS]
    assert severities == sorted(severities, key=lambda one: one.rank)
    assert all(isinstance(check, Check) for check in catalogue.CHECKS)
