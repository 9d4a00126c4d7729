#!/usr/bin/env python3
"""`./run bench passthrough`: RTMP in, LL-HLS out, nothing re-encoded, nobody watching: what each added stream of 2.5 Mbit/s video and AAC
costs. Beside nginx with its rtmp module, which writes plain HLS of 2 s to disk: both at once, on the same core, fed by the same
publishers, so that whatever else the machine does meets both. Then one viewer for each of the 50 streams, who says
whether a part was late. The memory is compared with the media that rfc8216bis obliges a server to keep: what the playlist lists, and a
segment that has left it for its own duration and that of the longest playlist (6.2.2)."""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from lab import Table, cpu_of, load, median, options_of, result, say, status_of
from films import film
from nginx import RTMP, Nginx
from server import leave, publish, serve

SEGMENT, WINDOW = 6, 3
# The 0.12 s are of a machine on which nginx took 0.137 s when it ran alone. On another one the ratio says whether that is kept.
SHARE = 0.88
SHARED = 24  # streams for each of the two: together they leave the core some air
PAIR = 2  # seconds in which both are counted
FULL = 75  # seconds until as much is kept as ever will be: the window, then what has left it
NODES = f"""
    in:  {{kind: publisher, linger: 5s}}
    hls: {{kind: llhls, from: [in.video, in.audio], part: 500ms, segment: {SEGMENT}s, window: {WINDOW}}}
"""


def rate(pid: int, seconds: float) -> float:
    """CPU seconds a minute: the median of three windows."""
    found = []
    for _ in range(3):
        begun, at = cpu_of(pid), time.monotonic()
        time.sleep(seconds / 3)
        found.append((cpu_of(pid) - begun) / (time.monotonic() - at) * 60)
    return median(found)


def obliged(server, streams: int, bytes_a_second: float) -> float:
    """MB of media that may still be asked for, over all streams."""
    listed = []
    for number in range(streams):
        text = server.get(f"/live/cam{number}/source/index.m3u8").body.decode()
        end = text.rfind("#EXTINF")
        times = re.findall(r"^#EXTINF:([\d.]+)", text, re.MULTILINE) + re.findall(r"^#EXT-X-PART:DURATION=([\d.]+)", text[end:], re.MULTILINE)
        listed.append(sum(map(float, times)))
    return sum(now + SEGMENT + max(listed) for now in listed) * bytes_a_second / 2**20


def watched(server, streams: int, seconds: int) -> dict:
    """One viewer for each stream."""
    return json.loads(result(load("viewers", server.http, streams, seconds, *(f"/live/cam{number}" for number in range(streams)))))


def single(server, clip, seconds: int) -> float:
    """CPU seconds a minute."""
    publishers = publish(server.rtmp, clip)
    time.sleep(5)
    say("one stream, nobody watching")
    used = rate(server.process.pid, seconds)
    leave(publishers)
    return used


def side_by_side(server, clip, streams: int, seconds: int) -> tuple:
    """CPU seconds a minute for each stream, ours and nginx's, of the same seconds on the same core."""
    with Nginx(RTMP) as peer:
        publishers = [publish(port, clip, streams) for port in (server.rtmp, peer.port)]
        time.sleep(10)
        say(f"{streams} streams each, beside nginx-rtmp")
        pids = (server.process.pid, peer.pid)
        pairs = []
        for _ in range(seconds // PAIR):
            before = [cpu_of(pid) for pid in pids]
            time.sleep(PAIR)
            pairs.append([(cpu_of(pid) - then) * 60 / PAIR / streams for pid, then in zip(pids, before)])
        for each in publishers:
            leave(each)
    return tuple(median(values) for values in zip(*pairs))


def main() -> int:
    options = options_of("passthrough", __doc__, streams=50, seconds=16)
    table = Table()
    length = 12
    clip = film(2500, length)
    with serve(NODES) as server:
        one = single(server, clip, options.seconds)
    with serve(NODES) as server:
        pid = server.process.pid
        before = status_of(pid)
        publishers = publish(server.rtmp, clip, options.streams)
        say(f"{options.streams} streams, nobody watching")
        time.sleep(FULL - options.seconds)
        all_of_them = rate(pid, options.seconds)
        after = status_of(pid)
        media = obliged(server, options.streams, clip.stat().st_size / length)
        say("one viewer for each stream")
        seen = watched(server, options.streams, options.seconds)
        latest = leave(publishers)[1]
    with serve(NODES) as server:
        ours, theirs = side_by_side(server, clip, SHARED, 2 * options.seconds)
    table.add(f"each of {SHARED} streams, both at once: CPU seconds a minute", "s", ours, theirs, "nginx to HLS", SHARE)
    table.add("each added stream, alone on the core", "s", (all_of_them - one) / (options.streams - 1), promise=0.12)
    table.add("one stream alone", "s", one)
    table.add("threads for each stream", "", (after["threads"] - before["threads"]) / options.streams, promise=3, note=f"  {after['threads']} in all")
    table.add(f"memory of {options.streams} streams", "MB", after["rss"] - before["rss"], media, "MB of media", 1.3)
    if seen["errors"]:
        print(f"{seen['errors']} answers were errors", file=sys.stderr)
        return 1
    table.add(f"{options.streams} streams: the latest part, behind its time", "ms", seen["late_ms"]["max"], promise=250, note=f"  p99 {seen['late_ms']['p99']:.1f} ms of {seen['late_ms']['n']} parts; the load itself: {latest:.0f} ms")
    table.more.update(viewers=seen)
    if options.json:
        table.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
