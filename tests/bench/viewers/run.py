#!/usr/bin/env python3
"""`./run bench viewers`: 200 viewers at the live edge of one stream of 2.6 Mbit/s, video and audio, the server on one core. All of them
are woken by the same part and fetch it at the same moment; the figure is how long that takes each of them."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import Table, cpu_of, load, median, options_of, result, say, status_of
from films import film
from server import leave, publish, serve

NODES = """
    in:  {kind: publisher, linger: 5s}
    hls: {kind: llhls, from: [in.video, in.audio], part: 500ms, segment: 6s, window: 3}
"""


def watch(server, viewers: int, seconds: int) -> dict:
    child = load("viewers", server.http, viewers, seconds, "/live/cam0")
    begun = cpu_of(server.process.pid)
    found = json.loads(result(child))
    if found["errors"]:
        raise SystemExit(f"{found['errors']} answers were errors")
    return {**found, "cpu": (cpu_of(server.process.pid) - begun) / (seconds + 2) * 100}


def main() -> int:
    options = options_of("viewers", __doc__, viewers=200, seconds=10, rounds=3)
    table = Table()
    with serve(NODES) as server:
        publishers = publish(server.rtmp, film(2500))
        server.wait_live("cam0")
        rounds = []
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}: {options.viewers} viewers for {options.seconds} s")
            rounds.append(watch(server, options.viewers, options.seconds))
        memory = status_of(server.process.pid)["rss"]
        leave(publishers)
    for name, promise in (("p50", 15), ("p99", 60)):
        table.add(f"part fetch, {options.viewers} viewers of 2.6 Mbit/s, {name}", "ms", median(r["fetch_ms"][name] for r in rounds), promise=promise)
    table.add("parts a second, video and audio", "", median(r["parts"] / r["seconds"] for r in rounds))
    table.add("sent", "Mbit/s", median(r["bytes"] * 8 / r["seconds"] / 1e6 for r in rounds))
    table.add("processor, % of a core for each viewer", "%", median(r["cpu"] for r in rounds) / options.viewers)
    table.add("resident memory", "MB", memory)
    table.more["rounds"] = rounds
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
