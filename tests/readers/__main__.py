"""``make readers``: programs on the AWS SDKs for Go and Rust, from one member's morning to the next.

Prints what each could do at each moment, and its words where it could not. Ends with 1 if one was wrong.
"""

import sys
from collections.abc import Iterator

from firstday.text_tables import table
from tests.helpers.aws_clients import Client
from tests.helpers.one_day import Day, Moment, is_explained, lived
from tests.helpers.running_sandbox import ROOT, plain

BUILT = ROOT / ".cache" / "readers"
TOOLS = (
    Client("AWS SDK for Go", (str(BUILT / "sdk"),)),
    Client("aws-sdk-go-base, as in Terraform", (str(BUILT / "terraform"),)),
    Client("AWS SDK for Rust", (str(BUILT / "cargo" / "debug" / "rust-sdk"),)),
)
OPEN = (Moment.MORNING, Moment.NEXT_MORNING)


def main() -> int:
    day = lived(TOOLS)
    names = [tool.name for tool in TOOLS]
    rows = [
        [moment, profile, *("in" if day[moment, name, profile].is_in else "refused" for name in names)]
        for moment, profile in dict.fromkeys((moment, profile) for moment, _, profile in day)
    ]
    print(*table(["", "profile", *names], rows), sep="\n")
    for name in names:
        print(f"\n{name}:")
        for moment in (Moment.BEFORE, Moment.LATER):
            print(f"  {moment}: {plain(day[moment, name, 'dev'].text).strip()[:400]}")
    faults = list(found(day))
    print("", *(faults or ["All of it is right."]), sep="\n")
    return 1 if faults else 0


def found(day: Day) -> Iterator[str]:
    """What should have been otherwise, a sentence each."""
    for (moment, name, profile), shown in day.items():
        if shown.is_in != (moment in OPEN):
            yield f"{name} with {profile}, {moment}: exit status {shown.status}, {plain(shown.text)}"
    for tool in TOOLS:
        if not is_explained(day[Moment.LATER, tool.name, "dev"], "After twelve hours"):
            yield f"{tool.name}: docs/tools.md does not explain what it says after twelve hours."


if __name__ == "__main__":
    sys.exit(main())
