#!/usr/bin/env python3
"""A publisher goes and comes back within `linger`: the same stream goes on, and its viewers with it."""

import threading
import unittest

from harness import LADDER, PASSTHROUGH, Client, EndToEnd, Server, main_in_parallel, parse_media, problems, publisher, wait_until


def media(url: str):
    client = Client()
    try:
        answer = client.request(url)
        return parse_media(answer.body, lambda rule, text: None) if answer.status == 200 else None
    finally:
        client.close()


class Reconnect(EndToEnd):
    # While nobody publishes, the edge stands still; and where the publisher breaks off, the next part may have been expected in another
    # segment than the one that its last frames end.
    PAUSE = ("playlist.stalled", "playlist.hint-broken")

    def comes_back(self, nodes: str, leave) -> None:
        with Server(nodes) as server:
            found = []
            with publisher(server) as first:
                server.wait_live(seconds=20)
                video = server.renditions()[0]
                before = wait_until(lambda: (p := media(video)) and len(p.segments) >= 2 and p, 20, "two segments")
                viewer = threading.Thread(target=lambda: found.extend(problems(server.playlist_url(), 9, slack=8, but=self.PAUSE)))
                viewer.start()
                leave(first)
            with publisher(server):
                after = wait_until(lambda: (p := media(video)) and p.last_msn > before.last_msn + 2 and p, 30, "two more segments")
                viewer.join()
                self.assertEqual(found, [])
                self.assertGreaterEqual(after.msn, before.msn)
                self.assertTrue(any(segment.discontinuity for segment in after.all_segments()), "a DISCONTINUITY where the timestamps broke")
                self.assert_right(server.playlist_url(), 6)

    def test_after_a_goodbye(self):
        self.comes_back(PASSTHROUGH, lambda child: child.stop())

    def test_after_a_crash(self):
        self.comes_back(PASSTHROUGH, lambda child: child.kill())

    def test_with_a_ladder(self):
        self.comes_back(LADDER, lambda child: child.kill())

    def test_nobody_comes_back_and_the_stream_ends(self):
        nodes = PASSTHROUGH.replace("linger: 10s", "linger: 2s")
        with Server(nodes) as server:
            with publisher(server) as source:
                server.wait_live()
                video = server.renditions()[0]
                source.stop()
            wait_until(lambda: (p := media(video)) is None or p.endlist, 15, "ENDLIST after linger")


if __name__ == "__main__":
    main_in_parallel(2, alone=("test_with_a_ladder",))
