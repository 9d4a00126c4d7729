"""Reads init segments and parts (ISO/IEC 14496-12) and says what is broken in them."""

import struct
from dataclasses import dataclass, field

CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts", "dinf"}
SAMPLE_NOT_SYNC = 0x10000


class Broken(Exception):
    """`rule` is the checker's rule id."""

    def __init__(self, rule: str, text: str):
        super().__init__(text)
        self.rule = rule


@dataclass
class Box:
    kind: str
    start: int  # of the header, in the file
    size: int
    body: bytes
    children: list = field(default_factory=list)

    def all(self, kind: str) -> list:
        return [child for child in self.children if child.kind == kind]

    def one(self, path: str, rule: str = "media.box"):
        """The only box at that path below this one."""
        box = self
        for kind in path.split("/"):
            found = box.all(kind)
            if len(found) != 1:
                raise Broken(rule, f"{len(found)} boxes {kind} in {box.kind}")
            box = found[0]
        return box


def parse(data: bytes, base: int = 0, depth: int = 0) -> list:
    boxes, at = [], 0
    while at < len(data):
        if len(data) - at < 8:
            raise Broken("media.box", f"{len(data) - at} bytes left at {base + at}, too few for a box")
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            if len(data) - at < 16:
                raise Broken("media.box", f"large box at {base + at} is cut off")
            size, header = struct.unpack_from(">Q", data, at + 8)[0], 16
        if size < header or at + size > len(data):
            raise Broken("media.box", f"box {kind!r} at {base + at} has size {size}, {len(data) - at} bytes are left")
        name = kind.decode("latin-1")
        box = Box(name, base + at, size, data[at + header:at + size])
        if name in CONTAINERS and depth < 8:
            box.children = parse(box.body, base + at + header, depth + 1)
        boxes.append(box)
        at += size
    return boxes


def full(box: Box) -> tuple:
    """(version, flags, the rest)."""
    if len(box.body) < 4:
        raise Broken("media.box", f"{box.kind} is too short")
    word = struct.unpack_from(">I", box.body)[0]
    return word >> 24, word & 0xFFFFFF, box.body[4:]


def unpack(layout: str, data: bytes, at: int, what: str) -> tuple:
    try:
        return struct.unpack_from(layout, data, at)
    except struct.error:
        raise Broken("media.box", f"{what} is too short") from None


@dataclass
class Init:
    timescale: int
    track: int
    handler: str          # "vide", "soun"
    entry: str            # "avc1", "hvc1", "av01", "mp4a", "Opus"
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    config: dict = field(default_factory=dict)  # child box kind of the sample entry: body
    default_duration: int = 0
    default_size: int = 0
    default_flags: int = 0


def parse_init(data: bytes) -> Init:
    boxes = parse(data)
    kinds = [box.kind for box in boxes]
    if kinds[:1] != ["ftyp"] or kinds.count("moov") != 1 or set(kinds) - {"ftyp", "moov", "free", "skip", "emsg", "uuid"}:
        raise Broken("media.init", f"top-level boxes are {' '.join(kinds)}; wanted ftyp moov")
    moov = next(box for box in boxes if box.kind == "moov")
    for path in ("mvhd", "mvex/trex", "trak/tkhd", "trak/mdia/minf/stbl/stsd"):
        moov.one(path, "media.init")
    trak = moov.one("trak")
    stbl = trak.one("mdia/minf/stbl", "media.init")
    for kind, offset in (("stts", 0), ("stsc", 0), ("stsz", 4), ("stco", 0)):
        count = unpack(">I", full(stbl.one(kind, "media.init"))[2], offset, kind)[0]
        if count:
            raise Broken("media.init", f"{kind} has {count} entries; a fragmented file has none")
    version, _, mdhd = full(trak.one("mdia/mdhd", "media.init"))
    timescale = unpack(">I", mdhd, 16 if version else 8, "mdhd")[0]
    version, _, tkhd = full(trak.one("tkhd"))
    track = unpack(">I", tkhd, 16 if version else 8, "tkhd")[0]
    handler = trak.one("mdia/hdlr", "media.init").body[8:12].decode("latin-1")
    trex_track, _, duration, size, flags = unpack(">5I", full(moov.one("mvex/trex"))[2], 0, "trex")
    if trex_track != track:
        raise Broken("media.init", f"trex is for track {trex_track}, the track is {track}")
    if not timescale:
        raise Broken("media.init", "timescale is 0")
    stsd = full(stbl.one("stsd"))[2]
    if unpack(">I", stsd, 0, "stsd")[0] != 1:
        raise Broken("media.init", "stsd has not exactly one entry")
    entry = parse(stsd[4:])[0]
    init = Init(timescale, track, handler, entry.kind, default_duration=duration, default_size=size, default_flags=flags)
    if handler == "vide":
        init.width, init.height = unpack(">HH", entry.body, 24, "visual sample entry")
        children = parse(entry.body[78:])
    else:
        init.sample_rate = unpack(">I", entry.body, 24, "audio sample entry")[0] >> 16
        children = parse(entry.body[28:])
    init.config = {child.kind: child.body for child in children}
    return init


@dataclass
class Sample:
    data: bytes
    dts: int
    duration: int
    cts: int
    sync: bool


@dataclass
class Fragment:
    sequence: int
    tfdt: int
    samples: list


@dataclass
class Media:
    """What a part or a segment holds."""
    fragments: list = field(default_factory=list)

    @property
    def samples(self) -> list:
        return [sample for fragment in self.fragments for sample in fragment.samples]

    @property
    def start(self) -> int:
        return self.fragments[0].tfdt

    @property
    def end(self) -> int:
        samples = self.fragments[-1].samples
        return samples[-1].dts + samples[-1].duration if samples else self.fragments[-1].tfdt

    @property
    def duration(self) -> int:
        return sum(sample.duration for sample in self.samples)

    def first_pts(self) -> int:
        return min(sample.dts + sample.cts for sample in self.samples)


def parse_media(data: bytes, init: Init) -> Media:
    boxes, media, moof = parse(data), Media(), None
    if not boxes:
        raise Broken("media.moof", "empty")
    for box in boxes:
        if box.kind == "moof":
            if moof:
                raise Broken("media.moof", "moof without its mdat")
            moof = box
        elif box.kind == "mdat":
            if not moof:
                raise Broken("media.moof", "mdat without a moof before it")
            media.fragments.append(parse_fragment(moof, box, init))
            moof = None
        elif box.kind in ("prft", "emsg"):
            if moof:
                raise Broken("media.prft", f"{box.kind} between moof and mdat")
        elif box.kind not in ("styp", "sidx", "free", "skip", "uuid"):
            raise Broken("media.moof", f"box {box.kind} at top level")
    if moof or not media.fragments:
        raise Broken("media.moof", "no whole moof and mdat pair")
    return media


def parse_fragment(moof: Box, mdat: Box, init: Init) -> Fragment:
    sequence = unpack(">I", full(moof.one("mfhd", "media.moof"))[2], 0, "mfhd")[0]
    traf = moof.one("traf", "media.moof")
    _, flags, tfhd = full(traf.one("tfhd", "media.moof"))
    if unpack(">I", tfhd, 0, "tfhd")[0] != init.track:
        raise Broken("media.moof", f"tfhd is for track {struct.unpack_from('>I', tfhd)[0]}, the init segment has {init.track}")
    if not flags & 0x20000 or flags & 1:
        raise Broken("media.base", f"tfhd flags are {flags:#x}")
    at, defaults = 4, [0, init.default_duration, init.default_size, init.default_flags]
    for index, bit in enumerate((2, 8, 0x10, 0x20)):
        if flags & bit:
            defaults[index] = unpack(">I", tfhd, at, "tfhd")[0]
            at += 4
    version, _, tfdt = full(traf.one("tfdt", "media.moof"))
    dts = unpack(">Q" if version else ">I", tfdt, 0, "tfdt")[0]
    fragment = Fragment(sequence, dts, [])
    mdat_payload = mdat.start + mdat.size - len(mdat.body)
    where = mdat_payload - moof.start  # data-offset counts from the moof
    runs = traf.all("trun")
    if not runs:
        raise Broken("media.moof", "traf without trun")
    expected = where
    for trun in runs:
        version, flags, body = full(trun)
        count, at = unpack(">I", body, 0, "trun")[0], 4
        offset = expected
        if flags & 1:
            offset = unpack(">i", body, at, "trun")[0]
            at += 4
        if offset != expected:
            raise Broken("media.data-offset", f"data-offset is {offset}, the payload is at {expected}")
        first_flags = None
        if flags & 4:
            first_flags = unpack(">I", body, at, "trun")[0]
            at += 4
        if count * 4 * bin(flags & 0xF00).count("1") != len(body) - at:
            raise Broken("media.box", f"trun with {count} samples has {len(body) - at} bytes of rows")
        for index in range(count):
            duration, size, sample_flags, cts = defaults[1], defaults[2], defaults[3], 0
            if index == 0 and first_flags is not None:
                sample_flags = first_flags
            if flags & 0x100:
                duration, at = struct.unpack_from(">I", body, at)[0], at + 4
            if flags & 0x200:
                size, at = struct.unpack_from(">I", body, at)[0], at + 4
            if flags & 0x400:
                sample_flags, at = struct.unpack_from(">I", body, at)[0], at + 4
            if flags & 0x800:
                cts, at = struct.unpack_from(">i" if version else ">I", body, at)[0], at + 4
            begin = offset - where
            if begin + size > len(mdat.body):
                raise Broken("media.sizes", f"sample {index} ends {begin + size - len(mdat.body)} bytes past the mdat")
            fragment.samples.append(Sample(mdat.body[begin:begin + size], dts, duration, cts, not sample_flags & SAMPLE_NOT_SYNC))
            dts += duration
            offset += size
        expected = offset
    if expected - where != len(mdat.body):
        raise Broken("media.sizes", f"samples have {expected - where} bytes, the mdat {len(mdat.body)}")
    return fragment
