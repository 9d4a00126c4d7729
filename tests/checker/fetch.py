"""One keep-alive HTTP/1.1 connection a thread, with the times of each answer."""

import http.client
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Response:
    url: str
    status: int
    headers: dict  # names in lower case
    body: bytes
    sent: float    # monotonic seconds
    done: float

    @property
    def elapsed(self) -> float:
        return self.done - self.sent

    def cache(self) -> dict:
        """Cache-Control's directives: {"max-age": "1", "immutable": ""}."""
        result = {}
        for item in self.headers.get("cache-control", "").split(","):
            key, _, value = item.strip().partition("=")
            if key:
                result[key.lower()] = value
        return result

    def max_age(self):
        """Seconds that a shared cache may keep it; None where nothing is said; 0 for no-store and no-cache."""
        cache = self.cache()
        if "no-store" in cache or "no-cache" in cache or "private" in cache:
            return 0
        age = cache.get("s-maxage", cache.get("max-age"))
        return int(age) if age and age.isdigit() else None


class Client:
    """Not thread-safe but for `abort`. Errors of the connection come out as OSError or http.client.HTTPException."""

    def __init__(self, timeout: float = 30):
        self.timeout = timeout
        self.connections = {}
        self.lock = threading.Lock()
        self.aborted = False

    def connection(self, parts) -> tuple:
        key = (parts.scheme, parts.netloc)
        with self.lock:
            if key in self.connections:
                return self.connections[key], True
            if self.aborted:
                raise ConnectionAbortedError("the check is over")
            if parts.scheme == "https":
                connection = http.client.HTTPSConnection(parts.netloc, timeout=self.timeout, context=ssl._create_unverified_context())
            else:
                connection = http.client.HTTPConnection(parts.netloc, timeout=self.timeout)
            self.connections[key] = connection
            return connection, False

    def request(self, url: str, method: str = "GET", headers: dict = None) -> Response:
        parts = urlsplit(url)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        sent = time.monotonic()
        while True:
            connection, reused = self.connection(parts)
            try:
                connection.request(method, target, headers={"Origin": "http://player.example", **(headers or {})})
                answer = connection.getresponse()
                body = answer.read()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.drop(parts)
                if not reused or self.aborted:  # a stale keep-alive connection is tried once more on a fresh one
                    raise
            except (OSError, http.client.HTTPException):
                self.drop(parts)
                raise
        if answer.will_close:
            self.drop(parts)
        names = {key.lower(): value for key, value in answer.getheaders()}
        return Response(url, answer.status, names, body, sent, time.monotonic())

    def drop(self, parts) -> None:
        with self.lock:
            connection = self.connections.pop((parts.scheme, parts.netloc), None)
        if connection:
            connection.close()

    def close(self) -> None:
        with self.lock:
            connections, self.connections, self.aborted = list(self.connections.values()), {}, True
        for connection in connections:
            connection.close()

    def abort(self) -> None:
        """Ends a wait under way. Thread-safe."""
        with self.lock:
            self.aborted = True
            sockets = [connection.sock for connection in self.connections.values() if connection.sock]
        for sock in sockets:
            try:
                sock.shutdown(2)
            except OSError:
                pass
