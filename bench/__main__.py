"""``make bench``: how big, how fast and how talkative Firstday is, each beside a peer of the same run."""

from bench import calls, cold_start, package, sandbox


def main() -> None:
    for measure in (package.measure, cold_start.measure, sandbox.measure, calls.measure):
        for line in measure():
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
