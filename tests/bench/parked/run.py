#!/usr/bin/env python3
"""`./run bench parked`: 10,000 reloads wait for one segment, and are answered when it is there. Beside a bare epoll server (load/floor.cpp)
that sends the same number of bytes to the same number of connections. Time runs from the sending of the keyframe after the segment,
which tells that it is whole (of the request that wakes the bare server's), to the last answer's arrival; processor time is the server's,
from before it until all is quiet again."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import SERVER, TOOLS, Table, dismiss, load, median, on, options_of, result, say, spread, status_of
from films import film
from server import leave, media_path, publish, serve

NODES = """
    in:  {kind: publisher, linger: 60s}
    hls: {kind: llhls, from: in.video, part: 500ms, segment: 2s, window: 3}
"""


def waking(text: str, ends: list) -> list:
    """[(CPU ms, ms to the last, bytes of an answer)] of what the tool printed; `ends`: when whatever woke them was sent."""
    found = []
    for first, last, cpu, size in re.findall(r"^wake (\d+) (\d+) (\d+) (\d+)$", text, re.MULTILINE):
        woken = max(end for end in ends if end <= int(first) / 1e9)
        found.append((int(cpu) / 1e6, (int(last) / 1e9 - woken) * 1000, int(size)))
    return found


def ours(count: int, rounds: int) -> tuple:
    """(The wakings, KB of memory for each parked one.)"""
    with serve(NODES) as server:
        publishers = publish(server.rtmp, film(700, size="640x360"))
        path = media_path(server)
        before = status_of(server.process.pid)["rss"]
        child = load("parked", server.http, count, path, server.process.pid, "wake", rounds)
        child.stdout.readline()
        say(f"{count} are parked at ours")
        memory = (status_of(server.process.pid)["rss"] - before) / count * 1024
        text = result(child)
        ends, _ = leave(publishers)
    return waking(text, ends), memory


def bare(count: int, rounds: int, size: int) -> list:
    server = subprocess.Popen([*on(SERVER), TOOLS / "bench_floor", str(size)], stdout=subprocess.PIPE, text=True)
    try:
        child = load("parked", server.stdout.readline().strip(), count, "/park", server.pid, "wake", rounds, "/wake")
        say(f"{count} are parked at the bare server")
        text = result(child)
    finally:
        server.terminate()
        server.wait()
    return waking(text, [int(at) / 1e9 for at in re.findall(r"^end (\d+)$", text, re.MULTILINE)])


def main() -> int:
    options = options_of("parked", __doc__, count=10_000, rounds=5, wakes=4)
    table = Table()
    mine, floor, memory, size = [], [], [], 2048
    for number in range(options.rounds):
        for who in ("ours", "bare") if number % 2 == 0 else ("bare", "ours"):
            if who == "bare":
                floor += bare(options.count, options.wakes, size)
            else:
                found, kilobytes = ours(options.count, options.wakes)
                mine += found
                memory.append(kilobytes)
                size = round(median(s for _, _, s in found) / options.count)
    for index, what in ((0, "processor"), (1, "until the last has it")):
        table.add(f"waking {options.count:,} reloads: {what}", "ms", median(row[index] for row in mine), median(row[index] for row in floor), "bare epoll", 1.3,
                  note=f"  ours {spread([row[index] for row in mine])}, bare {spread([row[index] for row in floor])}")
    table.add("memory for each parked reload", "KB", median(memory))
    table.add("bytes of an answer", "B", size)
    table.more["wakings"] = {"ours": mine, "bare": floor}
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
