"""Writes small CMAF renditions for the origin that the checker is proved with: true boxes and parameter sets, empty pictures."""

import struct
from dataclasses import dataclass, field
from fractions import Fraction

SEGMENT = Fraction(6, 5)  # seconds
PART = Fraction(1, 5)
FPS = 25
AUDIO_RATE = 48000
AUDIO_FRAME = 1024
AUDIO_PART_FRAMES = 9


def box(kind: str, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full_box(kind: str, version: int, flags: int, *payload: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


class BitWriter:
    def __init__(self):
        self.bits = ""

    def u(self, count: int, value: int):
        self.bits += f"{value:0{count}b}"
        return self

    def ue(self, value: int):
        code = f"{value + 1:b}"
        self.bits += "0" * (len(code) - 1) + code
        return self

    def rbsp(self) -> bytes:
        bits = self.bits + "1"
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")


def sps(width: int, height: int) -> bytes:
    """Constrained baseline, level 3.1, 4:2:0, cropped to the size."""
    columns, rows = -(-width // 16), -(-height // 16)
    bits = BitWriter().u(8, 66).u(8, 0xC0).u(8, 31).ue(0).ue(0).ue(2).ue(1).u(1, 0).ue(columns - 1).ue(rows - 1).u(1, 1).u(1, 1)
    crop_x, crop_y = (columns * 16 - width) // 2, (rows * 16 - height) // 2
    bits.u(1, 1).ue(0).ue(crop_x).ue(0).ue(crop_y).u(1, 0)
    return b"\x67" + bits.rbsp()


def avcc(width: int, height: int) -> bytes:
    sequence, picture = sps(width, height), b"\x68\xce\x3c\x80"
    return b"\x01" + sequence[1:4] + b"\xff\xe1" + struct.pack(">H", len(sequence)) + sequence + b"\x01" + struct.pack(">H", len(picture)) + picture


def esds() -> bytes:
    config = b"\x05\x02\x11\x90"  # AAC LC, 48 kHz, stereo
    decoder = b"\x04" + bytes([13 + len(config)]) + b"\x40\x15" + bytes(11) + config
    es = b"\x03" + bytes([3 + len(decoder) + 3]) + b"\x00\x01\x00" + decoder + b"\x06\x01\x02"
    return struct.pack(">I", 0) + es


@dataclass
class Rendition:
    name: str
    video: bool
    width: int = 0
    height: int = 0
    weight: int = 1  # bytes of a sample, in units
    segments: list = field(default_factory=list)

    @property
    def timescale(self) -> int:
        return 90000 if self.video else AUDIO_RATE

    @property
    def part_target(self) -> Fraction:
        return PART if self.video else Fraction(AUDIO_PART_FRAMES * AUDIO_FRAME, AUDIO_RATE)

    def init_segment(self, entry_size=None) -> bytes:
        width, height = entry_size or (self.width, self.height)
        if self.video:
            entry = box("avc1", bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">HHIIIH", width, height, 0x480000, 0x480000, 0, 1),
                        bytes(32), struct.pack(">Hh", 24, -1), box("avcC", avcc(self.width, self.height)))
            header = full_box("vmhd", 0, 1, bytes(8))
        else:
            entry = box("mp4a", bytes(6), struct.pack(">H", 1), bytes(8), struct.pack(">HHHHI", 2, 16, 0, 0, AUDIO_RATE << 16), box("esds", esds()))
            header = full_box("smhd", 0, 0, bytes(4))
        stbl = box("stbl", full_box("stsd", 0, 0, struct.pack(">I", 1), entry), full_box("stts", 0, 0, bytes(4)), full_box("stsc", 0, 0, bytes(4)),
                   full_box("stsz", 0, 0, bytes(8)), full_box("stco", 0, 0, bytes(4)))
        dinf = box("dinf", full_box("dref", 0, 0, struct.pack(">I", 1), full_box("url ", 0, 1)))
        mdia = box("mdia", full_box("mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, self.timescale, 0, 0x55C4, 0)),
                   full_box("hdlr", 0, 0, bytes(4), b"vide" if self.video else b"soun", bytes(13)), box("minf", header, dinf, stbl))
        matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
        tkhd = full_box("tkhd", 0, 7, struct.pack(">IIIII", 0, 0, 1, 0, 0), bytes(16), matrix, struct.pack(">II", width << 16, height << 16))
        mvhd = full_box("mvhd", 0, 0, struct.pack(">IIII", 0, 0, 1000, 0), struct.pack(">IH", 0x10000, 0x100), bytes(10), matrix, bytes(24), struct.pack(">I", 2))
        return box("ftyp", b"cmfc", bytes(4), b"cmfc", b"iso6") + box(
            "moov", mvhd, box("trak", tkhd, mdia), box("mvex", full_box("trex", 0, 0, struct.pack(">5I", 1, 1, 0, 0, 0))))

    def boundaries(self, msn: int) -> list:
        """Where the parts of a segment begin and end, in ticks."""
        if self.video:
            ticks, first = int(PART * self.timescale), int(msn * SEGMENT * self.timescale)
            return [first + index * ticks for index in range(7)]
        first, last = (-(-(n * SEGMENT * AUDIO_RATE) // AUDIO_FRAME) for n in (msn, msn + 1))
        frames = list(range(int(first), int(last), AUDIO_PART_FRAMES)) + [int(last)]
        return [frame * AUDIO_FRAME for frame in frames]

    def samples(self, begin: int, end: int, key: bool) -> list:
        """[data, duration, sync, composition offset] of each sample between two ticks."""
        step = self.timescale // FPS if self.video else AUDIO_FRAME
        result = []
        for index in range((end - begin) // step):
            if not self.video:
                result.append([bytes([0x21, index]) + bytes(60), step, True, 0])
                continue
            sync = key and index == 0
            nal = (b"\x65" if sync else b"\x41") + bytes([index]) + bytes((40 if sync else 8) * self.weight)
            result.append([struct.pack(">I", len(nal)) + nal, step, sync, 0])
        return result


def write_part(f: dict) -> bytes:
    """`f`: sequence, tfdt, samples; and what a mutation may bend: tfhd_flags, offset_error, size_error, between, before."""
    rows = b"".join(struct.pack(">IIIi", duration, len(data) + (f["size_error"] if index == 0 else 0), 0x2000000 if sync else 0x1010000, cts)
                    for index, (data, duration, sync, cts) in enumerate(f["samples"]))

    def moof(offset: int) -> bytes:
        tfhd = full_box("tfhd", 0, f["tfhd_flags"], struct.pack(">I", 1), bytes(8) if f["tfhd_flags"] & 1 else b"")
        trun = full_box("trun", 1, 0xF01, struct.pack(">Ii", len(f["samples"]), offset), rows)
        return box("moof", full_box("mfhd", 0, 0, struct.pack(">I", f["sequence"])),
                   box("traf", tfhd, full_box("tfdt", 1, 0, struct.pack(">Q", f["tfdt"])), trun))

    head = moof(0)
    head = moof(len(head) + len(f["between"]) + 8 + f["offset_error"])
    return f["before"] + head + f["between"] + box("mdat", b"".join(sample[0] for sample in f["samples"]))
