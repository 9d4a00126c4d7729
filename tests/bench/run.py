#!/usr/bin/env python3
"""`./run bench [NAME...]`: every folder here with a run.py is a bench; each prints its own table and may write JSON. What stands behind a
single name and is not known here is the bench's own: `./run bench soak --minutes 60`."""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BY_NAME_ONLY = {"soak"}  # lasts a quarter of an hour


def main():
    names = sorted(path.parent.name for path in HERE.glob("*/run.py"))
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures; nothing here fails for being slow.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names)}; all but {', '.join(BY_NAME_ONLY)} when none is given")
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the rostrum program")
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/bench"), help="folder for NAME.json")
    options, own = parser.parse_known_args()
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"no bench named {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    if own and len(options.names) != 1:
        parser.error(f"{' '.join(own)}: options of a bench need its one name before them")
    options.json.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in options.names or [name for name in names if name not in BY_NAME_ONLY]:
        print(f"== {name}", flush=True)
        command = [sys.executable, HERE / name / "run.py", "--program", options.program.resolve(), "--json", options.json / f"{name}.json", *own]
        if subprocess.run(command).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
