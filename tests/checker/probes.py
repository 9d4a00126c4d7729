"""Questions that no well-behaved client asks, and slow checks, beside the followers: blocking reloads, HTTP, expiry."""

import http.client
import threading
import time
from urllib.parse import urljoin

import http_rules
import playlist_rules
from fetch import Client
from follower import Follower, with_query
from playlist import parse_media

AT_ONCE = 0.5  # seconds, and the slack comes on top
ABSURD = ("99999999999999999999999999", "18446744073709551616", "-1", "abc", "", "1.5", "1e3", "0x10")


class Prober(threading.Thread):
    """Probes one rendition; its follower runs beside it."""

    def __init__(self, follower: Follower, multivariant_url: str):
        super().__init__(name="probe " + follower.name, daemon=True)
        self.follower = follower
        self.multivariant_url = multivariant_url
        self.client = Client()
        self.stopping = threading.Event()
        self.finished = False  # every question was asked once
        self.expiring = []

    def add(self, rule: str, place: str, text: str) -> None:
        self.follower.findings.add(rule, place, text)

    def stop(self) -> None:
        self.stopping.set()
        self.client.abort()

    def run(self) -> None:
        try:
            self.follower.ready.wait(30)
            if self.follower.playlist is None or self.follower.playlist.endlist:
                return
            for probe in (self.http, self.refused, self.past, self.whole_segment, self.roll_over, self.two_ahead):
                if not self.stopping.is_set():
                    probe()
                    self.expired()
            self.finished = not self.stopping.is_set()
            while not self.stopping.wait(0.1):
                self.expired()
            self.expired(last=True)
        except (OSError, http.client.HTTPException) as error:
            if not self.stopping.is_set():
                self.add("run.connection", self.follower.name, f"{type(error).__name__}: {error}")
        finally:
            self.client.close()

    def now(self):
        """The playlist of this moment."""
        answer = self.client.request(self.follower.url)
        http_rules.check_plain_cache(answer, self.follower.name, self.add)
        return parse_media(answer.body, lambda rule, text: None)

    def ask(self, **directives):
        answer = self.client.request(with_query(self.follower.url, **directives))
        return answer, parse_media(answer.body, lambda rule, text: None) if answer.status == 200 else None

    def http(self) -> None:
        name, playlist = self.follower.name, self.now()
        http_rules.probe_unknown(self.client, self.follower.url, name, self.add)
        http_rules.probe_gzip(self.client, self.multivariant_url, name + " multivariant", self.add, True)
        http_rules.probe_gzip(self.client, self.follower.url, name, self.add, False)
        head = self.client.request(self.multivariant_url, "HEAD")
        whole = self.client.request(self.multivariant_url)
        if (head.status, head.body, head.headers.get("content-type")) != (200, b"", whole.headers.get("content-type")):
            self.add("http.head", name + " multivariant", f"HEAD is answered with {head.status} and {len(head.body)} bytes")
        if not playlist.segments and playlist.part_target:  # a stream that has just begun: its first segment is awaited
            playlist = self.ask(_HLS_msn=playlist.msn)[1] or playlist
        segments = [segment for segment in playlist.segments if not segment.gap]
        if segments:
            urls = [segments[-1].uri, segments[-1].map_uri] + [part.uri for part in segments[-1].parts[-1:] if not part.gap]
            for uri in filter(None, urls):
                http_rules.probe_media(self.client, urljoin(self.follower.url, uri), f"{name} {uri}", self.add)

    def refused(self) -> None:
        name = self.follower.name
        if not self.now().part_target:
            return
        answer, _ = self.ask(_HLS_part=0)
        if answer.status != 400:
            self.add("blocking.part-alone", name, f"answered with {answer.status}")
        for value in ABSURD:
            answer, _ = self.ask(_HLS_msn=value)
            if answer.status != 400:
                self.add("blocking.absurd", name, f"_HLS_msn={value} is answered with {answer.status}")
        for rule, ahead, directives in (("blocking.far", 4, {}), ("blocking.far", 1000, {"_HLS_part": 0}), ("blocking.part-far", 0, {"_HLS_part": 500})):
            self.must_refuse(rule, ahead, directives)

    def must_refuse(self, rule: str, ahead: int, directives: dict) -> None:
        """`ahead` of the segment that is open; asked again where that one was closed meanwhile."""
        for _ in range(3):
            edge = self.now().next_part()
            answer, _ = self.ask(_HLS_msn=edge[0] + ahead, **directives)
            if answer.status == 400 and answer.elapsed <= AT_ONCE + self.follower.options.slack:
                return
            if self.now().next_part()[0] == edge[0]:
                break
        self.add(rule, self.follower.name, f"{answer.url.partition('?')[2]} at {edge} is answered with {answer.status} after {answer.elapsed:.2f} s")

    def past(self) -> None:
        playlist = self.now()
        if not playlist.part_target or not playlist.segments:
            return
        last = playlist.segments[-1]
        for directives in ({"_HLS_msn": playlist.msn}, {"_HLS_msn": max(playlist.msn - 5, 0)}, {"_HLS_msn": last.msn, "_HLS_part": 0},
                           {"_HLS_msn": last.msn}):
            answer, got = self.ask(**directives)
            if answer.status != 200 or answer.elapsed > AT_ONCE + self.follower.options.slack:
                self.add("blocking.past", self.follower.name, f"{directives} is answered with {answer.status} after {answer.elapsed:.2f} s")
            elif got.msn < playlist.msn or got.last_msn < playlist.last_msn:
                self.add("blocking.past", self.follower.name, f"{directives} is answered with an old playlist, {got.msn} to {got.last_msn}")

    def waits(self, rule: str, directives: dict, msn: int, part=None) -> None:
        answer, got = self.ask(**directives)
        if self.stopping.is_set():
            return
        place = f"{self.follower.name} msn {msn}"
        if answer.status != 200:
            self.add(rule, place, f"{directives} is answered with {answer.status}")
        elif not got.endlist and not got.contains(msn, part):
            self.add(rule, place, f"{directives} is answered after {answer.elapsed:.2f} s with {got.edge()} as the newest part")
        elif answer.elapsed > 3 * got.target + self.follower.options.slack:
            self.add("blocking.late", place, f"{directives} is answered after {answer.elapsed:.2f} s")

    def whole_segment(self) -> None:
        playlist = self.now()
        if playlist.part_target:
            self.waits("blocking.segment", {"_HLS_msn": playlist.last_msn + 1}, playlist.last_msn + 1)

    def roll_over(self) -> None:
        playlist = self.now()
        if playlist.part_target and playlist.segments and playlist.segments[-1].parts:
            last = playlist.segments[-1]
            self.waits("blocking.roll-over", {"_HLS_msn": last.msn, "_HLS_part": len(last.parts)}, last.msn + 1, 0)

    def two_ahead(self) -> None:
        """Two past the last whole segment is allowed."""
        playlist = self.now()
        if playlist.part_target:
            self.waits("blocking.segment", {"_HLS_msn": playlist.last_msn + 2}, playlist.last_msn + 2)

    def expired(self, last: bool = False) -> None:
        """What left the playlist is fetched at once, and again shortly before it may go."""
        fresh = self.follower.take_removed()
        self.expiring += fresh
        now = time.monotonic()
        due = fresh + [item for item in self.expiring if item[2] - 1 <= now < item[2] - 0.3 and item not in fresh]
        self.expiring = [item for item in self.expiring if item[2] - 1 > now]
        if last:
            return
        for url, what, _ in due:
            answer = self.client.request(url, headers={"Range": "bytes=0-0"})
            if answer.status not in (200, 206):
                self.add(f"http.expired-{what}", self.follower.name, f"{answer.status} for {url}")
