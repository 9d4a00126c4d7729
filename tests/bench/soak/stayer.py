"""A viewer that holds nothing: follows one media playlist by blocking reloads and fetches each part once."""

import http.client
import threading
from urllib.parse import urljoin

from fetch import Client
from playlist import parse_media


def ignore(rule: str, text: str) -> None:
    """What the strict checker would say is not asked here."""


class Stayer:
    """Follows on a thread of its own until `leave`. `parts`: fetched; `late`: answers that were an error, or none."""

    def __init__(self, url: str):
        self.url = url
        self.parts = self.bytes = self.late = 0
        self.newest = (-1, -1)  # the newest part that was fetched: media sequence number, index
        self.client = Client(timeout=15)
        self.leaving = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def leave(self) -> None:
        self.leaving.set()
        self.client.abort()
        self.thread.join()

    def run(self) -> None:
        target = self.url
        while not self.leaving.is_set():
            try:
                target = self.step(target)
            except (OSError, http.client.HTTPException):
                if self.leaving.is_set():
                    return
                target = self.missed()

    def step(self, target: str) -> str:
        """One playlist and what is new in it; the next playlist's URL."""
        answer = self.client.request(target)
        if answer.status != 200:
            return self.missed()
        playlist = parse_media(answer.body, ignore)
        for number, segment in enumerate(playlist.all_segments(), playlist.msn):
            for index, part in enumerate(segment.parts):
                if (number, index) > self.newest:
                    self.newest = number, index
                    if not part.gap:
                        self.fetch(urljoin(self.url, part.uri))
        number, index = playlist.next_part()
        return f"{self.url}?_HLS_msn={number}&_HLS_part={index}"

    def fetch(self, url: str) -> None:
        answer = self.client.request(url)
        if answer.status == 200:
            self.parts += 1
            self.bytes += len(answer.body)
        else:
            self.late += 1

    def missed(self) -> str:
        self.late += 1
        self.leaving.wait(0.2)
        return self.url
