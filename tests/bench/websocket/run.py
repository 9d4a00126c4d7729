#!/usr/bin/env python3
"""`./run bench websocket`: 10,000 WebSockets get one text of 200 bytes, beside a bare epoll server (load/floor.cpp) that writes the same
frame to as many. Time runs from the sending of the message (of the request that makes the bare server send) to the last socket that has
it. Between two broadcasts all is quiet; processor time is the server's, from before the one until after."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import SERVER, TOOLS, Table, load, median, on, options_of, result, say, spread, status_of

BYTES = 200


class Peer:
    """A server that prints its address, or its port, and runs until its input ends."""

    def __init__(self, *command):
        self.child = subprocess.Popen([*on(SERVER), *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = self.child.stdout.readline().strip().rpartition(":")[2]
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()


def broadcasts(peer: Peer, path: str, count: int, casts: int, *trigger) -> tuple:
    """([(CPU ms, ms to the last)], KB of memory for each socket, CPU microseconds for each handshake)."""
    before = status_of(peer.pid)["rss"]
    child = load("sockets", peer.port, count, path, peer.pid, casts, BYTES, *trigger)
    connected = re.match(r"connected (\d+) (\d+)", child.stdout.readline())
    memory = (status_of(peer.pid)["rss"] - before) * 1024 / count
    found = [(int(cpu) / 1e6, int(last) / 1e6) for _, last, cpu in re.findall(r"^cast (\d+) (\d+) (\d+)$", result(child), re.MULTILINE)]
    return found, memory, int(connected.group(2)) / count / 1000


def main() -> int:
    options = options_of("websocket", __doc__, count=10_000, rounds=3, casts=8)
    table = Table()
    mine, floor, memory, handshake = [], [], [], []
    for number in range(options.rounds):
        for who in ("ours", "bare") if number % 2 == 0 else ("bare", "ours"):
            say(f"round {number + 1} of {options.rounds}: {options.count} sockets at {'our' if who == 'ours' else 'the bare'} server")
            if who == "bare":
                with Peer(TOOLS / "bench_floor", BYTES) as peer:
                    floor += broadcasts(peer, "/ws", options.count, options.casts, "/broadcast")[0]
                continue
            with Peer(TOOLS.parent / "websocket_server", 0, 1) as peer:
                found, kilobytes, cost = broadcasts(peer, "/broadcast", options.count, options.casts)
            mine += found
            memory.append(kilobytes)
            handshake.append(cost)
    for index, what in ((0, "processor"), (1, "until the last has it")):
        table.add(f"{BYTES} bytes to {options.count:,} sockets: {what}", "ms", median(row[index] for row in mine), median(row[index] for row in floor), "bare epoll",
                  1.3, note=f"  ours {spread([row[index] for row in mine])}, bare {spread([row[index] for row in floor])}")
    table.add("memory for each socket", "KB", median(memory), promise=6)
    table.add("a handshake, processor", "us", median(handshake))
    table.more["broadcasts"] = {"ours": mine, "bare": floor}
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
