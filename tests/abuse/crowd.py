"""Many sockets in one thread, doing what no good client does."""

import os
import select
import socket
import struct
import time


def connect(port: int, receive_buffer: int = 0) -> socket.socket:
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", port))
    return connection


def reset(connection: socket.socket) -> None:
    """An end without a goodbye: RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Crowd:
    """`count` connections. Those that the server ends leave when they are listened to. Who does not `read` takes not a byte while the
    connection stands: for them only a reset is an end."""

    def __init__(self, port: int, count: int, receive_buffer: int = 0, read: bool = True):
        self.open = {}
        self.said = {}  # what each of them heard
        self.poll = select.poll()
        for _ in range(count):
            connection = connect(port, receive_buffer)
            connection.setblocking(False)
            self.open[connection.fileno()] = connection
            self.poll.register(connection, select.POLLIN if read else 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.open.values():
            reset(connection)
        self.open.clear()

    def __len__(self):
        return len(self.open)

    def send(self, data: bytes) -> None:
        for connection in self.open.values():
            try:
                connection.send(data)
            except OSError:
                pass  # it takes no more now; or it was closed, and what it said before is still to be heard

    def leave(self, number: int) -> None:
        self.poll.unregister(number)
        self.open.pop(number).close()

    def listen(self, seconds: float) -> None:
        """Reads what comes and lets go of those that were closed."""
        end = time.monotonic() + seconds
        while self.open and (left := end - time.monotonic()) > 0:
            for number, _ in self.poll.poll(left * 1000):
                try:
                    data = self.open[number].recv(65536)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if data:
                    self.said[number] = self.said.get(number, b"") + data[:4096]
                else:
                    self.leave(number)

    def drip(self, text: bytes, every: float, seconds: float) -> None:
        """One byte at a time, to each, until all are closed or the time is over."""
        end = time.monotonic() + seconds
        for at in range(1 << 30):
            if not self.open or time.monotonic() > end:
                return
            self.send(text[at % len(text):at % len(text) + 1])
            self.listen(every)


def handshaken(port: int) -> socket.socket:
    """After RTMP's handshake."""
    connection = connect(port)
    connection.sendall(b"\x03" + bytes(8) + os.urandom(1528))
    answer = b""
    while len(answer) < 1 + 1536 * 2:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("closed in the handshake")
        answer += more
    connection.sendall(answer[1:1537])
    return connection
