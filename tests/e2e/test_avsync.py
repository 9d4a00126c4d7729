#!/usr/bin/env python3
"""Picture and sound of every rung are as far apart as those of the source, within 20 ms; after a reconnect too."""

import tempfile
import unittest
from pathlib import Path

import flash_and_beep
from harness import LADDER, Child, EndToEnd, Server, collect, main_in_parallel, wait_until

ENCODED_ANEW = LADDER.replace("codec: aac, bitrate", "codec: aac, always: true, bitrate")


class AvSync(EndToEnd):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.source = Path(cls.folder.name) / "source.flv"
        flash_and_beep.make(cls.source, 40)
        cls.wanted = flash_and_beep.offset(cls.source, cls.source)

    def publish(self, server: Server) -> Child:
        return Child(["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", "-re", "-i", self.source, "-c", "copy", "-f", "flv",
                      server.publish_url()], "ffmpeg")

    def compare(self, server: Server, segments: int = 4) -> None:
        *video, audio = server.renditions()
        tones = Path(self.folder.name) / "audio.mp4"
        for url in video:
            pictures = Path(self.folder.name) / "video.mp4"
            pictures.write_bytes(collect(url, segments))
            tones.write_bytes(collect(audio, segments + 1))
            found = flash_and_beep.offset(pictures, tones)
            self.assertLessEqual(abs(found - self.wanted), 0.020, f"{url}: beep {found * 1000:+.1f} ms from the flash, in the source {self.wanted * 1000:+.1f} ms")

    def test_sound_passed_through(self):
        with Server(LADDER) as server, self.publish(server):
            server.wait_live(seconds=20)
            self.compare(server)

    def test_sound_encoded_anew(self):
        with Server(ENCODED_ANEW) as server, self.publish(server):
            server.wait_live(seconds=20)
            self.compare(server)

    def test_after_a_reconnect(self):
        with Server(LADDER) as server:
            with self.publish(server) as first:
                server.wait_live(seconds=20)
                collect(server.renditions()[0], 2)
                first.kill()
            with self.publish(server):
                text = lambda: server.get(server.renditions()[0].partition(str(server.http))[2]).body
                wait_until(lambda: text().rpartition(b"#EXT-X-DISCONTINUITY\n")[2].count(b"#EXTINF") >= 7, 40, "seven segments after the reconnect")
                self.compare(server)


if __name__ == "__main__":
    main_in_parallel(2)
