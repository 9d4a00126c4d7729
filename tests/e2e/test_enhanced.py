#!/usr/bin/env python3
"""Enhanced RTMP from an ffmpeg that speaks it: HEVC, AV1 and Opus come in, and what comes out decodes."""

import glob
import os
import shutil
import subprocess
import unittest

from harness import CARRY, SOURCE, Child, EndToEnd, Server, ffmpeg, probe


def newer_ffmpeg() -> str:
    """Of the virtual environment (PyPI's imageio-ffmpeg), or the one that ROSTRUM_FFMPEG names; "" if neither can do Enhanced RTMP."""
    places = [os.environ.get("ROSTRUM_FFMPEG", "")] + glob.glob(str(SOURCE / "build/venv/lib/python3*/site-packages/imageio_ffmpeg/binaries/ffmpeg-*"))
    for place in filter(None, places + [shutil.which("ffmpeg")]):
        done = subprocess.run([place, "-hide_banner", "-h", "muxer=flv"], capture_output=True, text=True)
        version = subprocess.run([place, "-version"], capture_output=True, text=True).stdout.split()[2].lstrip("n").split(".")
        if done.returncode == 0 and version[0].isdigit() and int(version[0]) >= 7:
            return place
    return ""


FFMPEG = newer_ffmpeg()
HEVC = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=0:pools=1", "-b:v", "800k")
AV1 = ("libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-lag-in-frames", "0", "-b:v", "500k")
OPUS = ("libopus", "-b:a", "96k")


@unittest.skipUnless(FFMPEG, "SKIPPED: no ffmpeg >= 7 (./run test puts one into build/venv)")
class Enhanced(EndToEnd):
    def comes_out(self, video: str, audio: str, **options) -> None:
        with Server(CARRY) as server:
            command = ffmpeg(server.publish_url(), size="320x180", rate="25", gop=50, program=FFMPEG, **options)
            with Child(command, "ffmpeg"):
                server.wait_live(seconds=25)
                self.assert_right(server.playlist_url(), 8)
                *pictures, sound = server.renditions()
                self.assertEqual([s["codec_name"] for s in probe(pictures[0])], [video])
                self.assertEqual([s["codec_name"] for s in probe(sound)], [audio])
                self.assert_decodes(server.playlist_url(), 40, program=FFMPEG)

    def test_hevc(self):
        self.comes_out("hevc", "aac", codec=HEVC)

    def test_av1(self):
        self.comes_out("av1", "aac", codec=AV1)

    def test_opus_beside_h264(self):
        self.comes_out("h264", "opus", audio_codec=OPUS)

    def test_hevc_with_opus(self):
        self.comes_out("hevc", "opus", codec=HEVC, audio_codec=OPUS)


if __name__ == "__main__":
    unittest.main()
