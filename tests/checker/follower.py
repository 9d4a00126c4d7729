"""Follows one rendition at the live edge as an LL-HLS client does: blocking reloads, preload hints, delta updates."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

import http_rules
import playlist_rules
from fetch import Client
from media_rules import MediaTrack
from playlist import MediaPlaylist, parse_media

LOST = (OSError, http.client.HTTPException)
DELTA_EVERY = 4   # reloads
REFETCH_EVERY = 8  # parts
WHOLE = 1 << 30  # as a part's index: the whole segment was taken


def with_query(url: str, **directives) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(directives)]))
    return urlunsplit(parts._replace(query=query))


@dataclass
class Options:
    seconds: float = 60
    slack: float = 1.0       # seconds that the machine may be late
    wall: float = None       # seconds that PDT may be away from arrival; None: not asked


class Board:
    """Where all renditions are, for rendition reports. Thread-safe. Times are monotonic seconds."""

    def __init__(self):
        self.lock = threading.Lock()
        self.edges = {}     # playlist URL: [(time it was seen, (msn, part))]
        self.claims = []    # (URL reported on, edge, time of receipt, place)

    def seen(self, url: str, edge: tuple, at: float) -> None:
        with self.lock:
            history = self.edges.setdefault(url, [])
            if not history or edge > history[-1][1]:
                history.append((at, edge))

    def newer_than(self, url: str, edge: tuple, before: float) -> int:
        """How many newer edges of that rendition had been seen before that time."""
        with self.lock:
            return sum(1 for at, other in self.edges.get(url, []) if at < before and other > edge)

    def claim(self, url: str, edge: tuple, at: float, place: str) -> None:
        with self.lock:
            self.claims.append((url, edge, at, place))

    def judge(self, url: str, edge: tuple, sent: float, add) -> None:
        """`edge` was in the playlist that was asked for at `sent`: what was claimed before must be in it."""
        with self.lock:
            due = [claim for claim in self.claims if claim[0] == url and claim[2] < sent]
            self.claims = [claim for claim in self.claims if claim[0] != url or claim[2] >= sent]
        for _, claimed, _, place in due:
            if claimed > edge:
                add("playlist.report-future", place, f"LAST-MSN, LAST-PART {claimed} of {urlsplit(url).path}, which is at {edge}")

    def newest(self, url: str):
        with self.lock:
            history = self.edges.get(url)
            return history[-1] if history else None


class Follower(threading.Thread):
    def __init__(self, name: str, url: str, board: Board, shared, findings, options: Options):
        super().__init__(name=name, daemon=True)
        self.url = url
        self.board = board
        self.findings = findings
        self.options = options
        self.track = MediaTrack(name, shared, findings)
        self.client = Client()
        self.hint_client = Client()
        self.hint_thread = ThreadPoolExecutor(1)
        self.playlist: MediaPlaylist = None
        self.others = []           # URLs of the other renditions
        self.hinted = {}           # URI: Future of a Response
        self.reports = {}          # URL: edge last reported
        self.done_part = None      # (msn, part) last handed to the track
        self.first_seen = {}       # msn: (wall time, was it seen to appear?)
        self.removed = []          # what left the playlist: (URL, what, monotonic time until which it has to stay)
        self.removed_lock = threading.Lock()
        self.longest = Decimal(0)
        self.reloads = self.deltas = self.parts = self.lost_hints = 0
        self.last_growth = self.last_segment = None
        self.stopping = threading.Event()
        self.ready = threading.Event()

    def add(self, rule: str, place: str, text: str) -> None:
        self.findings.add(rule, f"{self.name} {place}".strip(), text)

    def playlist_add(self, rule: str, place: str, text: str) -> None:
        self.findings.add(rule, place, text)

    def stop(self) -> None:
        self.stopping.set()
        self.client.abort()
        self.hint_client.abort()

    def run(self) -> None:
        try:
            self.begin()
            while not self.stopping.is_set() and not self.playlist.endlist:
                self.reload()
        except LOST as error:
            if not self.stopping.is_set():
                self.add("run.connection", "", f"{type(error).__name__}: {error}")
        finally:
            self.ready.set()
            self.hint_client.abort()
            self.hint_thread.shutdown(cancel_futures=True)
            self.hint_client.close()
            self.client.close()

    def fetch_playlist(self, url: str):
        """(answer, parsed playlist or None)."""
        answer = self.client.request(url)
        if not http_rules.check_common(answer, "playlist", self.name, self.playlist_add):
            return answer, None
        return answer, parse_media(answer.body, lambda rule, text: self.add(rule, "", text))

    def begin(self) -> None:
        answer, playlist = self.fetch_playlist(self.url)
        if playlist is None:
            self.add("multivariant.uri", "", f"{answer.status} for {self.url}")
            raise ConnectionError("no playlist to follow")
        http_rules.check_plain_cache(answer, self.name, self.playlist_add)
        playlist_rules.check_one(playlist, self.name, self.playlist_add)
        for segment in playlist.all_segments():
            self.first_seen[segment.msn] = (time.monotonic(), False)
        self.last_growth = self.last_segment = answer.done
        self.accept(playlist, answer)
        self.ready.set()

    def reload(self) -> None:
        if not self.playlist.part_target:
            return self.poll()
        msn, part = self.playlist.next_part()
        self.follow_hint()
        self.reloads += 1
        directives = {"_HLS_msn": msn, "_HLS_part": part}
        delta = self.reloads % DELTA_EVERY == 0 and "CAN-SKIP-UNTIL" in (self.playlist.control or {})
        if delta:
            directives["_HLS_skip"] = "YES"
        answer, playlist = self.fetch_playlist(with_query(self.url, **directives))
        if playlist is None:
            if not self.stopping.is_set():
                self.add("blocking.status", f"msn {msn} part {part}", f"{answer.status}")
                self.stopping.wait(0.5)
            return
        self.check_wait(answer, playlist, msn, part)
        if delta:
            playlist = self.resolve(playlist)
            if playlist is None:
                return
        playlist_rules.check_one(playlist, self.name, self.playlist_add)
        playlist_rules.check_two(self.playlist, playlist, self.name, self.playlist_add)
        self.check_hint(playlist)
        self.note_removed(self.playlist, playlist)
        self.accept(playlist, answer)

    def check_hint(self, playlist: MediaPlaylist) -> None:
        """A hint that the end of a segment overtook: its GET has to be told so. It must not happen at every segment."""
        lost = playlist_rules.check_hint(self.playlist, playlist, self.name, self.playlist_add)
        if lost is None:
            return
        self.lost_hints += 1
        place = f"msn {playlist.edge()[0]}"
        if self.lost_hints > 2 + len(self.track.measured.segments) / 4:
            self.add("playlist.hint-broken", place, f"{lost} is not published; that is hint {self.lost_hints} so in {len(self.track.measured.segments)} segments")
        hint = self.hinted.pop(lost, None)
        try:
            answer = hint.result(timeout=self.options.slack + 2) if hint else None
            if answer and answer.status not in (404, 410):
                self.add("http.hint-wait", place, f"the GET of {lost}, which is not published, was answered with {answer.status}")
        except Late:
            self.add("http.hint-wait", place, f"the GET of {lost}, which is not published, is not answered")

    def poll(self) -> None:
        """A playlist without parts: as a plain client."""
        self.stopping.wait(max(self.playlist.target / 2, 0.2))
        answer, playlist = self.fetch_playlist(self.url)
        if playlist:
            playlist_rules.check_one(playlist, self.name, self.playlist_add)
            playlist_rules.check_two(self.playlist, playlist, self.name, self.playlist_add)
            self.note_removed(self.playlist, playlist)
            self.accept(playlist, answer)

    def check_wait(self, answer, playlist, msn: int, part: int) -> None:
        place, limit = f"msn {msn} part {part}", 3 * self.playlist.target
        if answer.elapsed > limit + self.options.slack:
            self.add("blocking.late", place, f"answered after {answer.elapsed:.2f} s")
        if playlist.endlist:
            return
        if playlist.contains(msn, part):
            age = answer.max_age()
            if age is None or age < 6:
                self.add("http.cache-blocking", place, f"Cache-Control is {answer.headers.get('cache-control')}")
        elif answer.elapsed < limit:
            self.add("blocking.early", place, f"answered after {answer.elapsed:.2f} s with {playlist.edge()} as the newest part")
            self.stopping.wait(0.05)
        elif "no-store" not in answer.cache():
            self.add("http.cache-unfulfilled", place, f"Cache-Control is {answer.headers.get('cache-control')}")

    def resolve(self, delta: MediaPlaylist):
        """The whole playlist behind a delta update, proved against a plain one."""
        playlist_rules.check_delta(delta, self.playlist, self.name, self.playlist_add)
        if not delta.skipped:
            return delta
        if delta.version < 9:
            self.add("version.low", "delta update", f"EXT-X-SKIP with EXT-X-VERSION {delta.version}")
        whole = playlist_rules.merge(self.playlist, delta)
        if whole is None:
            self.add("delta.content", "", f"skips {delta.skipped} from {delta.msn}; the playlist before had {self.playlist.msn} to {self.playlist.last_msn}")
            return None
        answer, plain = self.fetch_playlist(self.url)
        if plain:
            http_rules.check_plain_cache(answer, self.name, self.playlist_add)
            self.check_delta_content(whole, plain)
        whole.skipped = 0
        self.deltas += 1
        return whole

    def check_delta_content(self, whole: MediaPlaylist, plain: MediaPlaylist) -> None:
        """`plain` is the same or newer."""
        theirs = {segment.msn: segment for segment in plain.segments}
        for segment in whole.segments:
            other = theirs.get(segment.msn)
            if other and other.key() != segment.key():
                self.add("delta.content", f"msn {segment.msn}", f"{segment.key()} is {other.key()} in the plain playlist")
                return
        if plain.last_msn - whole.last_msn > 1:
            self.add("delta.content", "", f"ends at {whole.last_msn}, the plain playlist at {plain.last_msn}")
        for what in ("target", "part_target", "control", "version", "independent"):
            if getattr(whole, what) != getattr(plain, what):
                self.add("delta.content", "", f"{what} is {getattr(whole, what)}, {getattr(plain, what)} in the plain playlist")

    def follow_hint(self) -> None:
        for hint in self.playlist.hints:
            uri = hint.get("URI")
            if hint.get("TYPE") == "PART" and uri not in self.hinted and "BYTERANGE-START" not in hint:
                self.hinted[uri] = self.hint_thread.submit(self.hint_client.request, urljoin(self.url, uri))

    def note_removed(self, old: MediaPlaylist, new: MediaPlaylist) -> None:
        """bis 6.2.2: how long what left has to stay."""
        now = time.monotonic()
        kept = {segment.msn: segment for segment in new.all_segments()}
        with self.removed_lock:
            for segment in old.segments:
                here = kept.get(segment.msn)
                if here is None and not segment.gap:
                    first, appeared = self.first_seen.pop(segment.msn, (now, False))
                    until = first + float(segment.duration + self.longest) if appeared else now
                    self.removed.append((urljoin(self.url, segment.uri), "segment", max(until, now)))
                gone = segment.parts[:len(segment.parts) - (len(here.parts) if here else 0)]
                self.removed += [(urljoin(self.url, part.uri), "part", now + 3 * new.target) for part in gone[-1:] if not part.gap]

    def take_removed(self) -> list:
        with self.removed_lock:
            taken, self.removed = self.removed, []
        return taken

    def accept(self, playlist: MediaPlaylist, answer) -> None:
        edge, grown = playlist.edge(), not self.playlist or playlist.edge() > self.playlist.edge()
        self.board.judge(self.url, edge, answer.sent, self.playlist_add)
        self.board.seen(self.url, edge, answer.done)
        self.check_pace(playlist, answer, grown)
        self.check_reports(playlist, answer)
        self.longest = max(self.longest, playlist.duration())
        for segment in playlist.all_segments():
            self.first_seen.setdefault(segment.msn, (answer.done, True))
        first, self.playlist = self.playlist is None, playlist
        self.check_step(edge, answer)
        for segment in playlist.all_segments():
            self.take_segment(playlist, segment, first)

    def check_pace(self, playlist, answer, grown: bool) -> None:
        slack = self.options.slack
        part_target = float(playlist.part_target or 0)
        if grown:
            if part_target and answer.done - self.last_growth > 2 * part_target + slack:
                self.add("playlist.stalled", f"msn {playlist.edge()[0]}", f"{answer.done - self.last_growth:.2f} s between two parts")
            self.last_growth = answer.done
        if self.playlist and playlist.last_msn > self.playlist.last_msn:
            if answer.done - self.last_segment > 1.5 * playlist.target + slack:
                self.add("playlist.stalled", f"msn {playlist.last_msn}", f"{answer.done - self.last_segment:.2f} s between two segments")
            self.last_segment = answer.done

    def check_step(self, edge, answer) -> None:
        for url in self.others:
            newest = self.board.newest(url)
            if newest and newest[0] > answer.sent - self.options.slack and abs(newest[1][0] - edge[0]) > 2:
                self.add("playlist.msn-in-step", f"msn {edge[0]}", f"{urlsplit(url).path} is at {newest[1][0]}")

    def check_reports(self, playlist: MediaPlaylist, answer) -> None:
        reports = {urljoin(self.url, report.get("URI", "")): report for report in playlist.reports}
        if playlist.endlist or not playlist.part_target:
            return
        for url in self.others:
            report = reports.get(url)
            if report is None:
                self.add("playlist.report-missing", f"msn {playlist.edge()[0]}", f"none for {urlsplit(url).path}")
                continue
            if "LAST-PART" not in report:
                self.add("playlist.report-missing", f"msn {playlist.edge()[0]}", f"no LAST-PART for {urlsplit(url).path}")
            edge = int(report.get("LAST-MSN", 0)), int(report.get("LAST-PART", 0))
            self.board.claim(url, edge, answer.done, f"{self.name} msn {playlist.edge()[0]}")
            # Written with the newest part of this playlist, at the earliest when that was asked for; two parts may cross on the way.
            behind = self.board.newer_than(url, edge, answer.sent)
            if behind > 3:
                self.add("playlist.report-stale", f"msn {playlist.edge()[0]}", f"{urlsplit(url).path} is {behind} parts past {edge}")
            if edge < self.reports.get(url, edge):
                self.add("playlist.report-back", f"msn {playlist.edge()[0]}", f"{edge} after {self.reports[url]} of {urlsplit(url).path}")
            self.reports[url] = edge

    def take_segment(self, playlist: MediaPlaylist, segment, first: bool) -> None:
        """Fetches what is new: each part, then the whole segment. Starts one segment back."""
        if first and segment.msn < playlist.last_msn:
            return
        if self.done_part and self.done_part >= (segment.msn, WHOLE):
            return
        if not self.ensure_init(segment):
            return
        for index, part in enumerate(segment.parts):
            if self.done_part is None or (segment.msn, index) > self.done_part:
                self.check_wall(segment, index, part, first)
                data = None if part.gap else self.fetch_part(segment, index, part)
                self.track.part(segment, index, part, data, playlist.independent)
                self.done_part = (segment.msn, index)
        if segment.duration is not None:
            data = None if segment.gap else self.fetch_media(segment.uri, f"msn {segment.msn}")
            self.track.segment(segment, data)
            self.done_part = (segment.msn, WHOLE)

    def check_wall(self, segment, index, part, first: bool) -> None:
        if self.options.wall is None or index or first or segment.pdt is None:
            return
        late = time.time() - segment.pdt - float(part.duration)
        if abs(late) > self.options.wall:
            self.add("pdt.wall", f"msn {segment.msn}", f"its first part came {late * 1000:+.0f} ms from its PROGRAM-DATE-TIME plus DURATION")

    def ensure_init(self, segment) -> bool:
        uri = segment.map_uri
        if uri and uri not in self.track.inits:
            data = self.fetch_media(uri, uri)
            if data is not None:
                self.track.init(uri, data)
        return bool(uri) and uri in self.track.inits

    def fetch_part(self, segment, index, part):
        place = f"msn {segment.msn} part {index}"
        hint, self.parts = self.hinted.pop(part.uri, None), self.parts + 1
        if hint is None:
            return self.fetch_media(part.uri, place)
        try:
            answer = hint.result(timeout=self.options.slack + 2)
        except Late:
            self.add("http.hint-wait", place, f"the hinted {part.uri} is listed, its GET is not answered")
            return self.fetch_media(part.uri, place)
        if answer.status != 200:
            self.add("http.hint-wait", place, f"the GET of the hinted {part.uri} was answered with {answer.status}")
            return self.fetch_media(part.uri, place)
        http_rules.check_common(answer, "media", f"{self.name} {place}", self.playlist_add)
        http_rules.check_media_cache(answer, f"{self.name} {place}", self.playlist_add)
        if self.parts % REFETCH_EVERY == 0 and self.fetch_media(part.uri, place) != answer.body:
            self.add("http.hint-wait", place, f"{part.uri} is another one now than when it was hinted")
        return answer.body

    def fetch_media(self, uri: str, place: str):
        answer = self.client.request(urljoin(self.url, uri))
        if not http_rules.check_common(answer, "media", f"{self.name} {place}", self.playlist_add):
            return None
        http_rules.check_media_cache(answer, f"{self.name} {place}", self.playlist_add)
        return answer.body
