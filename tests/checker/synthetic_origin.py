"""A small LL-HLS origin in this process, on a clock of its own that runs as fast as wanted. Mutations hook into each of its steps."""

import gzip
import hashlib
import math
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from synthetic_media import AUDIO_RATE, PART, SEGMENT, Rendition, write_part

TARGET = 1            # seconds
WINDOW = 10           # segments
FIRST = 1000          # media sequence number of the first segment
LONG = "public, max-age=3600, immutable"
PATIENCE = 3.05       # seconds that a blocking reload waits at most: three target durations
BRIEF = "public, max-age=1"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """A client that went away, or a mutation that breaks the connection."""


@dataclass
class PartRecord:
    uri: str
    duration: Fraction
    independent: bool
    data: bytes
    gap: bool = False


@dataclass
class SegmentRecord:
    msn: int
    start: Fraction  # media time, seconds
    parts: list = field(default_factory=list)
    closed: bool = False
    discontinuity: bool = False

    @property
    def duration(self) -> Fraction:
        return sum((part.duration for part in self.parts), Fraction(0))


def seconds(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


class Origin:
    """`hooks`: {name: function(value, context)}; a hook returns what is to be used instead of value."""

    def __init__(self, hooks: dict = None, pace: float = 0.05):
        self.hooks = hooks or {}
        self.pace = pace
        self.change = threading.Condition()
        self.step = 0
        self.stopped = self.ended = False
        self.sequence = {}
        self.renditions = [Rendition("v1", True, 640, 360, 4), Rendition("v2", True, 320, 180, 2), Rendition("a", False)]
        for _ in range(6 * (WINDOW + 1) + 3):
            self.advance()
        self.epoch = datetime.now(timezone.utc) - timedelta(seconds=float(FIRST * SEGMENT + self.step * PART))
        self.server = Server(("127.0.0.1", 0), make_handler(self))
        self.threads = [threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True), threading.Thread(target=self.tick, daemon=True)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        with self.change:
            self.stopped = True
            self.change.notify_all()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/live/cam/index.m3u8"

    def hook(self, name: str, value, **context):
        return self.hooks[name](value, {"origin": self, **context}) if name in self.hooks else value

    def tick(self) -> None:
        """Steps fall on the clock's own times, so that a busy machine delays one part and not all that follow."""
        due = time.monotonic()
        with self.change:
            while not self.stopped:
                due += self.pace
                self.change.wait_for(lambda: self.stopped, max(0, due - time.monotonic()))
                if not self.ended and not self.hook("halt", False):
                    self.advance()

    def end(self) -> None:
        """ENDLIST from now on. Called by a hook, with the clock held."""
        for rendition in self.renditions:
            rendition.segments[-1].closed = True
        self.ended = True
        self.change_all()

    def advance(self) -> None:
        """One video part later. The audio follows as far as it has got."""
        now = FIRST * SEGMENT + (self.step + 1) * PART
        for rendition in self.renditions:
            while self.add_part(rendition, now):
                pass
        self.step += 1
        self.change_all()

    def change_all(self) -> None:
        if hasattr(self, "server"):
            self.change.notify_all()

    def add_part(self, rendition: Rendition, now: Fraction) -> bool:
        segments = rendition.segments
        if not segments or segments[-1].closed:
            msn, index = (segments[-1].msn + 1 if segments else FIRST), 0
        else:
            msn, index = segments[-1].msn, len(segments[-1].parts)
        edges = rendition.boundaries(msn)
        if Fraction(edges[index + 1], rendition.timescale) > self.hook("now", now, rendition=rendition):
            return False
        if index == 0:
            segments.append(SegmentRecord(msn, Fraction(edges[0], rendition.timescale)))
            self.hook("segment", segments[-1], rendition=rendition)
        self.sequence[rendition.name] = self.sequence.get(rendition.name, 0) + 1
        fields = {"rendition": rendition, "msn": msn, "index": index, "sequence": self.sequence[rendition.name], "tfdt": edges[index], "tfhd_flags": 0x20000,
                  "samples": rendition.samples(edges[index], edges[index + 1], index == 0), "offset_error": 0, "size_error": 0, "between": b"", "before": b""}
        fields = self.hook("fields", fields)
        duration = Fraction(edges[index + 1] - edges[index], rendition.timescale)
        record = PartRecord(self.part_uri(rendition, msn, index), duration, index == 0 or not rendition.video, write_part(fields))
        segments[-1].parts.append(self.hook("record", record, rendition=rendition, msn=msn, index=index))
        segments[-1].closed = index + 2 == len(edges)
        return True

    def part_uri(self, rendition, msn, index) -> str:
        return f"{rendition.name}-{msn}.{index}.m4s"

    def edge(self, rendition) -> tuple:
        last = rendition.segments[-1]
        return last.msn, len(last.parts) - 1

    def next_part(self, rendition) -> tuple:
        last = rendition.segments[-1]
        return (last.msn + 1, 0) if last.closed else (last.msn, len(last.parts))

    def last_whole(self, rendition) -> int:
        return rendition.segments[-1].msn if rendition.segments[-1].closed else rendition.segments[-1].msn - 1

    def multivariant(self) -> bytes:
        audio = self.rate(self.renditions[2])
        text = '#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-INDEPENDENT-SEGMENTS\n'
        text += '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="main",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a.m3u8"\n'
        for r in self.renditions[:2]:
            rate = self.rate(r) + audio
            text += (f'#EXT-X-STREAM-INF:BANDWIDTH={int(rate * 1.1)},AVERAGE-BANDWIDTH={int(rate * 1.02)},CODECS="avc1.42c01f,mp4a.40.2",'
                     f'RESOLUTION={r.width}x{r.height},FRAME-RATE=25.000,AUDIO="aac"\n{r.name}.m3u8\n')
        return self.hook("multivariant", text).encode()

    def rate(self, rendition) -> float:
        segment = rendition.segments[3]
        return 8 * sum(len(part.data) for part in segment.parts) / float(segment.duration)

    def playlist(self, rendition, skip: bool) -> str:
        skip = self.hook("skip", skip)
        whole = [segment for segment in rendition.segments if segment.closed][-self.hook("window", WINDOW, rendition=rendition):]
        end = sum((s.duration for s in whole), Fraction(0))
        dsn = sum(s.discontinuity for s in rendition.segments if s.msn < whole[0].msn)
        text = (f"#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{TARGET}\n"
                f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={6 * TARGET},HOLD-BACK={3 * TARGET},PART-HOLD-BACK=0.6\n"
                f"#EXT-X-PART-INF:PART-TARGET={seconds(rendition.part_target)}\n#EXT-X-MEDIA-SEQUENCE:{whole[0].msn}\n"
                f"#EXT-X-DISCONTINUITY-SEQUENCE:{dsn}\n#EXT-X-INDEPENDENT-SEGMENTS\n")
        skipped = 0
        if skip:
            at = Fraction(0)
            for segment in whole:
                at += segment.duration
                skipped += end - at > 6 * TARGET
            text += f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n" if skipped else ""
        at, map_written = sum((s.duration for s in whole[:skipped]), Fraction(0)), bool(skipped)
        for segment in whole[skipped:] + [s for s in rendition.segments if not s.closed]:
            if segment.discontinuity:
                text += "#EXT-X-DISCONTINUITY\n"
            if not map_written:
                text += f'#EXT-X-MAP:URI="{rendition.name}-init.mp4"\n'
                map_written = True
            date = (self.epoch + timedelta(microseconds=math.floor(segment.start * 1000 + Fraction(1, 2)) * 1000)).isoformat(timespec="milliseconds")
            text += f"#EXT-X-PROGRAM-DATE-TIME:{date.replace('+00:00', 'Z')}\n"
            at += segment.duration if segment.closed else 0
            if not segment.closed or end - at <= 3 * TARGET:
                for part in segment.parts:
                    text += f'#EXT-X-PART:DURATION={seconds(part.duration)},URI="{part.uri}"' + (",INDEPENDENT=YES" if part.independent else "")
                    text += (",GAP=YES" if part.gap else "") + "\n"
            if segment.closed:
                text += f"#EXTINF:{seconds(segment.duration)},\n{rendition.name}-{segment.msn}.m4s\n"
        if self.ended:
            return text + "#EXT-X-ENDLIST\n"
        text += f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{self.part_uri(rendition, *self.next_part(rendition))}"\n'
        for other in self.renditions:
            if other is not rendition:
                msn, part = self.hook("report", self.edge(other), rendition=other)
                text += f'#EXT-X-RENDITION-REPORT:URI="{other.name}.m3u8",LAST-MSN={msn},LAST-PART={part}\n'
        return text

    # Answers: (status, headers, body). Called in the server's threads.

    def answer(self, path: str, query: dict) -> tuple:
        folder, _, name = path.rpartition("/")
        if folder != "/live/cam":
            return self.missing()
        if name == "index.m3u8":
            with self.change:
                return self.text(self.multivariant(), BRIEF)
        for rendition in self.renditions:
            if name == rendition.name + ".m3u8":
                return self.answer_playlist(rendition, query)
            if name == rendition.name + "-init.mp4":
                return self.media(rendition, self.hook("init", rendition.init_segment(), rendition=rendition))
            if name.startswith(rendition.name + "-") and name.endswith(".m4s"):
                return self.answer_media(rendition, name[len(rendition.name) + 1:-4])
        return self.missing()

    def missing(self) -> tuple:
        return 404, {"Content-Type": "text/plain", "Cache-Control": "no-store"}, b"not here\n"

    def text(self, body: bytes, cache: str) -> tuple:
        return 200, {"Content-Type": "application/vnd.apple.mpegurl", "Cache-Control": cache, "Vary": "Accept-Encoding"}, body

    def media(self, rendition, body: bytes) -> tuple:
        tag = '"' + hashlib.sha1(body).hexdigest() + '"'
        return 200, {"Content-Type": "video/mp4" if rendition.video else "audio/mp4", "Cache-Control": LONG, "ETag": tag, "Accept-Ranges": "bytes"}, body

    def bad(self) -> tuple:
        return 400, {"Content-Type": "text/plain", "Cache-Control": "no-store"}, b"bad delivery directive\n"

    def answer_playlist(self, rendition, query: dict) -> tuple:
        msn, part = (query.get(key, [None])[0] for key in ("_HLS_msn", "_HLS_part"))
        skip = query.get("_HLS_skip", [""])[0] in ("YES", "v2")
        with self.change:
            blocking, cache = msn is not None and not self.ended, BRIEF
            if blocking or part is not None:
                if not (msn or "").isdecimal() or (part is not None and not part.isdecimal()) or int(msn) >= 1 << 64:
                    return self.hook("refuse", self.bad(), rendition=rendition, msn=msn, part=part)
                wanted = int(msn), None if part is None else int(part)
                open_msn, next_index = self.next_part(rendition)
                if wanted[0] > self.last_whole(rendition) + 2 or (wanted[0] == open_msn and (wanted[1] or 0) > next_index + 15):
                    return self.hook("refuse", self.bad(), rendition=rendition, msn=msn, part=part)
                wanted = self.hook("wanted", wanted, rendition=rendition)
                self.change.wait_for(lambda: self.stopped or self.ended or self.contains(rendition, *wanted), self.hook("patience", PATIENCE))
                cache = "public, max-age=60" if self.contains(rendition, *wanted) else self.hook("unfulfilled_cache", "no-store")
            text = self.playlist(rendition, skip and not self.ended)
            return self.text(self.hook("playlist", text, rendition=rendition, skip=skip, blocking=blocking).encode(), cache)

    def contains(self, rendition, msn: int, part) -> bool:
        if self.last_whole(rendition) >= msn:
            count = next((len(s.parts) for s in rendition.segments if s.msn == msn), 0)
            return part is None or part < count or self.edge(rendition) >= (msn + 1, 0)
        return part is not None and self.edge(rendition) >= (msn, part)

    def answer_media(self, rendition, name: str) -> tuple:
        number, dot, index = name.partition(".")
        if not number.isdecimal() or (dot and not index.isdecimal()):
            return self.missing()
        with self.change:
            hinted = dot and (int(number), int(index)) == self.next_part(rendition)
            if hinted:
                self.change.wait_for(lambda: self.stopped or self.edge(rendition) >= (int(number), int(index)), 20)
            segment = next((s for s in rendition.segments if s.msn == int(number)), None)
            if segment is None or (dot and int(index) >= len(segment.parts)) or (not dot and not segment.closed):
                return self.missing()
            data = segment.parts[int(index)].data if dot else b"".join(part.data for part in segment.parts)
            listed = segment.msn > self.last_whole(rendition) - (2 if dot else WINDOW)
            found = self.hook("stored", data, rendition=rendition, segment=segment, part=bool(dot), listed=listed, hinted=hinted)
            return self.missing() if found is None else self.media(rendition, found)


def make_handler(origin: Origin):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_):
            pass

        def do_GET(self):
            parts = urlsplit(self.path)
            status, headers, body = origin.answer(parts.path, parse_qs(parts.query, keep_blank_values=True))
            headers = {"Access-Control-Allow-Origin": "*", **headers}
            if status == 200:
                status, body = self.conditional(headers, body)
            context = {"path": parts.path, "query": parts.query, "request": self.headers, "method": self.command}
            status, headers, body = origin.hook("response", (status, headers, body), **context)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def conditional(self, headers: dict, body: bytes) -> tuple:
            if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                return 304, b""
            if "gzip" in self.headers.get("Accept-Encoding", "") and "Vary" in headers:
                headers["Content-Encoding"] = "gzip"
                return 200, gzip.compress(body, 1)
            wanted = self.headers.get("Range", "")
            if not wanted.startswith("bytes=") or "Accept-Ranges" not in headers:
                return 200, body
            first, _, last = wanted[6:].partition("-")
            begin = int(first) if first else max(0, len(body) - int(last))
            end = min(int(last), len(body) - 1) if first and last else len(body) - 1
            if begin >= len(body):
                headers["Content-Range"] = f"bytes */{len(body)}"
                return 416, b""
            headers["Content-Range"] = f"bytes {begin}-{end}/{len(body)}"
            return 206, body[begin:end + 1]

    return Handler
