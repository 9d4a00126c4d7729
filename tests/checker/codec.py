"""Codec configuration records: the RFC 6381 name and the picture size that they mean, and whether a sample is a sync sample."""

import struct

from isobmff import Broken, Init, Sample
from picture_size import av1_sequence_size, avc_sps_size, hevc_sps_size

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


def hevc_sps(record: bytes):
    """The first SPS of an HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 8.3.3.1; None where there is none."""
    at = 23
    for _ in range(record[22]):
        kind, count, at = record[at] & 63, int.from_bytes(record[at + 1:at + 3], "big"), at + 3
        for _ in range(count):
            size = int.from_bytes(record[at:at + 2], "big")
            if at + 2 + size > len(record):
                raise Broken("media.codec-config", "parameter set runs past the hvcC")
            if kind == 33:
                return record[at + 2:at + 2 + size]
            at += 2 + size
    return None


def av1_sequence_header(obus: bytes):
    """The payload of the first sequence header OBU, AV1 5.3; None where there is none."""
    at = 0
    while at < len(obus):
        head, at = obus[at], at + 1 + (obus[at] >> 2 & 1)
        size = len(obus) - at
        if head & 2:  # a size, leb128
            size = shift = 0
            while True:
                byte, at = obus[at], at + 1
                size |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
        if head >> 3 & 15 == 1:
            return obus[at:at + size]
        at += size
    return None


def picture_size(init: Init):
    """(width, height) out of the sequence parameters; None where the record has none."""
    try:
        if "avcC" in init.config:
            return avc_sps_size(avc_parameter_sets(init.config["avcC"])[0][0])
        if "hvcC" in init.config:
            sps = hevc_sps(init.config["hvcC"])
            return hevc_sps_size(sps) if sps else None
        if "av1C" in init.config:
            header = av1_sequence_header(init.config["av1C"][4:])
            return av1_sequence_size(header) if header else None
    except IndexError:
        raise Broken("media.codec-config", "the codec configuration is cut off") from None
    return None


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
