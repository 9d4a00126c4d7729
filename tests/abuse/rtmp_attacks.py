"""What is done to RTMP."""

import collections
import os
import struct

from beside import MANY, SANITIZED, ended
from crowd import handshaken, reset
from film import film_tags
from harness import wait_until
from rtmp_publisher import AUDIO, CHUNK, VIDEO, RtmpPublisher

ACKNOWLEDGEMENT, CONTROL, WINDOW, BANDWIDTH = 3, 4, 5, 6  # types of messages (RTMP 1.0, 5.4)
PING, PONG = b"\0\6", b"\0\7"

def chunk(stream: int, length: int, kind: int = VIDEO, payload: bytes = b"") -> bytes:
    """The beginning of a message that announces so many bytes (RTMP 1.0, 5.3.1)."""
    head = bytes([stream]) if stream < 64 else b"\x00" + bytes([stream - 64]) if stream < 320 else b"\x01" + struct.pack("<H", stream - 64)
    return head + bytes(3) + length.to_bytes(3, "big") + bytes([kind]) + struct.pack("<I", 1) + payload


class Counting(RtmpPublisher):
    """Counts what the server says, by type. `chunk`: the size of those that it sends."""

    def __init__(self, *where):
        super().__init__(*where)
        self.heard = collections.Counter()
        self.chunk = CHUNK

    def message(self, *fields) -> bytes:
        return super().message(*fields, chunk=self.chunk)

    def read_message(self) -> tuple:
        kind, payload = super().read_message()
        self.heard[kind] += 1
        return kind, payload

    def send_film(self, tags: list) -> int:
        """All at once, in packets of 64 bytes; returns when the server has taken the last of them, with the count of bytes."""
        data = b"".join(self.message(4 if kind == AUDIO else 6, kind, stamp, self.stream, payload) for kind, stamp, payload in tags)
        for at in range(0, len(data), 64):
            self.raw(data[at:at + 64])
        self.raw(self.message(2, CONTROL, 0, 0, PING + bytes(4)))
        while not self.read_message()[1].startswith(PONG):
            pass
        return len(data)


class RtmpAttacks:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.film = [tag for tag in film_tags() if tag[0] in (AUDIO, VIDEO)]
        cls.frames = sum(payload[1] == 1 for _, _, payload in cls.film)  # the rest are sequence headers and ends

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
                self.next_parts()
            for connection in held:
                self.assertEqual(ended(connection, 2 if size == 0xFFFFFF else 0), size == 0xFFFFFF)
                connection.close()
        if not SANITIZED:
            self.assertLess(self.usage().peak - before, 16 << 10)

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
        """Acknowledgement windows at both ends of their range, from publishers who then send a film in tiny packets: it is taken, and
        acknowledged once in 4 KB at most. A window of nothing is none, and a wish for bandwidth asks for nothing."""
        for _ in range(MANY):
            for kind, value in [(kind, value) for kind in (WINDOW, BANDWIDTH) for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF)]:
                with self.subTest(kind=kind, value=value), Counting("127.0.0.1", self.server.rtmp, "live", "window") as source:
                    source.publish()
                    before = self.taken("window")
                    source.raw(source.message(2, kind, 0, 0, struct.pack(">I", value) + (b"\2" if kind == BANDWIDTH else b"")))
                    sent = source.send_film(self.film)
                    acknowledged = source.heard[ACKNOWLEDGEMENT]
                    if (kind, value) == (WINDOW, 1):
                        self.assertIn(acknowledged, range(1, sent // 4096 + 2))
                    else:
                        self.assertEqual(acknowledged, 0)
                    wait_until(lambda: self.taken("window") == before + self.frames, 5, "each frame is taken")
                    source.goodbye()
                    self.assertTrue(ended(source.socket))

    def test_chunks_of_nothing_and_everything(self):
        """Chunk sizes at both ends of their range, from publishers: 1 and 2^31-1 are used for a film, which is taken; 0 and 2^32-1 are no
        sizes (RTMP 1.0, 5.4.1), and who says them is sent away."""
        for _ in range(MANY):
            for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
                with self.subTest(size=size), Counting("127.0.0.1", self.server.rtmp, "live", "chunks") as source:
                    source.publish()
                    before, refused = self.taken("chunks"), self.metric("rostrum_rtmp_refused_total", reason="chunk")
                    source.raw(source.message(2, 1, 0, 0, struct.pack(">I", size)))
                    good = size in (1, 0x7FFFFFFF)
                    if good:
                        source.chunk = size
                        source.send_film(self.film)
                        wait_until(lambda: self.taken("chunks") == before + self.frames, 5, "each frame is taken")
                        source.goodbye()
                    self.assertTrue(ended(source.socket))
                    self.assertEqual(self.metric("rostrum_rtmp_refused_total", reason="chunk"), refused + (not good))

    def taken(self, name: str) -> int:
        """That live/`name` has taken so far."""
        return next(stream["frames_in"] for stream in self.server.streams() if stream["name"] == f"live/{name}")

    def test_resets_in_the_middle_of_a_frame(self):
        """Publishers who are cut off while they send a frame; their names are free again."""
        published = 0
        for number in self.rounds(4):
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
