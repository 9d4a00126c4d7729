"""A viewer at the live edge: follows one playlist by blocking reloads and notes when each part was on offer."""

import threading
import time
from dataclasses import dataclass

from fetch import Client
from isobmff import parse_init, parse_media as parse_fragments
from playlist import parse_media, parse_multivariant
from urllib.parse import urljoin


def ignore(rule: str, text: str) -> None:
    """What the strict checker would say is not asked here."""


@dataclass
class Offer:
    session: int   # how many discontinuities came before it
    first: int     # its first frame's number in the session
    count: int     # its frames
    at: float      # when the playlist with it had arrived, monotonic seconds
    waited: bool   # a reload was waiting for it: `at` is when it was on offer, not when somebody asked
    begins: float  # PROGRAM-DATE-TIME of the segment if the part begins it, else None


class Viewer:
    def __init__(self, multivariant_url: str):
        self.url = multivariant_url
        self.client = Client()
        self.offers = []
        self.playable = None  # when every variant had three parts, monotonic seconds
        self.leaving = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def leave(self) -> None:
        self.leaving.set()
        self.client.abort()
        self.thread.join()
        if self.failure:
            raise self.failure

    def run(self) -> None:
        try:
            self.follow(self.join())
        except Exception as error:  # handed to who waits in leave(); its own abort is none
            if not self.leaving.is_set():
                self.failure = error

    def get(self, url: str):
        return self.client.request(url)

    def join(self) -> str:
        """Waits for the stream, then until each of its variants has three parts; the first one's URL."""
        while (answer := self.get(self.url)).status != 200:
            if self.leaving.wait(0.002):
                raise InterruptedError
        variants = [urljoin(self.url, variant.uri) for variant in parse_multivariant(answer.body, ignore).variants]
        for url in variants:
            while True:
                answer = self.get(url)
                if answer.status == 200 and sum(len(s.parts) for s in parse_media(answer.body, ignore).all_segments()) >= 3:
                    break
                if self.leaving.wait(0.002):
                    raise InterruptedError
        self.playable = answer.done
        return variants[0]

    def follow(self, url: str) -> None:
        known, init, session, number, generation = set(), None, 0, 0, None
        answer, waited = self.get(url), False
        while not self.leaving.is_set():
            if answer.status != 200:
                time.sleep(0.05)
                answer, waited = self.get(url), False
                continue
            playlist = parse_media(answer.body, ignore)
            for segment in playlist.all_segments():
                for index, part in enumerate(segment.parts):
                    if part.uri in known:
                        continue
                    known.add(part.uri)
                    if generation != segment.dsn:
                        session, number = session + (generation is not None), 0
                        generation, init = segment.dsn, None
                    if part.gap:
                        continue
                    init = init or parse_init(self.get(urljoin(url, segment.map_uri)).body)
                    count = len(parse_fragments(self.get(urljoin(url, part.uri)).body, init).samples)
                    self.offers.append(Offer(session, number, count, answer.done, waited, segment.pdt if index == 0 else None))
                    number += count
            if playlist.endlist:
                return
            msn, part = playlist.next_part()
            answer = self.get(f"{url}?_HLS_msn={msn}&_HLS_part={part}")
            waited = answer.elapsed > 0.02
