#!/usr/bin/env python3
"""`./run bench latency`: how late a part, a first playlist, a date and a picture are. The promises stand beside what is measured."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
sys.path[:0] = [str(SOURCE / "tests" / folder) for folder in ("e2e", "checker", "tools", "bench/lib")]
from machine import machine

PASSTHROUGH = """
    in:  {{kind: publisher, linger: 20s}}
    hls: {{kind: llhls, from: [in.video, in.audio], part: {part}ms, segment: 6s, window: 3}}
"""
LADDER = """
    in:      {{kind: publisher, linger: 20s}}
    picture: {{kind: decode, from: in.video}}
    ladder:
      kind: ladder
      from: picture
      codec: h264
      keyframes: 2s
      preset: ultrafast
      rungs: [{{name: 240p, height: 240, bitrate: 400k}}, {{name: 144p, height: 144, bitrate: 200k}}]
    hls:     {{kind: llhls, from: [in.video, ladder, in.audio], part: {part}ms, segment: 6s, window: 3}}
"""


def percentile(values: list, share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Table:
    """Prints a row as soon as it is known, and keeps all of them for the JSON file."""

    def __init__(self):
        self.rows = []
        print(f"{'what':<58} {'n':>5} {'p50':>8} {'p95':>8} {'max':>8} {'promise':>10}", flush=True)

    def add(self, what: str, values: list, promise: float, judge: str = "p95") -> None:
        """Milliseconds. `judge`: which figure the promise is about."""
        if not values:
            raise RuntimeError(f"{what}: nothing was measured")
        row = {"what": what, "count": len(values), "p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "max": max(values), "promise": promise, "judge": judge}
        row["judged"] = row[judge]
        row["kept"] = row["judged"] <= promise
        self.rows.append(row)
        print(f"{what:<58} {row['count']:>5} {row['p50']:>8.1f} {row['p95']:>8.1f} {row['max']:>8.1f} {'<= ' + format(promise, 'g'):>10}"
              f"{'' if row['kept'] else '  NOT KEPT'}", flush=True)


def say(what: str) -> None:
    """A line of progress, beside the table."""
    print(f"... {what}", file=sys.stderr, flush=True)


def session(nodes: str, tags: list, seconds: float, reconnect: bool = False):
    """(viewer, cameras): one stream watched from before its first frame."""
    from camera import Camera
    from harness import Server
    from viewer import Viewer
    with Server(nodes) as server:
        viewer = Viewer(server.playlist_url())
        cameras = [Camera(server.rtmp, tags)]
        time.sleep(seconds)
        if reconnect:
            cameras[-1].leave()
            time.sleep(2)
            cameras.append(Camera(server.rtmp, tags))
            time.sleep(seconds)
        viewer.leave()
        cameras[-1].leave()
    return viewer, cameras


def offered(viewer, cameras) -> list:
    """ms from a part's last frame to the part's being on offer. The first second, when the stream starts, is not the live edge."""
    found = []
    for offer in viewer.offers:
        sent = cameras[offer.session].sent
        last = offer.first + offer.count - 1
        if offer.waited and last < len(sent) and offer.first >= 30:
            found.append((offer.at - sent[last]) * 1000)
    return found


def date_errors(viewer, cameras) -> dict:
    """Session: |PROGRAM-DATE-TIME less when that frame was sent| in ms, for each segment."""
    to_utc = time.time() - time.monotonic()
    found = {}
    for offer in viewer.offers:
        if offer.begins is not None:
            found.setdefault(offer.session, []).append(abs(offer.begins - (cameras[offer.session].sent[offer.first] + to_utc)) * 1000)
    return found


def parts_and_dates(table: Table, seconds: int) -> None:
    from camera import film
    say("encoding the films that are published")
    sound, silent = film(seconds + 5, True), film(seconds + 5, False)
    for part in (500, 200):
        say(f"watching {part} ms parts for {seconds} s")
        viewer, cameras = session(PASSTHROUGH.format(part=part), sound, seconds)
        table.add(f"last frame in -> part on offer, {part} ms parts", offered(viewer, cameras), 10)
        table.add(f"first frame -> playable, less 3 parts, {part} ms parts", [(viewer.playable - cameras[0].sent[0]) * 1000 - 3 * part], 100)
        if part == 500:
            table.add("PROGRAM-DATE-TIME off by, with audio", date_errors(viewer, cameras)[0], 50, "max")
    say("watching a ladder begin")
    viewer, cameras = session(LADDER.format(part=500), sound, min(seconds, 8))
    table.add("first frame -> playable, less 3 parts, ladder", [(viewer.playable - cameras[0].sent[0]) * 1000 - 1500], 400)
    say("watching a publisher without sound leave and come back")
    viewer, cameras = session(PASSTHROUGH.format(part=500), silent, max(10, seconds // 2), reconnect=True)
    errors = date_errors(viewer, cameras)
    table.add("PROGRAM-DATE-TIME off by, without audio", errors[0], 50, "max")
    table.add("PROGRAM-DATE-TIME off by, after a reconnect", errors.get(1, []), 50, "max")


def glass(table: Table, program: Path, seconds: int) -> None:
    """In Chromium: tests/browser/glass.mjs."""
    browser = SOURCE / "tests/browser"
    installed, lock = browser / "node_modules/.package-lock.json", browser / "package-lock.json"
    subprocess.run(["cmake", f"-DINSTALLED={installed}", f"-DLOCK={lock}", f"-DNPM={shutil.which('npm')}", "-P",
                    SOURCE / "examples/server/page/packages.cmake"], cwd=browser, check=True)
    for part, promise in ((500, 1800), (200, 950)):
        say(f"playing {part} ms parts in Chromium for {seconds} s")
        done = subprocess.run(["node", "glass.mjs", f"{part}ms", str(seconds)], cwd=browser, env={**os.environ, "ROSTRUM": str(program)},
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-2000:])
        row = json.loads(done.stdout)
        table.rows.append({"what": f"glass to glass in Chromium, {part} ms parts", "count": row["frames"], "promise": promise, "judge": "p95", "judged": row["p95"],
                           "kept": row["p95"] <= promise, **row})
        print(f"{table.rows[-1]['what']:<58} {row['frames']:>5} {row['p50']:>8} {row['p95']:>8} {row['max']:>8} {'<= ' + str(promise):>10}"
              f"{'' if table.rows[-1]['kept'] else '  NOT KEPT'}   (read-out {row['said_less_true']:+} ms, {row['stalls']} stalls)", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench latency")
    parser.add_argument("--program", type=Path, default=SOURCE / "build/rostrum")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=int, default=20, help="how long each stream is watched")
    parser.add_argument("--only", choices=["parts", "glass"])
    options = parser.parse_args()
    os.environ["ROSTRUM"] = str(options.program)
    table = Table()
    if options.only != "glass":
        parts_and_dates(table, options.seconds)
    if options.only != "parts":
        glass(table, options.program, options.seconds)
    if options.json:
        options.json.write_text(json.dumps({**machine(), "rows": table.rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
