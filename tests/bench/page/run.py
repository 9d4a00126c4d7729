#!/usr/bin/env python3
"""`./run bench page`: a viewer's minute of the page in Chromium (tests/browser/play.test.mjs): the demo's picture through every rung of the
demo's ladder, publisher, server and browser on this machine. The figures are medians of the rounds."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/bench/lib"))
from machine import machine

BROWSER = SOURCE / "tests/browser"


def minute(program: Path, figures: Path) -> dict:
    environment = {**os.environ, "ROSTRUM": str(program), "ROSTRUM_FIGURES": str(figures)}
    done = subprocess.run(["node", "--test", "--test-name-pattern", "every rung", "play.test.mjs"], cwd=BROWSER, env=environment, capture_output=True, text=True)
    if not figures.exists():
        raise SystemExit(f"{done.stdout}\n{done.stderr}")
    return json.loads(figures.read_text())


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench page")
    parser.add_argument("--program", type=Path, default=SOURCE / "build/rostrum")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    installed, lock = BROWSER / "node_modules/.package-lock.json", BROWSER / "package-lock.json"
    subprocess.run(["cmake", f"-DINSTALLED={installed}", f"-DLOCK={lock}", f"-DNPM={shutil.which('npm')}", "-P",
                    SOURCE / "examples/server/page/packages.cmake"], cwd=BROWSER, check=True)
    rounds = []
    with tempfile.TemporaryDirectory(prefix="rostrum-page-") as folder:
        for number in range(options.rounds):
            print(f"... minute {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            rounds.append(minute(options.program, Path(folder, f"{number}.json")))
    rows = [
        ("first frame after the page asks, ms", [row["firstFrame"] for row in rounds], 1000),
        ("stalls in the minute", [len(row["stalls"]) for row in rounds], 0),
        ("frames dropped, %", [100 * row["dropped"] / row["frames"] for row in rounds], 1),
        ("a forced rung on screen after, ms (the slowest)", [max(row["rungChanges"]) for row in rounds], None),
        ("the page's own read-out behind the camera, ms", [row["latency"] for row in rounds], None),
    ]
    print(f"{'what':<52} {'median':>8} {'most':>8} {'promise':>10}")
    table = []
    for what, values, promise in rows:
        median, most = statistics.median(values), max(values)
        row_kept = promise is None or median <= promise
        table.append({"what": what, "median": median, "most": most, "promise": promise, "judged": median, "kept": row_kept})
        print(f"{what:<52} {median:>8.1f} {most:>8.1f} {'' if promise is None else '<= ' + format(promise, 'g'):>10}{'' if row_kept else '  NOT KEPT'}")
    if options.json:
        options.json.write_text(json.dumps({**machine(), "rows": table, "rounds": rounds}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
