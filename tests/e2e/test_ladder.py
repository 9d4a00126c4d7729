#!/usr/bin/env python3
"""The main job: one camera in, itself and three rungs out, right to the letter. A minute of it with ROSTRUM_LONG=1."""

import unittest

from harness import LADDER, EndToEnd, Server, probe, publisher


class Ladder(EndToEnd):
    def test_passthrough_and_three_rungs_are_right_and_decode(self):
        with Server(LADDER) as server, publisher(server, size="640x480", gop=60):
            server.wait_live(seconds=20)
            self.assert_right(server.playlist_url(), 18, wall=0.5)
            renditions = server.renditions()
            self.assertEqual(len(renditions), 5, renditions)
            for url in renditions[:4]:
                self.assert_decodes(url)
            heights = {stream["height"] for url in renditions[:4] for stream in probe(url) if stream["codec_type"] == "video"}
            self.assertEqual(heights, {480, 360, 240, 144})

    def test_rungs_taller_than_the_source_are_left_out(self):
        with Server(LADDER) as server, publisher(server, size="426x240"):
            text = server.wait_live(seconds=20)
            self.assertNotIn("x360", text)
            self.assert_right(server.playlist_url(), 6)

    def test_scene_cuts_and_a_long_gop_keep_all_renditions_in_step(self):
        codec = ("libx264", "-preset", "ultrafast", "-b:v", "1500k", "-force_key_frames", "expr:eq(mod(n,100),37)")
        with Server(LADDER) as server, publisher(server, codec=codec, gop=33):
            server.wait_live(seconds=20)
            self.assert_right(server.playlist_url(), 12)


if __name__ == "__main__":
    unittest.main()
