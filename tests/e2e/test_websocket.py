#!/usr/bin/env python3
"""WebSockets with clients that are not ours: Debian's `websockets`, and many sockets of one broadcast; plain and over TLS."""

import asyncio
import os
import pathlib
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

import websockets

from harness import write_certificate

SERVER = pathlib.Path(os.environ.get("ROSTRUM_BUILD", "build/release")) / "tests/websocket_server"


def headers_of(socket):
    """Of the server's 101, with any version of the library: 14 and later keep them with the response."""
    return socket.response_headers if hasattr(socket, "response_headers") else socket.response.headers


class Server:
    """`secure`: over TLS, with a certificate that its clients verify."""

    def __init__(self, secure=False):
        self.folder = tempfile.TemporaryDirectory(prefix="rostrum-e2e-")
        self.pair, self.trust = [], None
        if secure:
            write_certificate(pathlib.Path(self.folder.name))
            self.pair = [pathlib.Path(self.folder.name, file) for file in ("cert.pem", "key.pem")]
            self.trust = ssl.create_default_context(cafile=self.pair[0])

    def __enter__(self):
        self.child = subprocess.Popen([SERVER, "0", "2", *self.pair], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.child.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        code = self.child.wait(60)
        self.child.stdout.close()
        self.folder.cleanup()
        if code != 0:
            raise AssertionError(f"websocket_server ended with {code}")

    def url(self, path):
        return f"{'wss' if self.trust else 'ws'}://{self.address}{path}"

    def connect(self, path, **options):
        return websockets.connect(self.url(path), ssl=self.trust, **options)

    def http(self, path, body=None):
        with urllib.request.urlopen(f"{'https' if self.trust else 'http'}://{self.address}{path}", data=body, timeout=10, context=self.trust) as answer:
            return answer.read().decode()

    async def ask(self, path, body=None):
        return await asyncio.to_thread(self.http, path, body)


class WebSocket(unittest.IsolatedAsyncioTestCase):
    secure = False

    def setUp(self):
        self.server = self.enterContext(Server(self.secure))

    async def test_messages_come_back_as_they_were(self):
        # The client offers permessage-deflate; the server does without.
        async with self.server.connect("/echo", subprotocols=["other", "echo"], max_size=None) as socket:
            self.assertEqual(socket.subprotocol, "echo")
            self.assertNotIn("Sec-WebSocket-Extensions", headers_of(socket))
            for message in "", "h\u00e9llo \U0001f3c7", "x" * 200_000, b"", bytes(range(256)) * 1000, b"\0" * (1 << 20):
                await socket.send(message)
                self.assertEqual(await socket.recv(), message)

    async def test_fragments_are_put_together(self):
        async with self.server.connect("/echo") as socket:
            await socket.send(["one ", "tw", "", "o"])
            self.assertEqual(await socket.recv(), "one two")

    async def test_a_ping_is_answered(self):
        async with self.server.connect("/echo") as socket:
            await asyncio.wait_for(await socket.ping(b"are you there"), 5)

    async def test_a_close_comes_back(self):
        socket = await self.server.connect("/echo")
        await socket.close(3456, "done")
        self.assertEqual((socket.close_code, socket.close_reason), (3456, ""))

    async def test_a_foreign_page_is_refused(self):
        with self.assertRaisesRegex(websockets.InvalidHandshake, "HTTP 403"):
            await self.server.connect("/echo", origin="https://evil.example")

    async def test_a_server_that_stops_says_so(self):
        socket = await self.server.connect("/echo")
        self.server.child.stdin.close()
        with self.assertRaises(websockets.ConnectionClosedOK):
            await asyncio.wait_for(socket.recv(), 5)
        self.assertEqual(socket.close_code, 1001)

    async def test_a_broadcast_reaches_all(self):
        sockets = await asyncio.gather(*(self.server.connect("/broadcast") for _ in range(100)))
        while (await self.server.ask("/members")).strip() != "100":
            await asyncio.sleep(0.02)
        for number in range(20):
            await self.server.ask("/broadcast", str(number).encode())
        for socket in sockets:
            self.assertEqual([await asyncio.wait_for(socket.recv(), 10) for _ in range(20)], [str(number) for number in range(20)])
        await asyncio.gather(*(socket.close() for socket in sockets))
        self.assertIn("rostrum_websockets,endpoint=broadcast 0", await self.server.ask("/metrics"))


class WebSocketOverTls(WebSocket):
    """All of it again by wss."""

    secure = True

    async def test_the_sockets_bytes_are_tlss(self):
        async with self.server.connect("/echo") as socket:
            self.assertIn(socket.transport.get_extra_info("ssl_object").version(), ("TLSv1.3", "TLSv1.2"))
            with self.assertRaises(ssl.SSLCertVerificationError):
                await websockets.connect(self.server.url("/echo"))  # who does not know the certificate gets no socket


if __name__ == "__main__":
    unittest.main()
