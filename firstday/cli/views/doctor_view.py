"""The doctor's findings, as a terminal shows them and as programs read them."""

import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

import click

from firstday.doctor import organisation_findings
from firstday.doctor.catalogue import CHECKS
from firstday.doctor.findings import Finding, Severity
from firstday.doctor.mending import PROFILE
from firstday.text_tables import plain

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
WIDTH, WIDEST = 100, 116
# Findings of one kind; with 5,000 members there may be as many.
SHOWN = 10
# The commands of a remedy that take the profile and options of this run.
WITH_OPTIONS = re.compile(r"firstday (?:doctor|deploy|adopt|release)\b")
ALL_IS_WELL = "Everything is as firstday.toml says."


def doctor_record(findings: Sequence[Finding]) -> dict[str, Any]:
    """One object, for programs."""
    return {"findings": [asdict(finding) for finding in findings], **_counts(findings)}


def doctor_text(findings: Sequence[Finding], width: int | None) -> str:
    """The findings by kind, each kind with why it matters, and a last line with counts."""
    if not findings:
        return click.style(ALL_IS_WELL, fg="green")
    room = min(width or WIDTH, WIDEST)
    is_well = {finding.check for finding in findings} == {organisation_findings.USERS_OUTSIDE.name}
    well = [click.style(ALL_IS_WELL, fg="green")] if is_well else []
    kinds = [_kind(list(found), room) for _, found in groupby(findings, key=lambda finding: finding.check)]
    return "\n\n".join([*well, *("\n".join(lines) for lines in kinds), _summary(findings)])


def as_run(finding: Finding, profile: str | None, options: Sequence[str]) -> Finding:
    """A finding whose remedies can be typed as they stand: with the profile and options of this run.

    Most commands on members are the portal's, and take neither.
    """
    named = [*(["--profile", profile] if profile else []), *options]
    remedy = "\n".join(_as_run(command, profile, shlex.join(named)) for command in finding.remedy.splitlines())
    return replace(finding, remedy=remedy)


def _as_run(command: str, profile: str | None, named: str) -> str:
    if named:
        command = WITH_OPTIONS.sub(lambda found: f"{found[0]} {named}", command)
    is_of_identity = command.startswith("aws ") and f" --profile {PROFILE}" not in command
    return f"{command} --profile {shlex.quote(profile)}" if profile and is_of_identity else command


def is_healthy(findings: Iterable[Finding]) -> bool:
    """Whether there are notes at most."""
    return all(finding.severity is Severity.NOTE for finding in findings)


def _kind(findings: list[Finding], width: int) -> list[str]:
    first = findings[0]
    what = next(check.what for check in CHECKS if check.name == first.check)
    lines = [*_heading(first.severity, f"{what} [{first.check}]", width), *_wrapped(first.why, width, "  ")]
    for finding in findings[:SHOWN]:
        lines += ["", *_wrapped(f"{plain(finding.subject)}: {plain(finding.message)}", width, "  ", "    ")]
        lines += [line for command in finding.remedy.splitlines() for line in _command(command, width)]
    if more := len(findings) - SHOWN:
        lines += ["", f"  ... and {more} more: --json has all of them."] if more > 0 else []
    return lines


def _heading(severity: Severity, text: str, width: int) -> list[str]:
    label = severity.upper()
    lines = _wrapped(text, width, " " * (len(label) + 2))
    lines[0] = lines[0].strip()
    bold = [click.style(line, bold=True) for line in lines]
    return [f"{click.style(label, fg=COLOURS[severity], bold=True)}  {bold[0]}", *bold[1:]]


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _command(command: str, width: int) -> Iterator[str]:
    """A command over as many lines as it takes, so that it may be copied: each but the last ends in a backslash.

    Each line of a comment is one of its own.
    """
    indent = "      "
    if command.startswith("#"):
        yield from _wrapped(plain(command), width, indent, f"{indent}# ")
        return
    line, *options = plain(command).split(" --")
    for option in options:
        if len(f"{indent}{line} --{option} \\") > width:
            yield f"{indent}{line} \\"
            line = f"  --{option}"
        else:
            line += f" --{option}"
    yield indent + line


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    found = [finding.severity for finding in findings]
    return {f"{severity}s": found.count(severity) for severity in Severity}


def _summary(findings: Sequence[Finding]) -> str:
    counts = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    parts = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count]
    return f"{', '.join(parts)}."
