#!/usr/bin/env python3
"""Each publisher that people use goes live, is followed by the strict checker without a finding, and decodes without an error."""

import shutil
import unittest

from harness import RESTAMPED, EndToEnd, Server, gst_publisher, main_in_parallel, problems, publisher, restamped
from obs import Obs
from rtmp_publisher import Refused, RtmpPublisher


class Publishers(EndToEnd):
    def plays(self, server: Server, name: str = "cam") -> None:
        server.wait_live(name, 30)
        self.assert_right(server.playlist_url(name), 8)
        self.assert_decodes(server.playlist_url(name))

    def plays_gst(self, sink: str) -> None:
        with Server() as server, gst_publisher(server, sink) as source:
            server.wait_live("cam", 30)
            found = problems(server.playlist_url(), 8, but=())
            self.assert_decodes(server.playlist_url())
            if restamped(source.sent):
                found = [line for line in found if not line.startswith(RESTAMPED)]
            self.assertEqual(found, [])

    def test_ffmpeg(self):
        with Server() as server, publisher(server):
            self.plays(server)

    def test_ffmpeg_with_b_frames_and_a_token(self):
        codec = ("libx264", "-preset", "veryfast", "-bf", "2", "-b:v", "1500k")
        with Server() as server, publisher(server, query="?token=s3cret", codec=codec):
            self.plays(server)
            self.assertNotIn("s3cret", server.output())

    def test_video_alone(self):
        with Server() as server, publisher(server, audio=False):
            self.plays(server)

    def test_audio_alone(self):
        with Server() as server, publisher(server, video=False):
            server.wait_live()
            self.assert_right(server.playlist_url(), 8)

    def test_rtmp2sink(self):
        self.plays_gst("rtmp2sink")

    def test_rtmpsink(self):
        self.plays_gst("rtmpsink")

    @unittest.skipUnless(shutil.which("obs") and shutil.which("Xvfb"), "SKIPPED: OBS Studio and Xvfb are not installed")
    def test_obs_studio(self):
        with Server() as server, Obs(server, "obs") as obs:
            obs.wait_publishing()
            self.plays(server, "obs")

    def test_a_second_publisher_is_refused_and_the_first_goes_on(self):
        with Server() as server, publisher(server):
            server.wait_live()
            with RtmpPublisher("127.0.0.1", server.rtmp, "live", "cam") as second:
                with self.assertRaises(Refused) as refused:
                    second.publish()
            self.assertEqual(str(refused.exception), "NetStream.Publish.BadName")
            self.assert_right(server.playlist_url(), 5)


if __name__ == "__main__":
    main_in_parallel(2, alone=("test_obs_studio",))
