"""The sandbox with the packages that ``make sandbox`` installs, and nothing else."""

import re
import venv
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pexpect

from tests.helpers.locked_sets import SANDBOX, locked
from tests.helpers.running_sandbox import QUIET, ROOT


def environment_of(package_set: str, folder: Path) -> Path:
    """The Python of an environment in ``folder`` that has that set, and nothing else."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in [*locked(package_set), "firstday"]:
        with suppress(PackageNotFoundError):  # for another system
            found = distribution(name)
            for entry in {path.parts[0] for path in found.files or ()} - {"..", "__pycache__"}:
                (packages / entry).symlink_to(str(found.locate_file(entry)))
    return folder / "bin" / "python"


def test_its_own_set_of_packages_is_enough(tmp_path: Path) -> None:
    python = environment_of(SANDBOX, tmp_path / "venv")
    command = ["-m", "firstday.cli.main", "sandbox", "--port", "0", "--portal-port", "0"]
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(python), command, env=QUIET | {"HOME": str(tmp_path)}, cwd=ROOT, encoding="utf-8", timeout=60
    )
    sandbox.expect("Ctrl-C ends the sandbox")
    said = str(sandbox.before).replace("\r", "")
    assert "/start#0" in said
    begin = r"configure mfa-login --profile dev-simple-user --update-profile dev-simple-user-session"
    (aws,) = re.findall(rf"\n  (\S*aws) {begin}\n  \1 s3 ls --profile dev\n", said)
    assert ("This takes the AWS CLI, 2.30.3 or newer" in said) == (aws == "aws"), "unless the tests bring one"
    sandbox.sendintr()
    sandbox.expect("The sandbox is gone")
    sandbox.expect(pexpect.EOF)
