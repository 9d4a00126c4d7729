#!/usr/bin/env python3
"""Publishers come and go, and nothing of them stays: memory, files and threads by /proc, GStreamer's objects by its own leaks tracer.
ROSTRUM_LONG=1: 500 times, else 24."""

import collections
import queue
import re
import signal
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "checker"), str(HERE.parent / "tools")]

from film import film_tags
from harness import LONG, SANITIZED, Server, wait_until
from rtmp_publisher import RtmpPublisher, send_paced
from witness import Usage

CYCLES = 500 if LONG else 24
AT_ONCE = 8 if LONG else 4
# KB. The allocator comes to rest after some 80, so that only the long form's figure is one: 64 KB each. In the short form it is the
# tracer's count that finds what is lost; the memory there would have to be megabytes each time.
GROWTH = (16 if LONG else 48) << 10
KEPT_THREADS = 4  # that stay once streams have run: two workers, and what GLib's pool keeps for the next
KEPT_FILES = 1  # that the first stream opens
NODES = """
    in:      {kind: publisher, linger: 200ms}
    picture: {kind: decode, from: in.video}
    ladder:  {kind: ladder, from: picture, codec: h264, keyframes: 2s, preset: ultrafast, rungs: [{name: 90p, height: 90, bitrate: 100k}]}
    aac:     {kind: encode, from: in.audio, codec: aac, bitrate: 64k, always: true}
    hls:     {kind: llhls, from: [in.video, ladder, aac], part: 200ms, segment: 2s, window: 3}
"""


class Traced(Server):
    """With GStreamer's leaks tracer, which lists what is alive on SIGUSR1."""

    def __init__(self, log: Path):
        self.log = log
        super().__init__(NODES, prefix=("env", "GST_TRACERS=leaks(check-refs=false)", "GST_LEAKS_TRACER_SIG=1", "GST_DEBUG=GST_TRACER:7", f"GST_DEBUG_FILE={log}",
                                        "GST_DEBUG_NO_COLOR=1"))

    def alive(self) -> collections.Counter:
        """How many objects of each type. Waits until the list is whole."""
        before = self.log.stat().st_size
        self.process.send_signal(signal.SIGUSR1)

        def listed():
            with self.log.open("rb") as file:
                file.seek(before)
                text = file.read().decode("utf-8", "replace")
            return text if "object-alive" in text or "listing" in text.lower() else None
        wait_until(listed, 10, "the leaks tracer answers")
        size = -1
        while size != (size := self.log.stat().st_size):
            time.sleep(0.3)
        return collections.Counter(re.findall(r"object-alive, type-name=\(string\)([\w-]+)", listed()))


class Leaks(unittest.TestCase):
    def test_what_published_is_gone_without_a_trace(self):
        with tempfile.TemporaryDirectory(prefix="rostrum-leaks-") as folder:
            self.tags = film_tags()
            self.names = queue.SimpleQueue()
            for number in range(AT_ONCE):
                self.names.put(f"cam{number}")
            with Traced(Path(folder) / "gst.log") as self.server:
                self.idle = self.usage()
                before = self.cycles(AT_ONCE * 3)
                objects = self.server.alive()
                begun = time.monotonic()
                if LONG:
                    before = self.cycles(CYCLES // 2)
                after = self.cycles(CYCLES // 2 if LONG else CYCLES)
                grown = self.server.alive() - objects
                print(f"{CYCLES} publishers in {time.monotonic() - begun:.0f} s: {before} -> {after}; {sum(objects.values())} objects stay, more: {dict(grown)}", flush=True)
                self.assertTrue(objects, "the leaks tracer lists nothing")
                self.assertEqual(grown, collections.Counter())
                if not SANITIZED:  # which keeps what was freed, and tells of leaks by itself
                    self.assertLess(after.memory - before.memory, GROWTH)

    def usage(self) -> Usage:
        return Usage.of(self.server.process.pid)

    def cycles(self, count: int) -> Usage:
        """So many publishers come and go; what is used when their files are closed and their threads are over, as they have to be."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self.publish, range(count)))

        def at_rest():
            usage = self.usage()
            return usage if usage.files <= self.idle.files + KEPT_FILES and usage.threads <= self.idle.threads + KEPT_THREADS else None
        try:
            return wait_until(at_rest, 15, "files and threads are as in the beginning")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.idle} -> {self.usage()}") from None

    def publish(self, number: int) -> None:
        """Half of them say goodbye."""
        name = self.names.get()  # ended streams stay for their viewers until another of their name comes
        with RtmpPublisher("127.0.0.1", self.server.rtmp, "live", name) as source:
            source.publish()
            send_paced(source, self.tags)
            self.assertIn(b"#EXTM3U", self.server.get(f"/live/{name}/index.m3u8").body)
            if number % 2:
                source.goodbye()
        wait_until(lambda: next(s["state"] for s in self.server.streams() if s["name"] == f"live/{name}") == "ended", 15, f"live/{name} is over")
        self.names.put(name)


if __name__ == "__main__":
    unittest.main()
