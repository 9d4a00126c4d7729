#!/usr/bin/env python3
"""`./run bench soak [--minutes 15]`: a ladder, one publisher, viewers that stay and viewers that come and go. Memory, descriptors and
threads must be flat once the playlists' window is full."""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
sys.path[:0] = [str(SOURCE / "tests" / folder) for folder in ("e2e", "checker", "tools", "bench/lib")]
from machine import machine

EVERY = 5             # seconds from sample to sample
FULL = 120            # seconds until the window is full and the allocator has seen its peaks
AWAY = 300            # seconds from one loss of the publisher to the next
MEMORY = 0.05, 4_096  # growth that is still flat: a share of it, or KB where that is more
FEW = 2               # descriptors and threads that may come and go at the moment of a sample


def sample(pid: int) -> dict:
    """What /proc says of the process: resident KB, descriptors, threads, seconds of processor time."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return {"rss": int(status["VmRSS"].split()[0]), "fds": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(status["Threads"]),
            "cpu": (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")}


def passer_by(server) -> None:
    """Comes, reads the playlists of all renditions, asks for what is not there, and goes."""
    for url in server.renditions():
        server.get(url.removeprefix(server.url("")))
    server.get("/live/nobody/index.m3u8")


def watch(server, camera, seconds: float, publish) -> list:
    """The samples, each with `at`, its second. Says where it stands each minute."""
    from stayer import Stayer
    urls = server.renditions()
    stayers = [Stayer(url) for url in urls + urls[:2]]
    samples, begun, away = [], time.monotonic(), AWAY
    while (at := time.monotonic() - begun) < seconds:
        if at >= away and seconds - at > FULL:
            away += AWAY
            camera.kill()
            camera = publish()
        passer_by(server)
        samples.append({"at": round(at, 1), **sample(server.process.pid)})
        if len(samples) % (60 // EVERY) == 1:
            now = samples[-1]
            print(f"{at / 60:>5.1f} min {now['rss'] / 1024:>8.1f} MB {now['fds']:>5} descriptors {now['threads']:>5} threads"
                  f" {sum(s.parts for s in stayers):>8} parts fetched {sum(s.late for s in stayers):>4} not", flush=True)
        time.sleep(max(0, begun + len(samples) * EVERY - time.monotonic()))
    for stayer in stayers:
        stayer.leave()
    camera.stop()
    if not all(stayer.parts > seconds / 2 for stayer in stayers):
        raise RuntimeError(f"a viewer starved: {[stayer.parts for stayer in stayers]} parts\n{server.output()[-2000:]}")
    return samples


def verdict(samples: list) -> list:
    """For each of memory, descriptors and threads: the median of the first minute after the window was full, that of the last minute,
    and whether they are the same but for what comes and goes."""
    full = [s for s in samples if s["at"] >= FULL]
    first, last = [s for s in full if s["at"] < FULL + 60], [s for s in full if s["at"] >= full[-1]["at"] - 60]
    rows = []
    for what, slack in (("rss", None), ("fds", FEW), ("threads", FEW)):
        then, now = statistics.median(s[what] for s in first), statistics.median(s[what] for s in last)
        allowed = max(MEMORY[0] * then, MEMORY[1]) if slack is None else slack
        rows.append({"what": what, "then": then, "now": now, "most": max(s[what] for s in full), "flat": now - then <= allowed})
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench soak")
    parser.add_argument("--program", type=Path, default=SOURCE / "build/rostrum")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--minutes", type=float, default=15)
    options = parser.parse_args()
    if options.minutes * 60 < FULL + 120:
        parser.error(f"the window is full after {FULL // 60} minutes and two more are compared: at least {FULL // 60 + 2}")
    os.environ["ROSTRUM"] = str(options.program)
    from harness import LADDER, Server, publisher
    with Server(LADDER) as server:
        def publish():
            return publisher(server)
        camera = publish()
        server.wait_live()
        samples = watch(server, camera, options.minutes * 60, publish)
    rows = verdict(samples)
    print(f"\n{'':<14}{'window full':>12} {'last minute':>12} {'most':>12}")
    for row in rows:
        unit, scale = ("MB", 1024) if row["what"] == "rss" else ("", 1)
        figures = " ".join(f"{row[key] / scale:>12.{1 if unit else 0}f}" for key in ("then", "now", "most"))
        print(f"{row['what'] + ' ' + unit:<14}{figures}   {'flat' if row['flat'] else 'GROWS'}")
    seconds = samples[-1]["at"] - samples[0]["at"]
    print(f"{'processor':<14}{(samples[-1]['cpu'] - samples[0]['cpu']) / seconds * 100:>11.0f} % of a core")
    if options.json:
        options.json.write_text(json.dumps({**machine(), "rows": rows, "samples": samples}, indent=1) + "\n")
    return 0 if all(row["flat"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
