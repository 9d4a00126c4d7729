#!/usr/bin/env python3
"""What the internet does to an open port, each beside a healthy stream whose parts must not be late; afterwards memory, files and
threads are back where they were. ROSTRUM_LONG=1: more of each, for longer."""

import os
import resource
import socket
import ssl
import struct
import sys
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "checker"), str(HERE.parent / "tools")]

from crowd import Crowd, connect, handshaken, reset
from harness import LONG, PATIENCE, SANITIZED, Server, publisher, wait_until
from rtmp_publisher import VIDEO, RtmpPublisher
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


def chunk(stream: int, length: int, kind: int = VIDEO, payload: bytes = b"") -> bytes:
    """The beginning of a message that announces so many bytes (RTMP 1.0, 5.3.1)."""
    head = bytes([stream]) if stream < 64 else b"\x00" + bytes([stream - 64]) if stream < 320 else b"\x01" + struct.pack("<H", stream - 64)
    return head + bytes(3) + length.to_bytes(3, "big") + bytes([kind]) + struct.pack("<I", 1) + payload


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


REQUEST_HEAD = b"\x82\x87\x84\x01\x01h"  # HPACK: GET, https, "/", and an authority


def http2_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def http2(port: int) -> ssl.SSLSocket:
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2"])
    connection = context.wrap_socket(connect(port))
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(4, 0, 0))
    return connection


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


class Abuse(unittest.TestCase):
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
        time.sleep(3)

    @classmethod
    def usage(cls) -> Usage:
        return Usage.of(cls.server.process.pid)

    def path(self) -> str:
        """Of the healthy stream's media playlist."""
        return urlsplit(self.witness.url).path

    def setUp(self):
        self.begun, self.most = time.monotonic(), 0

    def rounds(self):
        """Again and again for as long as an attack lasts."""
        number = 0
        while number == 0 or time.monotonic() - self.begun < LASTS:
            yield number
            number += 1
            self.look()

    def look(self) -> None:
        self.most = max(self.most, self.usage().memory - self.base.memory)

    def tearDown(self):
        self.look()
        self.assertTrue(self.server.running(), self.server.output()[-2000:])
        wait_until(lambda: sum(at >= self.begun for at, _ in self.witness.lags) >= 4, 10, "four parts of the healthy stream")
        late = self.witness.worst(self.begun)
        wait_until(lambda: self.usage().files <= self.base.files + 2, 40, "the files are closed")
        now = self.usage()
        print(f"{self._testMethodName[5:]:<42}{time.monotonic() - self.begun:>6.1f} s   parts late by {late:5.2f} s"
              f"   memory {self.most / 1024:+6.1f} MB, after {(now.memory - self.base.memory) / 1024:+6.1f} MB", flush=True)
        self.assertEqual(self.witness.lost, [])
        if not SANITIZED:
            self.assertLess(late, LATE, "a part of the healthy stream was late")
            self.assertLess(self.most, MEMORY)
            self.assertLess(now.memory - self.base.memory, AFTER)
        self.assertLessEqual(now.threads, self.base.threads)

    # Who says nothing, or very little.

    def test_many_who_say_nothing_or_drip(self):
        """2,000 idle connections and slow-loris on both ports at once: all are closed by their deadlines, and a client gets in meanwhile."""
        with Crowd(self.server.http, 1000) as idle, Crowd(self.server.rtmp, 1000) as silent, \
                Crowd(self.server.http, 200 * MANY) as heads, Crowd(self.server.rtmp, 200 * MANY) as handshakes:
            end = time.monotonic() + 16 * PATIENCE
            text = b"GET /live/healthy/index.m3u8 HTTP/1.1\r\nHost: h\r\nX-A: " + b"a" * 1000
            at = 0
            while any((idle, silent, heads, handshakes)) and time.monotonic() < end:
                heads.send(text[at:at + 1])
                handshakes.send(b"\x03")
                at += 1
                for crowd in (idle, silent, heads, handshakes):
                    crowd.listen(0.1)
                self.look()
                if at == 5:
                    self.assertEqual(self.server.get("/live/healthy/index.m3u8").status, 200)
            self.assertEqual([len(crowd) for crowd in (idle, silent, heads, handshakes)], [0, 0, 0, 0])
            self.assertTrue(all(said.startswith(b"HTTP/1.1 408") for said in heads.said.values()), list(heads.said.values())[:1])

    # Who says too much.

    def test_heads_beyond_any_bound(self):
        request = b"GET / HTTP/1.1\r\nHost: h\r\n"
        attacks = [("20,000 headers", request + b"A: b\r\n" * 20_000 + b"\r\n", (b"431",)),
                   ("a header of 1 MB", request + b"A: " + b"b" * (1 << 20) + b"\r\n\r\n", (b"431",)),
                   ("a target of 1 MB", b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: h\r\n\r\n", (b"414",)),
                   ("NULs", b"GET /\0 HTTP/1.1\r\nHost: h\r\nA: \0\r\n\r\n", (b"400",)),
                   ("only NULs", bytes(100_000), (b"400", b"414", b"431")),
                   ("a body of 1 TB", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1099511627776\r\n\r\n", (b"413",)),
                   ("a chunk of 2^64", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", (b"413", b"400")),
                   ("a chunk header of 1 MB", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * (1 << 20), (b"400",))]
        heard = set()
        for _ in self.rounds():
            for name, data, wanted in attacks:
                with connect(self.server.http) as connection:
                    try:
                        connection.sendall(data)
                    except OSError:
                        pass  # it was refused before its end
                    said = answers(connection)
                # A reset may overtake the answer where more was sent than is ever read.
                self.assertTrue(not said or said[9:12] in wanted, (name, said[:80]))
                heard |= {name} if said else set()
        self.assertGreaterEqual(len(heard), 5, heard)

    def test_messages_announced_and_never_sent(self):
        """16 MB announced by each of 100 publishers is refused; of 8 MB, which is allowed, only what is there takes memory."""
        before = self.usage().memory
        for size in (0xFFFFFF, 8 << 20):
            held = []
            for _ in range(100 * MANY):
                connection = handshaken(self.server.rtmp)
                connection.sendall(chunk(6, size, payload=b"x" * 128) + b"\xc6" + b"y" * 128)
                held.append(connection)
            for _ in self.rounds():
                time.sleep(0.1)
            for connection in held:
                self.assertEqual(ended(connection, 2 if size == 0xFFFFFF else 0), size == 0xFFFFFF)
                connection.close()
        if not SANITIZED:
            self.assertLess(self.most - (before - self.base.memory), 16 << 10)

    def test_all_chunk_streams(self):
        """16,384 chunk streams, each with a message under way."""
        for _ in self.rounds():
            with handshaken(self.server.rtmp) as connection:
                try:
                    for first in range(3, 16_387, 64):
                        connection.sendall(b"".join(chunk(stream, 200_000, payload=b"x" * 128) for stream in range(first, first + 64)))
                except OSError:
                    pass
                self.assertTrue(ended(connection))

    def test_windows_of_nothing_and_everything(self):
        """Acknowledgement windows and chunk sizes at both ends of their range: a publisher who says them works on, or is told no."""
        for _ in self.rounds():
            for kind, value in [(kind, value) for kind in (5, 6, 1) for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF)]:
                with handshaken(self.server.rtmp) as connection:
                    body = struct.pack(">I", value) + (b"\2" if kind == 6 else b"")
                    connection.sendall(b"\x02" + bytes(3) + len(body).to_bytes(3, "big") + bytes([kind]) + bytes(4) + body)
                    connection.sendall(chunk(3, 40, 20) + bytes(40))
                    connection.settimeout(0.2)
                    received = 0
                    try:
                        while more := connection.recv(65536):
                            received += len(more)
                    except OSError:
                        pass
                    self.assertLess(received, 10_000)

    def test_pipelined_floods(self):
        """10,000 requests in one go, answers unread: bounded memory, and those who do read get all answers in order."""
        request = b"GET /live/healthy/index.m3u8 HTTP/1.1\r\nHost: h\r\n\r\n"
        with Crowd(self.server.http, 20 * MANY, receive_buffer=4096) as crowd:
            for _ in self.rounds():
                crowd.send(request * 1000)
                time.sleep(0.05)
        connection = connect(self.server.http)
        connection.settimeout(20 * PATIENCE)
        count, said = 2000, b""
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n" * count)
        while said.count(b"HTTP/1.1 200 OK") < count:
            said += connection.recv(1 << 20) or self.fail(f"ended after {said.count(b'HTTP/1.1 200 OK')} answers")
        connection.close()

    def test_readers_that_never_read(self):
        """Viewers who ask for everything and take nothing: what is queued for each is bounded."""
        folder, name = self.path().rsplit("/", 1)
        segment = [line for line in self.server.get(f"{folder}/{name}").body.decode().splitlines() if line and not line.startswith("#")][-1]
        self.assertGreater(len(self.server.get(f"{folder}/{segment}").body), 20_000)
        request = f"GET {folder}/{segment} HTTP/1.1\r\nHost: h\r\n\r\nGET {folder}/{name} HTTP/1.1\r\nHost: h\r\n\r\n".encode() * 8
        with Crowd(self.server.http, 200 * MANY, receive_buffer=4096) as crowd:
            crowd.send(request)
            for number in self.rounds():
                time.sleep(0.2)
            if LONG:
                wait_until(lambda: self.usage().files <= self.base.files + 2, 40, "those who take nothing for 30 s are closed")

    # Who goes away.

    def test_rapid_resets(self):
        for round_number in self.rounds():
            for port in (self.server.http, self.server.rtmp):
                for _ in range(250):
                    connection = connect(port)
                    if round_number % 2:
                        connection.send(b"GET /live/healthy/index.m3u8 HTTP/1.1\r\nHost: h\r\n\r\n")
                    reset(connection)

    def test_rapid_resets_of_http2(self):
        """CVE-2023-44487 and its kin over TLS: requests begun and cancelled, settings and pings without end. The connection is given up."""
        for number in self.rounds():
            attack = (lambda stream: http2_frame(1, 5, stream, REQUEST_HEAD) + http2_frame(3, 0, stream, struct.pack(">I", 8)),
                      lambda stream: http2_frame(4, 0, 0), lambda stream: http2_frame(6, 0, 0, bytes(8)))[number % 3]
            with http2(self.server.https) as connection:
                try:
                    for first in range(1, 100_000, 400):
                        connection.sendall(b"".join(attack(stream) for stream in range(first, first + 400, 2)))
                except OSError:
                    pass
                self.assertTrue(ended(connection))

    def test_abandoned_reloads(self):
        """Blocking reloads whose askers are gone before the answer, by FIN and by RST."""
        for round_number in self.rounds():
            farewell = socket.socket.close if round_number % 2 else reset
            number = int(self.server.get(self.path()).body.split(b"#EXT-X-MEDIA-SEQUENCE:")[1].split(b"\n")[0]) + 4
            request = f"GET {self.path()}?_HLS_msn={number} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
            crowd = [connect(self.server.http) for _ in range(500 * MANY)]
            for connection in crowd:
                connection.send(request)
            wait_until(lambda: self.usage().files > self.base.files + 450 * MANY, 5, "the reloads are parked")
            time.sleep(0.1)
            for connection in crowd:
                farewell(connection)
            wait_until(lambda: self.usage().files <= self.base.files + 2, 10, "the abandoned connections are closed")

    def test_resets_in_the_middle_of_a_frame(self):
        """Publishers who are cut off while they send a frame; their names are free again."""
        published = 0
        for number in self.rounds():
            with RtmpPublisher("127.0.0.1", self.server.rtmp, "live", f"cut{number % 4}") as source:
                try:
                    source.publish()
                except Exception as error:  # the one before may still be on its way out
                    self.assertIn("BadName", str(error))
                    continue
                published += 1
                source.raw(chunk(6, 50_000, payload=os.urandom(4096)) + b"\xc6" + os.urandom(1000))
                reset(source.socket)
        self.assertGreaterEqual(published, 4)
        wait_until(lambda: not [s for s in self.server.streams() if s["name"].startswith("live/cut")], 20, "the streams that were cut off are over")


if __name__ == "__main__":
    unittest.main()
