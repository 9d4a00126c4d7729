#!/usr/bin/env python3
"""WebSockets with clients that are not ours: Debian's `websockets`, and many sockets of one broadcast."""

import asyncio
import os
import pathlib
import subprocess
import unittest
import urllib.request

import websockets

SERVER = pathlib.Path(os.environ.get("ROSTRUM_BUILD", "build/release")) / "tests/websocket_server"


def headers_of(socket):
    """Of the server's 101, with any version of the library: 14 and later keep them with the response."""
    return socket.response_headers if hasattr(socket, "response_headers") else socket.response.headers


class Server:
    def __enter__(self):
        self.child = subprocess.Popen([SERVER, "0", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.child.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        code = self.child.wait(60)
        self.child.stdout.close()
        if code != 0:
            raise AssertionError(f"websocket_server ended with {code}")

    def url(self, path):
        return f"ws://{self.address}{path}"

    def http(self, path, body=None):
        with urllib.request.urlopen(f"http://{self.address}{path}", data=body, timeout=10) as answer:
            return answer.read().decode()

    async def ask(self, path, body=None):
        return await asyncio.to_thread(self.http, path, body)


class WebSocket(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.server = self.enterContext(Server())

    async def test_messages_come_back_as_they_were(self):
        # The client offers permessage-deflate; the server does without.
        async with websockets.connect(self.server.url("/echo"), subprotocols=["other", "echo"], max_size=None) as socket:
            self.assertEqual(socket.subprotocol, "echo")
            self.assertNotIn("Sec-WebSocket-Extensions", headers_of(socket))
            for message in "", "h\u00e9llo \U0001f3c7", "x" * 200_000, b"", bytes(range(256)) * 1000, b"\0" * (1 << 20):
                await socket.send(message)
                self.assertEqual(await socket.recv(), message)

    async def test_fragments_are_put_together(self):
        async with websockets.connect(self.server.url("/echo")) as socket:
            await socket.send(["one ", "tw", "", "o"])
            self.assertEqual(await socket.recv(), "one two")

    async def test_a_ping_is_answered(self):
        async with websockets.connect(self.server.url("/echo")) as socket:
            await asyncio.wait_for(await socket.ping(b"are you there"), 5)

    async def test_a_close_comes_back(self):
        socket = await websockets.connect(self.server.url("/echo"))
        await socket.close(3456, "done")
        self.assertEqual((socket.close_code, socket.close_reason), (3456, ""))

    async def test_a_foreign_page_is_refused(self):
        with self.assertRaisesRegex(websockets.InvalidHandshake, "HTTP 403"):
            await websockets.connect(self.server.url("/echo"), origin="https://evil.example")

    async def test_a_server_that_stops_says_so(self):
        socket = await websockets.connect(self.server.url("/echo"))
        self.server.child.stdin.close()
        with self.assertRaises(websockets.ConnectionClosedOK):
            await asyncio.wait_for(socket.recv(), 5)
        self.assertEqual(socket.close_code, 1001)

    async def test_a_broadcast_reaches_all(self):
        sockets = await asyncio.gather(*(websockets.connect(self.server.url("/broadcast")) for _ in range(100)))
        while (await self.server.ask("/members")).strip() != "100":
            await asyncio.sleep(0.02)
        for number in range(20):
            await self.server.ask("/broadcast", str(number).encode())
        for socket in sockets:
            self.assertEqual([await asyncio.wait_for(socket.recv(), 10) for _ in range(20)], [str(number) for number in range(20)])
        await asyncio.gather(*(socket.close() for socket in sockets))
        self.assertIn("rostrum_websockets,endpoint=broadcast 0", await self.server.ask("/metrics"))


if __name__ == "__main__":
    unittest.main()
