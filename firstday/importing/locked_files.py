"""Files that one process at a time writes, and that are never half written, even if the machine stops."""

import errno
import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


def lock(path: Path) -> int:
    """A descriptor of the file at ``path``, which is made if need be. The system unlocks it when this process ends.

    Raises BlockingIOError where another process has it, and OSError.
    """
    while True:
        fd = os.open(path, _FLAGS, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(errno.EINVAL, "it is not a file")
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_still_there = path.exists() and os.path.samestat(os.fstat(fd), path.stat())
        except BaseException:
            os.close(fd)
            raise
        if is_still_there:
            return fd
        os.close(fd)  # another process has just put a new file in its place, or has removed it


def put(path: Path, data: bytes) -> int:
    """Put a whole file at ``path``, in place of what is there; its locked descriptor, once it is on the disk."""
    new = path.with_name(f"{path.name}.new")
    fd = os.open(new, _FLAGS | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        append(fd, data)
        new.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        os.close(fd)
        with suppress(OSError):
            new.unlink()
        raise
    return fd


def append(fd: int, data: bytes) -> None:
    """Append all of ``data``, or none where that fails; when this returns, it is on the disk."""
    before = os.fstat(fd).st_size
    try:
        while data:
            data = data[os.write(fd, data) :]
        os.fsync(fd)
    except OSError:
        with suppress(OSError):
            os.ftruncate(fd, before)
        raise


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
