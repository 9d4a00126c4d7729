"""What must hold in the bytes of one rendition: parts, segments, time. And what all renditions share."""

import threading
from dataclasses import dataclass, field
from decimal import Decimal

import codec
from isobmff import Broken, Init, parse_init, parse_media
from playlist import Part, Segment
from playlist_rules import drift


def written(duration: Decimal) -> Decimal:
    """The last place that a duration is written to; trailing zeros may have been left out."""
    return Decimal(10) ** min(duration.as_tuple().exponent, -3)


class Shared:
    """What has to agree between renditions, by segment. Thread-safe."""

    def __init__(self, findings):
        self.findings = findings
        self.lock = threading.Lock()
        self.start = {}     # msn: {rendition: (first PTS in seconds, tolerance)}
        self.mapping = {}   # msn: {rendition: PDT minus first PTS in seconds}
        self.keys = {}      # msn: {rendition: sync PTS in milliseconds}
        self.dsn = {}       # msn: (rendition, discontinuity sequence number)

    def segment(self, rendition: str, msn: int, video: bool, start: float, tolerance: float, mapping, keys) -> None:
        with self.lock:
            self.compare(self.start, rendition, msn, (start, tolerance), self.start_differs, "media.aligned")
            if mapping is not None:
                self.compare(self.mapping, rendition, msn, mapping, self.mapping_differs, "pdt.mapping")
            if video and keys is not None:
                self.compare(self.keys, rendition, msn, keys, self.keys_differ, "media.key-aligned")

    def compare(self, table, rendition, msn, value, differs, rule) -> None:
        row = table.setdefault(msn, {})
        for other, theirs in row.items():
            text = differs(value, theirs)
            if text:
                self.findings.add(rule, f"{rendition} msn {msn}", f"{text} {other}")
                break
        row[rendition] = value

    @staticmethod
    def start_differs(mine, theirs) -> str:
        wrong = mine[0] - theirs[0]
        return f"starts {wrong * 1000:+.1f} ms off" if abs(wrong) > max(mine[1], theirs[1]) else ""

    @staticmethod
    def mapping_differs(mine, theirs) -> str:
        return f"PROGRAM-DATE-TIME to media time is {(mine - theirs) * 1000:+.1f} ms off" if abs(mine - theirs) > 0.005 else ""

    @staticmethod
    def keys_differ(mine, theirs) -> str:
        same = len(mine) == len(theirs) and all(abs(a - b) <= 1 for a, b in zip(mine, theirs))
        return "" if same else f"sync samples at {mine[:4]} ms, at {theirs[:4]} ms in"

    def discontinuity(self, rendition: str, msn: int, dsn: int) -> None:
        with self.lock:
            other, theirs = self.dsn.setdefault(msn, (rendition, dsn))
        if theirs != dsn:
            self.findings.add("playlist.dsn-differs", f"{rendition} msn {msn}", f"discontinuity sequence number {dsn}, {theirs} in {other}")


@dataclass
class Measured:
    """For BANDWIDTH and FRAME-RATE: whole segments as (bytes, seconds), samples and their time."""
    segments: list = field(default_factory=list)
    samples: int = 0
    seconds: float = 0

    def average(self) -> float:
        """Bits a second."""
        time = sum(seconds for _, seconds in self.segments)
        return 8 * sum(size for size, _ in self.segments) / time if time else 0

    def peak(self, target: int) -> float:
        """bis 4.4.6.2: the largest rate of any run of segments of 0.5 to 1.5 target durations."""
        best = 0
        for first in range(len(self.segments)):
            size = time = 0
            for more, seconds in self.segments[first:]:
                size, time = size + more, time + seconds
                if time > 1.5 * target:
                    break
                if time >= 0.5 * target:
                    best = max(best, 8 * size / time)
        return best


class MediaTrack:
    """One rendition. Parts come in order, segments after their parts. One thread."""

    def __init__(self, name: str, shared: Shared, findings):
        self.name = name
        self.shared = shared
        self.findings = findings
        self.inits = {}            # MAP URI: Init
        self.end = None            # (map URI, decode time) where the next part has to start
        self.sequence = None
        self.mapping = None        # of the last segment: ((msn, discontinuity sequence number), PDT minus first PTS, EXTINF), in seconds
        self.measured = Measured()
        self.segment_media = []    # (part index, Media) of the segment under way
        self.segment_bytes = []
        self.whole = False         # all parts of the segment under way were seen from its first
        self.position = None       # (msn, part) last seen

    def add(self, rule: str, place: str, text: str) -> None:
        self.findings.add(rule, f"{self.name} {place}", text)

    def init(self, uri: str, data: bytes):
        try:
            self.inits[uri] = parse_init(data)
            codec.name(self.inits[uri])
        except Broken as broken:
            self.add(broken.rule, uri, str(broken))
        return self.inits.get(uri)

    def read(self, init: Init, data: bytes, place: str):
        try:
            media = parse_media(data, init)
            if not media.samples:
                raise Broken("media.moof", "no samples")
            for sample in media.samples:
                if init.handler == "vide" and codec.is_sync(init, sample) != sample.sync:
                    raise Broken("media.sync", f"a sample at {sample.dts} says sync={sample.sync}, its NAL units say {not sample.sync}")
            return media
        except Broken as broken:
            self.add(broken.rule, place, str(broken))
            return None

    def part(self, segment: Segment, index: int, part: Part, data: bytes, independent_segments: bool) -> None:
        """`data` None: a gap, or it could not be fetched."""
        place = f"msn {segment.msn} part {index}"
        if index == 0:
            self.segment_media, self.segment_bytes, self.whole = [], [], True
        follows = self.position == ((segment.msn, index - 1) if index else (segment.msn - 1, None))
        self.position = (segment.msn, index)
        init = self.inits.get(segment.map_uri)
        media = self.read(init, data, place) if init and data is not None else None
        if media is None:
            self.whole, self.end = False, None
            return
        self.segment_media.append((index, media))
        self.segment_bytes.append(data)
        first = media.samples[0]
        if init.handler == "vide":
            if part.independent and not first.sync:
                self.add("independent.false", place, "INDEPENDENT=YES, and the first sample is no sync sample")
            if first.sync and not part.independent:
                self.add("independent.missing", place, "starts with a sync sample, without INDEPENDENT=YES")
            if index == 0 and independent_segments and not first.sync:
                self.add("independent.segment", place, "EXT-X-INDEPENDENT-SEGMENTS, and the segment starts without a sync sample")
        elif not part.independent:
            self.add("independent.missing", place, "audio without INDEPENDENT=YES")
        self.check_continuity(segment, index, media, init, place, follows)
        self.check_sequence(media, place)
        seconds = Decimal(media.duration) / init.timescale
        if abs(seconds - part.duration) > Decimal(1) / init.timescale + written(part.duration):
            self.add("media.part-duration", place, f"samples last {seconds:.6f} s, DURATION is {part.duration}")

    def check_continuity(self, segment, index, media, init, place, follows) -> None:
        if self.end and follows and self.end[0] == segment.map_uri and not (index == 0 and segment.discontinuity):
            self.check_step(media.start - self.end[1], init, place)
        for a, b in zip(media.fragments, media.fragments[1:]):
            self.check_step(b.tfdt - a.tfdt - sum(sample.duration for sample in a.samples), init, place)
        self.end = (segment.map_uri, media.end)

    def check_step(self, step: int, init: Init, place: str) -> None:
        milliseconds = 1000 * step / init.timescale
        if step < 0:
            self.add("media.tfdt-back", place, f"decode time steps back by {-milliseconds:.3f} ms")
        elif step and init.handler == "soun":
            self.add("media.tfdt-audio", place, f"{step} samples are missing before it")
        elif milliseconds > 1:
            self.add("media.tfdt-gap", place, f"decode time has a gap of {milliseconds:.3f} ms")

    def check_sequence(self, media, place) -> None:
        for fragment in media.fragments:
            if self.sequence is not None and fragment.sequence <= self.sequence:
                self.add("media.sequence", place, f"mfhd sequence number {fragment.sequence} after {self.sequence}")
            self.sequence = fragment.sequence

    def segment(self, segment: Segment, data: bytes) -> None:
        """The whole segment, after the last of its parts."""
        place = f"msn {segment.msn}"
        parts_seen = self.whole and len(self.segment_media) == len(segment.parts)
        self.position = (segment.msn, None)
        self.shared.discontinuity(self.name, segment.msn, segment.dsn)
        init = self.inits.get(segment.map_uri)
        if segment.gap or data is None or init is None:
            self.end = None
            return
        if parts_seen and b"".join(self.segment_bytes) != data:
            self.add("media.concatenation", place, f"{len(data)} bytes are not its parts' {sum(map(len, self.segment_bytes))}")
        media = self.read(init, data, place)
        if media is None:
            return
        seconds = media.duration / init.timescale
        tolerance = (1 + len(segment.parts)) * (1 / init.timescale + float(written(segment.duration)))
        if abs(seconds - float(segment.duration)) > tolerance:
            self.add("media.segment-duration", place, f"samples last {seconds:.6f} s, EXTINF is {segment.duration}")
        self.end = (segment.map_uri, media.end)
        self.measured.segments.append((len(data), seconds))
        self.measured.samples += len(media.samples)
        self.measured.seconds += seconds
        self.check_time(segment, media, init, place)

    def check_time(self, segment, media, init, place) -> None:
        start = media.first_pts() / init.timescale
        mapping = None
        if segment.pdt is not None:
            mapping = segment.pdt - start
            if self.mapping and self.mapping[0] == (segment.msn - 1, segment.dsn):
                wrong = mapping - self.mapping[1]
                if abs(wrong) > drift(self.mapping[2]):  # the time that has passed since its date was written
                    self.add("pdt.overlap" if -1 < wrong < 0 else "pdt.mapping", place, f"PROGRAM-DATE-TIME moved by {wrong * 1000:+.1f} ms against media time")
            self.mapping = ((segment.msn, segment.dsn), mapping, float(segment.duration))
        video = init.handler == "vide"
        # An audio segment starts with the frame at or around the cut; a video segment at the cut.
        tolerance = 0.001 if video else max(sample.duration for sample in media.samples) / init.timescale + 0.001
        keys = sorted(1000 * (s.dts + s.cts) / init.timescale for s in media.samples if s.sync) if video else None
        self.shared.segment(self.name, segment.msn, video, start, tolerance, mapping, keys)
