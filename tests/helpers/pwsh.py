"""Runs the members' script in a real PowerShell."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pexpect

from tests.helpers.merging import NOBODY, Home, Outcome, powershell


def run(home: Home, *arguments: str, script: str | None = None, **variables: str) -> Outcome:
    variables = _environment(home) | variables
    return home.run(*arguments, shell="pwsh", script=script, **variables)  # noqa: S604 - not subprocess's


def _environment(home: Home) -> dict[str, str]:
    """As on Windows, with no ``aws`` on the PATH unless it is put there. ``pwsh`` may itself be a script for sh."""
    home.programs |= {name: which(name) or name for name in ("dirname", "readlink")}
    return {"HOME": str(home.folder), "USERPROFILE": str(home.folder), "PATH": str(home.path())}


def in_terminal(home: Home, script: str, answer: str) -> tuple[int | None, str]:
    """The exit status, and what is to be seen, if the one question is answered with that."""
    (home.folder / "typed.ps1").write_text(script)
    home.own()

    def become_owner() -> None:
        if os.getuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    child = pexpect.spawn(
        which("pwsh") or "pwsh",
        ["-NoProfile", "-File", str(home.folder / "typed.ps1")],
        env=_environment(home) | {"TERM": "dumb", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=60,
        preexec_fn=become_owner,
    )
    child.expect_exact("[y/N]")
    before = str(child.before)
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, before + str(child.before)


@dataclass(frozen=True)
class Merged:
    """What two runs of the script made of one file."""

    first: Outcome
    second: Outcome
    file: Path

    def others(self) -> list[Path]:
        return sorted(path for path in self.file.parent.iterdir() if path != self.file)


def merge_all(home: Home, cases: Mapping[str, bytes]) -> dict[str, Merged]:
    """Each config in a home of its own, and all in one PowerShell: starting it takes longer than a merge."""
    folders = {name: home.folder / str(number) for number, name in enumerate(cases)}
    for name, folder in folders.items():
        folder.mkdir()
        home.write(cases[name], folder / ".aws" / "config")
    (home.folder / "each.ps1").write_text(powershell().file)
    loop = f"""
        foreach ($number in 0..{len(cases) - 1}) {{
            $env:USERPROFILE = Join-Path $PSScriptRoot "$number"
            foreach ($run in 1, 2) {{
                & "$PSScriptRoot/each.ps1" -Yes *> "$env:USERPROFILE/said$run"
                $LASTEXITCODE > "$env:USERPROFILE/status$run"
            }}
        }}
    """
    done = run(home, script=loop)
    assert (done.status, done.said) == (0, "")
    return {
        name: Merged(_outcome(folder, 1), _outcome(folder, 2), folder / ".aws" / "config")
        for name, folder in folders.items()
    }


def _outcome(folder: Path, number: int) -> Outcome:
    return Outcome(int((folder / f"status{number}").read_text()), (folder / f"said{number}").read_text())
