#!/usr/bin/env python3
"""Bad input on every port gets its clear answer, and a healthy stream beside plays on."""

import random
import socket
import struct
import threading
import time
import unittest

from harness import PATIENCE, SANITIZED, Client, EndToEnd, Options, Server, check, publisher
from rtmp_publisher import COMMAND_AMF0, VIDEO, Refused, RtmpPublisher, amf


def closed(connection: socket.socket, seconds: float = 15) -> bool:
    """Does the other side close within that time? Reads what it says."""
    connection.settimeout(seconds * PATIENCE)
    try:
        while connection.recv(65536):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


class BadInput(EndToEnd):
    """One server and one healthy stream for all; the strict checker follows it all the while."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server().__enter__()
        cls.addClassCleanup(cls.server.stop)
        cls.source = publisher(cls.server, name="healthy")
        cls.addClassCleanup(cls.source.stop)
        cls.server.wait_live("healthy")

    def setUp(self):
        self.found, self.over = [], threading.Event()
        self.follower = threading.Thread(target=self.follow)
        self.follower.start()

    def follow(self):
        findings, _ = check(self.server.playlist_url("healthy"), Options(30, slack=2.5 * PATIENCE), enough=self.over.is_set)
        self.found = [finding.line() for finding in findings.items]

    def tearDown(self):
        time.sleep(1)  # what was broken has to show: at least one more part
        self.over.set()
        self.follower.join()
        self.assertTrue(self.server.running(), self.server.output()[-2000:])
        self.assertTrue(not self.found, "the healthy stream suffered:\n" + "\n".join(self.found))

    def rtmp(self, key: str = "bad", app: str = "live") -> RtmpPublisher:
        return RtmpPublisher("127.0.0.1", self.server.rtmp, app, key)

    def connect(self, port: int) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), 10)
        self.addCleanup(connection.close)
        return connection

    def assert_grown_less(self, before: int, most: int, what: str) -> None:
        grown = self.server.resident_kilobytes() - before
        if not SANITIZED:  # which keeps what was freed
            self.assertLess(grown, most, f"KB more {what}")

    def test_random_bytes_on_every_port(self):
        noise = random.Random(8216)
        for port in (self.server.rtmp, self.server.http):
            for size in (1, 11, 1536, 100_000):
                with self.subTest(port=port, size=size):
                    connection = self.connect(port)
                    try:
                        connection.sendall(noise.randbytes(size))
                        connection.shutdown(socket.SHUT_WR)
                    except OSError:
                        continue  # closed while it was still being sent
                    self.assertTrue(closed(connection))

    def test_random_bytes_after_a_right_handshake(self):
        noise = random.Random(1)
        for _ in range(10):
            with self.rtmp() as connection:
                connection.handshake()
                try:
                    connection.raw(noise.randbytes(20_000))
                    connection.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    continue
                self.assertTrue(closed(connection.socket))

    def test_amf_bombs(self):
        deep = b"\x03" + b"\0\1a\x03" * 150_000
        wide = b"\x0a" + struct.pack(">I", 0xFFFFFFFF) + b"\x05" * 1000
        long = b"\x0c" + struct.pack(">I", 0xFFFFFFFF)
        for bomb in (deep, wide, long, b"\x0a\0\0\0\1" * 100_000):
            with self.subTest(bomb=bomb[:8]), self.rtmp() as connection:
                connection.handshake()
                try:
                    connection.raw(connection.message(3, COMMAND_AMF0, 0, 0, amf("connect") + amf(1) + bomb, 128))
                except OSError:
                    continue
                self.assertTrue(closed(connection.socket), "the bomb closes its connection")

    def test_lengths_past_the_limit(self):
        with self.rtmp() as connection:
            connection.publish()
            head = bytes([6]) + bytes(3) + b"\xff\xff\xff" + bytes([VIDEO]) + struct.pack("<I", 1)
            connection.raw(head)
            self.assertTrue(closed(connection.socket))
        self.server.wait_line(r"(?i)(message|size|limit|large|long|bytes)", 5)

    def test_chunk_streams_past_the_limit(self):
        with self.rtmp() as connection:
            connection.publish()
            try:
                for stream in range(1000):  # two-byte ids; each message is begun and not ended
                    connection.raw(b"\0" + bytes([stream % 256]) + bytes(3) + (1000).to_bytes(3, "big") + bytes([VIDEO]) + struct.pack("<I", 1) + bytes(128))
            except OSError:
                return
            self.assertTrue(closed(connection.socket))

    def test_media_without_publish(self):
        with self.rtmp() as connection:
            connection.connect()
            try:
                for timestamp in range(0, 2000, 40):
                    connection.raw(connection.message(6, VIDEO, timestamp, 1, b"\x17\1\0\0\0" + bytes(100)))
            except OSError:
                pass
        self.assertEqual(self.server.get("/live/bad/index.m3u8").status, 404)

    def test_publish_without_connect(self):
        with self.rtmp() as connection:
            connection.handshake()
            try:
                connection.command("publish", None, "bad", "live", stream=1)
                answer = connection.read_command("onStatus", "_error")
                self.assertNotIn("Start", str(answer))
            except OSError:
                pass  # closed at once: as clear
        self.assertEqual(self.server.get("/live/bad/index.m3u8").status, 404)

    def test_keys_that_are_no_names(self):
        for key in ("../etc", "a/../../b", "..", ".", "", "a/b/c", "x" * 5000, "a\nb", "a\0b", "%2e%2e", "a b"):
            with self.subTest(key=key[:20]), self.rtmp(key) as connection:
                with self.assertRaises((Refused, ConnectionError)):
                    connection.publish()
        self.assertTrue(all(".." not in str(stream) for stream in self.server.streams()))

    def test_an_app_that_no_template_takes(self):
        with self.rtmp("cam", app="nowhere") as connection, self.assertRaises((Refused, ConnectionError)):
            connection.publish()

    def test_a_flood_of_unknown_paths_leaves_nothing_behind(self):
        client = Client()
        ask = lambda n: client.request(self.server.url(f"/live/nobody{n}/index.m3u8")).status
        for n in range(500):
            self.assertEqual(ask(n), 404)
        before = self.server.resident_kilobytes()
        for n in range(500, 5500):
            ask(n)
        self.assert_grown_less(before, 4096, "by 5,000 unknown streams")
        client.close()

    def test_msn_far_ahead(self):
        media = self.server.renditions("healthy")[0]
        path = media.partition(str(self.server.http))[2]
        for query in ("_HLS_msn=99999999999", "_HLS_msn=18446744073709551615", "_HLS_msn=-1", "_HLS_part=3", "_HLS_msn=1&_HLS_part=x", "_HLS_msn="):
            with self.subTest(query=query):
                self.assertEqual(self.server.get(path + "?" + query).status, 400)

    def test_path_traversal(self):
        for path in ("/live/healthy/../../../etc/passwd", "/live/healthy/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                     "/live/healthy/%00", "/live/%c0%ae%c0%ae/x", "/live/healthy/index.m3u8%00.html", "/" + "a/" * 4000):
            with self.subTest(path=path[:40]):
                answer = self.server.get(path)
                self.assertIn(answer.status, range(400, 500))
                self.assertNotIn(b"root:", answer.body)

    def test_requests_that_are_none(self):
        for request, wanted in ((b"GET /\r\n\r\n", b"400"), (b"GET / HTTP/9.9\r\n\r\n", b"50"), (b"NONSENSE\r\n\r\n", b"400"),
                                (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", b"431"),
                                (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"4"),
                                (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", b"4"),
                                (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400")):
            with self.subTest(request=request[:30]):
                connection = self.connect(self.server.http)
                try:
                    connection.sendall(request)
                except OSError:
                    pass
                connection.settimeout(15)
                try:
                    answer = connection.recv(200)
                except ConnectionError:
                    continue  # reset with our bytes unread
                self.assertTrue(answer.startswith(b"HTTP/1.1 " + wanted), answer[:60])

    def test_a_head_that_never_ends_is_closed(self):
        connection = self.connect(self.server.http)
        connection.sendall(b"GET /live/healthy/index.m3u8 HTTP/1.1\r\nHost: a\r\n")
        self.assertTrue(closed(connection, 20))

    def test_a_handshake_that_never_ends_is_closed(self):
        connection = self.connect(self.server.rtmp)
        connection.sendall(b"\x03" + bytes(100))
        self.assertTrue(closed(connection, 20))

    def test_a_reader_that_never_reads(self):
        media = self.server.renditions("healthy")[0]
        path = media.partition(str(self.server.http))[2]
        before = self.server.resident_kilobytes()
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 50
        for _ in range(20):
            connection = self.connect(self.server.http)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(0.2)
            try:
                for _ in range(200):
                    connection.sendall(request)
            except OSError:
                pass  # no longer read, or closed as a slow reader
        self.assert_grown_less(before, 64 << 10, "for 20 readers that never read")

    def test_a_publisher_of_broken_media(self):
        noise = random.Random(4)
        with self.rtmp("broken") as connection:
            connection.publish()
            try:
                for timestamp in range(0, 2000, 20):
                    connection.send(VIDEO, timestamp, noise.choice((b"\x17\0\0\0\0", b"\x17\1\0\0\0", b"\x90hvc1", b"\x27\1\0\0\0")) + noise.randbytes(200))
                    connection.send(8, timestamp, noise.choice((b"\xaf\0", b"\xaf\1", b"\x90Opus")) + noise.randbytes(50))
            except OSError:
                pass


if __name__ == "__main__":
    unittest.main()
