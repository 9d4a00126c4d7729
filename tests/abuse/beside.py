"""A server with a healthy stream, and a witness of it, beside which an attack goes on."""

import re
import resource
import socket
import sys
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "checker"), str(HERE.parent / "tools")]

from crowd import Crowd
from harness import LONG, PATIENCE, SANITIZED, Server, publisher, wait_until
from witness import Usage, Witness

LATE = 1.0  # seconds that a part may come later than usual; the machine is busy with the attack, too
MEMORY = 48 << 10  # KB that an attack may cost while it lasts, unless it says more
AFTER = 16 << 10  # KB that the allocator may keep after all of them
MANY = 3 if LONG else 1
LASTS = 20 if LONG else 2  # seconds that an attack goes on, at least

NODES = """
    in:   {kind: publisher, linger: 10s}
    hls:  {kind: llhls, from: [in.video], part: 500ms, segment: 2s, window: 3}
"""


def answers(connection: socket.socket, seconds: float = 5) -> bytes:
    """All that comes before the end."""
    connection.settimeout(seconds * PATIENCE)
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except OSError:
        pass
    return said


def ended(connection: socket.socket, seconds: float = 5) -> bool:
    """Has the server closed, or does it within that time?"""
    connection.settimeout(seconds * PATIENCE)
    try:
        while connection.recv(65536):
            pass
    except (BlockingIOError, TimeoutError):
        return False
    except OSError:
        pass
    return True


class Beside(unittest.TestCase):
    lingerers = ()  # a crowd that is there across tests

    @classmethod
    def setUpClass(cls):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        cls.server = Server(NODES, secure=True).__enter__()
        cls.addClassCleanup(cls.server.stop)
        source = publisher(cls.server, name="healthy", audio=False, size="320x180")
        cls.addClassCleanup(source.stop)
        cls.witness = Witness(cls.server.renditions("healthy")[0]).__enter__()
        cls.addClassCleanup(cls.witness.__exit__)
        wait_until(lambda: len(cls.witness.lags) > 8, 20, "the healthy stream plays")
        cls.warm_up()
        cls.base = cls.usage()

    @classmethod
    def warm_up(cls):
        """The first of anything costs memory that is kept: arenas, pools, tables."""
        for port in (cls.server.http, cls.server.rtmp):
            with Crowd(port, 200) as crowd:
                crowd.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                crowd.listen(0.5)
        cls.next_parts(6)

    @classmethod
    def next_parts(cls, count: int = 1):
        """Until so many more of the healthy stream have come."""
        seen = len(cls.witness.lags)
        wait_until(lambda: len(cls.witness.lags) >= seen + count, 5 + count, f"{count} parts of the healthy stream")

    @classmethod
    def usage(cls) -> Usage:
        return Usage.of(cls.server.process.pid)

    @classmethod
    def path(cls) -> str:
        """Of the healthy stream's media playlist."""
        return urlsplit(cls.witness.url).path

    def setUp(self):
        self.begun = time.monotonic()
        Usage.forget_peak(self.server.process.pid)

    def rounds(self, least: int = 1):
        """Again and again for as long as an attack lasts, and `least` times, so that each variant has its turn."""
        number = 0
        while number < least or time.monotonic() - self.begun < LASTS:
            yield number
            number += 1

    def most(self) -> int:
        """KB that the attack has cost at any moment."""
        return self.usage().peak - self.base.memory

    def metric(self, name: str, **labels) -> float:
        """The sum of its samples with these labels."""
        samples = re.findall(rf"(?m)^{name}(?:\{{(.*)\}})? (\S+)$", self.server.get("/metrics").body.decode())
        return sum(float(value) for text, value in samples if all(f'{label}="{wanted}"' in text for label, wanted in labels.items()))

    def files(self) -> int:
        """More than there were, but for those who linger."""
        if self.lingerers:
            self.lingerers.listen(0.01)
        return self.usage().files - self.base.files - len(self.lingerers)

    def tearDown(self):
        self.assertTrue(self.server.running(), self.server.output()[-2000:])
        wait_until(lambda: sum(at >= self.begun for at, _ in self.witness.lags) >= 4, 10, "four parts of the healthy stream")
        late = self.witness.worst(self.begun)
        wait_until(lambda: self.files() <= 2, 40, "the files are closed")
        now, most = self.usage(), self.most()
        print(f"{self._testMethodName[5:]:<42}{time.monotonic() - self.begun:>6.1f} s   parts late by {late:5.2f} s"
              f"   memory {most / 1024:+6.1f} MB, after {(now.memory - self.base.memory) / 1024:+6.1f} MB", flush=True)
        self.assertEqual(self.witness.lost, [])
        if not SANITIZED:
            self.assertLess(late, LATE, "a part of the healthy stream was late")
            self.assertLess(most, MEMORY)
            self.assertLess(now.memory - self.base.memory, AFTER)
        self.assertLessEqual(now.threads, self.base.threads)
