#!/usr/bin/env python3
"""`./run bench delivery`: what one answer costs the server, beside nginx that serves the very same bytes as static files. The part and
the playlist are of a stream that was really published; its publisher is away meanwhile, so that they stay what they are. wrk asks over
32 keep-alive connections. The cost is the server's processor time by the number of answers; then the same once more with 10,000 reloads
parked beside it."""

import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import LOAD, Table, alternate, cpu_of, dismiss, load, median, on, options_of, say, spread
from films import film
from nginx import HTTP, Nginx
from server import leave, media_path, publish, serve

from harness import wait_until

# Parts of 500 ms at 800 kbit/s are 50 KB, and the list of some ten of them is 2 KB. The second template is for those who are parked: a
# reload waits for three target durations before it is answered with what there is.
NODES = """
    in:  {kind: publisher, linger: 600s}
    hls: {kind: llhls, from: in.video, part: 500ms, segment: 2s, window: 3}
  "parked/{name}":
    in:  {kind: publisher, linger: 600s}
    hls: {kind: llhls, from: in.video, part: 500ms, segment: 18s, window: 3}
"""


def wrk(port: int, path: str, seconds: int) -> int:
    """How many answers came."""
    done = subprocess.run([*on(LOAD), "wrk", "-t1", "-c32", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True)
    if done.returncode != 0 or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"wrk: {done.stdout}{done.stderr}")
    return int(re.search(r"(\d+) requests in", done.stdout).group(1))


def cost(pid: int, ask) -> float:
    """Microseconds of the server's processor for each answer."""
    begun = cpu_of(pid)
    answers = ask()
    return (cpu_of(pid) - begun) / answers * 1e6


def published(server) -> dict:
    """{what: its path} of a stream whose publisher has gone."""
    publishers = publish(server.rtmp, film(800, size="640x360"))
    path = media_path(server)
    wait_until(lambda: server.get(path).body.count(b"#EXTINF") >= 3, 20, "the list is full")
    leave(publishers)
    wait_until(lambda: "publisher" not in server.streams()[0], 10, "the publisher is gone")
    text = server.get(path).body.decode()
    parts = re.findall(r'#EXT-X-PART:.*URI="([^"]+)"', text)
    return {"part": path.rsplit("/", 1)[0] + "/" + parts[len(parts) // 2], "playlist": path}


def main() -> int:
    options = options_of("delivery", __doc__, seconds=3, rounds=3, parked=10_000)
    table = Table()
    with serve(NODES) as server, Nginx(HTTP) as nginx:
        say("publishing for some seconds")
        paths = published(server)
        kept = {}
        for what, promise in (("part", 1.3), ("playlist", 0.85)):
            body = server.get(paths[what]).body
            file = f"{what}.{'m4s' if what == 'part' else 'm3u8'}"
            nginx.put(file, body)
            cost(nginx.pid, lambda: wrk(nginx.port, f"/{file}", 1))
            found = alternate(options.rounds, ours=lambda: cost(server.process.pid, lambda: wrk(server.http, paths[what], options.seconds)),
                              nginx=lambda: cost(nginx.pid, lambda: wrk(nginx.port, f"/{file}", options.seconds)))
            kept[what] = median(found["ours"])
            table.add(f"HTTP/1.1, {what} of {len(body) / 1000:.1f} KB, processor for each", "us", kept[what], median(found["nginx"]), "nginx", promise,
                      note=f"  ours {spread(found['ours'])}, nginx {spread(found['nginx'])}")
            table.more[what] = found

        publishers = publish(server.rtmp, film(800, size="640x360"), app="parked")
        path = media_path(server, "parked/cam0")
        leave(publishers)
        wait_until(lambda: b"#EXTINF" in server.get(path).body, 10, "the publisher's last segment is whole")
        crowd = load("parked", server.http, options.parked, path, server.process.pid, "hold")
        crowd.stdout.readline()
        waiting = lambda: int(float(re.search(rb"^rostrum_llhls_waiting\S* ([\d.e+]+)$", server.get("/metrics").body, re.MULTILINE).group(1)))
        wait_until(lambda: waiting() >= options.parked, 20, f"{options.parked} reloads are parked")
        begun = time.monotonic()
        for what in paths:
            rounds = []
            for number in range(options.rounds):
                say(f"round {number + 1} of {options.rounds}: {what} beside {options.parked} parked reloads")
                rounds.append(cost(server.process.pid, lambda: wrk(server.http, paths[what], options.seconds)))
            table.add(f"the same {what} beside {options.parked:,} parked reloads", "us", median(rounds), kept[what], "without", 1.1)
        if time.monotonic() - begun > 50 or waiting() < options.parked:
            print("the parked reloads were answered meanwhile: that is no measurement", file=sys.stderr)
            return 1
        dismiss(crowd)
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
