#!/usr/bin/env python3
"""Publishers whose timestamps jump back, jump ahead, wrap, or start from different bases: what comes out stays right."""

import subprocess
import tempfile
import threading
from pathlib import Path

from harness import EndToEnd, Server, ffmpeg, main_in_parallel, wait_until
from rtmp_publisher import AUDIO, RtmpPublisher, flv_tags, send_paced

SECONDS = 20


class Timestamps(EndToEnd):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "source.flv"
            command = [word for word in ffmpeg(str(file), size="320x180", rate="25", gop=25, seconds=SECONDS) if word != "-re"]
            subprocess.run(command, check=True, capture_output=True)
            cls.tags = flv_tags(file.read_bytes())

    def publish(self, stamp, nodes=None, seconds: float = 12) -> str:
        """Checks the stream while it is published; the text of its first video playlist at the end."""
        with Server(*([nodes] if nodes else [])) as server, RtmpPublisher("127.0.0.1", server.rtmp, "live", "cam") as source:
            source.publish()
            failure = []

            def send():
                try:
                    send_paced(source, self.tags, stamp)
                    source.goodbye()
                except (OSError, ValueError) as error:  # ValueError: the test is over and its socket closed
                    failure.append(error)
            sender = threading.Thread(target=send, daemon=True)
            sender.start()
            server.wait_live()
            self.assert_right(server.playlist_url(), seconds)
            path = server.renditions()[0].partition(str(server.http))[2]
            wait_until(lambda: server.get(path).body.count(b"#EXTINF") >= 5, 10, "five segments")
            text = server.get(path).body.decode()
            self.assertEqual(failure, [])
            return text

    def test_straight_on(self):
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", self.publish(lambda kind, t: t))

    def test_wrap_of_32_bits(self):
        base = (1 << 32) - 6000
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", self.publish(lambda kind, t: base + t))

    def test_a_start_past_24_bits(self):
        self.assertNotIn("#EXT-X-DISCONTINUITY\n", self.publish(lambda kind, t: 0x1000000 - 3000 + t))

    def test_a_jump_back(self):
        self.assertIn("#EXT-X-DISCONTINUITY\n", self.publish(lambda kind, t: t + 100_000 - (50_000 if t >= 6000 else 0)))

    def test_a_jump_back_to_zero(self):
        self.publish(lambda kind, t: t + 3_600_000 if t < 6000 else t - 6000)

    def test_a_jump_ahead(self):
        self.assertIn("#EXT-X-DISCONTINUITY\n", self.publish(lambda kind, t: t + (3_600_000 if t >= 6000 else 0)))

    def test_audio_on_another_base(self):
        self.publish(lambda kind, t: t + 500_000 if kind == AUDIO else t)

    def test_audio_on_an_earlier_base(self):
        self.publish(lambda kind, t: t + (500_000 if kind != AUDIO else 0))

    def test_timestamps_in_steps_of_33_and_34_ms_and_jitter(self):
        self.publish(lambda kind, t: t + (t // 40 * 7) % 3 if kind != AUDIO else t)


if __name__ == "__main__":
    main_in_parallel(3)
