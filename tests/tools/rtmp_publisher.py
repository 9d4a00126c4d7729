#!/usr/bin/env python3
"""A small RTMP publisher that can do what good ones do not: any timestamp, any bytes. Written from Adobe's RTMP 1.0.

As a program: rtmp_publisher.py rtmp://HOST:PORT/APP/KEY FILE.flv  publishes the file at its own pace.
"""

import os
import select
import socket
import struct
import sys
import time
from urllib.parse import urlsplit

AUDIO, VIDEO, DATA = 8, 9, 18
COMMAND_AMF0 = 20
CHUNK = 4096


class Refused(Exception):
    """The server said no; the text is its code."""


def amf(value) -> bytes:
    if value is None:
        return b"\x05"
    if isinstance(value, bool):
        return b"\x01" + bytes([value])
    if isinstance(value, (int, float)):
        return b"\x00" + struct.pack(">d", value)
    if isinstance(value, str):
        return b"\x02" + struct.pack(">H", len(value.encode())) + value.encode()
    rows = b"".join(struct.pack(">H", len(key)) + key.encode() + amf(item) for key, item in value.items())
    return b"\x03" + rows + b"\0\0\x09"


def read_amf(data: bytes, at: int) -> tuple:
    """(value, end)."""
    kind, at = data[at], at + 1
    if kind == 0:
        return struct.unpack_from(">d", data, at)[0], at + 8
    if kind == 1:
        return bool(data[at]), at + 1
    if kind == 2:
        size = struct.unpack_from(">H", data, at)[0]
        return data[at + 2:at + 2 + size].decode(), at + 2 + size
    if kind in (3, 8):
        result, at = {}, at + (4 if kind == 8 else 0)
        while True:
            size = struct.unpack_from(">H", data, at)[0]
            key, at = data[at + 2:at + 2 + size].decode(), at + 2 + size
            if not size and data[at] == 9:
                return result, at + 1
            result[key], at = read_amf(data, at)
    if kind == 10:
        count, at, items = struct.unpack_from(">I", data, at)[0], at + 4, []
        for _ in range(count):
            item, at = read_amf(data, at)
            items.append(item)
        return items, at
    return None, at


class RtmpPublisher:
    """Blocking; one thread. `send` keeps reading what the server says, so that its acknowledgements never fill up."""

    def __init__(self, host: str, port: int, app: str, key: str, timeout: float = 10):
        self.app, self.key = app, key
        self.host, self.port = host, port
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a first frame waits 40 ms for an ACK of what came before
        self.input = b""
        self.in_chunk = 128
        self.streams = {}  # chunk stream: [timestamp, length, type, message stream, payload so far]
        self.transaction = 0
        self.stream = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # The wire.

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def take(self, count: int) -> bytes:
        while len(self.input) < count:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.input += more
        taken, self.input = self.input[:count], self.input[count:]
        return taken

    def handshake(self) -> None:
        """The plain one: C1 is random, without a digest (5.2)."""
        self.raw(b"\x03" + struct.pack(">II", 0, 0) + os.urandom(1528))
        answer = self.take(1 + 1536)
        self.raw(answer[1:])
        self.take(1536)

    def message(self, chunk_stream: int, kind: int, timestamp: int, stream: int, payload: bytes, chunk: int = CHUNK) -> bytes:
        """Chunk format 0, then 3; an extended timestamp is repeated in each (5.3.1.3)."""
        timestamp &= 0xFFFFFFFF
        extended = struct.pack(">I", timestamp) if timestamp >= 0xFFFFFF else b""
        head = bytes([chunk_stream]) + min(timestamp, 0xFFFFFF).to_bytes(3, "big") + len(payload).to_bytes(3, "big")
        result = head + bytes([kind]) + struct.pack("<I", stream) + extended + payload[:chunk]
        for at in range(chunk, len(payload), chunk):
            result += bytes([0xC0 | chunk_stream]) + extended + payload[at:at + chunk]
        return result

    def command(self, name: str, *values, stream: int = 0) -> int:
        self.transaction += 1
        payload = amf(name) + amf(self.transaction) + b"".join(amf(value) for value in values)
        self.raw(self.message(3, COMMAND_AMF0, 0, stream, payload))
        return self.transaction

    def read_message(self) -> tuple:
        """(type, payload) of the next whole message; control messages are acted on."""
        while True:
            first = self.take(1)[0]
            form, stream = first >> 6, first & 63
            if stream < 2:
                stream = 64 + int.from_bytes(self.take(stream + 1), "little")
            state = self.streams.setdefault(stream, [0, 0, 0, 0, b""])
            if form < 3:
                head = self.take((11, 7, 3)[form])
                state[0] = int.from_bytes(head[:3], "big")
                if form < 2:
                    state[1], state[2] = int.from_bytes(head[3:6], "big"), head[6]
                if state[0] == 0xFFFFFF:
                    self.take(4)
            elif state[0] == 0xFFFFFF:
                self.take(4)
            state[4] += self.take(min(self.in_chunk, state[1] - len(state[4])))
            if len(state[4]) < state[1]:
                continue
            kind, payload, state[4] = state[2], state[4], b""
            if kind == 1:
                self.in_chunk = struct.unpack(">I", payload)[0]
            elif kind == 4 and payload[:2] == b"\0\x06":  # ping request
                self.raw(self.message(2, 4, 0, 0, b"\0\x07" + payload[2:6]))
            return kind, payload

    def read_command(self, *wanted: str) -> list:
        """The next command with one of those names, as [name, transaction, values...]."""
        while True:
            kind, payload = self.read_message()
            if kind != COMMAND_AMF0:
                continue
            values, at = [], 0
            while at < len(payload):
                value, at = read_amf(payload, at)
                values.append(value)
            if values[0] in wanted:
                return values

    # What a publisher does.

    def connect(self) -> dict:
        self.handshake()
        self.raw(self.message(2, 1, 0, 0, struct.pack(">I", CHUNK)))
        self.command("connect", {"app": self.app, "type": "nonprivate", "flashVer": "FMLE/3.0", "tcUrl": f"rtmp://{self.host}:{self.port}/{self.app}"})
        answer = self.read_command("_result", "_error")
        if answer[0] == "_error":
            raise Refused(answer[-1].get("code", "connect"))
        return answer[-1]

    def publish(self) -> "RtmpPublisher":
        """From the handshake to NetStream.Publish.Start. Fails with Refused."""
        self.connect()
        self.command("createStream", None)
        self.stream = int(self.read_command("_result")[-1])
        self.command("publish", None, self.key, "live", stream=self.stream)
        status = self.read_command("onStatus")[-1]
        if status.get("code") != "NetStream.Publish.Start":
            raise Refused(status.get("code"))
        return self

    def send(self, kind: int, timestamp: int, payload: bytes) -> None:
        self.raw(self.message({AUDIO: 4, VIDEO: 6}.get(kind, 5), kind, timestamp, self.stream, payload))
        while self.input or select.select([self.socket], [], [], 0)[0]:
            self.read_message()

    def goodbye(self) -> None:
        self.command("FCUnpublish", None, self.key)
        self.command("deleteStream", None, self.stream)
        self.socket.shutdown(socket.SHUT_WR)


def flv_tags(data: bytes) -> list:
    """[(type, timestamp in ms, payload)] of an FLV file."""
    if data[:3] != b"FLV":
        raise ValueError("no FLV file")
    at, tags = struct.unpack_from(">I", data, 5)[0] + 4, []
    while at + 11 <= len(data):
        kind, size = data[at] & 31, int.from_bytes(data[at + 1:at + 4], "big")
        timestamp = int.from_bytes(data[at + 4:at + 7], "big") | data[at + 7] << 24
        payload = data[at + 11:at + 11 + size]
        tags.append((kind, timestamp, (amf("@setDataFrame") + payload) if kind == DATA else payload))
        at += 11 + size + 4
    return tags


def send_paced(publisher: RtmpPublisher, tags: list, stamp=lambda kind, timestamp: timestamp) -> None:
    """Sends each tag when its own time has come; `stamp` says what timestamp it is sent with."""
    begin = time.monotonic()
    for kind, timestamp, payload in tags:
        wait = begin + timestamp / 1000 - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        publisher.send(kind, stamp(kind, timestamp), payload)


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    url = urlsplit(sys.argv[1])
    app, _, key = url.path.lstrip("/").partition("/")
    with open(sys.argv[2], "rb") as file, RtmpPublisher(url.hostname, url.port or 1935, app, key + ("?" + url.query if url.query else "")) as publisher:
        publisher.publish()
        send_paced(publisher, flv_tags(file.read()))
        publisher.goodbye()
    return 0


if __name__ == "__main__":
    sys.exit(main())
