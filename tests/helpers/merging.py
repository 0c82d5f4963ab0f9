"""Runs the members' scripts, filled in, each in its own home folder."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from hypothesis import strategies as st

from chalicelib.profiles import aws_config, merge_scripts
from chalicelib.profiles.merge_scripts import MergeScripts
from chalicelib.web.rendering import TEMPLATES
from tests.helpers.settings_makers import example_settings

SH, PS1 = ((TEMPLATES / "scripts" / f"merge-config.{suffix}").read_text("ascii") for suffix in ("sh", "ps1"))
ACCOUNT = "123456789012"
SOURCE, ROLES = aws_config.profiles(
    example_settings(),
    user_name="dev-simple-user",
    groups=["developers"],
    serial_number=f"arn:aws:iam::{ACCOUNT}:mfa/dev-simple-user",
)
TEXT = aws_config.rendered(SOURCE, ROLES)
KEY = f"firstday = {ACCOUNT}\n"
SECTIONS = [section.removesuffix("\n") + "\n" for section in TEXT.split("\n\n")]
CREDENTIALS = f"""[dev-simple-user]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
{KEY}"""
NOBODY = 65534
# busybox is one program for all. All but the last two are what members have as sh, or paste into.
SHELLS = {name: [which(name) or name] for name in ("dash", "bash", "zsh", "ksh", "mksh", "yash")} | {
    "busybox": [which("busybox") or "busybox", "sh"],
    "bash as sh": [which("bash") or "bash", "--posix"],
}


def posix(organisation: str = "Example Corp", credentials: str | None = None) -> MergeScripts:
    return merge_scripts.for_posix(SH, organisation, "dev-simple-user", SOURCE, ROLES, credentials)


def powershell(organisation: str = "Example Corp", credentials: str | None = None) -> MergeScripts:
    return merge_scripts.for_powershell(PS1, organisation, "dev-simple-user", SOURCE, ROLES, credentials)


# All that the script for POSIX shells may use: with fewer it refuses.
PROGRAMS = ("awk", "cat", "cmp", "date", "diff", "ls", "mkdir", "mktemp", "mv", "printf", "rm", "sed", "tail", "tr")


@dataclass(frozen=True)
class Outcome:
    status: int
    said: str


class Home:
    """A member's home. If the tests run as root, the scripts run as nobody: root may write everywhere.

    ``programs`` is the whole PATH: names, and what they lead to. There is no ``aws`` unless it is put there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / ".aws" / "config"
        self.credentials = folder / ".aws" / "credentials"
        self.is_nobody = os.getuid() == 0
        self.programs = {name: which(name) or name for name in PROGRAMS}

    def run(
        self, *arguments: str, shell: str = "dash", script: str | None = None, stdin: str = "", **variables: str
    ) -> Outcome:
        is_powershell = shell == "pwsh"
        name = "merge.ps1" if is_powershell else "merge.sh"
        (self.folder / name).write_text(script or (powershell() if is_powershell else posix()).file, "utf-8")
        path = os.environ["PATH"] if is_powershell else str(self.path())
        command = SHELLS.get(shell) or [which(shell) or shell, *(("-NoProfile", "-File") if is_powershell else ())]
        done = subprocess.run(
            [*command, name, *arguments],
            cwd=self.folder,
            env={"HOME": str(self.folder), "PATH": path, "TMPDIR": str(self.temporary()), **variables},
            capture_output=True,
            input=stdin.encode(),
            start_new_session=True,  # no terminal to ask at
            user=NOBODY if self.is_nobody else None,
            group=NOBODY if self.is_nobody else None,
            extra_groups=[] if self.is_nobody else None,
        )
        assert list(self.temporary().iterdir()) == [], "a temporary file was left"
        return Outcome(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))

    def stands_in(self, name: str, script: str) -> None:
        """Put a program of that name into the member's way; ``REAL`` in ``script`` is the real one."""
        program = self.folder / f"own-{name}"
        program.write_text(script.replace("REAL", which(name) or name))
        program.chmod(0o755)
        self.programs[name] = str(program)

    def path(self) -> Path:
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for link in folder.iterdir():
            link.unlink()
        for name, program in self.programs.items():
            (folder / name).symlink_to(program)
        return folder

    def temporary(self) -> Path:
        folder = self.folder / "tmp"
        if not folder.exists():
            folder.mkdir()
            self.own()
        return folder

    def write(self, content: bytes | str, file: Path | None = None) -> None:
        file = file or self.config
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.own()

    def own(self) -> None:
        """Give all these files to the user that the scripts run as."""
        if os.getuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def backups(self) -> list[Path]:
        return sorted(self.config.parent.glob("*.firstday-*"))


@contextmanager
def home() -> Iterator[Home]:
    """Not pytest's own folder, into which only root can look."""
    with tempfile.TemporaryDirectory(prefix="firstday-home-") as name:
        made = Home(Path(name))
        made.own()
        yield made


_WORDS = st.from_regex(r"[A-Za-z0-9._-]{1,8}", fullmatch=True)
_VALUES = st.text("abc =:#;[]\"'$`\\%名é", max_size=12).map(str.strip)
_COMMENTS = st.one_of(st.just(""), st.just("   "), st.text("abc 名'\"$`[]=", max_size=12).map("# {}".format))


@st.composite
def _sections(draw: st.DrawFn) -> list[str]:
    kind = draw(st.sampled_from(["profile mine-{}", 'profile "mine-{}"', "sso-session {}", "services {}", "{}"]))
    lines = [f"[{kind.format(draw(_WORDS))}]"]
    for key in draw(st.lists(_WORDS, max_size=4, unique_by=str.lower)):
        lines += draw(st.lists(_COMMENTS, max_size=2))
        if draw(st.booleans()):
            lines.append(f"{key}{draw(st.sampled_from([' = ', '=', ': ']))}{draw(_VALUES)}x")
        else:
            nested = draw(st.lists(_WORDS, min_size=1, max_size=3, unique_by=str.lower))
            lines += [f"{key} =", *(f"    {name} = {draw(_VALUES)}" for name in nested)]
    return lines


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, str]:
    """A file that AWS tools can read, as the parts before and after the profiles."""
    sections = draw(st.lists(_sections(), max_size=4, unique_by=lambda lines: lines[0]))
    split = draw(st.integers(0, len(sections)))
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    before, after = (
        "".join(line + eol for lines in part for line in lines) for part in (sections[:split], sections[split:])
    )
    return before, after.removesuffix(draw(st.sampled_from(["", eol])))
