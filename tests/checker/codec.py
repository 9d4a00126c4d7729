"""Codec configuration records: the RFC 6381 name and the picture size that they mean, and whether a sample is a sync sample."""

import struct

from isobmff import Broken, Init, Sample


class Bits:
    def __init__(self, data: bytes):
        self.data = data.replace(b"\x00\x00\x03", b"\x00\x00")  # emulation prevention, ISO/IEC 14496-10 7.4.1
        self.at = 0

    def u(self, count: int) -> int:
        value = 0
        for _ in range(count):
            if self.at >= 8 * len(self.data):
                raise Broken("media.codec-config", "SPS is cut off")
            value = value << 1 | self.data[self.at >> 3] >> (7 - (self.at & 7)) & 1
            self.at += 1
        return value

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise Broken("media.codec-config", "SPS has an endless Exp-Golomb code")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def avc_sps_size(nal: bytes) -> tuple:
    """(width, height) after cropping, ISO/IEC 14496-10 7.3.2.1.1."""
    bits = Bits(nal[1:])
    profile = bits.u(8)
    bits.u(16)
    bits.ue()
    chroma = 1
    if profile in (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135):
        chroma = bits.ue()
        if chroma == 3:
            bits.u(1)
        bits.ue()
        bits.ue()
        bits.u(1)
        if bits.u(1):
            for index in range(8 if chroma != 3 else 12):
                if bits.u(1):
                    last = scale = 8
                    for _ in range(16 if index < 6 else 64):
                        if scale:
                            scale = (last + bits.se()) % 256
                        last = scale or last
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.u(1)
        bits.se()
        bits.se()
        for _ in range(bits.ue()):
            bits.se()
    bits.ue()
    bits.u(1)
    width = 16 * (bits.ue() + 1)
    height_units = bits.ue() + 1
    frame_only = bits.u(1)
    if not frame_only:
        bits.u(1)
    height = 16 * height_units * (2 - frame_only)
    bits.u(1)
    if bits.u(1):
        left, right, top, bottom = (bits.ue() for _ in range(4))
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (2 - frame_only)
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    return width, height


def avc_parameter_sets(record: bytes) -> tuple:
    """(SPS NAL units, PPS NAL units) of an AVCDecoderConfigurationRecord, ISO/IEC 14496-15 5.3.3."""
    if len(record) < 7 or record[0] != 1:
        raise Broken("media.codec-config", "no AVCDecoderConfigurationRecord")
    at, sets = 6, []
    for count in (record[5] & 31, None):
        if count is None:
            if at >= len(record):
                raise Broken("media.codec-config", "avcC ends before its PPS")
            count, at = record[at], at + 1
        nals = []
        for _ in range(count):
            size = int.from_bytes(record[at:at + 2], "big")
            if at + 2 + size > len(record) or not size:
                raise Broken("media.codec-config", "parameter set runs past the avcC")
            nals.append(record[at + 2:at + 2 + size])
            at += 2 + size
        sets.append(nals)
    if not sets[0] or not sets[1]:
        raise Broken("media.codec-config", "avcC without SPS or PPS")
    return sets[0], sets[1]


def hevc_name(entry: str, record: bytes) -> str:
    """ISO/IEC 14496-15 annex E."""
    if len(record) < 23:
        raise Broken("media.codec-config", "hvcC is too short")
    compatibility = int(f"{struct.unpack_from('>I', record, 2)[0]:032b}"[::-1], 2)
    name = entry + "." + ("", "A", "B", "C")[record[1] >> 6] + f"{record[1] & 31}.{compatibility:X}"
    name += "." + ("H" if record[1] & 32 else "L") + str(record[12])
    constraints = record[6:12].rstrip(b"\x00")
    return name + "".join(f".{byte:X}" for byte in constraints)


def descriptor(data: bytes, at: int) -> tuple:
    """(tag, payload, end) of an MPEG-4 descriptor, ISO/IEC 14496-1 8.3.3."""
    tag, at, size = data[at], at + 1, 0
    for _ in range(4):
        byte = data[at]
        size, at = size << 7 | byte & 127, at + 1
        if byte < 128:
            break
    return tag, data[at:at + size], at + size


def aac_name(esds: bytes) -> str:
    try:
        tag, es, _ = descriptor(esds, 4)
        flags = es[2]
        at = 3 + (2 if flags & 128 else 0) + (1 + es[3] if flags & 64 else 0) + (2 if flags & 32 else 0)
        config_tag, config, _ = descriptor(es, at)
        info_tag, info, _ = descriptor(config, 13)
        if (tag, config_tag, info_tag) != (3, 4, 5) or config[0] != 0x40:
            raise Broken("media.codec-config", "esds holds no MPEG-4 audio")
        return f"mp4a.40.{info[0] >> 3}"
    except IndexError:
        raise Broken("media.codec-config", "esds is cut off") from None


def name(init: Init) -> str:
    """As it has to stand in CODECS."""
    config = init.config
    wanted = {"avc1": "avcC", "avc3": "avcC", "hvc1": "hvcC", "hev1": "hvcC", "av01": "av1C", "mp4a": "esds", "Opus": "dOps"}.get(init.entry)
    if wanted not in config:
        raise Broken("media.codec-config", f"sample entry {init.entry} has {' '.join(config) or 'nothing'}, wanted {wanted}")
    record = config[wanted]
    if wanted == "avcC":
        sps, _ = avc_parameter_sets(record)
        if sps[0][1:4] != record[1:4]:
            raise Broken("media.codec-config", "avcC names another profile or level than its SPS")
        return f"{init.entry}.{record[1:4].hex()}"
    if wanted == "hvcC":
        return hevc_name(init.entry, record)
    if wanted == "av1C":
        if len(record) < 4:
            raise Broken("media.codec-config", "av1C is too short")
        depth = 8 if not record[2] & 64 else 12 if record[2] & 32 else 10
        return f"av01.{record[1] >> 5}.{record[1] & 31:02d}{'H' if record[2] & 128 else 'M'}.{depth:02d}"
    return aac_name(record) if wanted == "esds" else "opus"


def same(declared: str, real: str) -> bool:
    """CODECS are compared without case (hex digits); av01 may go on with colour fields."""
    declared, real = declared.lower(), real.lower()
    return declared == real or (real.startswith("av01") and declared.startswith(real + "."))


def picture_size(init: Init):
    """(width, height) out of the SPS; None where the record has none that we read."""
    if "avcC" not in init.config:
        return None
    return avc_sps_size(avc_parameter_sets(init.config["avcC"])[0][0])


def nal_units(init: Init, sample: Sample) -> list:
    size = (init.config["avcC"][4] & 3) + 1 if "avcC" in init.config else (init.config["hvcC"][21] & 3) + 1
    units, at, data = [], 0, sample.data
    while at < len(data):
        length = int.from_bytes(data[at:at + size], "big")
        if at + size > len(data) or at + size + length > len(data) or not length:
            raise Broken("media.nal", f"NAL unit of {length} bytes at {at} in a sample of {len(data)}")
        units.append(data[at + size:at + size + length])
        at += size + length
    if not units:
        raise Broken("media.nal", "empty sample")
    return units


def is_sync(init: Init, sample: Sample) -> bool:
    """Does the bitstream say random access point?"""
    if "avcC" in init.config:
        return any(unit[0] & 31 == 5 for unit in nal_units(init, sample))
    if "hvcC" in init.config:
        return any(16 <= unit[0] >> 1 & 63 <= 21 for unit in nal_units(init, sample))
    return sample.sync  # AV1 and audio: the container's word is taken
