"""The results of checks: one finding for each thing that is wrong, and the kinds of findings."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


ERROR, WARNING, NOTE = Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with ``subject``; ``remedy`` is what to type, one command a line.

    In a remedy, PROFILE is an AWS profile of the account that the finding names. ``names`` are all whom a finding
    on many is about; its message has the first of them.
    """

    severity: Severity
    check: str
    subject: str
    message: str
    why: str
    remedy: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of finding: ``what`` is wrong, and ``why`` it matters.

    ``needs`` are the permissions that the check needs.
    """

    name: str
    severity: Severity
    what: str
    why: str
    needs: tuple[str, ...] = ()

    def found(self, subject: str, message: str, *commands: str, names: tuple[str, ...] = ()) -> Finding:
        """A finding of this kind."""
        return Finding(self.severity, self.name, subject, message, self.why, "\n".join(commands), names)
