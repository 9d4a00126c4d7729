#!/usr/bin/env python3
"""The checker reads what a foreign muxer writes: ffmpeg's CMAF of every codec, and its own CODECS where it can name them."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import codec
import isobmff
from playlist import parse_multivariant

# delay_moov: else ffmpeg 5.1 writes an av1C without a body.
MUXER = ("-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof+cmaf", "-f", "mp4")


def ffmpeg(*arguments) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True, capture_output=True)


def picture(size: str) -> tuple:
    return "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration=1", "-pix_fmt", "yuv420p", "-g", "10"


class Codec(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def read(self, *arguments) -> tuple:
        """(Init, Media) of what ffmpeg writes with these arguments."""
        ffmpeg(*arguments, *MUXER, self.folder / "out.mp4")
        data = (self.folder / "out.mp4").read_bytes()
        boxes = isobmff.parse(data)
        begin = next(box.start for box in boxes if box.kind == "moof")
        end = next((box.start for box in boxes if box.kind == "mfra"), len(data))
        init = isobmff.parse_init(data[:begin])
        return init, isobmff.parse_media(data[begin:end], init)

    def check_video(self, size: str, *encoder) -> str:
        init, media = self.read(*picture(size), *encoder)
        self.assertEqual("%dx%d" % codec.picture_size(init), size)
        self.assertEqual(len(media.samples), 25)
        self.assertEqual([codec.is_sync(init, sample) for sample in media.samples], [sample.sync for sample in media.samples])
        self.assertTrue(media.samples[0].sync and not media.samples[1].sync)
        self.assertEqual(media.end, init.timescale)
        return codec.name(init)

    def test_h264_in_sizes_that_are_cropped_with_b_frames(self):
        for size in ("426x240", "1920x1080", "320x180", "854x480"):
            with self.subTest(size=size):
                self.assertRegex(self.check_video(size, "-c:v", "libx264", "-preset", "veryfast"), r"avc1\.6400[0-9a-f]{2}")

    def test_hevc(self):
        name = self.check_video("426x240", "-c:v", "libx265", "-tag:v", "hvc1", "-preset", "ultrafast", "-x265-params", "log-level=error:bframes=0")
        self.assertRegex(name, r"hvc1\.1\.6\.L60\.90")

    def test_av1(self):
        self.assertRegex(self.check_video("426x240", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8"), r"av01\.0\.00M\.08")

    def test_aac_and_opus(self):
        for encoder, wanted in (("aac", "mp4a.40.2"), ("libopus", "opus")):
            init, media = self.read("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=1", "-c:a", encoder)
            self.assertEqual(codec.name(init), wanted)
            self.assertTrue(all(sample.sync for sample in media.samples))

    def test_the_name_is_the_one_that_ffmpeg_writes_into_its_playlist(self):
        for profile in ("baseline", "main", "high"):
            with self.subTest(profile=profile):
                ffmpeg(*picture("640x360"), "-c:v", "libx264", "-profile:v", profile, "-b:v", "500k", "-f", "hls", "-hls_segment_type", "fmp4", "-master_pl_name",
                       "master.m3u8", self.folder / "media.m3u8")
                complaints = []
                playlist = parse_multivariant((self.folder / "master.m3u8").read_bytes(), lambda rule, text: complaints.append(text))
                self.assertEqual(complaints, [])
                init = isobmff.parse_init((self.folder / "init.mp4").read_bytes())
                self.assertTrue(codec.same(playlist.variants[0].attributes["CODECS"], codec.name(init)))
                self.assertEqual(playlist.variants[0].attributes["RESOLUTION"], "%dx%d" % codec.picture_size(init))


if __name__ == "__main__":
    unittest.main()
