#!/usr/bin/env python3
"""`./run bench delivery`: what one answer costs the server, beside nginx that serves the very same bytes as static files. The part and
the playlist are of a stream that was really published; its publisher is away meanwhile, so that they stay what they are. wrk asks over
32 keep-alive connections; over TLS with HTTP/2 h2load does, over 16 with 8 requests at a time each. Both servers are asked at the same
time and share their core, so that whatever else the machine does meets both; the cost is each one's processor time by the number of its
answers. Then HTTP/1.1 with 10,000 reloads parked beside it and without them: two of ours at the same time, of which now the one has the
crowd and now the other."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import LOAD, Table, cpu_of, dismiss, load, on, options_of, say
from films import film
from nginx import HTTP, SUITE, Nginx
from server import leave, media_path, publish, serve

from harness import wait_until

# Parts of 500 ms at 800 kbit/s are 50 KB, and the list of three segments with eight of them each is 2 KB. The second template is for those
# who are parked: a reload waits for three target durations before it is answered with what there is.
LIST = 2000  # bytes
NODES = """
    in:  {kind: publisher, linger: 600s}
    hls: {kind: llhls, from: in.video, part: 500ms, segment: 4s, window: 3}
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
    """How many answers came, of HTTP/2 over TLS 1.3, with the same suite from either server."""
    done = subprocess.run([*on(LOAD), "h2load", "-t1", "-c16", "-m8", f"-D{seconds}", f"https://127.0.0.1:{port}{path}"], capture_output=True, text=True)
    counts = re.search(r"(\d+) succeeded, (\d+) failed", done.stdout)
    agreed = all(line in done.stdout for line in ("Application protocol: h2", "TLS Protocol: TLSv1.3", f"Cipher: {SUITE}"))
    if not agreed or not counts or int(counts.group(2)):
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
    wait_until(lambda: len(server.get(path).body) >= LIST, 30, f"the list has {LIST} bytes")
    leave(publishers)
    wait_until(lambda: "publisher" not in server.streams()[0], 10, "the publisher is gone")
    text = server.get(path).body.decode()
    parts = re.findall(r'#EXT-X-PART:.*URI="([^"]+)"', text)
    return {"part": path.rsplit("/", 1)[0] + "/" + parts[len(parts) // 2], "playlist": path}


def at_once(load, seconds: int, **asked) -> dict:
    """{who: its cost} of those who are asked at the same time; each is (process, port, path)."""
    with ThreadPoolExecutor() as all_of_them:
        costs = {who: all_of_them.submit(cost, pid, lambda port=port, path=path: load(port, path, seconds)) for who, (pid, port, path) in asked.items()}
    return {who: future.result() for who, future in costs.items()}


def add(table: Table, what: str, peer: str, promise: float, rounds: list) -> None:
    """`rounds`: what at_once found of "ours" and of the peer."""
    ours, theirs = ([found[who] for found in rounds] for who in ("ours", peer))
    table.add(what, "us", mean(ours), mean(theirs), peer, promise, note=f"  each round: {', '.join(f'{mine / other:.3f}' for mine, other in zip(ours, theirs))}")
    table.more[what] = {"ours": ours, peer: theirs}


def beside_nginx(table: Table, what: str, rounds: int, seconds: int, promise: float, ours: tuple, nginx: tuple, load) -> None:
    load(*nginx[1:], 1)  # the file is in the page cache then
    found = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: {what}")
        found.append(at_once(load, seconds, ours=ours, nginx=nginx))
    add(table, what, "nginx", promise, found)


class Crowd:
    """As a context: `count` reloads that wait for a server's stream parked/cam0, whose publisher has gone."""

    def __init__(self, server, count: int):
        self.server, self.count = server, count

    def waiting(self) -> int:
        return int(float(re.search(rb"^rostrum_llhls_waiting\S* ([\d.e+]+)$", self.server.get("/metrics").body, re.MULTILINE).group(1)))

    def __enter__(self):
        self.child = load("parked", self.server.http, self.count, media_path(self.server, "parked/cam0"), self.server.process.pid, "hold")
        self.child.stdout.readline()
        wait_until(lambda: self.waiting() >= self.count, 20, f"{self.count} reloads are parked")
        return self

    def __exit__(self, kind, *_):
        answered = self.count - self.waiting()
        dismiss(self.child)
        if kind is None and answered > 0:
            raise SystemExit(f"{answered} parked reloads were answered meanwhile: that is no measurement")
        wait_until(lambda: self.waiting() == 0, 20, "they have gone")


def beside_parked(table: Table, both: list, paths: list, options) -> None:
    """`both`: two servers; `paths`: what published() said of each."""
    for server in both:
        publishers = publish(server.rtmp, film(800, size="640x360"), app="parked")
        path = media_path(server, "parked/cam0")
        leave(publishers)
        wait_until(lambda: b"#EXTINF" in server.get(path).body, 10, "the publisher's last segment is whole")
    found = {what: [] for what in paths[0]}
    for number in range(options.turns):
        who = {"ours": number % 2, "without": 1 - number % 2}
        with Crowd(both[who["ours"]], options.parked):
            for what, rounds in found.items():
                say(f"turn {number + 1} of {options.turns}: {what} beside {options.parked} parked reloads, and without")
                rounds.append(at_once(wrk, options.seconds, **{name: (both[index].process.pid, both[index].http, paths[index][what]) for name, index in who.items()}))
    for what, rounds in found.items():
        add(table, f"the same {what} beside {options.parked:,} parked reloads", "without", 1.1, rounds)


def main() -> int:
    options = options_of("delivery", __doc__, seconds=3, rounds=3, parked=10_000, turns=4)
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

    with serve(NODES) as first, serve(NODES) as second:
        say("publishing to two servers for some seconds")
        both = [first, second]
        with ThreadPoolExecutor() as pool:
            paths = list(pool.map(published, both))
        beside_parked(table, both, paths, options)
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
