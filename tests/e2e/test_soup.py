#!/usr/bin/env python3
"""A host's SoupServer serves streams from its own port (examples/05-soup), held to what our own door is held to."""

import re
import socket
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from harness import PROGRAM, Child, problems, wait_until

EXAMPLE = Path(PROGRAM).resolve().parents[1] / "soup"


def get(url: str, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10)


class Soup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Child([EXAMPLE], "soup").__enter__()
        cls.url = re.search(r"http://\S+", cls.host.wait_line(r"http://"))[0]
        cls.media = urljoin(cls.url, get(cls.url).read().decode().strip().split("\n")[-1])

    @classmethod
    def tearDownClass(cls):
        cls.host.__exit__(None, None, None)

    def hint(self) -> str:
        return urljoin(self.media, re.search(r'PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', get(self.media).read().decode())[1])

    def waiting(self) -> float:
        return float(re.search(r"(?m)^rostrum_llhls_waiting (\S+)", get(urljoin(self.url, "/video/metrics")).read().decode())[1])

    def test_a_strict_viewer_finds_nothing_wrong(self):
        self.assertEqual([], problems(self.url, 8))

    def test_the_hosts_own_pages_stay_its_own(self):
        self.assertEqual(b"the shop's own page\n", get(urljoin(self.url, "/basket")).read())

    def test_a_part_that_is_hinted_is_waited_for(self):
        with get(self.hint()) as answer:
            self.assertEqual(200, answer.status)
            self.assertGreater(len(answer.read()), 1000)

    def test_ranges_and_conditions_are_answered_as_at_our_own_door(self):
        part = self.hint()
        whole = get(part)
        data, tag = whole.read(), whole.headers["ETag"]
        with get(part, Range="bytes=10-19") as answer:
            self.assertEqual((206, data[10:20]), (answer.status, answer.read()))
        with get(part, **{"Range": "bytes=10-19", "If-Range": '"another"'}) as answer:
            self.assertEqual((200, data), (answer.status, answer.read()))
        with self.assertRaises(urllib.error.HTTPError) as unchanged:
            get(part, **{"If-None-Match": tag})
        self.assertEqual(304, unchanged.exception.code)

    def test_who_hangs_up_while_it_waits_is_forgotten(self):
        last = int(re.findall(r"-(\d+)\.\d+\.m4s", get(self.media).read().decode())[-1])
        parts = urlsplit(self.media)
        sockets = []
        for _ in range(20):
            client = socket.create_connection((parts.hostname, parts.port), timeout=10)
            client.sendall(f"GET {parts.path}?_HLS_msn={last + 1} HTTP/1.1\r\nHost: host\r\n\r\n".encode())
            sockets.append(client)
        wait_until(lambda: self.waiting() >= 20, 5, "twenty wait for the next segment")
        for client in sockets:
            client.close()
        wait_until(lambda: self.waiting() == 0, 4, "nobody waits")


if __name__ == "__main__":
    unittest.main(verbosity=1)
