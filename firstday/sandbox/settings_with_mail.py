"""The settings of a sandbox with mail: those of a file that has none, and a ``[mail]``."""

from pathlib import Path

from chalicelib.settings.records import Settings
from firstday.sandbox.private_files import write_private

NAME = "firstday.toml"


def write_with_mail(settings: Settings, file: Path, directory: Path) -> Path:
    """A copy of ``file``, whose settings these are, in ``directory``."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(directory / NAME, file.read_text(encoding="utf-8"), mail_table(settings))
    return directory / NAME


def mail_table(settings: Settings) -> str:
    """The table, with an identity that the sandbox's SES takes for proved."""
    where = f"{settings.region}:{settings.identity_account}"
    return f"""\
# Added by the sandbox.
[mail]
from = "AWS portal <aws-portal@example.com>"
identity_arn = "arn:{settings.partition}:ses:{where}:identity/example.com"
administrators = "aws-admins@example.com"
"""
