#!/usr/bin/env python3
"""`./run demo --tls` as its user meets it: what it prints leads to a picture, and its certificate is good for whoever trusts it."""

import os
import re
import ssl
import stat
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

from harness import PROGRAM, SOURCE, Child, ffmpeg, wait_until

DEMO = SOURCE / "examples/server/demo/run"
# The demo's ports are fixed, so it gets an address of loopback that nobody else has.
ADDRESS = "127.83.79.76"


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="rostrum-e2e-")))
        # Its certificate lies beside the program.
        self.program = self.folder / "rostrum"
        self.program.symlink_to(Path(PROGRAM).resolve())
        self.pair = self.folder / "demo-tls" / ADDRESS

    def start(self) -> Child:
        return self.enterContext(Child([DEMO, "--program", self.program, "--bind", ADDRESS, "--tls"], "demo", ours=True))

    def get(self, url: str) -> str:
        trust = ssl.create_default_context(cafile=f"{self.pair}.pem")
        with urllib.request.urlopen(url, timeout=10, context=trust) as answer:
            return answer.read().decode()

    def playlist(self, url: str) -> str:
        def ask():
            try:
                return self.get(url)
            except urllib.error.HTTPError:
                return None
        return wait_until(ask, 20, f"{url} plays")

    def test_the_printed_addresses_work_and_the_certificate_verifies(self):
        demo = self.start()
        page = re.search(r"https://\S+", demo.wait_line(r"Watch +https://", 20))[0]
        publish = re.search(r"rtmps://\S+", demo.wait_line(r"Publish +rtmps://"))[0]
        self.assertEqual((f"https://{ADDRESS}:8443/", f"rtmps://{ADDRESS}:1936/live"), (page, publish))
        self.assertIn("<video", self.get(page))
        self.assertIn("#EXT-X-STREAM-INF", self.playlist(urljoin(page, "live/demo/index.m3u8")))
        with Child(ffmpeg(f"{publish}/cam"), "ffmpeg"):
            text = self.playlist(urljoin(page, "live/cam/index.m3u8"))
            self.assertIn("#EXT-X-STREAM-INF", text)
        self.assertEqual(0o600, stat.S_IMODE(os.stat(f"{self.pair}.key").st_mode))

    def test_the_certificate_is_kept_as_long_as_it_is_good(self):
        shown = []
        for _ in range(2):
            demo = self.start()
            demo.wait_line(r"Watch +https://", 20)
            shown.append(ssl.get_server_certificate((ADDRESS, 8443)))
            demo.stop()
        self.assertEqual(shown[0], shown[1])
        # One that is good for less than a day is replaced.
        subprocess.run(["openssl", "x509", "-in", f"{self.pair}.pem", "-signkey", f"{self.pair}.key", "-days", "0", "-out", f"{self.pair}.pem"],
                       check=True, capture_output=True)
        self.start().wait_line(r"Watch +https://", 20)
        renewed = ssl.get_server_certificate((ADDRESS, 8443))
        self.assertNotIn(renewed, shown)
        self.assertEqual(Path(f"{self.pair}.pem").read_text(), renewed)

    def test_its_end_leaves_nothing_running(self):
        demo = self.start()
        demo.wait_line(r"Watch +https://", 20)
        self.assertEqual(0, demo.stop())
        self.assertFalse(demo.reader.is_alive())  # the output is at its end: nobody is left to write to it


if __name__ == "__main__":
    unittest.main(verbosity=1)
