"""The Python that the portal runs on in Lambda, and whether this one can make a package for it.

The package holds bytecode, which only the Python that compiled it reads: so the runtime is the Python that
packages, unless the settings name another. Then the sources are packaged, and a cold start compiles them.
"""

import platform
import sys
import sysconfig
from dataclasses import dataclass

from chalicelib.settings.records import RUNTIMES, Settings
from firstday.bundle import PackagingError


@dataclass(frozen=True, slots=True)
class Python:
    """A Python: ``version`` as it calls itself, ``runtime`` as Lambda would call it."""

    version: str
    runtime: str
    is_final: bool
    is_free_threaded: bool

    @property
    def is_lambdas(self) -> bool:
        """Whether Lambda has the same Python, with the same bytecode. Chalice knows all of ``RUNTIMES``, too."""
        return self.runtime in RUNTIMES and self.is_final and not self.is_free_threaded


def this_python() -> Python:
    """The Python that runs this code."""
    return Python(
        platform.python_version(),
        f"python{sys.version_info.major}.{sys.version_info.minor}",
        is_final=sys.version_info.releaselevel == "final",
        is_free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    )


def runtime_of(settings: Settings, python: Python) -> str:
    """The Python that Lambda runs the portal on: the one in the settings, else ``python``."""
    return settings.runtime or python.runtime


def compiles(settings: Settings, python: Python) -> bool:
    """Whether ``python`` makes bytecode that the runtime reads."""
    return python.is_lambdas and python.runtime == runtime_of(settings, python)


def check_python(settings: Settings, python: Python) -> None:
    """Raises PackagingError if no runtime can run what ``python`` packages."""
    if settings.runtime or python.is_lambdas:
        return
    kind = " (free-threaded)" if python.is_free_threaded else ""
    known = [name.removeprefix("python") for name in RUNTIMES]
    raise PackagingError(
        f"This is Python {python.version}{kind}, which Lambda does not have. Package with a final release of "
        f"Python {', '.join(known[:-1])} or {known[-1]}: make clean, then make sandbox ARGS=--help "
        f"PYTHON=/path/to/{RUNTIMES[-1]}. Or name the runtime in firstday.toml, such as "
        f'runtime = "{RUNTIMES[-1]}": then the package goes without bytecode, and starts more slowly.'
    )
