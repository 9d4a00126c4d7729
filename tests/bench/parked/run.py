#!/usr/bin/env python3
"""`./run bench parked`: 10,000 reloads wait for one segment, and are answered when it is there. Beside a bare epoll server (load/floor.cpp)
that sends the same number of bytes to the same number of connections. Time runs from the sending of the keyframe after the segment,
which tells that it is whole (of the request that wakes the bare server's), to the last answer's arrival; processor time is the server's,
from before it until all is quiet again. Both servers stay, and are woken in turns of a few seconds; the ratio is the median of the pairs,
and beside it stands what 16 pairs leave open of it. In each turn a new crowd comes and is woken twice. The first answer of each
connection, when what belongs to it was never touched before, is a row of its own and not in the pairs."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import SERVER, TOOLS, Table, load, median, median_between, on, options_of, result, say, spread, status_of
from films import film
from server import leave, media_path, publish, serve

from harness import wait_until

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


def settled(found: list) -> tuple:
    """The median of a turn's wakings but the first."""
    return tuple(median(values) for values in zip(*found[1:]))


def add(table: Table, what: str, ours: list, bare: list, **options) -> None:
    """A row whose ratio is the median of the pairs."""
    pairs = [mine / other for mine, other in zip(ours, bare)]
    ratio, (least, most) = median(pairs), median_between(pairs)
    table.add(what, "ms", median(ours), median(bare), "bare epoll", ratio=ratio, **options,
              note=f"  median at 95 % {least:.2f} to {most:.2f}, pairs {min(pairs):.2f} to {max(pairs):.2f}; ours {spread(ours)}, bare {spread(bare)}")
    table.more[what] = {"pairs": pairs, "median": ratio, "median at 95 %": [least, most]}


class Bare:
    """As a context: the bare server, on the server's core."""

    def __init__(self, size: int):
        self.process = subprocess.Popen([*on(SERVER), TOOLS / "bench_floor", str(size)], stdout=subprocess.PIPE, text=True)
        self.port = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def size_of_answer(server, path: str) -> int:
    """Of a reload's whole answer, in bytes: one is waited for."""
    child = load("parked", server.http, 1, path, server.process.pid, "wake", 1)
    return int(re.search(r"^wake \d+ \d+ \d+ (\d+)$", result(child), re.MULTILINE).group(1))


def main() -> int:
    options = options_of("parked", __doc__, count=10_000, rounds=16, wakes=2)
    table = Table()
    mine, floor, memory, ends = [], [], [], []
    with serve(NODES) as server:
        publishers = publish(server.rtmp, film(700, size="640x360"))
        path = media_path(server)
        wait_until(lambda: server.get(path).body.count(b"#EXTINF") >= 3, 20, "the list is full")
        size = size_of_answer(server, path)
        before = status_of(server.process.pid)["rss"]
        with Bare(size) as bare:
            for number in range(options.rounds):
                say(f"round {number + 1} of {options.rounds}")
                for who in ("ours", "bare") if number % 2 == 0 else ("bare", "ours"):
                    if who == "bare":
                        text = result(load("parked", bare.port, options.count, "/park", bare.process.pid, "wake", options.wakes, "/wake"))
                        floor.append(waking(text, [int(at) / 1e9 for at in re.findall(r"^end (\d+)$", text, re.MULTILINE)]))
                        continue
                    child = load("parked", server.http, options.count, path, server.process.pid, "wake", options.wakes)
                    child.stdout.readline()
                    if number == 0:  # later ones find memory that was there before
                        memory.append((status_of(server.process.pid)["rss"] - before) / options.count * 1024)
                    mine.append(result(child))
        ends, _ = leave(publishers)
    mine = [waking(text, ends) for text in mine]
    for index, what in ((0, "processor"), (1, "until the last has it")):
        ours, bare = ([settled(found)[index] for found in turns] for turns in (mine, floor))
        add(table, f"waking {options.count:,} reloads: {what}", ours, bare, promise=1.3)
    for index, what in ((0, "processor"), (1, "until the last has it")):
        add(table, f"the first time, not counted above: {what}", *([found[0][index] for found in turns] for turns in (mine, floor)))
    table.add("memory for each parked reload", "KB", median(memory))
    table.add("bytes of an answer", "B", size)
    table.more["wakings"] = {"each": "CPU ms, ms to the last, bytes of all answers", "ours": mine, "bare": floor}
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
