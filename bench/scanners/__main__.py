"""``make qr``: how many QR codes are read, of the first release and of today's portal, side by side.

``make qr ARGS=N`` takes N random members rather than 3,000.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.scanners.codes import FIRST, TODAY, Form, members, three
from bench.scanners.pictures import INSTALLED, PYTHON, drawn, photographed, shown
from tests.helpers.chromium import launched

HERE = Path(__file__).parent
FORMS = (FIRST, TODAY)
SCALES = (1, 1.25, 1.5, 2)
ON_SCREENS = 40
DRAWS = 240
Counts = Counter[str]


def read(paths: Sequence[Path], wanted: Sequence[str]) -> Counts:
    """How many of the pictures each reader reads as it should; ``all`` is their sum."""
    jar = INSTALLED / "core-3.5.3.jar"
    programs = [
        [str(PYTHON), str(HERE / "in_python.py")],
        [str(Path(sys.executable).with_name("node")), str(INSTALLED / "in_node.cjs")],
        *([["java", "-cp", str(jar), str(HERE / "InJava.java")]] if jar.exists() else []),
    ]
    counts: Counts = Counter()
    with ThreadPoolExecutor() as pool:
        for told in pool.map(lambda command: _lines(command, paths), programs):
            for line, text in zip(told, wanted, strict=True):
                for reader, found in json.loads(line).items():
                    counts.update({reader: found == text, "all": found == text})
    return counts


def _lines(command: Sequence[str], paths: Sequence[Path]) -> list[str]:
    given = "".join(f"{path}\n" for path in paths)
    return subprocess.run(command, input=given, text=True, stdout=subprocess.PIPE, check=True).stdout.splitlines()


def on_paper(form: Form, count: int, folder: Path) -> Counts:
    """Clean drawings of random members: what no light and no distance explains."""
    paths = []
    for number, member in enumerate(members(count)):
        paths.append(folder / f"{form.title}-{number}.pgm")
        drawn(form.drawing(member), paths[-1])
    return read(paths, [form.uri(member) for member in members(count)])


def on_screens(form: Form, folder: Path) -> Counts:
    paths, some = [], list(members(ON_SCREENS, draw=2))
    with launched() as browser:
        for scale in SCALES:
            paths += shown(browser, form, some, scale, folder)
    return read(paths, [form.uri(member) for member in some] * len(SCALES))


def before_a_camera(form: Form, folder: Path) -> Counts:
    with launched() as browser:
        screens = shown(browser, form, three(), 2, folder)
    wanted = [form.uri(member) for member in three() for _ in range(DRAWS)]
    return read(photographed(screens, DRAWS, folder), wanted)


def table(title: str, tried: int, counts: Sequence[Counts]) -> None:
    print(f"\n{title}, of {tried:,} each:\n\n| reader | " + " | ".join(form.title for form in FORMS) + " |")
    print("| --- |" + " --- |" * len(FORMS))
    for reader in sorted(counts[0], key=lambda reader: (reader == "all", reader.casefold())):
        print(f"| {reader} | " + " | ".join(f"{one[reader]:,}" for one in counts) + " |", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    with TemporaryDirectory() as folder:
        there = Path(folder)
        table("Read on screens", ON_SCREENS * len(SCALES), [on_screens(form, there) for form in FORMS])
        table("Read before a camera", 3 * DRAWS, [before_a_camera(form, there) for form in FORMS])
        counts = [on_paper(form, count, there) for form in FORMS]
        unread = [Counter({reader: count - one[reader] for reader in one if reader != "all"}) for one in counts]
        for one in unread:
            one["all"] = one.total()
        table("Not read though clean", count, unread)


if __name__ == "__main__":
    main()
