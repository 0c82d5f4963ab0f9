"""``make bench``: how big, how fast and how talkative Firstday is, each beside a peer of the same run."""

from bench import calls, cold_start, import_members, members_page, package, sandbox


def main() -> None:
    everything = (package, cold_start, sandbox, calls, members_page, import_members)
    for measure in (module.measure for module in everything):
        for line in measure():
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
