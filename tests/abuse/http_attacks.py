"""What is done to HTTP/1.1 and HTTP/2."""

import socket
import ssl
import struct
import time

from beside import MANY, PATIENCE, answers, ended
from crowd import Crowd, connect, reset
from harness import wait_until

REQUEST_HEAD = b"\x82\x87\x84\x01\x01h"  # HPACK: GET, https, "/", and an authority


def http2_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def http2(port: int) -> ssl.SSLSocket:
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2"])
    connection = context.wrap_socket(connect(port))
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(4, 0, 0))
    return connection


class HttpAttacks:
    @classmethod
    def setUpClass(cls):
        """Those of the readers that never read who are to see the server's own limit, 30 s, are there from the beginning."""
        super().setUpClass()
        cls.since = time.monotonic()
        cls.lingerers = cls.never_readers()
        cls.addClassCleanup(cls.lingerers.__exit__)

    @classmethod
    def never_readers(cls) -> Crowd:
        """200 who ask for far more of the newest segment and of the playlist than the kernel takes for anyone."""
        playlist = cls.path()
        newest = [line for line in cls.server.get(playlist).body.decode().splitlines() if line and not line.startswith("#")][-1]
        segment = f"{playlist.rsplit('/', 1)[0]}/{newest}"
        size = len(cls.server.get(segment).body)
        request = f"GET {segment} HTTP/1.1\r\nHost: h\r\n\r\nGET {playlist} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
        crowd = Crowd(cls.server.http, 200 * MANY, receive_buffer=4096, read=False)
        crowd.send(request * (1 + (2 << 20) // size))
        return crowd

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
                # A reset may overtake the answer where more was sent than is ever read, but not each time.
                self.assertTrue(said[9:12] in wanted or not said and len(data) > 10_000, (name, said[:80]))
                heard |= {name} if said else set()
        self.assertEqual(heard, {name for name, _, _ in attacks})

    def test_pipelined_floods(self):
        """10,000 requests in one go, answers unread: bounded memory, and those who do read get all answers in order."""
        request = b"GET /live/healthy/index.m3u8 HTTP/1.1\r\nHost: h\r\n\r\n"
        with Crowd(self.server.http, 20 * MANY, receive_buffer=4096) as crowd:
            for _ in self.rounds():
                crowd.send(request * 1000)
                self.next_parts()
        connection = connect(self.server.http)
        connection.settimeout(20 * PATIENCE)
        count, said = 2000, b""
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n" * count)
        while said.count(b"HTTP/1.1 200 OK") < count:
            said += connection.recv(1 << 20) or self.fail(f"ended after {said.count(b'HTTP/1.1 200 OK')} answers")
        connection.close()

    def test_readers_that_never_read(self):
        """Viewers who ask for everything and take nothing: what is queued for each is bounded, and those who took nothing for 30 s are reset."""
        with self.never_readers() as crowd:
            for _ in self.rounds():
                self.next_parts()
            crowd.listen(0.01)
            self.assertEqual(len(crowd), 200 * MANY, "they are let be for a while")
        self.lingerers.listen(max(0, self.since + 40 * PATIENCE - time.monotonic()))
        self.assertEqual(len(self.lingerers), 0, "took nothing for 30 s and more")

    def test_rapid_resets_of_http2(self):
        """CVE-2023-44487 and its kin over TLS: requests begun and cancelled, settings and pings without end. The connection is given up."""
        attacks = (lambda stream: http2_frame(1, 5, stream, REQUEST_HEAD) + http2_frame(3, 0, stream, struct.pack(">I", 8)),
                   lambda stream: http2_frame(4, 0, 0), lambda stream: http2_frame(6, 0, 0, bytes(8)))
        for number in self.rounds(len(attacks)):
            attack = attacks[number % len(attacks)]
            with http2(self.server.https) as connection:
                try:
                    for first in range(1, 100_000, 400):
                        connection.sendall(b"".join(attack(stream) for stream in range(first, first + 400, 2)))
                except OSError:
                    pass
                self.assertTrue(ended(connection))

    def newest(self) -> int:
        """The media sequence number of the last whole segment."""
        playlist = self.server.get(self.path()).body
        return int(playlist.split(b"#EXT-X-MEDIA-SEQUENCE:")[1].split(b"\n")[0]) + playlist.count(b"#EXTINF") - 1

    def test_abandoned_reloads(self):
        """Blocking reloads whose askers are gone before the answer, by FIN and by RST."""
        for round_number in self.rounds(2):
            farewell = socket.socket.close if round_number % 2 else reset
            # Not the segment that is growing but the next: it is a whole segment's time away, and the farthest that may be waited for.
            number = self.newest() + 2
            request = f"GET {self.path()}?_HLS_msn={number} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
            crowd = [connect(self.server.http) for _ in range(500 * MANY)]
            for connection in crowd:
                connection.send(request)
            wait_until(lambda: self.metric("rostrum_llhls_waiting") >= 500 * MANY, 5, "the reloads are parked")
            for connection in crowd:
                farewell(connection)
            wait_until(lambda: self.metric("rostrum_llhls_waiting") <= 1, 10, "only the witness waits")
            self.assertLess(self.newest(), number, "they were forgotten only when there was an answer")
            wait_until(lambda: self.files() <= 2, 10, "the abandoned connections are closed")
