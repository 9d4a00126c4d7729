#!/usr/bin/env python3
"""`./run bench delivery`: what one answer costs the server, beside nginx that serves the very same bytes as static files. The part and
the playlist are of a stream that was really published; its publisher is away meanwhile, so that they stay what they are. wrk asks over
32 keep-alive connections; over TLS with HTTP/2 h2load does, over 16 with 8 requests at a time each. Both servers are asked at the same
time and share their core, so that whatever else the machine does meets both; the cost is each one's processor time by the number of its
answers. Then HTTP/1.1 once more with 10,000 reloads parked beside it, and without them again."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import LOAD, Table, cpu_of, dismiss, load, median, on, options_of, say, spread
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


def h2load(port: int, path: str, seconds: int) -> int:
    """How many answers came, of HTTP/2 over TLS."""
    done = subprocess.run([*on(LOAD), "h2load", "-t1", "-c16", "-m8", f"-D{seconds}", f"https://127.0.0.1:{port}{path}"], capture_output=True, text=True)
    counts = re.search(r"(\d+) succeeded, (\d+) failed", done.stdout)
    if "Application protocol: h2" not in done.stdout or not counts or int(counts.group(2)):
        raise SystemExit(f"h2load: {done.stdout}{done.stderr}")
    return int(counts.group(1))


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


def beside_nginx(table: Table, what: str, rounds: int, seconds: int, promise: float, ours: tuple, nginx: tuple, load) -> None:
    """`ours` and `nginx`: process, port, path."""
    load(*nginx[1:], 1)  # the file is in the page cache then
    found = {"ours": [], "nginx": []}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: {what}")
        with ThreadPoolExecutor() as both:
            asked = {who: both.submit(cost, pid, lambda port=port, path=path: load(port, path, seconds)) for who, (pid, port, path) in (("ours", ours), ("nginx", nginx))}
        for who, future in asked.items():
            found[who].append(future.result())
    ratios = [mine / theirs for mine, theirs in zip(found["ours"], found["nginx"])]
    table.add(what, "us", mean(found["ours"]), mean(found["nginx"]), "nginx", promise, note=f"  each round: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    table.more[what] = found


def main() -> int:
    options = options_of("delivery", __doc__, seconds=3, rounds=3, parked=10_000)
    table = Table()
    with serve(NODES, secure=True) as server, Nginx(HTTP, Path(server.folder.name)) as nginx:
        say("publishing for some seconds")
        paths = published(server)
        pid = server.process.pid
        for what, plain, secure in (("part", 1.3, 0.9), ("playlist", 0.85, 0.6)):
            body, file = server.get(paths[what]).body, f"/{what}.{'m4s' if what == 'part' else 'm3u8'}"
            nginx.put(file[1:], body)
            name = f"{what} of {len(body) / 1000:.1f} KB, processor for each"
            rounds = options.rounds, options.seconds
            beside_nginx(table, f"HTTP/1.1, {name}", *rounds, plain, (pid, server.http, paths[what]), (nginx.pid, nginx.port, file), wrk)
            beside_nginx(table, f"TLS, HTTP/2, {name}", *rounds, secure, (pid, server.https, paths[what]), (nginx.pid, nginx.secure, file), h2load)

        publishers = publish(server.rtmp, film(800, size="640x360"), app="parked")
        path = media_path(server, "parked/cam0")
        leave(publishers)
        wait_until(lambda: b"#EXTINF" in server.get(path).body, 10, "the publisher's last segment is whole")
        crowd = load("parked", server.http, options.parked, path, server.process.pid, "hold")
        crowd.stdout.readline()
        waiting = lambda: int(float(re.search(rb"^rostrum_llhls_waiting\S* ([\d.e+]+)$", server.get("/metrics").body, re.MULTILINE).group(1)))
        wait_until(lambda: waiting() >= options.parked, 20, f"{options.parked} reloads are parked")
        begun = time.monotonic()

        def costs(what: str, how: str) -> list:
            say(f"{what} {how} {options.parked} parked reloads")
            return [cost(pid, lambda: wrk(server.http, paths[what], options.seconds)) for _ in range(options.rounds)]
        beside = {what: costs(what, "beside") for what in paths}
        if time.monotonic() - begun > 50 or waiting() < options.parked:
            print("the parked reloads were answered meanwhile: that is no measurement", file=sys.stderr)
            return 1
        dismiss(crowd)
        wait_until(lambda: waiting() == 0, 20, "they have gone")
        for what in paths:
            without = costs(what, "without")
            table.add(f"the same {what} beside {options.parked:,} parked reloads", "us", median(beside[what]), median(without), "without", 1.1,
                      note=f"  {spread(beside[what])}, without {spread(without)}")
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
