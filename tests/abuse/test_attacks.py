#!/usr/bin/env python3
"""What the internet does to an open port, each beside a healthy stream whose parts must not be late; afterwards memory, files and
threads are back where they were. ROSTRUM_LONG=1: more of each, for longer."""

import time
import unittest

from beside import MANY, PATIENCE, Beside
from crowd import Crowd, connect, reset
from http_attacks import HttpAttacks
from rtmp_attacks import RtmpAttacks


class Abuse(HttpAttacks, RtmpAttacks, Beside):
    def test_many_who_say_nothing_or_drip(self):
        """2,000 idle connections and slow-loris on both ports at once: all are closed by their deadlines, and a client gets in meanwhile."""
        late = self.metric("rostrum_rtmp_refused_total", reason="handshake_time")
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
                if at == 5:
                    self.assertEqual(self.server.get("/live/healthy/index.m3u8").status, 200)
            self.assertEqual([len(crowd) for crowd in (idle, silent, heads, handshakes)], [0, 0, 0, 0])
            self.assertEqual(len(heads.said), 200 * MANY, "drippers who were told why")
            self.assertTrue(all(said.startswith(b"HTTP/1.1 408") for said in heads.said.values()), list(heads.said.values())[:1])
            self.assertEqual(self.metric("rostrum_rtmp_refused_total", reason="handshake_time"), late + 1000 + 200 * MANY)

    def test_rapid_resets(self):
        for round_number in self.rounds(2):
            for port in (self.server.http, self.server.rtmp):
                for _ in range(250):
                    connection = connect(port)
                    if round_number % 2:
                        connection.send(b"GET /live/healthy/index.m3u8 HTTP/1.1\r\nHost: h\r\n\r\n")
                    reset(connection)


if __name__ == "__main__":
    unittest.main()
