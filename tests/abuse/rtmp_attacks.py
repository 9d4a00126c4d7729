"""What is done to RTMP."""

import os
import struct
import time

from beside import MANY, SANITIZED, ended
from crowd import handshaken, reset
from harness import wait_until
from rtmp_publisher import VIDEO, RtmpPublisher


def chunk(stream: int, length: int, kind: int = VIDEO, payload: bytes = b"") -> bytes:
    """The beginning of a message that announces so many bytes (RTMP 1.0, 5.3.1)."""
    head = bytes([stream]) if stream < 64 else b"\x00" + bytes([stream - 64]) if stream < 320 else b"\x01" + struct.pack("<H", stream - 64)
    return head + bytes(3) + length.to_bytes(3, "big") + bytes([kind]) + struct.pack("<I", 1) + payload


class RtmpAttacks:
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
