"""A strict parser of multivariant and media playlists (draft-pantos-hls-rfc8216bis 4). What it cannot read it reports, and goes on."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

INTEGER = re.compile(r"[0-9]{1,20}")
FLOAT = re.compile(r"[0-9]+(\.[0-9]+)?")
SIGNED = re.compile(r"-?[0-9]+(\.[0-9]+)?")
HEX = re.compile(r"0[xX][0-9A-Fa-f]+")
RESOLUTION = re.compile(r"[1-9][0-9]*x[1-9][0-9]*")
QUOTED = re.compile(r'"[^"]*"')
TOKEN = re.compile(r'[^",\s]+')
BYTERANGE = re.compile(r"[0-9]+(@[0-9]+)?")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}(Z|[+-]\d\d:?\d\d)")
ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(,|$)')
YES = re.compile("YES")
YES_NO = re.compile("YES|NO")

# tag: {attribute: (grammar, required)}
ATTRIBUTES = {
    "EXT-X-PART-INF": {"PART-TARGET": (FLOAT, True)},
    "EXT-X-SERVER-CONTROL": {
        "CAN-SKIP-UNTIL": (FLOAT, False), "CAN-SKIP-DATERANGES": (YES, False), "HOLD-BACK": (FLOAT, False),
        "PART-HOLD-BACK": (FLOAT, False), "CAN-BLOCK-RELOAD": (YES, False)},
    "EXT-X-PART": {"URI": (QUOTED, True), "DURATION": (FLOAT, True), "INDEPENDENT": (YES, False), "BYTERANGE": (QUOTED, False),
                   "GAP": (YES, False)},
    "EXT-X-PRELOAD-HINT": {"TYPE": (re.compile("PART|MAP"), True), "URI": (QUOTED, True), "BYTERANGE-START": (INTEGER, False),
                           "BYTERANGE-LENGTH": (INTEGER, False)},
    "EXT-X-RENDITION-REPORT": {"URI": (QUOTED, True), "LAST-MSN": (INTEGER, True), "LAST-PART": (INTEGER, False)},
    "EXT-X-SKIP": {"SKIPPED-SEGMENTS": (INTEGER, True), "RECENTLY-REMOVED-DATERANGES": (QUOTED, False)},
    "EXT-X-MAP": {"URI": (QUOTED, True), "BYTERANGE": (QUOTED, False)},
    "EXT-X-START": {"TIME-OFFSET": (SIGNED, True), "PRECISE": (YES_NO, False)},
    "EXT-X-DATERANGE": {
        "ID": (QUOTED, True), "CLASS": (QUOTED, False), "START-DATE": (QUOTED, False), "CUE": (QUOTED, False), "END-DATE": (QUOTED, False),
        "DURATION": (FLOAT, False), "PLANNED-DURATION": (FLOAT, False), "SCTE35-CMD": (HEX, False), "SCTE35-OUT": (HEX, False),
        "SCTE35-IN": (HEX, False), "END-ON-NEXT": (YES, False)},
    "EXT-X-STREAM-INF": {
        "BANDWIDTH": (INTEGER, True), "AVERAGE-BANDWIDTH": (INTEGER, False), "SCORE": (FLOAT, False), "CODECS": (QUOTED, False),
        "SUPPLEMENTAL-CODECS": (QUOTED, False), "RESOLUTION": (RESOLUTION, False), "FRAME-RATE": (FLOAT, False),
        "HDCP-LEVEL": (re.compile("TYPE-0|TYPE-1|NONE"), False), "ALLOWED-CPC": (QUOTED, False),
        "VIDEO-RANGE": (re.compile("SDR|HLG|PQ"), False), "REQ-VIDEO-LAYOUT": (QUOTED, False), "STABLE-VARIANT-ID": (QUOTED, False),
        "AUDIO": (QUOTED, False), "VIDEO": (QUOTED, False), "SUBTITLES": (QUOTED, False), "CLOSED-CAPTIONS": (re.compile('NONE|"[^"]*"'), False),
        "PATHWAY-ID": (QUOTED, False)},
    "EXT-X-MEDIA": {
        "TYPE": (re.compile("AUDIO|VIDEO|SUBTITLES|CLOSED-CAPTIONS"), True), "URI": (QUOTED, False), "GROUP-ID": (QUOTED, True),
        "LANGUAGE": (QUOTED, False), "ASSOC-LANGUAGE": (QUOTED, False), "NAME": (QUOTED, True), "STABLE-RENDITION-ID": (QUOTED, False),
        "DEFAULT": (YES_NO, False), "AUTOSELECT": (YES_NO, False), "FORCED": (YES_NO, False), "INSTREAM-ID": (QUOTED, False),
        "BIT-DEPTH": (INTEGER, False), "SAMPLE-RATE": (INTEGER, False), "CHARACTERISTICS": (QUOTED, False), "CHANNELS": (QUOTED, False)},
}
# tag: (kind of playlist or "any", stands once, grammar of a plain value or None for an attribute list or "" for no value)
TAGS = {
    "EXT-X-VERSION": ("any", True, INTEGER), "EXT-X-INDEPENDENT-SEGMENTS": ("any", True, ""), "EXT-X-START": ("any", True, None),
    "EXT-X-TARGETDURATION": ("media", True, INTEGER), "EXT-X-MEDIA-SEQUENCE": ("media", True, INTEGER),
    "EXT-X-DISCONTINUITY-SEQUENCE": ("media", True, INTEGER), "EXT-X-ENDLIST": ("media", True, ""),
    "EXT-X-PLAYLIST-TYPE": ("media", True, re.compile("EVENT|VOD")), "EXT-X-PART-INF": ("media", True, None),
    "EXT-X-SERVER-CONTROL": ("media", True, None), "EXTINF": ("media", False, re.compile(r"[0-9]+(\.[0-9]+)?,.*")),
    "EXT-X-BYTERANGE": ("media", False, BYTERANGE), "EXT-X-DISCONTINUITY": ("media", False, ""), "EXT-X-MAP": ("media", False, None),
    "EXT-X-PROGRAM-DATE-TIME": ("media", False, DATE), "EXT-X-GAP": ("media", False, ""), "EXT-X-BITRATE": ("media", False, INTEGER),
    "EXT-X-PART": ("media", False, None), "EXT-X-DATERANGE": ("media", False, None), "EXT-X-SKIP": ("media", True, None),
    "EXT-X-PRELOAD-HINT": ("media", False, None), "EXT-X-RENDITION-REPORT": ("media", False, None),
    "EXT-X-MEDIA": ("multivariant", False, None), "EXT-X-STREAM-INF": ("multivariant", False, None),
}


@dataclass
class Part:
    uri: str
    duration: Decimal  # seconds
    independent: bool = False
    gap: bool = False

    def key(self):
        return (self.uri, self.duration, self.independent, self.gap)


@dataclass
class Segment:
    msn: int
    dsn: int = 0
    duration: Decimal = None  # None: still open, only its parts are listed
    uri: str = ""
    pdt: float = None  # seconds since 1970
    pdt_text: str = ""
    discontinuity: bool = False
    gap: bool = False
    map_uri: str = ""
    parts: list = field(default_factory=list)

    def key(self):
        return (self.uri, self.duration, self.pdt_text, self.discontinuity, self.gap, self.map_uri, self.dsn)


@dataclass
class MediaPlaylist:
    version: int = 1
    target: int = 0
    msn: int = 0
    dsn: int = 0
    part_target: Decimal = None
    control: dict = None
    independent: bool = False
    playlist_type: str = ""
    segments: list = field(default_factory=list)
    open: Segment = None  # what is after the last whole segment; None: nothing yet
    hints: list = field(default_factory=list)     # attribute dicts
    reports: list = field(default_factory=list)   # attribute dicts
    skipped: int = 0
    endlist: bool = False
    has_map: bool = False

    @property
    def last_msn(self) -> int:
        """Of the last whole segment."""
        return self.segments[-1].msn if self.segments else self.msn + self.skipped - 1

    def edge(self):
        """(msn, part) of the newest part; part -1 where the newest thing is a whole segment without parts."""
        if self.open and self.open.parts:
            return self.open.msn, len(self.open.parts) - 1
        if self.segments:
            return self.segments[-1].msn, len(self.segments[-1].parts) - 1
        return self.msn - 1, -1

    def next_part(self):
        """(msn, part) that a client waits for."""
        return (self.open.msn, len(self.open.parts)) if self.open else (self.last_msn + 1, 0)

    def contains(self, msn: int, part: int = None) -> bool:
        """Is the segment (or that part of it, or anything later) listed?"""
        if part is None:
            return self.last_msn >= msn
        if self.last_msn >= msn:
            return True
        edge = self.edge()
        return edge[0] > msn or (edge[0] == msn and edge[1] >= part)

    def duration(self) -> Decimal:
        return sum((s.duration for s in self.segments), Decimal(0))

    def all_segments(self) -> list:
        return self.segments + ([self.open] if self.open else [])


@dataclass
class Variant:
    uri: str
    attributes: dict


@dataclass
class Multivariant:
    version: int = 1
    independent: bool = False
    variants: list = field(default_factory=list)
    media: list = field(default_factory=list)  # EXT-X-MEDIA attribute dicts


class Reader:
    """Lines in, tags out; `report(rule, text)` is called for what is wrong."""

    def __init__(self, body: bytes, kind: str, report):
        self.kind = kind
        self.report = report
        self.seen = set()
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            report("syntax.text", f"no UTF-8: {error}")
            text = body.decode("utf-8", "replace")
        if text.startswith("\ufeff"):
            report("syntax.text", "starts with a BOM")
            text = text[1:]
        if re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", text):
            report("syntax.text", "control character")
        self.lines = [line[:-1] if line.endswith("\r") else line for line in text.split("\n")]
        if self.lines[0] != "#EXTM3U":
            report("syntax.first-line", f"first line is {self.lines[0][:40]!r}")

    def __iter__(self):
        """Yields (tag, value) and ("", uri); values of attribute lists are dicts with quotes taken off."""
        for line in self.lines[1:]:
            if not line or (line.startswith("#") and not line.startswith("#EXT")):
                continue
            if not line.startswith("#"):
                if line != line.strip():
                    self.report("syntax.value", f"blank around URI {line!r}")
                yield "", line
                continue
            tag, colon, value = line[1:].partition(":")
            if tag == "EXTM3U":
                self.report("syntax.duplicate-tag", tag)
                continue
            if tag not in TAGS:
                self.report("syntax.unknown-tag", line[:80])
                continue
            kind, once, grammar = TAGS[tag]
            if kind not in ("any", self.kind):
                self.report("syntax.wrong-kind", f"{tag} in a {self.kind} playlist")
            if once and tag in self.seen:
                self.report("syntax.duplicate-tag", tag)
            self.seen.add(tag)
            if grammar is None:
                yield tag, self.attributes(tag, value)
            elif grammar == "":
                if colon:
                    self.report("syntax.value", f"{tag} takes no value")
                yield tag, ""
            elif grammar.fullmatch(value):
                yield tag, value
            else:
                self.report("syntax.value", f"{tag}:{value[:60]}")
                loose = re.match(r"[0-9.]+", value)
                if grammar is DATE or loose:
                    yield tag, value if grammar is DATE else loose.group()

    def attributes(self, tag: str, text: str) -> dict:
        known, found, at = ATTRIBUTES[tag], {}, 0
        while at < len(text):
            match = ATTRIBUTE.match(text, at)
            if not match or (match.group(3) == "," and match.end() == len(text)):
                self.report("syntax.value", f"{tag}: attribute list breaks at {text[at:at + 40]!r}")
                break
            name, value = match.group(1), match.group(2)
            at = match.end()
            if name in found:
                self.report("syntax.duplicate-attribute", f"{tag}: {name}")
            if name in known:
                if not known[name][0].fullmatch(value):
                    self.report("syntax.value", f"{tag}: {name}={value[:60]}")
            elif not (tag == "EXT-X-DATERANGE" and name.startswith("X-")):
                self.report("syntax.unknown-attribute", f"{tag}: {name}")
            found[name] = value.strip('"')
        for name, (_, required) in known.items():
            if required and name not in found:
                self.report("syntax.missing-attribute", f"{tag}: {name}")
        return found


def number(text: str, fallback="0") -> Decimal:
    return Decimal(text) if SIGNED.fullmatch(text or "") else Decimal(fallback)


def parse_date(text: str):
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))).timestamp()
    except ValueError:
        return None


def parse_multivariant(body: bytes, report) -> Multivariant:
    result, pending = Multivariant(), None
    for tag, value in Reader(body, "multivariant", report):
        if pending is not None and tag != "":
            report("syntax.order", f"EXT-X-STREAM-INF is followed by {tag}, not by its URI")
        if tag == "":
            if pending is None:
                report("syntax.order", f"URI {value} without EXT-X-STREAM-INF")
            else:
                result.variants.append(Variant(value, pending))
            pending = None
        elif tag == "EXT-X-STREAM-INF":
            pending = value
        elif tag == "EXT-X-MEDIA":
            result.media.append(value)
        elif tag == "EXT-X-VERSION":
            result.version = int(value)
        elif tag == "EXT-X-INDEPENDENT-SEGMENTS":
            result.independent = True
    if pending is not None:
        report("syntax.order", "EXT-X-STREAM-INF at the end, without a URI")
    return result


class MediaBuilder:
    """Collects the tags of one media playlist. MEDIA-SEQUENCE and DISCONTINUITY-SEQUENCE stand before the first segment."""

    def __init__(self, report):
        self.report = report
        self.playlist = MediaPlaylist()
        self.current = None
        self.map_uri = ""
        self.dsn = 0
        self.extinf = None

    def segment(self) -> Segment:
        if self.current is None:
            p = self.playlist
            self.current = Segment(p.msn + p.skipped + len(p.segments), self.dsn, map_uri=self.map_uri)
        return self.current

    def take(self, tag: str, value) -> None:
        p = self.playlist
        if tag in ("EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE") and (p.segments or self.current or p.skipped):
            self.report("syntax.order", f"{tag} after the first segment")
        handler = getattr(self, "on_" + tag[3:].lstrip("-").lower().replace("-", "_") if tag else "on_uri", None)
        if handler:
            handler(value)

    def on_x_version(self, v): self.playlist.version = int(v)
    def on_x_targetduration(self, v): self.playlist.target = int(v)
    def on_x_media_sequence(self, v): self.playlist.msn = int(v)
    def on_x_part_inf(self, v): self.playlist.part_target = number(v.get("PART-TARGET"))
    def on_x_server_control(self, v): self.playlist.control = v
    def on_x_independent_segments(self, _): self.playlist.independent = True
    def on_x_playlist_type(self, v): self.playlist.playlist_type = v
    def on_x_endlist(self, _): self.playlist.endlist = True
    def on_x_preload_hint(self, v): self.playlist.hints.append(v)
    def on_x_rendition_report(self, v): self.playlist.reports.append(v)
    def on_x_gap(self, _): self.segment().gap = True

    def on_x_discontinuity_sequence(self, v):
        self.playlist.dsn = self.dsn = int(v)

    def on_x_skip(self, v):
        if self.playlist.segments or self.current:
            self.report("syntax.order", "EXT-X-SKIP after a segment")
        self.playlist.skipped = int(v.get("SKIPPED-SEGMENTS", "0"))

    def on_x_discontinuity(self, _):
        if self.current and self.current.parts:
            self.report("syntax.order", "EXT-X-DISCONTINUITY between the parts of a segment")
        self.dsn += 1
        self.segment().discontinuity = True
        self.segment().dsn = self.dsn

    def on_x_map(self, v):
        self.playlist.has_map = True
        self.map_uri = v.get("URI", "")
        if self.current:
            if self.current.parts:
                self.report("syntax.order", "EXT-X-MAP between the parts of a segment")
            self.current.map_uri = self.map_uri

    def on_x_program_date_time(self, v):
        segment = self.segment()
        if segment.pdt is not None:
            self.report("syntax.duplicate-tag", f"two EXT-X-PROGRAM-DATE-TIME for segment {segment.msn}")
        if segment.parts:
            self.report("syntax.order", "EXT-X-PROGRAM-DATE-TIME after a part of its segment")
        segment.pdt, segment.pdt_text = parse_date(v), v
        if segment.pdt is None:
            self.report("syntax.value", f"no date: {v}")

    def on_x_part(self, v):
        self.segment().parts.append(Part(v.get("URI", ""), number(v.get("DURATION")), v.get("INDEPENDENT") == "YES", v.get("GAP") == "YES"))

    def on_inf(self, v):
        if self.extinf is not None:
            self.report("syntax.order", "two EXTINF for one URI")
        self.extinf = number(v.partition(",")[0])
        self.segment()

    def on_uri(self, v):
        if self.extinf is None:
            self.report("syntax.order", f"URI {v} without EXTINF")
        segment = self.segment()
        segment.uri, segment.duration = v, self.extinf or Decimal(0)
        self.playlist.segments.append(segment)
        self.current = self.extinf = None

    def finish(self) -> MediaPlaylist:
        if self.extinf is not None:
            self.report("syntax.order", "EXTINF at the end, without a URI")
        self.playlist.open = self.current
        return self.playlist


def parse_media(body: bytes, report) -> MediaPlaylist:
    builder, reader = MediaBuilder(report), Reader(body, "media", report)
    for tag, value in reader:
        builder.take(tag, value)
    if "EXT-X-TARGETDURATION" not in reader.seen:
        report("syntax.missing-attribute", "EXT-X-TARGETDURATION")
    return builder.finish()
