#!/usr/bin/env python3
"""`./run bench [NAME...]`: every folder here with a run.py is a bench; each prints its own table and may write JSON."""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main():
    names = sorted(path.parent.name for path in HERE.glob("*/run.py"))
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures; nothing here fails for being slow.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names)}; all when none is given")
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the rostrum program")
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/bench"), help="folder for NAME.json")
    options = parser.parse_args()
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"no bench named {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    options.json.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in options.names or names:
        print(f"== {name}", flush=True)
        command = [sys.executable, HERE / name / "run.py", "--program", options.program.resolve(), "--json", options.json / f"{name}.json"]
        if subprocess.run(command).returncode != 0:
            failed.append(name)
    if failed:
        print(f"could not measure: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
