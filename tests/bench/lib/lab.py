"""What all benches share: the two cores, processor time, rounds in alternating order, and the table of what was measured beside what
is promised."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from machine import CORES, SOURCE, machine
from tables import figure, ratio

sys.path[:0] = [str(SOURCE / "tests" / folder) for folder in ("e2e", "checker", "tools")]
import harness

TOOLS = SOURCE / "build/release/tests/bench"

SERVER, LOAD = CORES[0], CORES[-1]  # pinned apart: what the load costs is not the server's


def on(core: int) -> list:
    """The beginning of a command that stays on that core, with all its threads."""
    return ["taskset", "-c", str(core)]


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used, all its threads together: the kernel's own count, in nanoseconds (what
    /proc/PID/stat says in hundredths of a second)."""
    return time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of that process, as clock_getcpuclockid(3) makes it


def status_of(pid: int) -> dict:
    """Of /proc: resident MB, threads."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {"rss": int(lines["VmRSS"].split()[0]) / 1024, "threads": int(lines["Threads"])}


def spread(values: list) -> str:
    return f"{min(values):.3g} to {max(values):.3g}"


def median_between(values: list) -> tuple:
    """What the true median is between in at least 95 of 100 such runs, whatever the values' distribution: the order statistics of the
    sign test. Of fewer than six values nothing better than the least and the most."""
    ordered, count = sorted(values), len(values)
    below, outer = 0.0, -1
    while (below := below + math.comb(count, outer + 1) / 2**count) <= 0.025:
        outer += 1
    outer = max(outer, 0)
    return ordered[outer], ordered[count - 1 - outer]


def alternate(rounds: int, **measures) -> dict:
    """name: its values. Every measure once a round, in turn in this and in the opposite order, so that what the machine does meanwhile
    meets all of them."""
    values = {name: [] for name in measures}
    for number in range(rounds):
        for name in list(measures) if number % 2 == 0 else reversed(list(measures)):
            say(f"round {number + 1} of {rounds}: {name}")
            values[name].append(measures[name]())
    return values


def say(what: str) -> None:
    """A line of progress, beside the table."""
    if sys.stderr.isatty():
        print(f"\r\033[K... {what}\r", end="", file=sys.stderr, flush=True)
    else:
        print(f"... {what}", file=sys.stderr, flush=True)


def load(tool: str, *arguments, **options) -> subprocess.Popen:
    """One of tests/bench/load, on the load's core. Closing its standard input ends it."""
    command = [*on(LOAD), TOOLS / f"bench_{tool}", *arguments]
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)


def result(child: subprocess.Popen) -> str:
    """Waits for a load tool's own end; what it printed."""
    text = child.stdout.read()
    if child.wait() != 0:
        raise SystemExit(f"{child.args[3]} failed")
    return text


def dismiss(child: subprocess.Popen) -> str:
    """Ends a load tool; what it printed that was not read yet."""
    child.stdin.close()
    return result(child)


@dataclass
class Row:
    what: str
    unit: str
    ours: float
    yardstick: float = None
    peer: str = ""         # the yardstick's name
    promise: float = None  # at most; of the ratio where there is a yardstick, else of `ours`
    note: str = ""
    ratio: float = None    # where it is not that of the two figures (a median of pairs is not the ratio of medians)

    def __post_init__(self):
        if self.ratio is None and self.yardstick:
            self.ratio = self.ours / self.yardstick

    @property
    def judged(self) -> float:
        return self.ours if self.ratio is None else self.ratio

    @property
    def kept(self) -> bool:
        return self.promise is None or round(self.judged, 3) <= self.promise


class Table:
    """Prints each row as soon as it is known, and keeps all of them for the JSON file."""

    def __init__(self):
        self.rows, self.begun = [], time.monotonic()
        self.more = {}  # what stands beside the rows in the JSON file
        print(f"{'what':<64} {'ours':>14} {'yardstick':>22} {'ratio':>7} {'promise':>9}  kept", flush=True)

    def add(self, *arguments, **options) -> Row:
        row = Row(*arguments, **options)
        self.rows.append(row)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        peer = f"{figure(row.yardstick)} {row.peer}" if row.yardstick else ""
        promise = f"<= {row.promise:g}" if row.promise is not None else ""
        kept = "" if row.promise is None else "yes" if row.kept else "NO"
        print(f"{row.what:<64} {figure(row.ours) + ' ' + row.unit:>14} {peer:>22} {ratio(row.ratio):>7} {promise:>9}  {kept:<4}{row.note}", flush=True)
        return row

    def write(self, path: Path) -> None:
        rows = [{**asdict(row), "judged": row.judged, "kept": row.kept} for row in self.rows]
        path.write_text(json.dumps({**machine(), "seconds": round(time.monotonic() - self.begun), "rows": rows, **self.more}, indent=1) + "\n")


def median(values) -> float:
    return statistics.median(values)


def options_of(name: str, description: str, both_cores: bool = False, **numbers) -> argparse.Namespace:
    """--program, --json, and a whole number for each keyword. What the script starts is load, unless it says otherwise."""
    parser = argparse.ArgumentParser(prog=f"./run bench {name}", description=description)
    parser.add_argument("--program", type=Path, default=SOURCE / "build/rostrum")
    parser.add_argument("--json", type=Path)
    for key, value in numbers.items():
        parser.add_argument(f"--{key}", type=int, default=value)
    options = parser.parse_args()
    os.environ["ROSTRUM"] = harness.PROGRAM = str(options.program)
    if not both_cores:
        os.sched_setaffinity(0, {LOAD})
    return options
