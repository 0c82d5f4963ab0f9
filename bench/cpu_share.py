"""A part of a processor, as Lambda gives it by memory size: by Linux's control groups, where one may write them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# A whole one: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
WHOLE = 1769
PERIOD = 20_000  # microseconds
_ROOT = Path("/sys/fs/cgroup")


@dataclass
class Share:
    """What a function of ``megabytes`` gets: a whole processor to initialise, then its share."""

    folder: Path
    megabytes: int = WHOLE

    def join(self) -> None:
        """Put the calling process, and its children, into the group."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def slow(self) -> None:
        self._write(PERIOD * self.megabytes // WHOLE)

    def full(self) -> None:
        self._write(PERIOD)

    def _write(self, quota: int) -> None:
        second_version = self.folder / "cpu.max"
        if second_version.exists():
            second_version.write_text(f"{quota} {PERIOD}")
        else:
            (self.folder / "cpu.cfs_quota_us").write_text(str(quota))


@contextmanager
def shares() -> Iterator[Share | None]:
    """A group for the bench alone; None where control groups are not there or may not be written."""
    for root in (_ROOT / "cpu", _ROOT):
        folder = root / f"firstday-bench-{os.getpid()}"
        with suppress(OSError):
            folder.mkdir()
            try:
                share = Share(folder)
                if (period := folder / "cpu.cfs_period_us").exists():
                    period.write_text(str(PERIOD))
                share.full()
                yield share
                return
            finally:
                folder.rmdir()
    yield None
