#!/usr/bin/env python3
"""`./run bench [NAME...]`: every folder here with a run.py is a bench; each prints its own table, and leaves its figures in
build/bench/NAME.json. A chart of them all is drawn at the end. What stands behind a single name and is not known here is the bench's
own: `./run bench soak --minutes 60`. With --markdown nothing is measured: the tables and the chart are of what earlier runs left."""

import argparse
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))
import chart
import tables
from machine import caption, machine

BY_NAME_ONLY = {"soak", "page"}  # a quarter of an hour; three minutes in a browser
FIRST = ["idle", "ladder", "passthrough", "delivery", "parked", "websocket", "viewers"]


def main():
    names = sorted((path.parent.name for path in HERE.glob("*/run.py")), key=lambda name: (name not in FIRST, FIRST.index(name) if name in FIRST else 0, name))
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures, on two cores of a machine that does nothing else; nothing here fails for being slow.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names)}; all but {', '.join(sorted(BY_NAME_ONLY))} when none is given")
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the rostrum program")
    parser.add_argument("--json", type=pathlib.Path, default=pathlib.Path("build/bench"), help="folder for NAME.json")
    parser.add_argument("--chart", type=pathlib.Path, help="the SVG; bench.svg in that folder unless told otherwise")
    parser.add_argument("--markdown", nargs="*", type=pathlib.Path, metavar="FILE", help="print the tables of these NAME.json, or of all in that folder, and measure nothing")
    options, own = parser.parse_known_args()
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"no bench named {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    if own and len(options.names) != 1:
        parser.error(f"{' '.join(own)}: options of a bench need its one name before them")
    drawn = options.chart or options.json / "bench.svg"
    if options.markdown is not None:
        print(tables.markdown(options.markdown or list(options.json.glob("*.json"))), end="")
        drawn.write_text(chart.draw(options.json))
        return 0
    if os.getloadavg()[0] > 1:
        print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): figures will be worse than they are", file=sys.stderr)
    print(caption(machine()), flush=True)
    options.json.mkdir(parents=True, exist_ok=True)
    failed, begun = [], time.monotonic()
    for name in options.names or [name for name in names if name not in BY_NAME_ONLY]:
        print(f"== {name}", flush=True)
        command = [sys.executable, HERE / name / "run.py", "--program", options.program.resolve(), "--json", options.json / f"{name}.json", *own]
        if subprocess.run(command).returncode != 0:
            failed.append(name)
    drawn.write_text(chart.draw(options.json))
    print(f"{(time.monotonic() - begun) / 60:.1f} minutes; figures in {options.json}, chart in {drawn}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
